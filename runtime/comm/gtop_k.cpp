//===- gtop_k.cpp - Global top-k by merging -------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/gtop_k.h"

#include "runtime/comm/largest.h"
#include "runtime/comm/sparse_sum.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace tacit {

namespace {

/// A rank's partial sum, which lives in its output, and the memory to merge
/// others into it.
template <typename Index> class Merger {
public:
  Merger(Exchange &exchange, const SparseOperands<Index> &of)
      : of_(of), room_(std::max(of.how.keep, of.how.input_capacity)),
        outgoing_(exchange.scratch(), bound()),
        incoming_(exchange.scratch(), bound()),
        coded_(exchange.scratch(), of.CodedRoom(room_) * sizeof(Index)),
        indices_(exchange.scratch(), 2 * room_ * sizeof(Index)),
        values_(exchange.scratch(), 2 * room_ * sizeof(float)),
        workspace_(exchange.scratch(), 2 * room_ * sizeof(uint32_t)),
        dropped_indices_(exchange.scratch(), 2 * room_ * sizeof(Index)),
        dropped_values_(exchange.scratch(), 2 * room_ * sizeof(float)) {
    SetSum(of.input);
  }

  /// Of every message.
  size_t bound() const { return MessageBytes<Index>(room_); }
  std::byte *outgoing() { return outgoing_.data(); }
  std::byte *incoming() { return incoming_.data(); }

  /// Writes the partial sum to `outgoing`. Returns the length.
  size_t Encode() {
    return EncodeEntries(Sum(), of_.how.encoding, outgoing_.data());
  }
  /// The message of `bytes` bytes from rank `peer` is the result.
  absl::Status Take(int peer, size_t bytes) {
    const absl::StatusOr<Entries<Index>> entries = Decode(peer, bytes);
    if (entries.ok())
      SetSum(*entries);
    return entries.status();
  }
  /// Merges the message of `bytes` bytes from rank `peer`; `merging` ranks, a
  /// power of two, do the same. What it drops is put back later.
  absl::Status Merge(int peer, bool peer_is_lower, size_t bytes, int merging);
  /// Puts back what the last merge has dropped, if anything is put back. These
  /// are accesses all over the residual, which take longer than the merge: they
  /// had better wait for something to wait for.
  void PutBackDropped();

private:
  Entries<Index> Sum() const {
    return {of_.output.indices, of_.output.values,
            static_cast<size_t>(*of_.output.count)};
  }
  void SetSum(const Entries<Index> &entries) {
    *of_.output.count = entries.count;
    std::copy_n(entries.indices, entries.count, of_.output.indices);
    std::copy_n(entries.values, entries.count, of_.output.values);
  }
  absl::StatusOr<Entries<Index>> Decode(int peer, size_t bytes) {
    Index *room = of_.CodedRoom(1) > 0
                      ? reinterpret_cast<Index *>(coded_.data())
                      : nullptr;
    absl::StatusOr<Entries<Index>> entries =
        DecodeEntries(incoming_.data(), bytes, of_.how.elements, room_, room);
    if (!entries.ok())
      return FromRank(peer, entries.status());
    return entries;
  }

  const SparseOperands<Index> &of_;
  const size_t room_;
  Scratch outgoing_, incoming_, coded_, indices_, values_, workspace_,
      dropped_indices_, dropped_values_;
  size_t dropped_ = 0;
};

} // namespace

template <typename Index>
absl::Status Merger<Index>::Merge(int peer, bool peer_is_lower, size_t bytes,
                                  int merging) {
  const absl::StatusOr<Entries<Index>> theirs = Decode(peer, bytes);
  if (!theirs.ok())
    return theirs.status();
  Index *indices = reinterpret_cast<Index *>(indices_.data());
  float *values = reinterpret_cast<float *>(values_.data());
  const Entries<Index> mine = Sum();
  const size_t count =
      SumOfTwo(peer_is_lower ? *theirs : mine, peer_is_lower ? mine : *theirs,
               indices, values);
  Cut cut = FindCut(values, count, of_.how.keep,
                    reinterpret_cast<uint32_t *>(workspace_.data()));
  Index *dropped_indices = reinterpret_cast<Index *>(dropped_indices_.data());
  float *dropped_values = reinterpret_cast<float *>(dropped_values_.data());
  const float share = 1.0f / static_cast<float>(merging);
  size_t kept = 0;
  dropped_ = 0;
  for (size_t i = 0; i < count; ++i) {
    const Index index = indices[i];
    const float value = values[i];
    const bool keeps = cut.Keeps(value);
    dropped_indices[dropped_] = index;
    dropped_values[dropped_] = value * share;
    dropped_ += !keeps;
    indices[kept] = index;
    values[kept] = value;
    kept += keeps;
  }
  SetSum({indices, values, kept});
  return absl::OkStatus();
}

template <typename Index> void Merger<Index>::PutBackDropped() {
  if (of_.how.put_back != PutBack::kConserve)
    return;
  static constexpr size_t kAhead = 32; // that are on their way from memory
  const Index *indices = reinterpret_cast<Index *>(dropped_indices_.data());
  const float *values = reinterpret_cast<float *>(dropped_values_.data());
  float *rest = of_.how.rest;
  for (size_t n = 0; n < dropped_; ++n) {
    if (n + kAhead < dropped_)
      __builtin_prefetch(&rest[indices[n + kAhead]], /*rw=*/1);
    rest[indices[n]] += values[n];
  }
  dropped_ = 0;
}

template <typename Index>
Steps GtopK(Exchange &exchange, SparseOperands<Index> of) {
  const int rank = exchange.rank(), ranks = exchange.size();
  const int core = static_cast<int>(std::bit_floor(unsigned(ranks)));
  const int extra = rank + core;
  Merger<Index> merger(exchange, of);
  absl::Status status;
  size_t got = 0;

  if (rank >= core) { // Hands in, and gets the result.
    co_await exchange.Finish(
        exchange.Send(rank - core, merger.outgoing(), merger.Encode()));
    co_await exchange.Finish(exchange.ReceiveUpTo(
        rank - core, merger.incoming(), merger.bound(), &got));
    status = merger.Take(rank - core, got);
  } else {
    if (extra < ranks) {
      co_await exchange.Finish(
          exchange.ReceiveUpTo(extra, merger.incoming(), merger.bound(), &got));
      status = merger.Merge(extra, /*peer_is_lower=*/false, got, 1);
    }
    for (int bit = 1; bit < core && status.ok(); bit *= 2) {
      const int peer = rank ^ bit;
      const Transport::Request received =
          exchange.ReceiveUpTo(peer, merger.incoming(), merger.bound(), &got);
      const Transport::Request sent =
          exchange.Send(peer, merger.outgoing(), merger.Encode());
      merger.PutBackDropped();
      co_await exchange.Finish(received);
      co_await exchange.Finish(sent);
      status = merger.Merge(peer, peer < rank, got, 2 * bit);
    }
    if (extra < ranks && status.ok()) {
      const Transport::Request sent =
          exchange.Send(extra, merger.outgoing(), merger.Encode());
      merger.PutBackDropped();
      co_await exchange.Finish(sent);
    }
    merger.PutBackDropped();
  }
  if (!status.ok()) {
    exchange.Fail(std::move(status));
    co_return;
  }
  if (of.how.put_back == PutBack::kPublished)
    PutBackMissing(of);
  DivideOutput(of, ranks);
}

template Steps GtopK(Exchange &, SparseOperands<uint32_t>);
template Steps GtopK(Exchange &, SparseOperands<uint64_t>);

} // namespace tacit
