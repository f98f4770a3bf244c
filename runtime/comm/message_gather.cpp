//===- message_gather.cpp - All-gather of messages of any lengths ---------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/message_gather.h"

#include <algorithm>

namespace tacit {

static size_t Aligned(size_t bytes) {
  return (bytes + TACIT_ALIGNMENT - 1) / TACIT_ALIGNMENT * TACIT_ALIGNMENT;
}

MessageGather::MessageGather(Exchange &exchange, size_t most)
    : exchange_(exchange), most_(most), stride_(Aligned(most)),
      slots_(exchange.scratch(),
             static_cast<size_t>(exchange.size()) * stride_),
      // No round moves more messages than there are ranks, in and out.
      numbers_(exchange.scratch(),
               static_cast<size_t>(exchange.size()) *
                   (sizeof(size_t) + 2 * sizeof(Transport::Request))),
      lengths_(reinterpret_cast<size_t *>(numbers_.data())),
      requests_(
          reinterpret_cast<Transport::Request *>(lengths_ + exchange.size())) {}

size_t MessageGather::PostRound(int have) {
  const int rank = exchange_.rank(), ranks = exchange_.size();
  const size_t moved = static_cast<size_t>(std::min(have, ranks - have));
  const int from = (rank + have) % ranks, to = (rank + ranks - have) % ranks;
  size_t posted = 0;
  for (size_t i = 0; i < moved; ++i) {
    const size_t slot = static_cast<size_t>(have) + i;
    requests_[posted++] =
        exchange_.ReceiveUpTo(from, Slot(slot), most_, &lengths_[slot]);
  }
  for (size_t i = 0; i < moved; ++i)
    requests_[posted++] = exchange_.Send(to, Slot(i), lengths_[i]);
  return posted;
}

} // namespace tacit
