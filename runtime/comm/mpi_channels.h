//===- mpi_channels.h - One-sided messages through MPI ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The channels of one rank of an MPI job.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_MPI_CHANNELS_H
#define TACIT_RUNTIME_COMM_MPI_CHANNELS_H

#include "runtime/comm/channels.h"
#include "runtime/comm/mpi_plugin.h"
#include "runtime/comm/process_watch.h"

#include "absl/strings/string_view.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace tacit {

/// The messages of a channel are MPI's, under one tag, and so in order: a
/// receiver finds one by probing, which tells its length, and receives it where
/// it stays. It may do so whenever one comes, because a sender has at most
/// `window` out that were not taken: that some were, it hears from notes, which
/// have a tag of their own.
///
/// This class moves messages; MpiTransport, which owns it, polls, waits, and
/// knows of failures.
class MpiChannels {
public:
  MpiChannels(const tacit_mpi_plugin &plugin, int rank, int ranks,
              uint32_t window, int32_t message_tag, int32_t note_tag);
  ~MpiChannels();

  uint32_t window() const { return window_; }
  MessagePool &messages() { return messages_; }

  /// What a rank says of itself when it opens its inbox: how to watch it.
  void Meet(int rank, absl::string_view self, double now);
  /// Something was heard of `rank` at `now`.
  void Hear(int rank, double now);
  /// `rank` has returned from its body and will send nothing more.
  void MarkEnded(int rank);

  /// Receives what is there, and lets go of what was sent. Returns whether
  /// there was anything. Error: MPI's.
  absl::StatusOr<bool> Progress(double now);

  /// Looks after ranks: those that have ended without having said so, or were
  /// silent for `timeout` seconds, are lost. Calls of less than a hundredth of
  /// a second after the last that did so do nothing. Appends to `wanted` the
  /// ranks that want to hear of this one.
  void Watch(double now, double timeout, std::vector<int> &wanted);

  bool HasRoom(int to) const;
  bool IsOpen(int to) const;
  bool IsLost(int rank) const { return peer(rank).lost; }
  bool HasArrival() const { return first_ < arrived_.size(); }
  absl::StatusOr<bool> TrySend(int to, const Message &message);
  absl::StatusOr<bool> TakeArrival(Arrival &arrival);

  /// After the body: takes everything in and forgets it.
  void Ignore() { ignoring_ = true; }
  /// Whether all that was sent has been received, except by ranks that are
  /// lost.
  bool AllSent() const;
  /// Ranks that have neither ended nor been lost, this one aside.
  std::vector<int> Remaining() const;
  bool any_lost() const { return any_lost_; }

  /// No message is received any more. Returns whether MPI refers to no memory
  /// of this object; call it again, with MPI being polled, until it does.
  bool Cancel();

private:
  struct Peer {
    uint64_t received = 0; ///< Messages of the channel from it, found.
    uint32_t room = 0;     ///< Messages that fit.
    uint32_t taken = 0;    ///< That were taken and it was not told of.
    bool ended = false, lost = false;
    bool watched = false; ///< The kernel says when it ends.
    double heard = 0;     ///< When anything came of it.
    int looks = 0;        ///< That found it silent for too long since.
    double dies = -1;     ///< When it is given up, after its end.
    uint64_t awaited = 0; ///< The last sweep that found a message still coming.
  };
  struct Outgoing {
    uint64_t handle = 0;
    int to = 0;
    Message message;
  };
  struct Incoming {
    uint64_t handle = 0;
    int from = 0;
    uint64_t sequence = 0;
    uint64_t bytes = 0;
    bool cancelled = false;
    Message message;
  };
  struct Note {
    int32_t from = 0;
    uint32_t taken = 0;
  };
  /// A note on its way. They never move.
  struct SentNote {
    uint64_t handle = 0;
    Note note;
  };

  Peer &peer(int rank) { return peers_[static_cast<size_t>(rank)]; }
  const Peer &peer(int rank) const { return peers_[static_cast<size_t>(rank)]; }
  absl::Status Error(int32_t error, const char *what, int rank) const;
  void ListenForNotes();
  absl::StatusOr<bool> ReceiveNotes(double now);
  absl::StatusOr<bool> FindMessages(double now);
  absl::StatusOr<bool> ReceiveMessages(double now);
  absl::StatusOr<bool> FinishSends();
  absl::Status SendNote(int to);
  void Lose(int rank, double now);

  const tacit_mpi_plugin &plugin_;
  const int rank_, ranks_;
  const uint32_t window_;
  const int32_t message_tag_, note_tag_;
  MessagePool messages_;
  std::vector<Peer> peers_;
  std::vector<Outgoing> outgoing_;
  std::vector<Incoming> incoming_;
  std::vector<Arrival> arrived_; // from first_ on
  size_t first_ = 0;
  uint64_t sweeps_ = 0; ///< Through incoming_, which is in order of finding.
  std::vector<std::unique_ptr<SentNote>> notes_;
  Note incoming_note_;
  uint64_t listening_ = 0; // MPI's request for it
  bool ignoring_ = false, any_lost_ = false, cancelled_ = false;

  ProcessWatch watch_;
  double last_watch_ = 0, last_word_ = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_MPI_CHANNELS_H
