//===- regions.h - Regions of indices and their owners ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Cuts a vector into one region of indices per rank, so that regions have
/// about as many entries of all ranks' sparse vectors each.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_REGIONS_H
#define TACIT_RUNTIME_COMM_REGIONS_H

#include "runtime/comm/message_gather.h"
#include "runtime/comm/scratch.h"
#include "runtime/comm/sparse_exchange.h"

namespace tacit {

/// The longest message that WriteQuantiles writes.
template <typename Index> constexpr size_t QuantileBytes(int ranks) {
  return static_cast<size_t>(ranks) * sizeof(Index);
}

/// Writes one index of the middle of each `ranks`-th of a vector's entries, or
/// nothing if it has none. Returns the bytes.
template <typename Index>
size_t WriteQuantiles(const Entries<Index> &entries, int ranks,
                      std::byte *message);

/// Region p has the indices from bounds[p] to before bounds[p + 1]; `bounds`
/// has room for P + 1. Every rank computes the same from the `gathered`
/// messages. Error: what WriteQuantiles does not write.
template <typename Index>
absl::Status FindRegions(Exchange &exchange, MessageGather &gathered,
                         uint64_t elements, uint64_t *bounds);

/// The entries of a vector with indices in [begin, end).
template <typename Index>
Entries<Index> InRegion(const Entries<Index> &entries, uint64_t begin,
                        uint64_t end);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_REGIONS_H
