//===- sparse_sum.cpp - Sums of sparse vectors ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/sparse_sum.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

namespace tacit {

/// -0: of all numbers, it alone can be added to any other without a trace.
static constexpr uint32_t kNothing = 0x80000000;

namespace {

/// Two vectors that are being added up, here and there.
template <typename Index> struct TwoVectors {
  /// What is left of a part of both, and where its next sum goes.
  struct Part {
    size_t lower, lower_end;
    size_t higher, higher_end;
    size_t sum;

    bool running() const { return lower < lower_end && higher < higher_end; }
  };

  const Index *lower_indices, *higher_indices;
  const float *lower_values, *higher_values;
  Index *indices;
  float *values;

  /// The next sum; both vectors have an entry.
  void Step(Part &part) const {
    const Index i = lower_indices[part.lower], j = higher_indices[part.higher];
    // Which comes first is as good as random, so it had better be no branch.
    const uint32_t x = std::bit_cast<uint32_t>(lower_values[part.lower]);
    const uint32_t y = std::bit_cast<uint32_t>(higher_values[part.higher]);
    indices[part.sum] = std::min(i, j);
    values[part.sum++] = std::bit_cast<float>(i <= j ? x : kNothing) +
                         std::bit_cast<float>(j <= i ? y : kNothing);
    part.lower += i <= j;
    part.higher += j <= i;
  }

  void Finish(Part &part) const {
    while (part.running())
      Step(part);
    for (; part.lower < part.lower_end; ++part.lower, ++part.sum) {
      indices[part.sum] = lower_indices[part.lower];
      values[part.sum] = lower_values[part.lower];
    }
    for (; part.higher < part.higher_end; ++part.higher, ++part.sum) {
      indices[part.sum] = higher_indices[part.higher];
      values[part.sum] = higher_values[part.higher];
    }
  }
};

} // namespace

template <typename Index>
size_t SumOfTwo(const Entries<Index> &lower, const Entries<Index> &higher,
                Index *indices, float *values) {
  const TwoVectors<Index> of = {lower.indices, higher.indices, lower.values,
                                higher.values, indices,        values};
  // A step waits for the one before it, and takes little else: two at a time.
  const size_t a = lower.count / 2;
  const size_t b =
      a == 0
          ? 0
          : static_cast<size_t>(std::lower_bound(higher.indices,
                                                 higher.indices + higher.count,
                                                 lower.indices[a]) -
                                higher.indices);
  typename TwoVectors<Index>::Part first = {0, a, 0, b, 0};
  typename TwoVectors<Index>::Part second = {a, lower.count, b, higher.count,
                                             a + b};
  while (first.running() && second.running()) {
    of.Step(first);
    of.Step(second);
  }
  of.Finish(first);
  of.Finish(second);
  const size_t count = second.sum - (a + b);
  if (first.sum != a + b) { // indices in both leave a gap
    std::copy_n(indices + a + b, count, indices + first.sum);
    std::copy_n(values + a + b, count, values + first.sum);
  }
  return first.sum + count;
}

/// Makes a heap again, the least number on top, after the top has grown.
static void SiftDown(uint64_t *heap, size_t size) {
  const uint64_t moved = heap[0];
  size_t hole = 0;
  for (size_t child = 1; child < size; child = 2 * hole + 1) {
    child += child + 1 < size && heap[child + 1] < heap[child];
    if (heap[child] >= moved)
      break;
    heap[hole] = heap[child];
    hole = child;
  }
  heap[hole] = moved;
}

/// Adds up what is left of vectors: `taken` of each are gone. Returns how many
/// sums there are then, `count` of them before.
template <typename Index>
static size_t SumOnHeap(const Entries<Index> *vectors, int ranks,
                        uint64_t *heads, size_t *taken, Index *indices,
                        float *values, size_t count) {
  // Heads come out of the heap by index, and by rank where that is the same.
  static constexpr int kRankBits = 16;
  size_t size = 0;
  for (int rank = 0; rank < ranks; ++rank)
    if (taken[rank] < vectors[rank].count)
      heads[size++] = uint64_t{vectors[rank].indices[taken[rank]]}
                          << kRankBits |
                      static_cast<uint64_t>(rank);
  std::make_heap(heads, heads + size, std::greater<>());

  while (size > 0) {
    const size_t rank = heads[0] & ((1 << kRankBits) - 1);
    const Index index = static_cast<Index>(heads[0] >> kRankBits);
    const float value = vectors[rank].values[taken[rank]];
    if (count > 0 && indices[count - 1] == index) {
      values[count - 1] += value;
    } else {
      indices[count] = index;
      values[count++] = value;
    }
    if (++taken[rank] < vectors[rank].count)
      heads[0] =
          uint64_t{vectors[rank].indices[taken[rank]]} << kRankBits | rank;
    else
      heads[0] = heads[--size];
    SiftDown(heads, size);
  }
  return count;
}

/// Adds up vectors of `Ranks` ranks, few of them, as long as all have entries
/// left. Returns how many sums there are.
template <int Ranks, typename Index>
static size_t SumOfFew(const Entries<Index> *vectors, size_t *taken,
                       Index *indices, float *values) {
  size_t at[Ranks] = {}, count = 0;
  for (;; ++count) {
    bool all = true;
    for (int rank = 0; rank < Ranks; ++rank)
      all &= at[rank] < vectors[rank].count;
    if (!all)
      break;
    Index heads[Ranks], least = std::numeric_limits<Index>::max();
    for (int rank = 0; rank < Ranks; ++rank) {
      heads[rank] = vectors[rank].indices[at[rank]];
      least = std::min(least, heads[rank]);
    }
    float sum = -0.0f; // and what is not there: see SumOfTwo
    for (int rank = 0; rank < Ranks; ++rank) {
      const bool there = heads[rank] == least;
      const uint32_t value =
          std::bit_cast<uint32_t>(vectors[rank].values[at[rank]]);
      sum += std::bit_cast<float>(there ? value : kNothing);
      at[rank] += there;
    }
    indices[count] = least;
    values[count] = sum;
  }
  std::copy_n(at, Ranks, taken);
  return count;
}

template <typename Index>
size_t SumInRankOrder(const Entries<Index> *vectors, int ranks, uint64_t *heads,
                      size_t *taken, Index *indices, float *values) {
  size_t count = 0;
  std::fill_n(taken, ranks, size_t{0});
  switch (ranks) {
  case 2: // SumOfTwo needs more room.
    count = SumOfFew<2>(vectors, taken, indices, values);
    break;
  case 3:
    count = SumOfFew<3>(vectors, taken, indices, values);
    break;
  case 4:
    count = SumOfFew<4>(vectors, taken, indices, values);
    break;
  default:
    break;
  }
  return SumOnHeap(vectors, ranks, heads, taken, indices, values, count);
}

#define INSTANTIATE(Index)                                                     \
  template size_t SumOfTwo(const Entries<Index> &, const Entries<Index> &,     \
                           Index *, float *);                                  \
  template size_t SumInRankOrder(const Entries<Index> *, int, uint64_t *,      \
                                 size_t *, Index *, float *);
INSTANTIATE(uint32_t)
INSTANTIATE(uint64_t)
#undef INSTANTIATE

} // namespace tacit
