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

namespace tacit {

template <typename Index>
size_t SumOfTwo(const Entries<Index> &lower, const Entries<Index> &higher,
                Index *indices, float *values) {
  size_t a = 0, b = 0, count = 0;
  for (; a < lower.count && b < higher.count; ++count) {
    const Index i = lower.indices[a], j = higher.indices[b];
    // Which comes first is as good as random, so it had better be no branch.
    // Of all numbers, -0 alone can be added to any other without a trace.
    const uint32_t x = std::bit_cast<uint32_t>(lower.values[a]);
    const uint32_t y = std::bit_cast<uint32_t>(higher.values[b]);
    static constexpr uint32_t kNothing = 0x80000000;
    indices[count] = std::min(i, j);
    values[count] = std::bit_cast<float>(i <= j ? x : kNothing) +
                    std::bit_cast<float>(j <= i ? y : kNothing);
    a += i <= j;
    b += j <= i;
  }
  for (; a < lower.count; ++a, ++count) {
    indices[count] = lower.indices[a];
    values[count] = lower.values[a];
  }
  for (; b < higher.count; ++b, ++count) {
    indices[count] = higher.indices[b];
    values[count] = higher.values[b];
  }
  return count;
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

template <typename Index>
size_t SumInRankOrder(const Entries<Index> *vectors, int ranks, uint64_t *heads,
                      size_t *taken, Index *indices, float *values) {
  // Heads come out of the heap by index, and by rank where that is the same.
  static constexpr int kRankBits = 16;
  size_t size = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    taken[rank] = 0;
    if (vectors[rank].count > 0)
      heads[size++] = uint64_t{vectors[rank].indices[0]} << kRankBits |
                      static_cast<uint64_t>(rank);
  }
  std::make_heap(heads, heads + size, std::greater<>());

  size_t count = 0;
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

#define INSTANTIATE(Index)                                                     \
  template size_t SumOfTwo(const Entries<Index> &, const Entries<Index> &,     \
                           Index *, float *);                                  \
  template size_t SumInRankOrder(const Entries<Index> *, int, uint64_t *,      \
                                 size_t *, Index *, float *);
INSTANTIATE(uint32_t)
INSTANTIATE(uint64_t)
#undef INSTANTIATE

} // namespace tacit
