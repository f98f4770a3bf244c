//===- channels.h - One-sided messages of a transport -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the inbox (inbox.h) is written on, and each transport offers.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_CHANNELS_H
#define TACIT_RUNTIME_COMM_CHANNELS_H

#include "runtime/comm/message.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>

namespace tacit {

/// What has come to a rank.
struct Arrival {
  enum Event : uint8_t {
    kMessage,  ///< A message, or a copy of one that the network has doubled.
    kDropped,  ///< The network has lost a message; its header is left.
    kLostRank, ///< `from` is gone, and nothing of it will come any more.
  };
  Event event = kMessage;
  int from = 0;          ///< Who sent it, which need not be who wrote it.
  uint64_t sequence = 0; ///< Of the message on its channel, from 0.
  /// When it came, on this rank's clock: virtual, or when it was noticed.
  double at = 0;
  Message message; ///< None of a lost rank; without payload if dropped.
};

/// Whether the simulated network may drop and double a message.
enum class Loss { kPossible, kNever };

/// The channels of one rank: one to and one from each other rank.
class Channels {
public:
  virtual ~Channels() = default;

  /// Called once, before anything else. `window`: at least 1; the same on all
  /// ranks. Error: it is known not to be, or this is not the first time.
  virtual absl::Status OpenChannels(uint32_t window) = 0;

  virtual MessagePool &messages() = 0;

  /// Gives a message to the channel to rank `to`, which is not this one.
  /// Returns false, and does nothing, if `window` messages of it have not been
  /// taken. A message to a rank that is lost or has ended goes nowhere. Error:
  /// as Transport::Test.
  virtual absl::StatusOr<bool> TrySend(int to, const Message &message,
                                       Loss loss) = 0;

  /// Takes what has arrived first, if anything has: false. Error: as above.
  virtual absl::StatusOr<bool> TakeArrival(Arrival &arrival) = 0;

  /// Returns when something may have arrived, or a message may fit into the
  /// channel to rank `full` (-1: of no interest), and no later than `deadline`;
  /// it may return early. Error: as above, and kDeadlineExceeded if no rank can
  /// ever go on.
  virtual absl::Status WaitForArrival(double deadline, int full) = 0;

  /// Whether rank `to` is neither known to be lost nor to have ended.
  virtual bool IsOpen(int to) const = 0;

  /// Moves messages along, where that needs this rank's doing.
  virtual absl::Status MakeProgress() { return absl::OkStatus(); }

  /// Takes in, and forgets, what still comes, until every rank that is not lost
  /// has called this. Error: as above, and kDeadlineExceeded if nothing was
  /// heard of some for `timeout` seconds. A simulated world needs no such end.
  virtual absl::Status EndChannels(double timeout) { return absl::OkStatus(); }
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_CHANNELS_H
