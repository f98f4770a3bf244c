//===- sampled_top_k.cpp - The largest entries, about as many -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/sampled_top_k.h"

#include "runtime/abi/tacit_abi.h"

namespace tacit {

uint64_t MostOfSampledTopK(uint64_t entries, uint64_t elements) {
  return tacit_most_of_sampled_top_k(entries, elements);
}

template <typename Index>
absl::Status SampledTopK(const Accumulation &accumulation, uint64_t entries,
                         SelectionWorkspace &workspace,
                         const SparseView<Index> &selected) {
  return SelectLargest(accumulation, entries,
                       MostOfSampledTopK(entries, accumulation.elements),
                       workspace, selected);
}

template absl::Status SampledTopK(const Accumulation &, uint64_t,
                                  SelectionWorkspace &,
                                  const SparseView<uint32_t> &);
template absl::Status SampledTopK(const Accumulation &, uint64_t,
                                  SelectionWorkspace &,
                                  const SparseView<uint64_t> &);

} // namespace tacit
