//===- inbox.h - Messages that nobody waits for -----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One-sided messages: what asynchronous training is written on.
///
/// In a collective, every rank takes part and waits for others. Here, a rank
/// sends when it has something to say, goes on, and looks for what has come
/// when it suits it:
///
///     Inbox &inbox = **communicator.OpenInbox({.window = 16});
///     Message update = inbox.New({.kind = kUpdate, .words = {rank, step}},
///                                bytes);
///     Fill(update.MutablePayload());
///     for (int to : others)
///       RETURN_IF_ERROR(inbox.Send(to, update, apply));
///     RETURN_IF_ERROR(inbox.Receive(apply)); // All that has arrived.
///
/// **Channels.** Between any two ranks there is a channel in each direction,
/// which numbers its messages 0, 1, ... A sent message arrives at its
/// receiver's *inbox* once, and the inbox hands it over once; it hands over in
/// the order of arrival. On a real network the messages of a channel arrive as
/// they were sent. On a simulated one with `delay=` they may overtake each
/// other, with `duplicate=` a message may arrive a second time, with the same
/// number, and with `drop=` it may be lost: then a tombstone (kDropped) arrives
/// in its place, at the time at which the message would have, with its header.
/// So what a channel hands over can be counted:
///
///     messages with distinct numbers + tombstones
///         = messages sent, once everything has arrived.
///
/// **Sharing.** A message is immutable once sent, and counted by reference:
/// sending it to a thousand simulated ranks copies nothing, and a relay sends
/// on the very message that came. Under MPI its bytes are read where they were
/// written, and written where they will be read.
///
/// **Back-pressure.** A channel holds at most `window` messages that were sent
/// and not yet handed over; so an inbox holds at most (P - 1) window of them,
/// second copies aside. Sending into a full channel waits, and whoever waits
/// must go on receiving: if A waits for room at B and B for room at A, neither
/// would ever get it. This is why Send takes a function: while it waits it
/// gives it, in order, what arrives. Since every rank that waits makes room at
/// its own inbox, a rank that waits for another which computes, polls or sends
/// gets room in the end, and no cycle of full inboxes can hold. The function
/// must not call Send; a relay notes what it has to send on, and does so later.
///
/// Whoever waits in a collective makes no room. Before ranks enter one, each
/// must have received everything that was sent to it: every rank says how much
/// it has sent, and receives until that is there.
///
/// **Losing ranks.** A rank that is killed, or crashes by `crash=`, is lost:
/// after the last of its messages, the news of it (kLostRank) arrives, once, at
/// every rank that has an inbox. What is sent to it goes nowhere from then on.
/// What was sent to it before, and had not been handed over, is lost with it,
/// and nobody hears of that. Under a simulated network the news takes the
/// latency; under MPI a rank on the same machine is seen to end, and one on
/// another is given up when nothing has been heard of it for the timeout. That
/// a rank is stopped does not make it lost. Nor does its return from its body:
/// its inbox is then closed, and what is sent there goes nowhere.
///
/// **Costs.** In virtual time a message of b bytes leaves its sender's link
/// after (b + 64) / bandwidth, queued behind all that it has sent before,
/// collectives included, and arrives after the latency and a delay; room in a
/// channel is seen at once. Under MPI, there is a message of b + 64 bytes, and
/// after every half window one of 16 bytes that tells the sender of room. Each
/// look moves all messages along; nothing moves while nobody looks, so that
/// long computations call Communicator::Progress. In the steady state nothing
/// is allocated.
///
/// The scheme of windows is the credit-based flow control of Kung, Blackwell
/// and Chapman, "Credit-based flow control for ATM networks: credit update
/// protocol, adaptive credit allocation, and statistical multiplexing", SIGCOMM
/// 1994.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_INBOX_H
#define TACIT_RUNTIME_COMM_INBOX_H

#include "runtime/comm/channels.h"
#include "runtime/comm/traffic.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace tacit {

class Transport;

struct InboxOptions {
  /// Messages of one channel that are sent and not handed over. At least 1; the
  /// same on every rank.
  uint32_t window = 16;
};

/// What an inbox has done since it was opened.
struct InboxCounts {
  uint64_t sent = 0;        ///< Messages, each receiver counted.
  uint64_t nowhere = 0;     ///< Of these, to ranks that are lost or have ended.
  uint64_t received = 0;    ///< Messages, second copies included.
  uint64_t dropped = 0;     ///< Tombstones.
  double room_seconds = 0;  ///< In waiting for room, on the rank's clock.
  double empty_seconds = 0; ///< In Wait.
};

/// The one-sided messages of one rank. Errors are final, as those of the
/// communicator that it belongs to.
class Inbox {
public:
  /// What is called for each arrival. What it returns, if not ok, is returned
  /// at once; the rest is handed over by the next call.
  using Receiver = absl::FunctionRef<absl::Status(Arrival)>;
  /// Makes an error of the transport, met while doing what the text says, that
  /// of the communicator.
  using Fail = std::function<absl::Status(const absl::Status &status,
                                          absl::string_view doing)>;

  /// On a transport whose channels are open.
  Inbox(Transport &transport, const InboxOptions &options, Traffic &traffic,
        Fail fail);
  Inbox(const Inbox &) = delete;
  Inbox &operator=(const Inbox &) = delete;

  /// A message with room for `bytes` bytes of payload, to be filled in.
  Message New(const MessageHeader &header, size_t bytes) {
    return channels_.messages().New(header, bytes);
  }

  /// Sends a message to another rank. Waits while the channel is full; then
  /// `receive` is called for what arrives. Error: a rank that there is not, or
  /// this one itself; a failure; what `receive` returned: the message is then
  /// not sent.
  absl::Status Send(int to, const Message &message, Receiver receive,
                    Loss loss = Loss::kPossible);

  /// As Send, but never waits: false if the channel is full. May be called by a
  /// Receiver.
  absl::StatusOr<bool> TrySend(int to, const Message &message,
                               Loss loss = Loss::kPossible);

  /// Takes what has arrived first, if anything has. Never waits.
  absl::StatusOr<bool> Poll(Arrival &arrival);

  /// Calls `receive` for all that has arrived.
  absl::Status Receive(Receiver receive);

  /// Returns when something may have arrived, or at `deadline` on the rank's
  /// clock. To wait for something, alternate with Poll: to poll alone takes no
  /// virtual time, and so never ends. Error: a failure; no rank can go on.
  absl::Status Wait(double deadline);

  /// Whether no news that `rank` is lost has been handed over. True of this
  /// rank.
  bool IsLive(int rank) const { return live_[static_cast<size_t>(rank)]; }
  /// Ranks that are.
  int live() const { return live_count_; }

  uint32_t window() const { return window_; }
  const InboxCounts &counts() const { return counts_; }

private:
  absl::Status CheckReceiver(int to) const;
  void Count(const Message &message);

  Transport &transport_;
  Channels &channels_;
  const uint32_t window_;
  Traffic &traffic_;
  Fail fail_;
  InboxCounts counts_;
  std::vector<bool> live_;
  int live_count_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_INBOX_H
