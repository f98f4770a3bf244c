//===- update_stream.h - Updates reach every live rank once -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Carries updates from each rank to all others along a topology, each exactly
/// once, and knows of those that were lost on the way.
///
/// **Relays.** An update is known by its origin and its number there, 0, 1, ...
/// A rank that gets it for the first time sends the very message on to its
/// neighbours, except where it came from; further copies are ignored. Between
/// ranks that are all neighbours nothing is relayed.
///
/// **Losses.** Of a copy that the network has dropped its receiver is told. It
/// then says so to its other neighbours, who may have counted on its relaying
/// (kMissing), and they to theirs. So of each update every live rank *hears*:
/// by a copy, or by the news that one was lost. Waits end when an update has
/// been heard of. If a copy still comes, by another way, it is taken and
/// relayed after all; what has not come once nothing is on its way is missing.
///
/// **Lost ranks.** The live neighbours of a lost rank become neighbours of each
/// other, and tell each other how much they have heard of (kHeard): what was on
/// its way through the lost rank alone, is missing. Where nothing is relayed,
/// all tell each other how much they have heard of the lost rank.
///
/// **Room.** What does not fit into a channel waits in a backlog. Whoever
/// publishes first sends its backlog, waiting for room, so that a rank does not
/// make more than its neighbours take in.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_UPDATE_STREAM_H
#define TACIT_RUNTIME_ASYNC_UPDATE_STREAM_H

#include "runtime/async/async_observer.h"
#include "runtime/async/topology.h"
#include "runtime/comm/inbox.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace tacit {

/// An update of one rank; shares its message.
struct Update {
  int origin = 0;
  uint64_t sequence = 0; ///< Of the origin's updates, from 0.
  int64_t step = 0;      ///< The local step that it is of, the last of several.
  int64_t steps = 1;     ///< How many steps it is of.
  double lr = 0;         ///< The learning rate of its last step.
  Message message;

  /// As the channel says: dense, f32 of all members end to end, or what a
  /// compressor made. Aligned to 64 bytes.
  const void *payload() const { return message.payload().data(); }
  /// The clock of the model that the update was computed at: one number of
  /// each rank, behind the payload.
  absl::Span<const uint32_t> clock(int ranks) const {
    const absl::Span<const std::byte> bytes = message.payload();
    const size_t count = static_cast<size_t>(ranks);
    return {reinterpret_cast<const uint32_t *>(bytes.data() + bytes.size() -
                                               4 * count),
            count};
  }
};

/// Which numbers of 0, 1, ... have been seen, in about their order.
class SeenNumbers {
public:
  /// Returns false if it has been seen.
  bool Add(uint64_t number);
  /// All numbers below this have been seen.
  uint64_t prefix() const { return prefix_; }
  bool Contains(uint64_t number) const;

private:
  uint64_t prefix_ = 0;
  std::vector<uint64_t> beyond_; ///< In order.
};

class UpdateStream {
public:
  /// What is told of as it is received. None of these may send or wait.
  class Client {
  public:
    virtual ~Client() = default;
    /// The first copy of an update of another rank; `was_missing`: OnMissing
    /// has told of it.
    virtual absl::Status OnUpdate(Update update, bool was_missing) = 0;
    /// An update has been heard of without a copy; not told twice of one.
    /// Without message and lr.
    virtual void OnMissing(const Update &update) = 0;
    virtual absl::Status OnLost(int rank) = 0;
    /// A message of SendControl.
    virtual absl::Status OnControl(int from, const Message &message) = 0;
  };

  /// Kinds of control messages begin here.
  static constexpr uint32_t kFirstControlKind = 16;

  /// Messages of a channel that may be on their way: more where a link carries
  /// the updates of several ranks.
  static uint32_t WindowFor(const Topology &topology);

  /// All references outlive the stream. `inbox` receives nothing else.
  /// `first_steps`: by rank, the number of its first step; empty: 0.
  UpdateStream(Inbox &inbox, Topology topology, int rank,
               absl::Span<const int64_t> first_steps, AsyncObserver &observer,
               Client &client);
  UpdateStream(const UpdateStream &) = delete;
  UpdateStream &operator=(const UpdateStream &) = delete;

  /// This rank's next update, with room for `bytes` bytes and, behind them, its
  /// clock; to be filled in, and published.
  Update New(int64_t step, int64_t steps, double lr, size_t bytes);

  /// Sends the backlog, then the update of New to all neighbours. Waits for
  /// room, receiving meanwhile.
  absl::Status Publish(const Update &update);

  /// Sends a message of a kind from kFirstControlKind on, which the simulated
  /// network does not lose. Waits for room.
  absl::Status SendControl(int to, const Message &message);
  /// As SendControl, but what does not fit waits in the backlog.
  absl::Status PostControl(int to, const Message &message);
  Message NewControl(const MessageHeader &header, size_t bytes) {
    return inbox_.New(header, bytes);
  }

  /// Takes in all that has come, and relays what fits. Never waits.
  absl::Status Poll();

  /// Polls until `enough`, and at the latest until `deadline` on the rank's
  /// clock `now`. `enough` is asked after each arrival.
  absl::Status WaitUntil(absl::FunctionRef<bool()> enough, double deadline,
                         absl::FunctionRef<double()> now);

  /// Sends the backlog, waiting for room.
  absl::Status SendBacklog();
  bool has_backlog() const { return backlogged_ > 0; }

  /// How many updates of a rank have been heard of without a gap. Of this rank:
  /// published.
  uint64_t heard(int origin) const { return of(origin).heard; }
  /// The step of the last of these; one below its first if there is none.
  int64_t heard_step(int origin) const { return of(origin).heard_step; }
  /// The last step of a rank that has been heard of, gaps or not.
  int64_t known_step(int origin) const { return of(origin).known_step; }
  /// Whether an update has been heard of and no copy has come.
  bool IsMissing(int origin, uint64_t sequence) const;
  /// How many there are of all ranks.
  uint64_t missing() const { return missing_; }

  const Topology &topology() const { return topology_; }
  bool IsLive(int rank) const { return topology_.IsLive(rank); }

  /// Messages of any kind that were given to the channel to a rank, and those
  /// that have come of the one from it, without a gap, lost ones included.
  uint64_t sent_to(int rank) const { return link(rank).sent; }
  uint64_t received_from(int rank) const { return link(rank).came.prefix(); }
  /// Changes with each message sent that is no control message.
  uint64_t activity() const { return activity_; }
  /// Updates and relays sent, each receiver counted.
  uint64_t updates_sent() const { return updates_sent_; }

private:
  struct Origin {
    uint64_t heard = 0;
    int64_t heard_step = -1;
    int64_t known_step = -1;
    /// Heard of beyond a gap, with their steps, in order.
    std::vector<std::pair<uint64_t, int64_t>> beyond;
    std::vector<uint64_t> missing; ///< In order.
  };
  struct Queued {
    Message message;
    Loss loss = Loss::kNever;
  };
  struct Link {
    uint64_t sent = 0;
    SeenNumbers came;
    /// What did not fit, a ring: no allocation once it has held as much.
    std::vector<Queued> backlog;
    size_t first = 0, count = 0;
    uint64_t last_published = 0; ///< 1 + the own update it was last given.
  };

  Origin &of(int origin) { return origins_[static_cast<size_t>(origin)]; }
  const Origin &of(int origin) const {
    return origins_[static_cast<size_t>(origin)];
  }
  Link &link(int rank) { return links_[static_cast<size_t>(rank)]; }
  const Link &link(int rank) const { return links_[static_cast<size_t>(rank)]; }

  absl::Status Take(Arrival arrival);
  absl::Status TakeMessage(const Arrival &arrival);
  absl::Status TakeUpdate(const Arrival &arrival);
  absl::Status TakeHeard(const Arrival &arrival);
  absl::Status TakeLost(int rank);
  /// Returns false if it has been heard of.
  bool Hear(const Update &update);
  absl::Status HearMissing(const Update &update, int from);
  absl::Status TellHeard(int to, absl::Span<const int> origins);
  absl::Status Relay(const Message &message, int except, Loss loss);
  absl::Status Post(int to, Queued queued);
  absl::StatusOr<bool> TrySend(int to, const Queued &queued);
  absl::Status Send(int to, const Queued &queued,
                    absl::FunctionRef<bool()> enough, bool *sent);
  void Sent(int to, const Message &message);
  void PushBacklog(int to, Queued queued);
  Queued PopBacklog(int to);
  /// A rank with a backlog, or -1.
  int FirstBacklogged() const;
  absl::Status TryBacklog();

  Inbox &inbox_;
  Topology topology_;
  const int rank_;
  AsyncObserver &observer_;
  Client &client_;
  std::vector<int> neighbours_;
  std::vector<Origin> origins_;
  std::vector<Link> links_;
  size_t backlogged_ = 0; ///< Messages in backlogs.
  uint64_t published_ = 0, missing_ = 0, activity_ = 0, updates_sent_ = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_UPDATE_STREAM_H
