//===- random_k.cpp - Entries drawn alike on all ranks --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/random_k.h"

#include "runtime/support/random.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tacit {

static constexpr uint64_t kFree = std::numeric_limits<uint64_t>::max();

void RandomIndexWorkspace::Reserve(uint64_t entries) {
  if (table_.size() < 3 * entries)
    table_.resize(3 * entries);
}

namespace {
/// A set that is its own sorted list: a hash table of twice as many slots whose
/// hash is the index scaled down, with linear probing, in which every run is
/// kept in order (Gonnet and Munro, "The analysis of linear probing sort by the
/// use of a new mathematical transform", Journal of Algorithms 1984). What runs
/// over the end needs at most `entries` slots more. Random subsets fill it
/// evenly, so a run is short on average.
class OrderedTable {
public:
  OrderedTable(uint64_t *slots, uint64_t elements, uint64_t entries)
      : slots_(slots), elements_(elements), home_slots_(2 * entries) {
    std::fill_n(slots, 3 * entries, kFree);
  }

  /// False if it is there already.
  bool Insert(uint64_t index) {
    uint64_t slot = static_cast<uint64_t>(
        static_cast<unsigned __int128>(index) * home_slots_ / elements_);
    while (slots_[slot] < index) // A free slot is larger than any index.
      ++slot;
    if (slots_[slot] == index)
      return false;
    while (index != kFree)
      std::swap(slots_[slot++], index);
    return true;
  }

private:
  uint64_t *slots_;
  uint64_t elements_;
  uint64_t home_slots_;
};
} // namespace

template <typename Index>
void RandomIndices(uint64_t seed, uint64_t exchange, uint64_t elements,
                   uint64_t entries, RandomIndexWorkspace &workspace,
                   Index *indices) {
  if (entries == 0)
    return;
  workspace.Reserve(entries);
  const Random random(seed, kExchangeStreams + exchange);
  uint64_t *const slots = workspace.table_.data();
  OrderedTable table(slots, elements, entries);
  for (uint64_t n = 0; n < entries; ++n) {
    const uint64_t j = elements - entries + n;
    if (!table.Insert(random.Below(n, j + 1)))
      table.Insert(j);
  }
  uint64_t written = 0;
  for (uint64_t slot = 0; written < entries; ++slot)
    if (slots[slot] != kFree)
      indices[written++] = static_cast<Index>(slots[slot]);
}

template <typename Index>
absl::Status RandomK(const Accumulation &accumulation, uint64_t seed,
                     uint64_t exchange, uint64_t entries,
                     RandomIndexWorkspace &workspace,
                     const SparseView<Index> &selected) {
  const uint64_t elements = accumulation.elements;
  *selected.count = 0;
  if (entries > elements || (entries == 0 && elements > 0))
    return absl::InvalidArgumentError(
        absl::StrCat("cannot select ", entries, " of ", elements,
                     " elements: wanted from 1 to ", elements));
  if (entries > selected.capacity)
    return absl::InvalidArgumentError(
        absl::StrCat("there is room for ", selected.capacity, " entries, and ",
                     entries, " are to be selected"));
  const float *acc = nullptr;
  if (absl::Status status = Accumulate(accumulation, &acc); !status.ok())
    return status;
  RandomIndices(seed, exchange, elements, entries, workspace, selected.indices);
  for (uint64_t i = 0; i < entries; ++i)
    selected.values[i] = acc[selected.indices[i]];
  if (accumulation.residual)
    for (uint64_t i = 0; i < entries; ++i)
      accumulation.residual[selected.indices[i]] = 0;
  *selected.count = entries;
  return absl::OkStatus();
}

template void RandomIndices(uint64_t, uint64_t, uint64_t, uint64_t,
                            RandomIndexWorkspace &, uint32_t *);
template void RandomIndices(uint64_t, uint64_t, uint64_t, uint64_t,
                            RandomIndexWorkspace &, uint64_t *);
template absl::Status RandomK(const Accumulation &, uint64_t, uint64_t,
                              uint64_t, RandomIndexWorkspace &,
                              const SparseView<uint32_t> &);
template absl::Status RandomK(const Accumulation &, uint64_t, uint64_t,
                              uint64_t, RandomIndexWorkspace &,
                              const SparseView<uint64_t> &);

} // namespace tacit
