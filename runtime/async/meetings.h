//===- meetings.h - How ranks that do not wait come together ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Brings all live ranks to a point where nothing is on its way, and agrees on
/// what they do there.
///
/// **Coming together.** A meeting is number 0, 1, ... of its channel. One rank
/// invites; each rank that comes sends all others a *note* of round 0, and is
/// then done with its steps. A rank that has finished says so once, and comes
/// to the last meeting when all have.
///
/// **Nothing on its way.** A note says how many messages its sender has given
/// to the channel to the receiver. When a rank has the notes of a round from
/// all live ranks, and has received as many messages as they say, and heard of
/// as many updates, it sends its note of the next round, which also says
/// whether the rank has relayed anything since its note before. The meeting
/// ends with a round whose notes all say no: each rank then has all messages
/// from before the round before, and in between none was sent. (A message sent
/// later would need one received later, and so on: there is no first.) This is
/// the four-counter method of Mattern, "Algorithms for distributed termination
/// detection", Distributed Computing 2, 1987, with a counter for each channel.
///
/// **Losing ranks.** A note also carries a digest of what its sender knows: who
/// is lost, what the meeting is for, whether the run is to end. Only a round
/// with the same digest in all notes, which is still the receiver's own, is the
/// last. If ranks then differ, because a rank was lost while it sent its notes,
/// whoever has ended the meeting tells the others (kLeave), and they end it
/// too.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_MEETINGS_H
#define TACIT_RUNTIME_ASYNC_MEETINGS_H

#include "runtime/async/update_stream.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace tacit {

/// The meetings of one rank, and how the run stops.
class Meetings {
public:
  /// Kinds of the messages that belong here: from kFirst to kLast.
  static constexpr uint32_t kFirst = UpdateStream::kFirstControlKind,
                            kLast = kFirst + 5;

  /// `wait` waits until what it is given holds.
  using Wait = std::function<absl::Status(absl::FunctionRef<bool()>)>;
  /// Called before this rank sends its note of a round: what came until then is
  /// of the meeting, if that round is its last one.
  using BeforeNote = std::function<absl::Status(uint64_t round)>;

  Meetings(UpdateStream &stream, int rank, int ranks);

  /// Invites all to the next meeting, for `what`, once they have made `target`
  /// steps; -1: as they are. Joins what it is for already.
  absl::Status Call(uint64_t what, int64_t target);
  /// Whether all live ranks know of this rank's call, if it has made one with a
  /// target. Until then it must not publish what would let them pass that.
  bool CallIsKnown() const;
  /// What the next meeting is for; none if there was no invitation.
  std::optional<uint64_t> invited() const;
  /// How many steps ranks make before they come.
  int64_t target() const { return next().target; }

  /// As AsyncChannel::Stop and stopped.
  absl::Status Stop(int why);
  std::optional<int> stopped() const;

  /// Tells all that this rank makes no more steps, once.
  absl::Status TellFinished();
  bool AllFinished() const { return finished_live_ == live_others_ + 1; }
  bool HasFinished(int rank) const { return at(rank).finished; }
  /// Whether another rank has come to the next meeting.
  bool begun() const { return next().begun; }

  /// Goes to the next meeting and returns, when all live ranks have, what it
  /// was for; 0 if nobody called it, as all have finished. This rank holds
  /// nothing back. What comes between its last note and the end is of ranks
  /// that have left the meeting before.
  absl::StatusOr<uint64_t> Hold(const Wait &wait,
                                const BeforeNote &before_note);

  /// How many updates a rank has made that makes no steps now, because it has
  /// finished or has come to the next meeting; none of others.
  std::optional<uint64_t> StandsAt(int rank) const;

  absl::Status OnControl(int from, const Message &message);
  void OnLost(int rank);

private:
  struct Note;
  struct Round {
    uint64_t notes = 0; ///< Of live ranks.
    bool dirty = false; ///< One at least has relayed.
    bool alike = true;  ///< All have the digest of the first.
    uint64_t digest = 0;
    std::vector<bool> seen; ///< By rank.
  };
  struct Invitation {
    uint64_t what = 0; ///< 0: there was none.
    int64_t target = -1;
    bool begun = false; ///< Another rank has come.
    bool own = false;   ///< This rank has called, with a target.
  };
  struct Peer {
    uint64_t required = 0;  ///< Messages that are to come from it.
    uint64_t published = 0; ///< Its updates, where it stands.
    uint64_t came = 0;      ///< 1 + the last meeting that it has come to.
    uint64_t knows = 0;     ///< 1 + the last that it is known to know of.
    bool finished = false;
  };

  Peer &at(int rank) { return peers_[static_cast<size_t>(rank)]; }
  const Peer &at(int rank) const { return peers_[static_cast<size_t>(rank)]; }
  Invitation &next() { return invitations_[meeting_ % 2]; }
  const Invitation &next() const { return invitations_[meeting_ % 2]; }
  Round &round(uint64_t meeting, uint64_t number) {
    return rounds_[meeting % 2][number % 2];
  }
  uint64_t Digest() const;
  absl::Status SendNotes(uint64_t number, bool dirty, uint64_t digest);
  void TakeInvitation(uint64_t meeting, uint64_t what, int64_t target);
  void TakeNote(int from, const Note &note);
  bool HasAllOf(const Round &round) const;
  static void Clear(Round &round);
  absl::Status PostToAll(const Message &message);
  /// The meeting is over.
  absl::StatusOr<uint64_t> Leave();

  UpdateStream &stream_;
  const int rank_;
  uint64_t meeting_ = 0; ///< The next, or the one that is being held.
  std::array<Invitation, 2> invitations_; ///< By parity of the meeting.
  int64_t stop_ = -1;
  bool told_finished_ = false;
  bool left_ = false; ///< Others have ended it.
  uint64_t live_others_;
  uint64_t finished_live_ = 0; ///< Live ranks that have finished.
  std::vector<Peer> peers_;
  std::array<std::array<Round, 2>, 2> rounds_; ///< By parity.
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_MEETINGS_H
