//===- state_exchange.h - State between ranks and files ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Loads and saves what all ranks hold: rank 0 reads and writes, the others
/// receive and send.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_STATE_EXCHANGE_H
#define TACIT_RUNTIME_TRAIN_STATE_EXCHANGE_H

#include "runtime/state/checkpoint.h"
#include "runtime/train/rank.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <string>

namespace tacit {

/// Which variables a file gives.
enum class LoadWhat { kAll, kParameters };

/// Collectives: every rank calls them. Only rank 0 looks at `path`; an error
/// there is an AgreedError on all ranks, the state then undefined.

/// Reads the position of the run in the checkpoint at `path`. On rank 0, `note`
/// becomes what CheckpointReader::Differences says. On every rank, `ranks_at`
/// becomes what the file says of ranks that make their own steps.
absl::StatusOr<Position> LoadPosition(Rank &rank, const std::string &path,
                                      std::string &note,
                                      RankPositions &ranks_at);

/// Replaces variables by those of the file, which was saved `within_round` or
/// between rounds.
absl::Status LoadVariables(Rank &rank, const std::string &path, LoadWhat what,
                           bool within_round);

/// Writes all variables of all ranks to `path`, replacing it as a whole.
absl::Status SaveVariables(Rank &rank, const std::string &path,
                           const Position &position);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_STATE_EXCHANGE_H
