//===- transport.h - Messages between ranks ---------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What collectives are written on: point-to-point messages, a clock, and the
/// news that some rank has failed.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_TRANSPORT_H
#define TACIT_RUNTIME_COMM_TRANSPORT_H

#include "runtime/comm/channels.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace tacit {

/// Never, on any clock.
inline constexpr double kNever = std::numeric_limits<double>::infinity();

/// What a rank waits for; it goes into messages about ranks that are missing.
/// Exchanges are numbered in the order in which they are started, so that a
/// number means the same exchange on every rank.
struct Waiting {
  absl::string_view name; ///< Of the exchange.
  uint64_t exchange = 0;  ///< Its number, from 0.
  uint64_t started = 0;   ///< Exchanges that this rank has started.
};

/// The messages of one rank. Two messages with one tag between two ranks
/// arrive in the order in which they were sent, and a receive takes the first
/// that is left. A message has exactly the size that its receive asks for, or
/// at most that if the receive says so.
///
/// Used by one thread. Makes no allocation once its pools have grown.
class Transport {
public:
  /// A posted send or receive, until Test says that it is done.
  using Request = uint32_t;

  /// Tags are below this.
  static constexpr uint32_t kTags = 1u << 14;
  /// No message is longer.
  static constexpr size_t kMostBytes = size_t{1} << 30;

  virtual ~Transport() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Seconds since the world began.
  virtual double Now() const = 0;

  /// Lets `seconds` pass on a virtual clock; nothing on a real one.
  virtual void Charge(double seconds) = 0;
  /// Moves a virtual clock on to `time` exactly, if it is not there yet;
  /// nothing on a real one.
  virtual void AdvanceTo(double time) {}
  /// Lets other ranks go on, where several take turns on one thread, that are
  /// not ahead of this one. No time passes.
  virtual void Yield() = 0;
  /// What the computation of local step `step`, counted from 0, costs on a
  /// virtual clock, in seconds.
  virtual double ComputeSeconds(int64_t step) const = 0;
  /// The rank is about to compute local step `step`: where a simulated one
  /// pauses or crashes.
  virtual void BeginStep(int64_t step) {}
  /// Of a simulated rank that has crashed: how (kUnavailable). Every call that
  /// returns a status then returns this, and no other rank is told.
  virtual absl::Status crash() const { return absl::OkStatus(); }

  /// Posts a message to another rank. `bytes` must neither change nor go away
  /// before the request is done. A simulated network may drop it if `loss` says
  /// so: its receive is then never done.
  virtual Request PostSend(int to, uint32_t tag,
                           absl::Span<const std::byte> bytes, Loss loss) = 0;

  /// Posts the receipt of a message from another rank. `bytes` belongs to the
  /// transport until the request is done.
  virtual Request PostReceive(int from, uint32_t tag,
                              absl::Span<std::byte> bytes) = 0;

  /// As PostReceive, of a message that has at most bytes.size() bytes. When
  /// Test says that it is done, `*length` is how many they were; until then
  /// `length` belongs to the transport as well.
  virtual Request PostReceiveUpTo(int from, uint32_t tag,
                                  absl::Span<std::byte> bytes,
                                  size_t *length) = 0;

  /// Whether `request` is done; if so, it is gone. Never waits. Error: a rank
  /// has failed (kAborted, and the message names it), or the message has
  /// a size that was not asked for (kInternal); the request is then gone as
  /// well.
  virtual absl::StatusOr<bool> Test(Request request) = 0;

  /// Returns when a request that Test found unfinished may be done, and no
  /// later than `deadline`; it may return early. Error: a rank has failed
  /// (kAborted); `deadline` has passed, or nothing is on its way to any rank
  /// (kDeadlineExceeded): the message names the ranks that are missing in
  /// `waiting`.
  virtual absl::Status Wait(double deadline, const Waiting &waiting) = 0;

  /// The seconds spent in Wait so far in which the message that ended a wait
  /// had not been sent; the rest went by while messages were on their way. None
  /// where the transport cannot tell these apart.
  virtual std::optional<double> LateSeconds() const { return std::nullopt; }

  /// The one-sided messages of the rank, which have nothing to do with tags.
  virtual Channels &channels() = 0;

  /// Tells every other rank that this one has failed with `why`. Messages in
  /// flight are given up. Does nothing if some rank has failed before.
  virtual void Announce(const absl::Status &why) = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_TRANSPORT_H
