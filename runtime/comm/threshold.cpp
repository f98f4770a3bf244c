//===- threshold.cpp - A threshold that all owners agree on ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/threshold.h"

#include "runtime/comm/largest.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

namespace tacit {

namespace {

/// The positions, from 1 on, that owners of `limit` entries tell of.
class Positions {
public:
  Positions(uint64_t limit, uint64_t keep, int ranks)
      : limit_(limit), first_((keep - 1) / (8 * static_cast<uint64_t>(ranks))) {
  }
  /// Goes on to the next one. False: there is none.
  bool Next() {
    if (position_ == limit_)
      return false;
    position_ = position_ == 0
                    ? first_ + 1
                    : position_ + std::max<uint64_t>(1, position_ / 4);
    position_ = std::min(position_, limit_);
    return true;
  }
  uint64_t position() const { return position_; }

private:
  const uint64_t limit_, first_;
  uint64_t position_ = 0;
};

/// What one owner has told: of so many of its entries, none is below the mark.
template <typename Index> struct Told {
  Mark<Index> mark;
  uint64_t more; ///< than at its mark before this.
};

} // namespace

static size_t CountPositions(uint64_t limit, uint64_t keep, int ranks) {
  size_t count = 0;
  for (Positions at(limit, keep, ranks); at.Next();)
    ++count;
  return count;
}

template <typename Index> size_t MarkBytes(uint64_t keep, int ranks) {
  return sizeof(Index) +
         CountPositions(keep, keep, ranks) * sizeof(Mark<Index>);
}

// Marks by the exponents of their magnitudes and three more bits.
static constexpr int kBinShift = 20;
static constexpr size_t kBins = (size_t{1} << 31) >> kBinShift;

/// Puts the marks of `entries` into bins, those of the largest magnitudes
/// first. `ends` says where each bin then ends.
template <typename Index>
static void SortIntoBins(const Entries<Index> &entries, Mark<Index> *marks,
                         size_t (&ends)[kBins]) {
  const auto bin = [](uint32_t magnitude) {
    return kBins - 1 - (magnitude >> kBinShift);
  };
  std::fill_n(ends, kBins, size_t{0});
  for (size_t i = 0; i < entries.count; ++i)
    ++ends[bin(MagnitudeOf(entries.values[i]))];
  size_t begin = 0;
  for (size_t &end : ends)
    begin += std::exchange(end, begin);
  for (size_t i = 0; i < entries.count; ++i) {
    const uint32_t magnitude = MagnitudeOf(entries.values[i]);
    marks[ends[bin(magnitude)]++] = {magnitude, entries.indices[i]};
  }
}

template <typename Index>
size_t WriteMarks(const Entries<Index> &entries, uint64_t keep, int ranks,
                  Mark<Index> *workspace, std::byte *message) {
  size_t ends[kBins];
  SortIntoBins(entries, workspace, ends);
  const Index limit =
      static_cast<Index>(std::min<uint64_t>(entries.count, keep));
  std::byte *to = message;
  std::memcpy(to, &limit, sizeof(limit));
  to += sizeof(limit);
  size_t bin = 0, begin = 0; // all before `begin` are larger
  for (Positions at(limit, keep, ranks); at.Next();) {
    for (; ends[bin] < at.position(); ++bin)
      begin = ends[bin];
    const size_t wanted = at.position() - 1;
    std::nth_element(workspace + begin, workspace + wanted,
                     workspace + ends[bin], std::greater<>());
    std::memcpy(to, &workspace[wanted], sizeof(Mark<Index>));
    to += sizeof(Mark<Index>);
    begin = wanted + 1;
  }
  return static_cast<size_t>(to - message);
}

template <typename Index>
absl::StatusOr<Mark<Index>>
FindThreshold(Exchange &exchange, MessageGather &gathered, uint64_t keep) {
  const int ranks = exchange.size();
  const size_t most = CountPositions(keep, keep, ranks);
  Scratch scratch(exchange.scratch(),
                  static_cast<size_t>(ranks) * most * sizeof(Told<Index>));
  Told<Index> *told = reinterpret_cast<Told<Index> *>(scratch.data());
  size_t count = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    const std::byte *message = gathered.message(rank);
    Index limit = 0;
    if (gathered.length(rank) >= sizeof(limit))
      std::memcpy(&limit, message, sizeof(limit));
    const size_t marks =
        limit <= keep ? CountPositions(limit, keep, ranks) : most + 1;
    if (gathered.length(rank) != sizeof(limit) + marks * sizeof(Mark<Index>))
      return FromRank(rank, absl::InternalError("malformed list of its sums"));
    message += sizeof(limit);
    uint64_t before = 0;
    for (Positions at(limit, keep, ranks); at.Next();) {
      std::memcpy(&told[count].mark, message, sizeof(Mark<Index>));
      message += sizeof(Mark<Index>);
      told[count++].more = at.position() - before;
      before = at.position();
    }
  }
  std::sort(told, told + count,
            [](const auto &a, const auto &b) { return a.mark > b.mark; });
  uint64_t not_below = 0;
  for (size_t i = 0; i < count; ++i)
    if ((not_below += told[i].more) >= keep)
      return told[i].mark;
  return Mark<Index>{0, std::numeric_limits<Index>::max()};
}

#define INSTANTIATE(Index)                                                     \
  template size_t MarkBytes<Index>(uint64_t, int);                             \
  template size_t WriteMarks(const Entries<Index> &, uint64_t, int,            \
                             Mark<Index> *, std::byte *);                      \
  template absl::StatusOr<Mark<Index>> FindThreshold(                          \
      Exchange &, MessageGather &, uint64_t);
INSTANTIATE(uint32_t)
INSTANTIATE(uint64_t)
#undef INSTANTIATE

} // namespace tacit
