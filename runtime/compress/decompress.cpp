//===- decompress.cpp - Dense vectors of sparse ones ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/decompress.h"

#include "runtime/compress/pieces.h"

#include <algorithm>
#include <cstring>

namespace tacit {

/// So many bytes of zeros are still in a cache when entries are put there.
static constexpr uint64_t kBlock = 16384;

// The first entry that does not lie before `element`.
template <typename Index>
static uint64_t FirstFrom(const SparseView<Index> &entries, uint64_t element) {
  const Index *const begin = entries.indices;
  const auto before = [](Index index, uint64_t bound) {
    return uint64_t{index} < bound;
  };
  return static_cast<uint64_t>(
      std::lower_bound(begin, begin + *entries.count, element, before) - begin);
}

template <typename Index>
void DecompressSparse(const SparseView<Index> &entries, uint64_t elements,
                      float factor, float *dense) {
  ParallelElements(elements, 16, [&](uint64_t begin, uint64_t end) {
    uint64_t entry = FirstFrom(entries, begin);
    for (uint64_t block = begin; block < end; block += kBlock) {
      const uint64_t block_end = std::min(block + kBlock, end);
      std::memset(dense + block, 0, (block_end - block) * sizeof(float));
      for (; entry < *entries.count && entries.indices[entry] < block_end;
           ++entry)
        dense[entries.indices[entry]] = factor * entries.values[entry];
    }
  });
}

template <typename Index>
void AddDecompressedSparse(const SparseView<Index> &entries, uint64_t elements,
                           float factor, float *dense) {
  ParallelElements(elements, 16, [&](uint64_t begin, uint64_t end) {
#pragma STDC FP_CONTRACT OFF
    const uint64_t last = FirstFrom(entries, end);
    for (uint64_t i = FirstFrom(entries, begin); i < last; ++i)
      dense[entries.indices[i]] += factor * entries.values[i];
  });
}

template void DecompressSparse(const SparseView<uint32_t> &, uint64_t, float,
                               float *);
template void DecompressSparse(const SparseView<uint64_t> &, uint64_t, float,
                               float *);
template void AddDecompressedSparse(const SparseView<uint32_t> &, uint64_t,
                                    float, float *);
template void AddDecompressedSparse(const SparseView<uint64_t> &, uint64_t,
                                    float, float *);

} // namespace tacit
