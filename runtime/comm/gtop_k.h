//===- gtop_k.h - Global top-k by merging -----------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// gTop-k all-reduce (Shi et al., "A Distributed Synchronous SGD Algorithm with
/// Global Top-k Sparsification for Low Bandwidth Networks", ICDCS 2019), with
/// recursive doubling instead of a tree and a broadcast.
///
/// To merge two vectors is to add them on the union of their supports, and to
/// keep the k entries of largest magnitude, of equal ones those of lower index.
/// In round r = 0 .. m-1, m = floor(log2 P), rank p swaps its partial sum with
/// rank p XOR 2^r, and both merge. If P is not a power of two, rank 2^m + e
/// first sends its vector to e, which merges it, and gets the result at the
/// end. Merging is symmetric, so all ranks end with the same bits.
///
/// Conserving put-back: the partial sums that a merge of round r drops are
/// known to the 2^(r+1) ranks that computed this same merge; each adds its
/// equal share, an exact division, to its residual. What rank e drops when it
/// merges an extra rank's vector goes to e alone.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_GTOP_K_H
#define TACIT_RUNTIME_COMM_GTOP_K_H

#include "runtime/comm/exchange.h"
#include "runtime/comm/sparse_exchange.h"

namespace tacit {

/// In m rounds a rank sends at most m times what k entries take; e sends it
/// m + 1 times and 2^m + e once. Needs memory for some 10 vectors of k entries.
template <typename Index>
Steps GtopK(Exchange &exchange, SparseOperands<Index> of);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_GTOP_K_H
