//===- async_ranks.h - Simulated ranks that train quadratics ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Runs asynchronous channels of simulated ranks on a model that tests can
/// compute themselves, and keeps a log of everything: the truth that reports
/// are compared with.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_ASYNC_ASYNC_RANKS_H
#define TACIT_TEST_UNIT_ASYNC_ASYNC_RANKS_H

#include "runtime/async/async_channel.h"
#include "runtime/comm/world.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace async_ranks {

using Vector = std::vector<float>;

/// A channel that is put together by hand.
struct ChannelText {
  std::vector<uint64_t> members = {5, 3, 8};
  tacit_topology topology = TACIT_COMPLETE;
  std::vector<int32_t> edges;
  int64_t max_staleness = -1;
  int64_t send_every = 1;
  bool damping = false;
  tacit_scheduler scheduler = TACIT_DECENTRALIZED;

  size_t elements() const;
};

/// Owns what a tacit_channel points at.
class HandMadeChannel {
public:
  explicit HandMadeChannel(const ChannelText &text);
  const tacit_channel &get() const { return channel_; }

private:
  std::vector<tacit_member> members_;
  std::vector<int32_t> edges_;
  tacit_channel channel_ = {};
};

/// The update of rank `rank` in its step `step`, at parameters w: lr times the
/// gradient of sum_i a_i (w_i - c_i)^2 / 2, where c depends on rank and step.
void QuadraticUpdate(int rank, int64_t step, const Vector &w, Vector &u);
Vector InitialParameters(size_t elements);

/// Which updates, by origin.
using Updates = std::vector<std::set<uint64_t>>;

/// What happened to a rank, in the order in which it did.
struct RankLog : tacit::AsyncObserver {
  using Clock = std::vector<uint32_t>;

  explicit RankLog(int ranks, int rank);
  void OnView(int64_t step) override;
  void OnPublish(uint64_t sequence, int64_t step) override;
  void OnSend(int to, int origin, uint64_t sequence) override;
  void OnArrival(int from, int origin, uint64_t sequence, bool copy) override;
  void OnApply(int origin, uint64_t sequence, int64_t step,
               uint64_t staleness) override;
  void OnMissing(int origin, uint64_t sequence) override;
  void OnLostRank(int rank) override;
  void OnWait(double begin, double end, const char *why) override;

  struct Apply {
    int origin;
    uint64_t sequence;
    int64_t step;
    uint64_t staleness;
    Clock before; ///< This rank's clock.
  };
  int rank;
  Clock clock;              ///< Now.
  Clock view;               ///< At the latest view.
  std::vector<Clock> views; ///< By own update: when it was computed.
  std::vector<Apply> applies;
  /// By own step: of each origin, the last step of which an update was applied
  /// before the view; -1: none.
  std::vector<std::vector<int64_t>> applied_steps;
  std::vector<int64_t> applied_step;
  Updates applied;
  Updates missing; ///< Heard of without a copy, and not applied since.
  std::vector<int> lost;
  std::map<std::string, double> waited;
  std::vector<uint64_t> Heard() const;
  uint64_t sends = 0, copies = 0;
  uint64_t twice = 0; ///< Applied again.
  uint64_t found = 0; ///< Missing first, and applied then.
};

/// How one rank has ended.
struct RankEnd {
  explicit RankEnd(int ranks, int rank) : log(ranks, rank) {}

  RankLog log;
  Vector parameters;
  std::vector<Vector> updates; ///< Its own, by sequence, in the order sent.
  int64_t steps = 0;
  bool finished = false; ///< Finish has returned true.
  tacit::AsyncReport report;
  tacit::StalenessCounts recent; ///< Taken after each step, summed up.
  int64_t known_steps = 0;
  std::vector<uint64_t> meetings; ///< What each was for,
  /// and how many updates, by origin, had been applied or were missing.
  std::vector<std::vector<uint64_t>> heard_at_meetings;
  std::optional<int> stopped;
  double clock = 0;
  std::vector<std::string> gathered;
  // While it runs.
  tacit::Communicator *communicator = nullptr;
  const Vector *model = nullptr; ///< The parameters.
};

struct Ending {
  absl::Status status;
  std::vector<std::unique_ptr<RankEnd>> ranks;
};

/// What is run.
struct Plan {
  int ranks = 2;
  std::string network = {};
  uint64_t seed = 0;
  ChannelText channel = {};
  std::vector<int64_t> steps = {10}; ///< Of each rank, or of all.
  /// Called by each rank after each of its steps; may call meetings or stop.
  std::function<absl::Status(tacit::AsyncChannel &, RankEnd &)> after_step = {};
  /// Called at each meeting, once it is held.
  std::function<absl::Status(tacit::AsyncChannel &, RankEnd &, uint64_t what)>
      at_meeting = {};
  /// What a rank that has finished brings to the first; "rank N" without it.
  std::function<std::string(tacit::AsyncChannel &, RankEnd &)> bring = {};
  bool charge_first = false; ///< Compute before what has come is applied.

  int64_t steps_of(int rank) const {
    return steps[static_cast<size_t>(rank) % steps.size()];
  }
};

/// Runs it on simulated ranks.
Ending RunPlan(const Plan &plan);

/// The body of one rank, of any world.
absl::Status RunRank(const Plan &plan, const tacit_channel &channel,
                     tacit::Communicator &communicator, RankEnd &end);

} // namespace async_ranks

#endif // TACIT_TEST_UNIT_ASYNC_ASYNC_RANKS_H
