//===- meetings.cpp - How ranks that do not wait come together ------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/meetings.h"

#include "runtime/support/random.h"

#include <algorithm>
#include <cstring>

namespace tacit {

namespace {

enum : uint32_t {
  kInvite = Meetings::kFirst, ///< Words: meeting, what, target.
  kInvited,                   ///< The answer, if there is a target: meeting.
  kNote,                      ///< Payload: Note.
  kLeave,                     ///< Words: meeting, what, stop.
  kFinished,                  ///< Words: updates published.
  kStop,                      ///< Words: why.
};
static_assert(kStop == Meetings::kLast);

} // namespace

struct Meetings::Note {
  uint64_t meeting;
  uint64_t number; ///< Of the round.
  uint64_t dirty;  ///< 1: its sender has relayed since its note before.
  uint64_t what;
  int64_t target;
  int64_t stop;
  uint64_t digest;
  uint64_t published; ///< Updates of its sender.
  uint64_t sent;      ///< Messages to its receiver, before this one.
};

Meetings::Meetings(UpdateStream &stream, int rank, int ranks)
    : stream_(stream), rank_(rank),
      live_others_(static_cast<uint64_t>(ranks) - 1),
      peers_(static_cast<size_t>(ranks)) {}

absl::Status Meetings::PostToAll(const Message &message) {
  for (int to = 0; to < static_cast<int>(peers_.size()); ++to)
    if (to != rank_ && stream_.IsLive(to))
      if (absl::Status status = stream_.PostControl(to, message); !status.ok())
        return status;
  return absl::OkStatus();
}

/// A message of words that are control.
static Message Words(UpdateStream &stream, uint32_t kind, uint64_t first,
                     uint64_t second = 0, int64_t third = 0) {
  return stream.NewControl(
      {.kind = kind, .words = {first, second, static_cast<uint64_t>(third)}},
      0);
}

//===----------------------------------------------------------------------===//
// Calls, and the end
//===----------------------------------------------------------------------===//

absl::Status Meetings::Call(uint64_t what, int64_t target) {
  TakeInvitation(meeting_, what, target);
  next().own |= target >= 0;
  return PostToAll(Words(stream_, kInvite, meeting_, what, target));
}

void Meetings::TakeInvitation(uint64_t meeting, uint64_t what, int64_t target) {
  if (meeting < meeting_)
    return;
  Invitation &invitation = invitations_[meeting % 2];
  invitation.what |= what;
  invitation.target = std::max(invitation.target, target);
}

bool Meetings::CallIsKnown() const {
  if (!next().own)
    return true;
  for (int rank = 0; rank < static_cast<int>(peers_.size()); ++rank)
    if (rank != rank_ && stream_.IsLive(rank) && at(rank).knows != meeting_ + 1)
      return false;
  return true;
}

std::optional<uint64_t> Meetings::invited() const {
  if (next().what == 0)
    return std::nullopt;
  return next().what;
}

absl::Status Meetings::Stop(int why) {
  if (why <= stop_)
    return absl::OkStatus();
  stop_ = why;
  return PostToAll(Words(stream_, kStop, static_cast<uint64_t>(why)));
}

std::optional<int> Meetings::stopped() const {
  if (stop_ < 0)
    return std::nullopt;
  return static_cast<int>(stop_);
}

absl::Status Meetings::TellFinished() {
  if (told_finished_)
    return absl::OkStatus();
  told_finished_ = true;
  ++finished_live_;
  return PostToAll(Words(stream_, kFinished, stream_.heard(rank_)));
}

std::optional<uint64_t> Meetings::StandsAt(int rank) const {
  const Peer &peer = at(rank);
  if (!peer.finished && peer.came != meeting_ + 1)
    return std::nullopt;
  return peer.published;
}

void Meetings::OnLost(int rank) {
  --live_others_;
  const size_t index = static_cast<size_t>(rank);
  if (at(rank).finished)
    --finished_live_;
  for (std::array<Round, 2> &rounds : rounds_)
    for (Round &round : rounds)
      if (!round.seen.empty() && round.seen[index])
        --round.notes;
}

//===----------------------------------------------------------------------===//
// A meeting
//===----------------------------------------------------------------------===//

uint64_t Meetings::Digest() const {
  uint64_t digest = 0;
  for (int rank = 0; rank < static_cast<int>(peers_.size()); ++rank)
    if (!stream_.IsLive(rank))
      digest += Random::Mix(static_cast<uint64_t>(rank) + 1);
  digest = Random::Mix(digest + next().what);
  return Random::Mix(digest + static_cast<uint64_t>(stop_));
}

absl::Status Meetings::SendNotes(uint64_t number, bool dirty, uint64_t digest) {
  Note note = {.meeting = meeting_,
               .number = number,
               .dirty = dirty,
               .what = next().what,
               .target = next().target,
               .stop = stop_,
               .digest = digest,
               .published = stream_.heard(rank_),
               .sent = 0};
  for (int to = 0; to < static_cast<int>(peers_.size()); ++to) {
    if (to == rank_ || !stream_.IsLive(to))
      continue;
    note.sent = stream_.sent_to(to);
    Message message = stream_.NewControl(
        {.kind = kNote, .control_bytes = sizeof(Note)}, sizeof(Note));
    std::memcpy(message.MutablePayload().data(), &note, sizeof(Note));
    if (absl::Status status = stream_.SendControl(to, message); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

void Meetings::TakeNote(int from, const Note &note) {
  if (note.meeting < meeting_)
    return;
  TakeInvitation(note.meeting, note.what, note.target);
  invitations_[note.meeting % 2].begun = true;
  stop_ = std::max(stop_, note.stop);
  Peer &peer = at(from);
  peer.required = std::max(peer.required, note.sent);
  peer.published = std::max(peer.published, note.published);
  peer.came = std::max(peer.came, note.meeting + 1);
  peer.knows = std::max(peer.knows, note.meeting + 1);
  Round &taken = round(note.meeting, note.number);
  taken.seen.resize(peers_.size());
  taken.seen[static_cast<size_t>(from)] = true;
  taken.dirty |= note.dirty != 0;
  taken.alike &= taken.notes == 0 || taken.digest == note.digest;
  taken.digest = note.digest;
  ++taken.notes;
}

bool Meetings::HasAllOf(const Round &round) const {
  if (round.notes < live_others_)
    return false;
  for (int from = 0; from < static_cast<int>(peers_.size()); ++from)
    if (from != rank_ && stream_.IsLive(from) &&
        (stream_.received_from(from) < at(from).required ||
         stream_.heard(from) < at(from).published))
      return false;
  return true;
}

void Meetings::Clear(Round &round) {
  round.notes = 0;
  round.dirty = false;
  round.alike = true;
  round.seen.assign(round.seen.size(), false);
}

absl::StatusOr<uint64_t> Meetings::Hold(const Wait &wait,
                                        const BeforeNote &before_note) {
  uint64_t activity = stream_.activity();
  for (uint64_t number = 0;; ++number) {
    // What it says it has sent must not be held back here.
    if (absl::Status status = wait([&] { return !stream_.has_backlog(); });
        !status.ok())
      return status;
    if (absl::Status status = before_note(number); !status.ok())
      return status;
    const bool dirty = number == 0 || stream_.activity() != activity;
    activity = stream_.activity();
    const uint64_t digest = Digest();
    if (absl::Status status = SendNotes(number, dirty, digest); !status.ok())
      return status;
    Round &notes = round(meeting_, number);
    if (absl::Status status = wait([&] { return left_ || HasAllOf(notes); });
        !status.ok())
      return status;
    const bool agreed = notes.notes == 0 ||
                        (!notes.dirty && notes.alike && notes.digest == digest);
    if (left_ || (number > 0 && !dirty && agreed && Digest() == digest))
      return Leave();
    Clear(notes);
  }
}

absl::StatusOr<uint64_t> Meetings::Leave() {
  const uint64_t what = next().what;
  const Message message = Words(stream_, kLeave, meeting_, what, stop_);
  for (Round &round : rounds_[meeting_ % 2])
    Clear(round);
  next() = Invitation();
  left_ = false;
  ++meeting_;
  if (absl::Status status = PostToAll(message); !status.ok())
    return status;
  return what;
}

absl::Status Meetings::OnControl(int from, const Message &message) {
  const MessageHeader &header = message.header();
  const int64_t third = static_cast<int64_t>(header.words[2]);
  switch (header.kind) {
  case kInvite:
    TakeInvitation(header.words[0], header.words[1], third);
    if (third >= 0)
      return stream_.PostControl(from,
                                 Words(stream_, kInvited, header.words[0]));
    break;
  case kInvited:
    at(from).knows = std::max(at(from).knows, header.words[0] + 1);
    break;
  case kNote: {
    Note note;
    if (message.payload().size() != sizeof(note))
      return absl::InternalError("a note of another version of Tacit has come");
    std::memcpy(&note, message.payload().data(), sizeof(note));
    TakeNote(from, note);
    break;
  }
  case kLeave:
    if (header.words[0] != meeting_)
      break;
    left_ = true;
    next().what = header.words[1];
    stop_ = std::max(stop_, third);
    break;
  case kFinished:
    at(from).finished = true;
    at(from).published = header.words[0];
    ++finished_live_;
    break;
  default:
    stop_ = std::max(stop_, static_cast<int64_t>(header.words[0]));
  }
  return absl::OkStatus();
}

} // namespace tacit
