//===- sampled_top_k.h - The largest entries, about as many -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Selection by a threshold that is estimated (after Lin et al., "Deep gradient
/// compression", ICLR 2018, section 3.1): between k and 1.25 k entries, each
/// larger than any that is left behind or, among equal ones, of a lower index.
/// Unlike there, never fewer or more, and nothing is lost: what is not selected
/// stays in the residual. It saves top_k's last look at the candidates.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_SAMPLED_TOP_K_H
#define TACIT_RUNTIME_COMPRESS_SAMPLED_TOP_K_H

#include "runtime/compress/top_k.h"

namespace tacit {

/// The most entries that SampledTopK selects where it is asked for `entries`:
/// a quarter more, rounded down, and at most all elements.
uint64_t MostOfSampledTopK(uint64_t entries, uint64_t elements);

/// Selects from `entries` to MostOfSampledTopK entries of acc; their number is
/// in `*selected.count`. Bounds and errors are those of TopK; the capacity of
/// `selected` may be any from `entries` on, and bounds the number too. The
/// number depends on the numbers in acc alone, not on the threads.
template <typename Index>
absl::Status SampledTopK(const Accumulation &accumulation, uint64_t entries,
                         SelectionWorkspace &workspace,
                         const SparseView<Index> &selected);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_SAMPLED_TOP_K_H
