//===- mpi_transport.h - Messages through MPI -------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The transport of one rank of an MPI job.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_MPI_TRANSPORT_H
#define TACIT_RUNTIME_COMM_MPI_TRANSPORT_H

#include "runtime/comm/mpi_channels.h"
#include "runtime/comm/mpi_plugin.h"
#include "runtime/comm/rank_report.h"
#include "runtime/comm/transport.h"

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace tacit {

/// Waits by polling: it spins for some microseconds, then gives its core to
/// other processes between polls, and after some milliseconds it sleeps between
/// them; if ranks share cores, it sleeps at once.
///
/// Ranks that wait also listen for control messages, on a tag above those of
/// exchanges: that a rank has failed, which ends every wait; the question where
/// a rank is, which one that runs out of time asks all others, so that it can
/// say which are missing; and that a rank is about to leave. Ranks with inboxes
/// say how each other's processes can be watched, or else that they live.
class MpiTransport final : public Transport, public Channels {
public:
  /// `plugin` has been initialized, as rank `rank` of `ranks`. `has_core`: the
  /// machine has a core for each of its ranks, so that waiting may use it up.
  /// `silence`: seconds after which a rank on another machine of which nothing
  /// was heard is lost.
  MpiTransport(const tacit_mpi_plugin &plugin, int rank, int ranks,
               bool has_core, double silence, bool watches_processes);
  ~MpiTransport() override;

  int rank() const override { return rank_; }
  int size() const override { return ranks_; }
  double Now() const override;
  void Charge(double seconds) override {}
  void Yield() override {}
  double ComputeSeconds(int64_t step) const override { return 0; }
  Request PostSend(int to, uint32_t tag, absl::Span<const std::byte> bytes,
                   Loss loss) override;
  Request PostReceive(int from, uint32_t tag,
                      absl::Span<std::byte> bytes) override;
  Request PostReceiveUpTo(int from, uint32_t tag, absl::Span<std::byte> bytes,
                          size_t *length) override;
  absl::StatusOr<bool> Test(Request request) override;
  absl::Status Wait(double deadline, const Waiting &waiting) override;
  void Announce(const absl::Status &why) override;

  Channels &channels() override { return *this; }
  absl::Status OpenChannels(uint32_t window) override;
  MessagePool &messages() override;
  absl::StatusOr<bool> TrySend(int to, const Message &message,
                               Loss loss) override;
  absl::StatusOr<bool> TakeArrival(Arrival &arrival) override;
  absl::Status WaitForArrival(double deadline, int full) override;
  bool IsOpen(int to) const override;
  absl::Status MakeProgress() override;
  absl::Status EndChannels(double timeout) override;

  /// Whether some rank is lost, so that MPI cannot be finalized.
  bool any_lost() const;

  /// After all ranks have said that they need nothing more: leaves no request
  /// open, so that MPI can be finalized.
  void Close();

  /// After a failure: waits until every rank has called this too, so that each
  /// has time to say what it knows before a launcher ends it, but not long.
  void Leave();

  /// Whether some rank has failed.
  bool failed() const { return !failure_.ok(); }

private:
  struct Operation;
  struct Control;
  struct ControlSend;
  struct Unwanted;

  Request Post(int peer, size_t bytes, bool receives, int32_t error,
               uint64_t handle);
  absl::Status Error(int32_t error, const Operation &operation) const;
  /// After a failure and before the buffers of exchanges go away: ends what
  /// refers to them. Returns the failure.
  absl::Status GiveUp();
  /// Takes in messages that nobody waits for any more, so that their senders
  /// get rid of them.
  void Discard();

  void SendControl(int to, uint32_t kind, absl::string_view text);
  void ListenForControl();
  /// Takes in control messages, and moves those along that are being sent.
  void PollControl();
  /// Moves one-sided messages along, and looks after their ranks.
  void PollChannels();
  void Handle(const Control &message);
  /// What a rank has said of its inbox.
  void Meet(int rank, absl::string_view text);
  /// Tells who asks where this rank is: in no exchange, but `doing` this.
  void AnswerDoing(absl::string_view doing);
  void Answer();
  /// Asks every rank where it is, and says which are missing.
  std::string FindMissing(const Waiting &waiting);
  /// Polls until `done` or for at most `seconds`.
  template <typename Done> void PollUntil(double seconds, Done done);
  void Pause();

  const tacit_mpi_plugin &plugin_;
  const int rank_, ranks_;
  const bool has_core_;
  const std::chrono::steady_clock::time_point begin_;
  std::vector<Operation> operations_; // by request
  std::vector<Request> free_;

  std::unique_ptr<Control> incoming_; // that MPI writes to
  uint64_t listening_ = 0;            // MPI's request for it
  std::list<ControlSend> outgoing_;
  absl::Status failure_;
  bool given_up_ = false; // after the failure
  bool silent_ = false;   // may not call MPI any more: see GiveUp
  std::list<Unwanted> unwanted_;

  const Waiting *waiting_ = nullptr; // during Wait
  int idle_polls_ = 0;               // since a message was done
  double last_done_ = 0;             // when that was
  std::vector<int> asking_;          // ranks that want to know where we are
  std::vector<RankState> states_;    // answers to our own question
  int leaving_ = 0;                  // other ranks that are about to leave

  const double silence_;
  const bool watches_processes_;
  std::unique_ptr<MpiChannels> channels_; // once they are open
  std::vector<std::string> met_;          // by rank: what came before that
  std::vector<int> wanted_;               // ranks that want a word
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_MPI_TRANSPORT_H
