//===- inbox.cpp - Messages that nobody waits for -------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/inbox.h"

#include "runtime/comm/transport.h"

#include "absl/strings/str_cat.h"

#include <utility>

namespace tacit {

static constexpr int kNoChannel = -1;

Inbox::Inbox(Transport &transport, const InboxOptions &options,
             Traffic &traffic, Fail fail)
    : transport_(transport), channels_(transport.channels()),
      window_(options.window), traffic_(traffic), fail_(std::move(fail)),
      live_(static_cast<size_t>(transport.size()), true),
      live_count_(transport.size()) {}

absl::Status Inbox::CheckReceiver(int to) const {
  if (to < 0 || to >= transport_.size() || to == transport_.rank())
    return absl::InvalidArgumentError(absl::StrCat(
        "rank ", transport_.rank(), " of ", transport_.size(),
        " cannot send a message to rank ", to, ": wanted another rank, from 0 ",
        "to ", transport_.size() - 1));
  return absl::OkStatus();
}

void Inbox::Count(const Message &message) {
  const uint64_t control = message.header().control_bytes;
  const uint64_t bytes = message.payload().size();
  traffic_.control_bytes += Message::kWireBytes + control;
  if (bytes > control) {
    traffic_.bytes_sent += bytes - control;
    ++traffic_.messages_sent;
  }
}

absl::StatusOr<bool> Inbox::TrySend(int to, const Message &message, Loss loss) {
  if (absl::Status status = CheckReceiver(to); !status.ok())
    return status;
  if (message.wire().size() > Transport::kMostBytes)
    return absl::InvalidArgumentError(
        absl::StrCat("a message of ", message.payload().size(),
                     " bytes is too long: at "
                     "most ",
                     Transport::kMostBytes - Message::kWireBytes));
  absl::StatusOr<bool> sent = channels_.TrySend(to, message, loss);
  if (!sent.ok())
    return fail_(sent.status(), absl::StrCat("sending to rank ", to));
  if (!*sent)
    return false;
  ++counts_.sent;
  if (channels_.IsOpen(to))
    Count(message);
  else
    ++counts_.nowhere;
  return true;
}

absl::Status Inbox::Send(int to, const Message &message, Receiver receive,
                         Loss loss) {
  for (;;) {
    const absl::StatusOr<bool> sent = TrySend(to, message, loss);
    if (!sent.ok() || *sent)
      return sent.status();
    // Others may be waiting for room here: take in, and only then wait.
    if (absl::Status status = Receive(receive); !status.ok())
      return status;
    const double begin = transport_.Now();
    if (absl::Status status = channels_.WaitForArrival(kNever, to);
        !status.ok())
      return fail_(status, absl::StrCat("waiting for room at rank ", to));
    counts_.room_seconds += transport_.Now() - begin;
  }
}

absl::StatusOr<bool> Inbox::Poll(Arrival &arrival) {
  absl::StatusOr<bool> taken = channels_.TakeArrival(arrival);
  if (!taken.ok())
    return fail_(taken.status(), "receiving messages");
  if (!*taken)
    return false;
  switch (arrival.event) {
  case Arrival::kMessage:
    ++counts_.received;
    break;
  case Arrival::kDropped:
    ++counts_.dropped;
    break;
  case Arrival::kLostRank:
    live_[static_cast<size_t>(arrival.from)] = false;
    --live_count_;
    break;
  }
  return true;
}

absl::Status Inbox::Receive(Receiver receive) {
  for (;;) {
    Arrival arrival;
    const absl::StatusOr<bool> taken = Poll(arrival);
    if (!taken.ok() || !*taken)
      return taken.status();
    if (absl::Status status = receive(std::move(arrival)); !status.ok())
      return status;
  }
}

absl::Status Inbox::Wait(double deadline) {
  const double begin = transport_.Now();
  if (absl::Status status = channels_.WaitForArrival(deadline, kNoChannel);
      !status.ok())
    return fail_(status, "waiting for a message");
  counts_.empty_seconds += transport_.Now() - begin;
  return absl::OkStatus();
}

} // namespace tacit
