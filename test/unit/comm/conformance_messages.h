//===- conformance_messages.h - One-sided messages of every world -*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks of inboxes that run on every rank of any world, as those of
/// conformance.h.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_COMM_CONFORMANCE_MESSAGES_H
#define TACIT_TEST_UNIT_COMM_CONFORMANCE_MESSAGES_H

#include "runtime/comm/communicator.h"
#include "test/unit/comm/conformance.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

#include <cstdint>
#include <map>
#include <vector>

namespace tacit::conformance {

/// Kinds of messages that the checks send. Of kEnd, words[0] is how many
/// messages the channel has carried before.
enum MessageKind : uint32_t { kNumbered, kRelayed, kEnd };

/// What one rank sends and receives between two moments at which no message is
/// on its way; it counts both, and checks what comes.
class MessageLog {
public:
  MessageLog(Communicator &communicator, Inbox &inbox);

  /// Sends message number sent(to) of this object: its payload of `bytes` bytes
  /// follows from this rank, `to` and that number. words: from, to, number, the
  /// bits of the time.
  absl::Status Send(int to, size_t bytes);
  /// What Inbox::Send is to call, and Inbox::Receive.
  absl::Status Take(Arrival arrival);
  /// Takes all that has arrived.
  absl::Status Receive();
  /// Says that no more comes, and takes everything until all other ranks that
  /// live have said so as often, and all they have sent is there.
  absl::Status Drain();

  /// A channel to this rank.
  struct Channel {
    std::map<uint64_t, int> copies;  ///< That came, by message.
    std::map<uint64_t, int> dropped; ///< Tombstones, by message.
    std::vector<double> arrivals;    ///< Times, in the order taken.
    int64_t wanted = 0;              ///< Messages, by the last kEnd.
    int ends = 0;                    ///< Times that there came a kEnd.
    int lost = 0;                    ///< News that the sender is.
  };
  const Channel &from(int rank) const {
    return channels_[static_cast<size_t>(rank)];
  }
  uint64_t sent(int to) const { return sent_[static_cast<size_t>(to)]; }
  /// Times at which messages to `to` were given to its channel; of those that
  /// have waited for room, after that.
  const std::vector<double> &times(int to) const {
    return times_[static_cast<size_t>(to)];
  }
  /// The last time of an arrival that was taken; they never go back.
  double last_arrival() const { return last_arrival_; }

private:
  bool IsDrained() const;

  Communicator &communicator_;
  Inbox &inbox_;
  std::vector<Channel> channels_; // by sender
  std::vector<uint64_t> sent_;    // by receiver
  std::vector<std::vector<double>> times_;
  double last_arrival_ = 0;
  int drains_ = 0;
};

struct MessageCheck {
  const char *name;
  absl::Status (*run)(Communicator &communicator, Inbox &inbox, Digest &digest);
};

/// To be run one after another, on an inbox of any window, with a barrier after
/// each; all leave nothing on its way.
const std::vector<MessageCheck> &AllMessageChecks();

} // namespace tacit::conformance

#endif // TACIT_TEST_UNIT_COMM_CONFORMANCE_MESSAGES_H
