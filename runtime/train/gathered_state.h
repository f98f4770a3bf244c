//===- gathered_state.h - All ranks' state, on one of them ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What ranks of an asynchronous program hold, brought to the first live one:
/// to be compared and saved. By messages, so that it works when ranks are lost.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_GATHERED_STATE_H
#define TACIT_RUNTIME_TRAIN_GATHERED_STATE_H

#include "runtime/state/checkpoint.h"
#include "runtime/train/rank.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <string>
#include <vector>

namespace tacit {

/// Every rank's value of each variable that differs between ranks. Takes as
/// much memory, on the first live rank; on others it is empty.
class GatheredState {
public:
  enum class What { kReplicas, kAll };

  /// On every live rank, between AsyncChannel::Meet or Finish and the next
  /// step. `rank` must outlive it. Error: the channel's.
  static absl::StatusOr<GatheredState> Gather(Rank &rank, What what);

  /// Whether this is the first live rank.
  bool IsHere() const { return here_; }

  /// The largest difference between two ranks' values of one entry of a
  /// replica; infinite or no number where one of the two is.
  double LargestDifference() const;

  /// Writes a checkpoint of what was gathered, kAll: of the parameters of this
  /// rank alone, if `ranks_at` says that ranks are lost.
  absl::Status Save(const std::string &path, const Position &position,
                    const RankPositions &ranks_at) const;

private:
  explicit GatheredState(Rank &rank) : rank_(&rank) {}

  Rank *rank_;
  bool here_ = false;
  std::vector<std::vector<std::string>> values_; ///< By variable, by rank.
};

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_GATHERED_STATE_H
