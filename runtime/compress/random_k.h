//===- random_k.h - Entries drawn alike on all ranks ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Random-k sparsification with error feedback (Stich, Cordonnier and Jaggi,
/// "Sparsified SGD with memory", NeurIPS 2018). The k indices are a function of
/// the seed and the number of the exchange, hence the same on all ranks, so
/// that only values travel. Every set of k indices is equally likely. Values
/// are not scaled by d / k: what is not sent stays in the residual.
///
/// Drawn by Floyd's method (Bentley and Floyd, "A sample of brilliance", CACM
/// 1987) from words 0 .. k-1 of stream kExchangeStreams + exchange: for
/// n = 0 .. k-1 and j = d - k + n, i is word n scaled to [0, j]
/// (Random::Below); i is taken, or j if i has been taken before.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_RANDOM_K_H
#define TACIT_RUNTIME_COMPRESS_RANDOM_K_H

#include "runtime/compress/accumulate.h"
#include "runtime/compress/payload.h"

#include "absl/status/status.h"

#include <cstdint>
#include <vector>

namespace tacit {

/// What drawing indices needs: 24 bytes for each. Grows when more are drawn
/// than before, and allocates nothing otherwise.
class RandomIndexWorkspace {
public:
  /// Makes room for drawing `entries` indices. Drawing does it, too.
  void Reserve(uint64_t entries);

private:
  template <typename Index>
  friend void RandomIndices(uint64_t seed, uint64_t exchange, uint64_t elements,
                            uint64_t entries, RandomIndexWorkspace &workspace,
                            Index *indices);
  std::vector<uint64_t> table_;
};

/// Writes the `entries` indices below `elements` that belong to an exchange,
/// ascending. `entries` is at most `elements`. Takes time in proportion to
/// `entries`, on average. uint32_t and uint64_t are instantiated.
template <typename Index>
void RandomIndices(uint64_t seed, uint64_t exchange, uint64_t elements,
                   uint64_t entries, RandomIndexWorkspace &workspace,
                   Index *indices);

/// Selects `entries` elements of acc, those of RandomIndices, and clears them
/// in the residual. `selected` has room for them.
///
/// Error: more entries than elements or than room, or none of some elements; or
/// NonFiniteError for the first element of acc, selected or not, that is
/// infinite or no number: nothing is then selected and the residual holds acc.
template <typename Index>
absl::Status RandomK(const Accumulation &accumulation, uint64_t seed,
                     uint64_t exchange, uint64_t entries,
                     RandomIndexWorkspace &workspace,
                     const SparseView<Index> &selected);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_RANDOM_K_H
