//===- ok_top_k.cpp - Exact global top-k ----------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/ok_top_k.h"

#include "runtime/comm/largest.h"
#include "runtime/comm/message_gather.h"
#include "runtime/comm/regions.h"
#include "runtime/comm/sparse_sum.h"
#include "runtime/comm/threshold.h"

#include <algorithm>
#include <utility>

namespace tacit {

namespace {

/// What rank p knows: the entries that it sends to each owner, those that it
/// gets as an owner, and their sums.
template <typename Index> class Owner {
public:
  Owner(Exchange &exchange, const SparseOperands<Index> &of)
      : exchange_(exchange), of_(of),
        ranks_(static_cast<size_t>(exchange.size())),
        stride_(Aligned(MessageBytes<Index>(of.how.input_capacity))),
        outgoing_(exchange.scratch(), stride_),
        incoming_(exchange.scratch(), ranks_ * stride_),
        coded_(exchange.scratch(),
               ranks_ * of.CodedRoom(of.how.input_capacity) * sizeof(Index)),
        vectors_(exchange.scratch(), ranks_ * sizeof(Entries<Index>)),
        numbers_(exchange.scratch(), (4 * ranks_ + 1) * sizeof(uint64_t)),
        indices_(exchange.scratch(), sums_room() * sizeof(Index)),
        values_(exchange.scratch(), sums_room() * sizeof(float)) {}

  /// Of regions: room for one more than there are ranks.
  uint64_t *bounds() { return reinterpret_cast<uint64_t *>(numbers_.data()); }

  /// Posts the sends and receives of all entries that have an owner elsewhere.
  size_t Post();
  Transport::Request request(size_t i) { return requests()[i]; }
  /// Adds up what has come in.
  absl::Status Sum();

  const Entries<Index> &sums() const { return sums_; }
  size_t sums_room() const { return ranks_ * of_.how.input_capacity; }
  /// Writes the sums that are not below the threshold. Returns the bytes.
  size_t Select(const Mark<Index> &threshold, std::byte *message);

private:
  static size_t Aligned(size_t bytes) {
    return (bytes + TACIT_ALIGNMENT - 1) / TACIT_ALIGNMENT * TACIT_ALIGNMENT;
  }
  size_t *lengths() { return bounds() + ranks_ + 1; }
  uint64_t *heads() { return bounds() + 2 * ranks_ + 1; }
  Transport::Request *requests() {
    return reinterpret_cast<Transport::Request *>(bounds() + 3 * ranks_ + 1);
  }
  Entries<Index> Part(size_t owner) {
    return InRegion(of_.input, bounds()[owner], bounds()[owner + 1]);
  }

  Exchange &exchange_;
  const SparseOperands<Index> &of_;
  const size_t ranks_, stride_;
  Scratch outgoing_, incoming_, coded_, vectors_, numbers_, indices_, values_;
  Entries<Index> sums_;
};

} // namespace

template <typename Index> size_t Owner<Index>::Post() {
  const size_t rank = static_cast<size_t>(exchange_.rank());
  size_t posted = 0;
  for (size_t step = 1; step < ranks_; ++step) {
    const size_t from = (rank + ranks_ - step) % ranks_;
    requests()[posted++] = exchange_.ReceiveUpTo(
        static_cast<int>(from), incoming_.data() + from * stride_,
        MessageBytes<Index>(of_.how.input_capacity), &lengths()[from]);
  }
  // Every rank begins with the rank after it, so that no owner is flooded.
  std::byte *message = outgoing_.data();
  for (size_t step = 1; step < ranks_; ++step) {
    const size_t to = (rank + step) % ranks_;
    const size_t bytes = EncodeEntries(Part(to), of_.how.encoding, message);
    requests()[posted++] = exchange_.Send(static_cast<int>(to), message, bytes);
    message += bytes;
  }
  return posted;
}

template <typename Index> absl::Status Owner<Index>::Sum() {
  auto *all = reinterpret_cast<Entries<Index> *>(vectors_.data());
  const size_t room = of_.how.input_capacity;
  Index *decoded = reinterpret_cast<Index *>(coded_.data());
  for (size_t rank = 0; rank < ranks_; ++rank) {
    if (rank == static_cast<size_t>(exchange_.rank())) {
      all[rank] = Part(rank);
      continue;
    }
    absl::StatusOr<Entries<Index>> entries = DecodeEntries(
        incoming_.data() + rank * stride_, lengths()[rank], of_.how.elements,
        room, of_.CodedRoom(1) > 0 ? decoded : nullptr);
    if (!entries.ok())
      return FromRank(static_cast<int>(rank), entries.status());
    all[rank] = *entries;
    decoded += of_.CodedRoom(room);
  }
  Index *indices = reinterpret_cast<Index *>(indices_.data());
  float *values = reinterpret_cast<float *>(values_.data());
  sums_ = {indices, values,
           SumInRankOrder(all, exchange_.size(), heads(), lengths(), indices,
                          values)};
  return absl::OkStatus();
}

template <typename Index>
size_t Owner<Index>::Select(const Mark<Index> &threshold, std::byte *message) {
  Index *indices = reinterpret_cast<Index *>(indices_.data());
  float *values = reinterpret_cast<float *>(values_.data());
  size_t kept = 0;
  for (size_t i = 0; i < sums_.count; ++i) {
    const Mark<Index> mark = {MagnitudeOf(values[i]), indices[i]};
    indices[kept] = indices[i];
    values[kept] = values[i];
    kept += !(threshold > mark);
  }
  sums_.count = kept;
  return EncodeEntries(sums_, of_.how.encoding, message);
}

/// All sums that may be among the `keep` largest are there: keeps these.
template <typename Index>
static absl::Status KeepLargest(Exchange &exchange, MessageGather &gathered,
                                const uint64_t *bounds,
                                const SparseOperands<Index> &of) {
  const size_t ranks = static_cast<size_t>(exchange.size());
  const size_t keep = of.how.keep;
  Scratch coded(exchange.scratch(), ranks * of.CodedRoom(keep) * sizeof(Index));
  Scratch vectors(exchange.scratch(), ranks * sizeof(Entries<Index>));
  Scratch numbers(exchange.scratch(),
                  ranks * keep * (sizeof(float) + sizeof(uint32_t)));
  auto *all = reinterpret_cast<Entries<Index> *>(vectors.data());
  float *values = reinterpret_cast<float *>(numbers.data());
  Index *decoded = reinterpret_cast<Index *>(coded.data());
  size_t count = 0;
  for (size_t rank = 0; rank < ranks; ++rank) {
    const int number = static_cast<int>(rank);
    absl::StatusOr<Entries<Index>> entries = DecodeEntries(
        gathered.message(number), gathered.length(number), of.how.elements,
        keep, of.CodedRoom(1) > 0 ? decoded : nullptr);
    if (!entries.ok())
      return FromRank(number, entries.status());
    // Regions in their order are the order of indices.
    if (InRegion(*entries, bounds[rank], bounds[rank + 1]).count !=
        entries->count)
      return FromRank(number, absl::InternalError("sum of another's region"));
    all[rank] = *entries;
    std::copy_n(entries->values, entries->count, values + count);
    count += entries->count;
    decoded += of.CodedRoom(keep);
  }

  Cut cut = FindCut(values, count, keep,
                    reinterpret_cast<uint32_t *>(values + ranks * keep));
  uint64_t kept = 0;
  for (size_t rank = 0; rank < ranks; ++rank)
    for (size_t i = 0; i < all[rank].count; ++i)
      if (cut.Keeps(all[rank].values[i])) {
        of.output.indices[kept] = all[rank].indices[i];
        of.output.values[kept++] = all[rank].values[i];
      }
  *of.output.count = kept;
  if (of.how.put_back != PutBack::kNone)
    PutBackMissing(of);
  DivideOutput(of, exchange.size());
  return absl::OkStatus();
}

template <typename Index>
Steps OkTopK(Exchange &exchange, SparseOperands<Index> of) {
  const int ranks = exchange.size();
  const uint64_t keep = of.how.keep;
  Owner<Index> owner(exchange, of);
  absl::Status status;
  size_t requests = 0;

  MessageGather quantiles(exchange, QuantileBytes<Index>(ranks));
  quantiles.SetOwn(WriteQuantiles(of.input, ranks, quantiles.own()));
  for (int have = 1; have < ranks; have *= 2) {
    requests = quantiles.PostRound(have);
    for (size_t i = 0; i < requests; ++i)
      co_await exchange.Finish(quantiles.request(i));
  }
  status =
      FindRegions<Index>(exchange, quantiles, of.how.elements, owner.bounds());
  if (status.ok()) {
    requests = owner.Post();
    for (size_t i = 0; i < requests; ++i)
      co_await exchange.Finish(owner.request(i));
    status = owner.Sum();
  }
  if (!status.ok()) {
    exchange.Fail(std::move(status));
    co_return;
  }

  MessageGather marks(exchange, MarkBytes<Index>(keep, ranks));
  {
    Scratch workspace(exchange.scratch(),
                      owner.sums_room() * sizeof(Mark<Index>));
    marks.SetOwn(WriteMarks(owner.sums(), keep, ranks,
                            reinterpret_cast<Mark<Index> *>(workspace.data()),
                            marks.own()));
  }
  for (int have = 1; have < ranks; have *= 2) {
    requests = marks.PostRound(have);
    for (size_t i = 0; i < requests; ++i)
      co_await exchange.Finish(marks.request(i));
  }
  const absl::StatusOr<Mark<Index>> threshold =
      FindThreshold<Index>(exchange, marks, keep);
  if (!threshold.ok()) {
    exchange.Fail(threshold.status());
    co_return;
  }

  MessageGather largest(exchange, MessageBytes<Index>(keep));
  largest.SetOwn(owner.Select(*threshold, largest.own()));
  for (int have = 1; have < ranks; have *= 2) {
    requests = largest.PostRound(have);
    for (size_t i = 0; i < requests; ++i)
      co_await exchange.Finish(largest.request(i));
  }
  status = KeepLargest(exchange, largest, owner.bounds(), of);
  if (!status.ok())
    exchange.Fail(std::move(status));
}

template Steps OkTopK(Exchange &, SparseOperands<uint32_t>);
template Steps OkTopK(Exchange &, SparseOperands<uint64_t>);

} // namespace tacit
