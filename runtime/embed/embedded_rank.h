//===- embedded_rank.h - A rank that another program drives -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What RankRun does for tacit-run, one call at a time: no data, no loop, no
/// reports.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_EMBED_EMBEDDED_RANK_H
#define TACIT_RUNTIME_EMBED_EMBEDDED_RANK_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/comm/communicator.h"
#include "runtime/state/aligned_buffer.h"
#include "runtime/state/checkpoint.h"
#include "runtime/train/rank.h"
#include "runtime/train/replica_check.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tacit {

/// As tacit_trainer_options.
struct EmbeddedOptions {
  uint64_t seed = 0;
  int64_t steps = 0;
  int64_t steps_per_epoch = 0;
  std::string load;
  std::string load_parameters;
};

/// What an entry reads and writes where the caller brings part of it.
class EntryBuffers {
public:
  explicit EntryBuffers(const tacit_entry &entry);

  /// `batch` with a buffer of this object's for each result that it lacks,
  /// until the next call.
  tacit_batch Complete(const tacit_batch &batch);

  /// Reads scalars from where the last batch had them.
  void KeepScalars();
  /// Error: there is no scalar result of that name.
  absl::StatusOr<double> Scalar(absl::string_view name) const;

private:
  const tacit_entry &entry_;
  std::vector<AlignedBuffer> own_;
  std::vector<void *> results_;
  std::vector<double> scalars_; ///< By result; of others 0.
};

/// Error: an argument of `entry`, which is called `name` in messages, that is
/// null.
absl::Status CheckArguments(const tacit_entry &entry, absl::string_view name,
                            const tacit_batch *batch);

/// A rank of a program that LoadProgram has accepted. What is a collective of
/// tacit_runtime.h is one here: an error that every rank has is an AgreedError,
/// after any other the rank is of no more use.
class EmbeddedRank {
public:
  /// A collective.
  static absl::StatusOr<std::unique_ptr<EmbeddedRank>>
  Create(const tacit_program &program, Communicator &communicator,
         const EmbeddedOptions &options);

  /// Arguments have been checked.
  absl::Status Step(const tacit_batch &batch);
  absl::Status EndRound();
  absl::Status Evaluate(const tacit_batch &batch);
  absl::Status Finish();
  absl::Status Save(const std::string &path);

  /// Error: no step was made, or there is no such result.
  absl::StatusOr<double> Result(absl::string_view name) const;
  /// The number of the variable that checkpoints call `name`. Error: none.
  absl::StatusOr<size_t> FindVariable(absl::string_view name) const;

  const tacit_program &program() const { return rank_.program(); }
  StateStorage &variables() { return rank_.variables(); }
  const Position &position() const { return position_; }
  /// Whether there is no further step: see tacit_trainer_finish.
  bool finished() const { return finished_; }

private:
  EmbeddedRank(const tacit_program &program, Communicator &communicator);

  // Parts of Create.
  absl::Status Begin(const EmbeddedOptions &options);
  absl::Status FindPosition(const EmbeddedOptions &options);
  absl::Status Initialize(const EmbeddedOptions &options);
  absl::Status LoadState(const EmbeddedOptions &options);
  absl::Status OpenChannel();

  absl::Status AfterAsyncStep();
  absl::Status Meet();
  absl::Status SaveGathered(const std::string &path);

  const tacit_program &program_;
  Communicator &communicator_;
  Rank rank_;
  EntryBuffers step_, evaluation_;
  ReplicaCheck replica_check_;
  int round_ended_; ///< The number of the result; -1: each step is a round.
  int64_t steps_per_epoch_ = 1;
  Position position_;
  RankPositions ranks_at_; ///< Of the checkpoint that was loaded.
  bool stepped_ = false;
  bool finished_ = false;
};

} // namespace tacit

#endif // TACIT_RUNTIME_EMBED_EMBEDDED_RANK_H
