//===- mpi_channels.cpp - One-sided messages through MPI ------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/mpi_channels.h"

#include "runtime/comm/mpi_error.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <utility>

namespace tacit {

// Seconds between looks at other processes, and between the words that a rank
// gives to those that cannot see it.
static constexpr double kWatchSeconds = 0.01;
static constexpr double kWordSeconds = 1;
// Looks that must have found a rank silent for too long.
static constexpr int kLeastLooks = 10;
// Seconds that what a process has sent before its end gets to come in.
static constexpr double kLastWordsSeconds = 0.05;

MpiChannels::MpiChannels(const tacit_mpi_plugin &plugin, int rank, int ranks,
                         uint32_t window, int32_t message_tag, int32_t note_tag)
    : plugin_(plugin), rank_(rank), ranks_(ranks), window_(window),
      message_tag_(message_tag), note_tag_(note_tag),
      peers_(static_cast<size_t>(ranks)) {
  for (Peer &peer : peers_)
    peer.room = window;
  ListenForNotes();
}

MpiChannels::~MpiChannels() {
  // What MPI still refers to, because its receiver or sender is gone, stays.
  const auto in_use = [](const auto &use) { return use.handle != 0; };
  if (std::any_of(outgoing_.begin(), outgoing_.end(), in_use))
    new std::vector<Outgoing>(std::move(outgoing_));
  if (std::any_of(incoming_.begin(), incoming_.end(), in_use))
    new std::vector<Incoming>(std::move(incoming_));
  for (std::unique_ptr<SentNote> &note : notes_)
    if (note->handle != 0)
      note.release();
}

absl::Status MpiChannels::Error(int32_t error, const char *what,
                                int rank) const {
  return absl::InternalError(absl::StrCat("MPI failed to ", what, " rank ",
                                          rank, ": ",
                                          DescribeError(plugin_, error)));
}

//===----------------------------------------------------------------------===//
// Other ranks
//===----------------------------------------------------------------------===//

void MpiChannels::Meet(int rank, absl::string_view self, double now) {
  peer(rank).watched = !self.empty() && watch_.Add(rank, self);
  peer(rank).heard = now;
}

void MpiChannels::Hear(int rank, double now) {
  peer(rank).heard = now;
  peer(rank).looks = 0;
}

void MpiChannels::MarkEnded(int rank) { peer(rank).ended = true; }

bool MpiChannels::IsOpen(int to) const {
  return !peer(to).lost && !peer(to).ended;
}

void MpiChannels::Lose(int rank, double now) {
  peer(rank).lost = true;
  any_lost_ = true;
  // Nothing half received will ever be whole.
  for (Incoming &incoming : incoming_)
    if (incoming.from == rank && !incoming.cancelled) {
      incoming.cancelled = true;
      plugin_.cancel(incoming.handle);
    }
  Arrival arrival;
  arrival.event = Arrival::kLostRank;
  arrival.from = rank;
  arrival.sequence = peer(rank).received;
  arrival.at = now;
  arrived_.push_back(std::move(arrival));
}

void MpiChannels::Watch(double now, double timeout, std::vector<int> &wanted) {
  if (now - last_watch_ < kWatchSeconds)
    return;
  last_watch_ = now;
  for (int rank : watch_.Ended())
    if (IsOpen(rank))
      peer(rank).dies = now + kLastWordsSeconds;
  const bool gives_word = now - last_word_ >= kWordSeconds;
  for (int rank = 0; rank < ranks_; ++rank) {
    Peer &other = peer(rank);
    if (rank == rank_ || !IsOpen(rank))
      continue;
    if (other.watched) {
      if (other.dies >= 0 && now >= other.dies)
        Lose(rank, now);
      continue;
    }
    // What came while this rank did not look is found when it does.
    if (now - other.heard > timeout && ++other.looks > kLeastLooks)
      Lose(rank, now);
    else if (gives_word)
      wanted.push_back(rank);
  }
  if (gives_word)
    last_word_ = now;
}

std::vector<int> MpiChannels::Remaining() const {
  std::vector<int> ranks;
  for (int rank = 0; rank < ranks_; ++rank)
    if (rank != rank_ && IsOpen(rank))
      ranks.push_back(rank);
  return ranks;
}

//===----------------------------------------------------------------------===//
// Sending
//===----------------------------------------------------------------------===//

bool MpiChannels::HasRoom(int to) const {
  return !IsOpen(to) || peer(to).room > 0;
}

absl::StatusOr<bool> MpiChannels::TrySend(int to, const Message &message) {
  if (!IsOpen(to))
    return true;
  if (peer(to).room == 0)
    return false;
  uint64_t handle = 0;
  if (const int32_t error =
          plugin_.send(message.wire().data(), message.wire().size(), to,
                       message_tag_, &handle))
    return Error(error, "send a message to", to);
  --peer(to).room;
  if (handle != 0)
    outgoing_.push_back({handle, to, message});
  return true;
}

absl::StatusOr<bool> MpiChannels::FinishSends() {
  bool any = false;
  for (size_t i = 0; i < outgoing_.size();) {
    Outgoing &send = outgoing_[i];
    int32_t done = 0;
    uint64_t bytes = 0;
    const int32_t error = plugin_.test(&send.handle, &done, &bytes);
    // An error of a send to a rank that dies is no news.
    if (error == 0 && !done) {
      ++i;
      continue;
    }
    if (error != 0 && peer(send.to).watched == false)
      return Error(error, "send a message to", send.to);
    any = true;
    std::swap(send, outgoing_.back());
    outgoing_.pop_back();
  }
  for (std::unique_ptr<SentNote> &note : notes_) {
    int32_t done = 0;
    uint64_t bytes = 0;
    if (note->handle != 0 && plugin_.test(&note->handle, &done, &bytes) != 0)
      note->handle = 0; // Its receiver is gone.
  }
  return any;
}

absl::Status MpiChannels::SendNote(int to) {
  SentNote *free = nullptr;
  for (std::unique_ptr<SentNote> &note : notes_)
    if (note->handle == 0)
      free = note.get();
  if (!free)
    free = notes_.emplace_back(std::make_unique<SentNote>()).get();
  free->note = {rank_, std::exchange(peer(to).taken, 0)};
  if (const int32_t error =
          plugin_.send(&free->note, sizeof(Note), to, note_tag_, &free->handle))
    return Error(error, "send a note to", to);
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Receiving
//===----------------------------------------------------------------------===//

void MpiChannels::ListenForNotes() {
  if (ranks_ > 1)
    plugin_.receive(&incoming_note_, sizeof(Note), TACIT_MPI_ANY_RANK,
                    note_tag_, &listening_);
}

absl::StatusOr<bool> MpiChannels::ReceiveNotes(double now) {
  bool any = false;
  while (listening_ != 0) {
    int32_t done = 0;
    uint64_t bytes = 0;
    if (plugin_.test(&listening_, &done, &bytes) != 0 || !done)
      break;
    const Note note = incoming_note_;
    ListenForNotes();
    peer(note.from).room += note.taken;
    Hear(note.from, now);
    any = true;
  }
  return any;
}

absl::StatusOr<bool> MpiChannels::FindMessages(double now) {
  bool any = false;
  for (;;) {
    int32_t found = 0, from = 0, tag = 0;
    uint64_t bytes = 0;
    if (const int32_t error =
            plugin_.probe(message_tag_, &found, &from, &tag, &bytes))
      return Error(error, "look for messages as", rank_);
    if (!found)
      return any;
    Incoming incoming;
    incoming.from = from;
    incoming.bytes = std::max<uint64_t>(bytes, Message::kWireBytes);
    incoming.sequence = peer(from).received++;
    incoming.message = messages_.NewForWire(incoming.bytes);
    const absl::Span<std::byte> wire =
        MessagePool::WireOf(incoming.message, incoming.bytes);
    if (const int32_t error = plugin_.receive(wire.data(), wire.size(), from,
                                              message_tag_, &incoming.handle))
      return Error(error, "receive a message from", from);
    Hear(from, now);
    incoming_.push_back(std::move(incoming));
    any = true;
  }
}

absl::StatusOr<bool> MpiChannels::ReceiveMessages(double now) {
  bool any = false;
  size_t kept = 0;
  ++sweeps_;
  for (size_t i = 0; i < incoming_.size(); ++i) {
    Incoming &incoming = incoming_[i];
    const auto keep = [&] {
      if (kept != i)
        std::swap(incoming_[kept], incoming);
      ++kept;
    };
    // MPI finds messages in order, but may have all of a short one before all
    // of a long one; and of a rank that dies, the long one never.
    if (peer(incoming.from).awaited == sweeps_) {
      keep();
      continue;
    }
    int32_t done = 1;
    uint64_t bytes = incoming.bytes;
    int32_t error = 0;
    if (incoming.handle != 0)
      error = plugin_.test(&incoming.handle, &done, &bytes);
    if (error != 0 && !peer(incoming.from).watched)
      return Error(error, "receive a message from", incoming.from);
    if (error == 0 && !done) {
      peer(incoming.from).awaited = sweeps_;
      keep();
      continue;
    }
    any = true;
    if (error != 0 || incoming.cancelled) {
      incoming.message = Message();
      continue;
    }
    if (bytes != incoming.bytes ||
        !MessagePool::IsWhole(incoming.message, incoming.bytes))
      return absl::InternalError(absl::StrCat(
          "rank ", incoming.from, " sent ", bytes,
          " bytes that are no message: it is another version of Tacit"));
    Arrival arrival;
    arrival.from = incoming.from;
    arrival.sequence = incoming.sequence;
    arrival.at = now;
    arrival.message = std::move(incoming.message);
    if (!ignoring_)
      arrived_.push_back(std::move(arrival));
  }
  incoming_.resize(kept);
  return any;
}

absl::StatusOr<bool> MpiChannels::Progress(double now) {
  bool any = false;
  for (const absl::StatusOr<bool> &part :
       {ReceiveNotes(now), FindMessages(now), ReceiveMessages(now),
        FinishSends()}) {
    if (!part.ok())
      return part.status();
    any |= *part;
  }
  return any;
}

absl::StatusOr<bool> MpiChannels::TakeArrival(Arrival &arrival) {
  if (!HasArrival())
    return false;
  arrival = std::move(arrived_[first_++]);
  if (first_ == arrived_.size()) {
    arrived_.clear();
    first_ = 0;
  } else if (2 * first_ >= arrived_.size() && first_ >= 64) {
    arrived_.erase(arrived_.begin(),
                   arrived_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  if (arrival.event == Arrival::kMessage && IsOpen(arrival.from) &&
      2 * ++peer(arrival.from).taken >= window_)
    if (absl::Status status = SendNote(arrival.from); !status.ok())
      return status;
  return true;
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

bool MpiChannels::AllSent() const {
  const auto is_over = [this](int to, uint64_t handle) {
    return handle == 0 || peer(to).lost;
  };
  for (const Outgoing &send : outgoing_)
    if (!is_over(send.to, send.handle))
      return false;
  return true;
}

bool MpiChannels::Cancel() {
  if (listening_ != 0 && !std::exchange(cancelled_, true))
    plugin_.cancel(listening_);
  for (Incoming &incoming : incoming_)
    if (!std::exchange(incoming.cancelled, true) && incoming.handle != 0)
      plugin_.cancel(incoming.handle);
  int32_t done = 0;
  uint64_t bytes = 0;
  bool over = true;
  const auto test = [&](uint64_t &handle) {
    if (handle != 0 && plugin_.test(&handle, &done, &bytes) == 0 && !done)
      over = false;
  };
  test(listening_);
  for (Incoming &incoming : incoming_)
    test(incoming.handle);
  for (Outgoing &send : outgoing_)
    test(send.handle);
  for (std::unique_ptr<SentNote> &note : notes_)
    test(note->handle);
  return over;
}

} // namespace tacit
