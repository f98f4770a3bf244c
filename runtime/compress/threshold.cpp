//===- threshold.cpp - Entries from a magnitude on ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/threshold.h"

#include "runtime/compress/candidates.h"
#include "runtime/compress/pieces.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tacit {

/// Elements that stay in the first cache between two loops over them.
static constexpr uint64_t kBlock = 4096;

namespace {
/// A vector cut into a few pieces, and how many entries each has.
struct Pieces {
  std::array<uint64_t, 64> entries = {};
  uint64_t count;
  uint64_t elements;

  explicit Pieces(uint64_t all)
      : count(std::clamp<uint64_t>(
            all / kLeastPiece, 1,
            std::min<uint64_t>(static_cast<uint64_t>(Threads()), 64))),
        elements(all) {}
  uint64_t Begin(uint64_t piece) const {
    const uint64_t blocks = (elements + kBlock - 1) / kBlock;
    return std::min(blocks * piece / count * kBlock, elements);
  }
};
} // namespace

// Writes the entries of [begin, end) that are above `limit` and clears them.
template <typename Index>
static void WriteEntries(const Accumulation &accumulation, uint64_t begin,
                         uint64_t end, int32_t limit, Index *indices,
                         float *values) {
  alignas(64) uint32_t offsets[kBlock + Candidates::kSlack];
  alignas(64) float found[kBlock + Candidates::kSlack];
  Accumulation there = accumulation;
  if (there.residual)
    there.gradient = nullptr; // It has been added.
  for (uint64_t i = begin; i < end; i += kBlock) {
    Candidates candidates = {offsets, found, 0, kBlock};
    Sweep(there, i, i, std::min(i + kBlock, end), limit, candidates);
    for (size_t c = 0; c < candidates.count; ++c)
      indices[c] = static_cast<Index>(i + offsets[c]);
    std::copy_n(found, candidates.count, values);
    indices += candidates.count;
    values += candidates.count;
  }
}

template <typename Index>
absl::Status SelectFromThreshold(const Accumulation &accumulation, float value,
                                 const SparseView<Index> &selected) {
  *selected.count = 0;
  if (!(value >= 0) || std::isinf(value))
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot select entries from a magnitude of ", value,
        " on: wanted a threshold that is finite and not negative"));
  const int32_t limit = MagnitudeBits(value) - 1;
  const float *const acc = AccumulatedAt(accumulation);
  Pieces pieces(accumulation.elements);
  std::atomic<uint64_t> first_bad = accumulation.elements;
  ParallelRanges(pieces.count, [&](uint64_t first, uint64_t last) {
    for (uint64_t p = first; p < last; ++p) {
      const uint64_t piece_end = pieces.Begin(p + 1);
      for (uint64_t i = pieces.Begin(p); i < piece_end; i += kBlock) {
        const uint64_t end = std::min(i + kBlock, piece_end);
        const uint64_t bad = AccumulateRange(accumulation, i, end);
        if (bad != end)
          LowerTo(first_bad, bad);
        uint64_t above = 0, equal = 0;
        CountAbove(acc + i, end - i, limit, above, equal);
        pieces.entries[p] += above;
      }
    }
  });
  if (first_bad < accumulation.elements)
    return NonFiniteError(first_bad, acc[first_bad]);
  uint64_t count = 0;
  for (uint64_t p = 0; p < pieces.count; ++p)
    count += pieces.entries[p];
  if (count > selected.capacity)
    return absl::ResourceExhaustedError(
        absl::StrCat(count, " of ", accumulation.elements,
                     " entries have a magnitude of at least ", value,
                     ", and there is room for ", selected.capacity,
                     ": a larger threshold or capacity is needed"));
  ParallelRanges(pieces.count, [&](uint64_t first, uint64_t last) {
    uint64_t at = 0;
    for (uint64_t p = 0; p < last; ++p) {
      if (p >= first)
        WriteEntries(accumulation, pieces.Begin(p), pieces.Begin(p + 1), limit,
                     selected.indices + at, selected.values + at);
      at += pieces.entries[p];
    }
  });
  *selected.count = count;
  return absl::OkStatus();
}

template absl::Status SelectFromThreshold(const Accumulation &, float,
                                          const SparseView<uint32_t> &);
template absl::Status SelectFromThreshold(const Accumulation &, float,
                                          const SparseView<uint64_t> &);

} // namespace tacit
