//===- sparse_all_gather.cpp - Sums of all ranks' sparse vectors ----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/sparse_all_gather.h"

#include "runtime/comm/message_gather.h"
#include "runtime/comm/sparse_sum.h"

#include <utility>

namespace tacit {

/// All vectors are there: adds them up.
template <typename Index>
static absl::Status Sum(Exchange &exchange, MessageGather &gather,
                        const SparseOperands<Index> &of) {
  const size_t ranks = static_cast<size_t>(exchange.size());
  const size_t room = of.how.input_capacity;
  Scratch coded(exchange.scratch(), ranks * of.CodedRoom(room) * sizeof(Index));
  Scratch vectors(exchange.scratch(), ranks * sizeof(Entries<Index>));
  Scratch numbers(exchange.scratch(),
                  ranks * (sizeof(uint64_t) + sizeof(size_t)));
  auto *all = reinterpret_cast<Entries<Index> *>(vectors.data());
  auto *heads = reinterpret_cast<uint64_t *>(numbers.data());
  Index *decoded = reinterpret_cast<Index *>(coded.data());
  for (int rank = 0; rank < exchange.size(); ++rank) {
    absl::StatusOr<Entries<Index>> entries = DecodeEntries(
        gather.message(rank), gather.length(rank), of.how.elements, room,
        of.CodedRoom(1) > 0 ? decoded : nullptr);
    if (!entries.ok())
      return FromRank(rank, entries.status());
    all[rank] = *entries;
    decoded += of.CodedRoom(room);
  }
  *of.output.count = SumInRankOrder(all, exchange.size(), heads,
                                    reinterpret_cast<size_t *>(heads + ranks),
                                    of.output.indices, of.output.values);
  DivideOutput(of, exchange.size());
  return absl::OkStatus();
}

template <typename Index>
Steps SparseAllGather(Exchange &exchange, SparseOperands<Index> of) {
  MessageGather gather(exchange, MessageBytes<Index>(of.how.input_capacity));
  gather.SetOwn(EncodeEntries(of.input, of.how.encoding, gather.own()));
  for (int have = 1; have < exchange.size(); have *= 2) {
    const size_t requests = gather.PostRound(have);
    for (size_t i = 0; i < requests; ++i)
      co_await exchange.Finish(gather.request(i));
  }
  if (absl::Status status = Sum(exchange, gather, of); !status.ok())
    exchange.Fail(std::move(status));
}

template Steps SparseAllGather(Exchange &, SparseOperands<uint32_t>);
template Steps SparseAllGather(Exchange &, SparseOperands<uint64_t>);

} // namespace tacit
