//===- ok_top_k.h - Exact global top-k --------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The exact k largest entries of the sum of sparse vectors, after Li and
/// Hoefler, "Near-Optimal Sparse Allreduce for Distributed Deep Learning"
/// (Ok-Topk, PPoPP 2022):
///
/// 1. Regions. Every rank tells P quantiles of its indices. Region p, owned by
///    rank p, lies between the P-quantiles of them all, so that owners get
///    about as many entries each.
/// 2. Reduction. Entries go to the owner of their region, which adds those of
///    an index in the order of the ranks.
/// 3. Threshold. Every owner tells its largest sums at some positions of their
///    order: from ceil(k / 8P) on, each by a quarter further than the last, and
///    its last or k-th. So all know for each of these sums that at least so
///    many are not smaller; the largest of which there are k is the threshold.
/// 4. Result. Sums that are not below the threshold, fewer than 1.375 k + P,
///    are gathered by all ranks, which keep the k largest. Their order is by
///    magnitude and then by index, so that even ties are no exception.
///
/// Steps 1 and 3 send some P and 2 log_1.25(8 P) elements, P - 1 times; 2 sends
/// 2k (P-1)/P elements if regions are balanced, and 4 fewer than 2.75 k (P-1)/P
/// or so: in all less than 6k (P-1)/P, unless k is small beside P^2.
///
/// A rank's own entry returns to its residual if its index is not among the k:
/// what is left out, all of it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_OK_TOP_K_H
#define TACIT_RUNTIME_COMM_OK_TOP_K_H

#include "runtime/comm/exchange.h"
#include "runtime/comm/sparse_exchange.h"

namespace tacit {

/// Three all-gathers of ceil(log2 P) rounds, and one of P - 1 messages that are
/// on their way at a time. Needs memory for some 8 P vectors of k entries.
template <typename Index>
Steps OkTopK(Exchange &exchange, SparseOperands<Index> of);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_OK_TOP_K_H
