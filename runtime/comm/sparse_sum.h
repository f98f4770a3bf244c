//===- sparse_sum.h - Sums of sparse vectors --------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Adds sparse vectors up on the union of their indices. A sum that cancels
/// stays an entry.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_SPARSE_SUM_H
#define TACIT_RUNTIME_COMM_SPARSE_SUM_H

#include "runtime/comm/index_encoding.h"

#include <cstddef>
#include <cstdint>

namespace tacit {

/// Adds two vectors; `lower` is the operand of the lower rank. `indices` and
/// `values` have room for all entries of both, and lie elsewhere. Returns how
/// many the sum has.
template <typename Index>
size_t SumOfTwo(const Entries<Index> &lower, const Entries<Index> &higher,
                Index *indices, float *values);

/// Vectors that SumInRankOrder takes at most, and the most elements they have:
/// an index and a rank go into one number.
inline constexpr int kMostSummed = 1 << 16;
inline constexpr uint64_t kMostElements = uint64_t{1} << 48;

/// Adds `ranks` vectors: the entries of an index in the order of the ranks,
/// beginning with the first. `heads` and `taken` have room for one number per
/// rank, `indices` and `values` for the entries of the sum. Returns how many
/// these are.
template <typename Index>
size_t SumInRankOrder(const Entries<Index> *vectors, int ranks, uint64_t *heads,
                      size_t *taken, Index *indices, float *values);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_SPARSE_SUM_H
