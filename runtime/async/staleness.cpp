//===- staleness.cpp - How old updates are when applied -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/staleness.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tacit {

void StalenessCounts::Add(uint64_t staleness) {
  const size_t bucket = static_cast<size_t>(std::bit_width(staleness));
  ++histogram[std::min(bucket, kBuckets - 1)];
  ++updates;
  sum += staleness;
  maximum = std::max(maximum, staleness);
}

void StalenessCounts::Add(const StalenessCounts &other) {
  for (size_t bucket = 0; bucket < kBuckets; ++bucket)
    histogram[bucket] += other.histogram[bucket];
  updates += other.updates;
  sum += other.sum;
  maximum = std::max(maximum, other.maximum);
}

StalenessMeter::StalenessMeter(int ranks)
    : clock_(static_cast<size_t>(ranks), 0) {}

uint64_t StalenessMeter::Of(absl::Span<const uint32_t> computed_at) const {
  uint64_t staleness = 0;
  for (size_t m = 0; m < clock_.size(); ++m) {
    const uint32_t v = clock_[m], u = computed_at[m];
    staleness += v > u ? v - u : u - v;
  }
  return staleness;
}

void StalenessMeter::Record(uint64_t staleness) {
  total_.Add(staleness);
  recent_.Add(staleness);
}

StalenessCounts StalenessMeter::TakeRecent() {
  return std::exchange(recent_, StalenessCounts());
}

} // namespace tacit
