//===- simulated_rank.h - One rank of a simulated network -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The transport of a simulated rank, and what the ranks share. Requests, time
/// and the run are in simulated_network.cpp; one-sided messages and crashes in
/// simulated_channels.cpp.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_SIMULATED_RANK_H
#define TACIT_RUNTIME_COMM_SIMULATED_RANK_H

#include "runtime/comm/arrival_queue.h"
#include "runtime/comm/fiber.h"
#include "runtime/comm/network_model.h"
#include "runtime/comm/rank_report.h"
#include "runtime/comm/scratch.h"
#include "runtime/comm/simulated_network.h"
#include "runtime/comm/transport.h"
#include "runtime/comm/wake_queue.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tacit {

/// A message of a collective that is on its way to, or waits at, a rank that
/// has not asked for it. Its bytes stay with the sender until that is told that
/// the send is done.
struct Envelope {
  int from;
  uint32_t tag;
  size_t bytes;
  double sent, arrival;
  const std::byte *data;
  std::byte *stash;        ///< The copy made then; null before.
  Transport::Request send; ///< The sender's, if there is no copy.
};

/// A posted send or receive.
struct Operation {
  bool live = false;
  bool watched = false;     ///< Test has found it unfinished.
  bool undelivered = false; ///< A send whose message nobody has asked for.
  bool dropped = false;     ///< A receive whose message will never come.
  int peer = 0;
  uint32_t tag = 0;
  std::byte *data = nullptr; ///< Of a receive.
  size_t bytes = 0;
  size_t got = 0; ///< Bytes of the message that a receive took.
  /// Of a receive up to `bytes`: where that number goes.
  size_t *length = nullptr;
  double sent = 0;      ///< Of a receive: when its message was.
  double done = kNever; ///< When it is done; kNever: not known yet.
};

/// The messages of a channel that belong to collectives: a stream that keeps
/// their order, and takes no second copies.
struct Stream {
  uint64_t sent = 0;       ///< Messages.
  double last_arrival = 0; ///< Of those that arrive.
};

class SimulatedRank final : public Transport, public Channels {
public:
  SimulatedRank(SimulatedNetwork::Ranks &ranks, int rank, int size,
                const ComputeTimes &compute)
      : ranks_(ranks), compute_(compute), rank_(rank), size_(size) {}
  ~SimulatedRank() override;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  double Now() const override { return now_; }
  void Charge(double seconds) override { now_ += seconds; }
  void AdvanceTo(double time) override { now_ = std::max(now_, time); }
  void Yield() override;
  double ComputeSeconds(int64_t step) const override {
    return compute_.OfStep(step);
  }
  void BeginStep(int64_t step) override;
  absl::Status crash() const override { return crash_; }
  Request PostSend(int to, uint32_t tag, absl::Span<const std::byte> bytes,
                   Loss loss) override;
  Request PostReceive(int from, uint32_t tag,
                      absl::Span<std::byte> bytes) override {
    return PostReceiveUpTo(from, tag, bytes, nullptr);
  }
  Request PostReceiveUpTo(int from, uint32_t tag, absl::Span<std::byte> bytes,
                          size_t *length) override;
  absl::StatusOr<bool> Test(Request request) override;
  absl::Status Wait(double deadline, const Waiting &waiting) override;
  std::optional<double> LateSeconds() const override { return late_; }
  void Announce(const absl::Status &why) override;

  Channels &channels() override { return *this; }
  absl::Status OpenChannels(uint32_t window) override;
  MessagePool &messages() override;
  absl::StatusOr<bool> TrySend(int to, const Message &message,
                               Loss loss) override;
  absl::StatusOr<bool> TakeArrival(Arrival &arrival) override;
  absl::Status WaitForArrival(double deadline, int full) override;
  bool IsOpen(int to) const override;

  /// The body has returned: nothing that comes is taken any more.
  void End();
  /// Where this rank is, for others' messages about it.
  RankState state() const;
  /// Adds to `states` what is said of ranks whose messages to this one have
  /// been dropped.
  void ReportDropped(std::vector<RankState> &states) const;

  std::unique_ptr<Fiber> fiber;
  const Waiting *waiting = nullptr; ///< While it waits in an exchange.
  bool ended = false;

private:
  Request Allocate();
  /// What every call returns, if anything has failed: here, or anywhere.
  const absl::Status &Failure() const;
  /// When a message that leaves the link at `left` arrives; kNever if it is
  /// dropped.
  double ArrivalOnStream(int to, double left, Loss loss);
  /// Ends this rank's part in everything.
  void Crash(int64_t step);
  /// Tells this rank that `rank` has crashed.
  void TellOfCrash(const SimulatedRank &rank);
  void Add(ComingArrival coming);
  /// Wakes this rank, if it sleeps, at `time` or now.
  void Wake(double time);
  bool HasRoom(int to) const;
  /// Lets other ranks run as long as they are behind `time`, and moves the
  /// clock there.
  void Sleep(double time);
  /// Gives a message to receive `request`.
  void Deliver(Request request, int from, size_t bytes, const std::byte *data,
               double sent, double arrival);
  /// Copies the message of a send that is done before anyone has asked for it.
  void Stash(Request send, const Operation &operation);

  SimulatedNetwork::Ranks &ranks_;
  const ComputeTimes compute_;
  const int rank_, size_;
  double now_ = 0;
  double late_ = 0;                   // As LateSeconds.
  double link_free_ = 0;              // when the link has sent what is queued
  std::vector<Operation> operations_; // by request
  std::vector<Request> free_;
  std::vector<Request> posted_; // receives without a message, in order
  std::vector<Envelope> inbox_; // messages without a receive, in order
  std::vector<Stream> streams_; // by receiver, if messages have fates

  absl::Status crash_;
  double crash_time_ = 0;
  int64_t last_step_ = -1; // that was begun

  // One-sided messages.
  uint32_t window_ = 0; // 0: this rank has no inbox
  ArrivalQueue arrivals_;
  std::vector<uint32_t> not_taken_; // by sender: messages in its channel to us
  std::vector<uint64_t> sent_;      // by receiver: messages of the channel
  std::vector<bool> lost_;          // by rank: the news of it has been taken
  bool receiving_ = false;          // during WaitForArrival
  int full_ = -1;                   // meanwhile: whose room it waits for
};

/// What the ranks share.
class SimulatedNetwork::Ranks {
public:
  Ranks(int ranks, const NetworkModel &model, uint64_t seed);

  int size() const { return static_cast<int>(all.size()); }

  absl::Status Run(const std::function<void(Transport &)> &body);

  SimulatedRank &rank(int number) { return all[static_cast<size_t>(number)]; }
  /// Sets what every call returns from now on, and wakes all ranks at `time`.
  void Fail(const absl::Status &status, double time);
  /// Who is missing in the exchange, or, without one, where every rank is.
  std::string Missing(const Waiting *waiting) const;
  absl::Status Deadlock() const;

  const NetworkModel model;
  const uint64_t seed;
  MessagePool messages;
  ScratchPool stashes;
  std::deque<SimulatedRank> all;
  WakeQueue queue;    ///< Ranks that have not ended, except the one that runs.
  uint64_t turns = 0; ///< How often ranks have yielded.
  absl::Status failure;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_SIMULATED_RANK_H
