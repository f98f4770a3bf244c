//===- collectives.h - The algorithms of the collectives --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Collectives over point-to-point messages. Which algorithm runs depends on
/// sizes and the number of ranks alone, so every rank, under every transport,
/// computes the same bits.
///
/// Below, P is the number of ranks, N the bytes of a rank's buffer (for
/// all-gather: of all ranks' together), L = ceil(log2 P), m = floor(log2 P).
/// "Latencies" counts messages one after the other on the longest path; "bytes"
/// is what a rank sends. None of it is sent when P = 1 or N = 0.
///
/// | collective | algorithm | latencies | bytes sent by a rank | used |
/// |---|---|---|---|---|
/// | all-reduce | recursive doubling | m, or m + 2 | m N | short |
/// | | ring | 2(P-1) | 2N - two blocks, ~ 2 N (P-1)/P | long |
/// | all-gather | Bruck | L | N (P-1)/P | short |
/// | | ring | P-1 | N (P-1)/P | long |
/// | broadcast | binomial tree | L | up to L N by the root | short |
/// | | chain | P-1 | N, by all but the last | long |
///
/// **Recursive doubling.** In round i = 0 .. m-1 rank p swaps its partial
/// result with rank p XOR 2^i; both compute the same sum of the lower and the
/// higher ranks' partial results. If P is not a power of two, rank 2^m + e
/// first sends its operand to e, which adds it, and gets the result from e at
/// the end: e sends (m + 1) N bytes, 2^m + e sends N.
///
/// **Ring.** The buffer is cut into P blocks, block b beginning at element
/// floor(b count / P). In step s = 0 .. 2P-3, rank p sends block p - s to p + 1
/// and receives block p - 1 - s (mod P) from p - 1: in the first P-1 steps it
/// adds its own operand to what comes in, so that p ends with the whole sum of
/// block p + 1; in the others, whole blocks go round. Rank p sends every block
/// but p + 1, then every block but p + 2. 2 N (P-1)/P is the least that any
/// all-reduce can send (Patarasuk and Yuan, "Bandwidth optimal all-reduce
/// algorithms for clusters of workstations", JPDC 2009). A block travels in
/// pieces of at most 32 KiB, and a piece goes on as soon as it is reduced: so
/// reductions, and all latencies but a few, hide behind transfers. All-gather
/// is the second half.
///
/// **Bruck.** (Bruck et al., "Efficient algorithms for all-to-all
/// communications in multiport message-passing systems", TPDS 1997.) In round
/// i, rank p sends all blocks that it has, at most P - 2^i of them, to p - 2^i.
///
/// **Binomial tree.** With ranks numbered from the root, rank v receives from v
/// less its lowest set bit 2^i, then sends to v + 2^j for j = i-1 .. 0.
///
/// **Chain.** Each rank passes pieces of 32 KiB on to the next.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_COLLECTIVES_H
#define TACIT_RUNTIME_COMM_COLLECTIVES_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/comm/exchange.h"

#include <cstddef>

namespace tacit {

/// The longest message of the pipelined algorithms. Open MPI sends up to 64
/// KiB, its header included, over TCP without asking the receiver first.
inline constexpr size_t kPieceBytes = size_t{32} << 10;

/// All-reduce in place of `count` elements; CheckReduction has accepted their
/// type. `count` and the number of ranks are positive, and so below.
Steps AllReduce(Exchange &exchange, void *buffer, size_t count,
                tacit_dtype dtype, tacit_reduction reduction);

/// All-gather of `bytes` bytes from each rank; the rank's own are in `output`
/// already.
Steps AllGather(Exchange &exchange, void *output, size_t bytes);

/// Broadcast in place of `bytes` bytes.
Steps Broadcast(Exchange &exchange, void *buffer, size_t bytes, int root);

/// Whether an all-reduce of `bytes` bytes on `ranks` ranks goes round the ring.
bool ReducesOnRing(size_t bytes, int ranks);
/// Whether an all-gather of `bytes` bytes from each rank goes round the ring.
bool GathersOnRing(size_t bytes, int ranks);
/// Whether a broadcast goes along the chain.
bool BroadcastsOnChain(size_t bytes, int ranks);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_COLLECTIVES_H
