//===- epoch.h - Which rows are whose, and how long an epoch is -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The ranks' agreement on rows: none is left waiting because its rows are
/// fewer than another's.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_EPOCH_H
#define TACIT_RUNTIME_TRAIN_EPOCH_H

#include "runtime/comm/communicator.h"
#include "runtime/data/dataset.h"
#include "runtime/data/sampler.h"

#include "absl/status/status.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tacit {

/// What an epoch does to the rows of ranks that have different numbers of them.
struct UnevenRows {
  int64_t fewest = 0, most = 0; ///< Rows of a rank.
  int64_t steps = 0;            ///< Of an epoch.
  int64_t again = 0; ///< Rows that ranks with few take a second time or more.
  int64_t left_out = 0; ///< Rows that no step of the epoch takes.
};

/// With `counts` rows on each rank, each at least `batch`: an epoch is the
/// largest (wrap) or the smallest (shortest) floor(rows / batch) steps.
UnevenRows MeasureEpoch(absl::Span<const int64_t> counts, int64_t batch,
                        Uneven uneven);

/// A collective. Makes this rank's sampler, whose epoch is as long as every
/// other rank's. `sampler`: batch, shuffle and seed are set. `note` becomes a
/// line for the user if an epoch leaves rows out or takes some again.
/// Error (alike on all ranks): data that ranks share is not the same size;
/// DealRows; a rank with fewer rows than a batch, which is named.
absl::Status AgreeOnEpoch(Communicator &communicator, const DataSet &data,
                          SamplerOptions options,
                          std::optional<Sampler> &sampler, std::string &note);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_EPOCH_H
