//===- staleness.h - How old updates are when applied -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Staleness is measured, not assumed: each update carries the vector clock of
/// the model that its gradient was computed at.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_STALENESS_H
#define TACIT_RUNTIME_ASYNC_STALENESS_H

#include "absl/types/span.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tacit {

/// The staleness of received updates, since some moment.
struct StalenessCounts {
  /// Bucket 0 holds staleness 0, bucket b >= 1 staleness in [2^(b-1), 2^b).
  static constexpr size_t kBuckets = 33;
  std::array<uint64_t, kBuckets> histogram = {};
  uint64_t updates = 0;
  uint64_t sum = 0;
  uint64_t maximum = 0;

  double average() const {
    return updates == 0
               ? 0
               : static_cast<double>(sum) / static_cast<double>(updates);
  }
  void Add(uint64_t staleness);
  void Add(const StalenessCounts &other);
};

/// A vector clock V, V[m] the number of updates of rank m that this rank's
/// model holds, and what was applied to it.
///
/// An update that was computed at a model of clock U, and is applied to one of
/// clock V, V from before, has the staleness sum_m |V[m] - U[m]|: the updates
/// that are in one of the two models and not in the other, as long as those of
/// one origin are applied in order.
class StalenessMeter {
public:
  explicit StalenessMeter(int ranks);

  /// V, by rank.
  absl::Span<const uint32_t> clock() const { return clock_; }

  /// The staleness of an update of clock `computed_at` (U, one of each rank),
  /// applied now. Changes nothing.
  uint64_t Of(absl::Span<const uint32_t> computed_at) const;

  /// The model now holds another update of `origin`; this rank's own too.
  void Count(int origin) { ++clock_[static_cast<size_t>(origin)]; }

  /// A received update has been applied with this staleness.
  void Record(uint64_t staleness);

  /// All that was recorded.
  const StalenessCounts &total() const { return total_; }
  /// What was recorded since this was last called.
  StalenessCounts TakeRecent();

private:
  std::vector<uint32_t> clock_;
  StalenessCounts total_, recent_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_STALENESS_H
