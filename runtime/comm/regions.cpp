//===- regions.cpp - Regions of indices and their owners ------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/regions.h"

#include <algorithm>
#include <cstring>

namespace tacit {

template <typename Index>
size_t WriteQuantiles(const Entries<Index> &entries, int ranks,
                      std::byte *message) {
  if (entries.count == 0)
    return 0;
  const size_t parts = static_cast<size_t>(ranks);
  for (size_t part = 0; part < parts; ++part)
    std::memcpy(message + part * sizeof(Index),
                &entries.indices[(2 * part + 1) * entries.count / (2 * parts)],
                sizeof(Index));
  return parts * sizeof(Index);
}

template <typename Index>
absl::Status FindRegions(Exchange &exchange, MessageGather &gathered,
                         uint64_t elements, uint64_t *bounds) {
  const size_t ranks = static_cast<size_t>(exchange.size());
  Scratch scratch(exchange.scratch(), ranks * ranks * sizeof(Index));
  Index *pooled = reinterpret_cast<Index *>(scratch.data());
  size_t count = 0;
  for (int rank = 0; rank < exchange.size(); ++rank) {
    const size_t length = gathered.length(rank);
    if (length != 0 && length != QuantileBytes<Index>(exchange.size()))
      return FromRank(rank, absl::InternalError("part of its quantiles"));
    std::memcpy(pooled + count, gathered.message(rank), length);
    count += length / sizeof(Index);
  }
  std::sort(pooled, pooled + count);
  bounds[0] = 0;
  for (size_t part = 1; part < ranks; ++part)
    bounds[part] = count == 0 ? 0 : pooled[part * count / ranks];
  bounds[ranks] = elements;
  if (count > 0 && pooled[count - 1] >= elements)
    return absl::InternalError("a quantile of indices lies past the last");
  return absl::OkStatus();
}

template <typename Index>
Entries<Index> InRegion(const Entries<Index> &entries, uint64_t begin,
                        uint64_t end) {
  const Index *last = entries.indices + entries.count;
  const Index *from = std::lower_bound(entries.indices, last, begin);
  const Index *to = std::lower_bound(from, last, end);
  return {from, entries.values + (from - entries.indices),
          static_cast<size_t>(to - from)};
}

#define INSTANTIATE(Index)                                                     \
  template size_t WriteQuantiles(const Entries<Index> &, int, std::byte *);    \
  template absl::Status FindRegions<Index>(Exchange &, MessageGather &,        \
                                           uint64_t, uint64_t *);              \
  template Entries<Index> InRegion(const Entries<Index> &, uint64_t, uint64_t);
INSTANTIATE(uint32_t)
INSTANTIATE(uint64_t)
#undef INSTANTIATE

} // namespace tacit
