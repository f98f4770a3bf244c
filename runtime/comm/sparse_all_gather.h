//===- sparse_all_gather.h - Sums of all ranks' sparse vectors --*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Every rank gets all sparse vectors and adds them up: nothing is left out.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_SPARSE_ALL_GATHER_H
#define TACIT_RUNTIME_COMM_SPARSE_ALL_GATHER_H

#include "runtime/comm/exchange.h"
#include "runtime/comm/sparse_exchange.h"

namespace tacit {

/// The mean of the ranks' vectors, each index's entries added in the order of
/// the ranks. In ceil(log2 P) rounds, rank p sends every vector but that of
/// rank p - 1: P - 1 times what a vector takes, 2k (P-1) elements. Holds all
/// P vectors at a time.
template <typename Index>
Steps SparseAllGather(Exchange &exchange, SparseOperands<Index> of);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_SPARSE_ALL_GATHER_H
