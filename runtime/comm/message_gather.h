//===- message_gather.h - All-gather of messages of any lengths -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bruck's all-gather (as in collectives.h) of one message per rank, whose
/// length only its own rank knows. Each travels as a message of its own, so
/// that its length does so with it: in round i, all that a rank has, at most
/// P - 2^i of them, go to rank p - 2^i.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_MESSAGE_GATHER_H
#define TACIT_RUNTIME_COMM_MESSAGE_GATHER_H

#include "runtime/comm/exchange.h"
#include "runtime/comm/scratch.h"

#include <cstddef>

namespace tacit {

/// The messages of all ranks, for a collective that goes
///
///     gather.SetOwn(bytes); // having written gather.own()
///     for (int have = 1; have < exchange.size(); have *= 2) {
///       const size_t requests = gather.PostRound(have);
///       for (size_t i = 0; i < requests; ++i)
///         co_await exchange.Finish(gather.request(i));
///     }
class MessageGather {
public:
  /// No message has more than `most` bytes.
  MessageGather(Exchange &exchange, size_t most);

  std::byte *own() { return Slot(0); }
  void SetOwn(size_t bytes) { lengths_[0] = bytes; }

  /// Posts the sends and receives of a round, and returns how many.
  size_t PostRound(int have);
  Transport::Request request(size_t i) const { return requests_[i]; }

  /// The message of `rank`, aligned to TACIT_ALIGNMENT; and its length.
  const std::byte *message(int rank) { return Slot(SlotOf(rank)); }
  size_t length(int rank) const { return lengths_[SlotOf(rank)]; }

private:
  /// Slots begin with the rank's own, then come those of the ranks after it.
  size_t SlotOf(int rank) const {
    return static_cast<size_t>((rank - exchange_.rank() + exchange_.size()) %
                               exchange_.size());
  }
  std::byte *Slot(size_t slot) { return slots_.data() + slot * stride_; }

  Exchange &exchange_;
  const size_t most_, stride_;
  Scratch slots_, numbers_;
  size_t *lengths_;
  Transport::Request *requests_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_MESSAGE_GATHER_H
