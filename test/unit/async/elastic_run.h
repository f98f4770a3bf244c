//===- elastic_run.h - Ranks that train on a quadratic ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A loop over AsyncChannel as a trainer makes it, for a model of one
/// quadratic per rank, and what happened in it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_ASYNC_ELASTIC_RUN_H
#define TACIT_TEST_UNIT_ASYNC_ELASTIC_RUN_H

#include "runtime/async/async_channel.h"
#include "runtime/async/consistency_meter.h"
#include "runtime/comm/world.h"
#include "runtime/support/random.h"

#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tacit::elastic_run {

inline tacit_channel ElasticChannel() {
  tacit_channel channel = {};
  channel.name = "c";
  channel.scheduler = TACIT_NORM_BOUNDED;
  channel.compression = -1;
  channel.max_staleness = -1;
  channel.send_every = 1;
  channel.max_delay = 4;
  channel.beta = 0.5;
  channel.bucket_bytes = 1 << 20;
  return channel;
}

/// What a run is of.
struct Plan {
  int ranks = 2;
  int steps = 10;
  std::vector<uint64_t> members = {3, 9, 5}; ///< Elements of each.
  std::string network;
  uint64_t seed = 0;
  double lr = 0.05;
  bool decay = false; ///< lr falls with the step.
  tacit_channel channel = ElasticChannel();
  /// Sends the half of each gradient that is largest, and keeps the rest.
  bool compressed = false;
  int stop_rank = -1;     ///< Ends the run for all when it has made `stop_step`
  int64_t stop_step = 0;  ///< steps.
  bool average = false;   ///< Whether meetings average.
  int64_t meet_every = 0; ///< Steps after which rank 0 calls a meeting.
  /// Ranks make so many steps more than `steps`; empty: none.
  std::vector<int> more_steps;
  double timeout = 300;

  uint64_t elements() const {
    uint64_t sum = 0;
    for (const uint64_t count : members)
      sum += count;
    return sum;
  }
  double LearningRate(int64_t step) const {
    return static_cast<float>(decay ? lr / (1 + 0.1 * double(step)) : lr);
  }
};

/// The gradient of rank `rank` at step `step`: of sum_i a_i (w_i - c_i)^2 / 2,
/// with curvatures a in [0.5, 2) of the rank and centres c of the step.
inline std::vector<float> GradientAt(const Plan &plan, int rank, int64_t step,
                                     const std::vector<float> &w) {
  const Random curvature(plan.seed, 1000 + uint64_t(rank));
  const Random centre(plan.seed, 2000 + uint64_t(rank));
  std::vector<float> gradient(w.size());
  for (size_t i = 0; i < w.size(); ++i) {
    const double a = 0.5 + 1.5 * curvature.Double(i);
    const double c = 2 * centre.Double(uint64_t(step) * w.size() + i) - 1;
    gradient[i] = static_cast<float>(a * (double(w[i]) - c));
  }
  return gradient;
}

inline std::vector<float> InitialAt(const Plan &plan) {
  const Random random(plan.seed, 3000);
  std::vector<float> w(plan.elements());
  for (size_t i = 0; i < w.size(); ++i)
    w[i] = static_cast<float>(4 * random.Double(i) - 2);
  return w;
}

struct Event {
  enum Kind { kView, kPublish, kApply, kMissing, kLost, kProceed } kind;
  double at;
  int64_t step = -1;
  int origin = -1;
  uint64_t sequence = 0;
  uint64_t staleness = 0;
  std::vector<int> arrived = {};
};

/// What one rank has seen.
struct RankLog {
  std::vector<Event> events;
  std::vector<std::vector<float>> views; ///< By step: before its gradient.
  std::vector<double> proceeded;         ///< By step: when.
  std::vector<float> end;                ///< After Finish.
  std::vector<std::vector<float>> met;   ///< After each meeting.
  AsyncReport report;
  std::vector<std::string> gathered; ///< At the first live rank: by rank.
  bool finished = false;
  double finished_at = 0;
  double waited(WaitReason why) const {
    return report.waited[static_cast<size_t>(why)];
  }
};

struct Outcome {
  absl::Status status;
  std::vector<RankLog> ranks;
  ConsistencyReport consistency;
};

namespace internal {

class Recorder final : public AsyncObserver {
public:
  Recorder(RankLog &log, const Communicator &communicator)
      : log_(log), communicator_(communicator) {}
  void OnView(int64_t step) override { Add({Event::kView, Now(), step}); }
  void OnPublish(uint64_t sequence, int64_t step) override {
    Add({Event::kPublish, Now(), step, -1, sequence});
  }
  void OnApply(int origin, uint64_t sequence, int64_t step,
               uint64_t staleness) override {
    Add({Event::kApply, Now(), step, origin, sequence, staleness});
  }
  void OnMissing(int origin, uint64_t sequence) override {
    Add({Event::kMissing, Now(), -1, origin, sequence});
  }
  void OnLostRank(int rank) override { Add({Event::kLost, Now(), -1, rank}); }
  void OnProceed(int64_t step, absl::Span<const int> arrived) override {
    log_.proceeded.push_back(Now());
    Add({.kind = Event::kProceed,
         .at = Now(),
         .step = step,
         .arrived = {arrived.begin(), arrived.end()}});
  }

private:
  double Now() const { return communicator_.Now(); }
  void Add(Event event) { log_.events.push_back(std::move(event)); }
  RankLog &log_;
  const Communicator &communicator_;
};

/// A payload is dense, with what was not selected 0.
class Codec final : public PayloadCodec {
public:
  explicit Codec(size_t elements) : elements_(elements) {}
  absl::Status Decode(const void *payload, float *dense) override {
    std::copy_n(static_cast<const float *>(payload), elements_, dense);
    return absl::OkStatus();
  }

private:
  size_t elements_;
};

/// Keeps the larger half of acc = residual * ratio + g in `gradient`, and the
/// rest in `residual`.
inline void Compress(std::vector<float> &gradient, std::vector<float> &residual,
                     double ratio) {
  std::vector<std::pair<float, size_t>> order;
  for (size_t i = 0; i < gradient.size(); ++i) {
    gradient[i] = residual[i] * static_cast<float>(ratio) + gradient[i];
    order.emplace_back(-std::abs(gradient[i]), i);
  }
  std::sort(order.begin(), order.end());
  std::fill(residual.begin(), residual.end(), 0.0f);
  for (size_t n = order.size() / 2; n < order.size(); ++n)
    std::swap(residual[order[n].second], gradient[order[n].second]);
}

inline absl::Status RunRank(const Plan &plan, const tacit_channel &channel,
                            Communicator &communicator, ConsistencyMeter &meter,
                            RankLog &log) {
  const int rank = communicator.rank();
  std::vector<float> w = InitialAt(plan), residual(w.size(), 0);
  const auto members = [&](auto &flat) {
    std::vector<decltype(flat.data())> pointers;
    auto *next = flat.data();
    for (const uint64_t count : plan.members) {
      pointers.push_back(next);
      next += count;
    }
    return pointers;
  };
  const std::vector<float *> parameters = members(w);
  Recorder recorder(log, communicator);
  Codec codec(w.size());
  auto channel_or =
      AsyncChannel::Open({.channel = channel,
                          .communicator = communicator,
                          .parameters = parameters.data(),
                          .codec = plan.compressed ? &codec : nullptr,
                          .observer = &recorder,
                          .meter = &meter});
  if (!channel_or.ok())
    return channel_or.status();
  AsyncChannel &end = **channel_or;
  const bool elastic = channel.scheduler != TACIT_DECENTRALIZED;
  const int64_t steps =
      plan.steps +
      (plan.more_steps.empty() ? 0 : plan.more_steps[size_t(rank)]);
  const auto meet = [&] {
    absl::Status status = end.Meet().status();
    if (status.ok() && plan.average)
      status = end.Average();
    log.met.push_back(w);
    return status;
  };
  absl::Status status;
  for (int64_t step = 0; step < steps && status.ok(); ++step) {
    if (!elastic)
      status.Update(end.Collect(parameters.data()));
    communicator.ChargeCompute(step);
    log.views.push_back(w);
    const double lr = plan.LearningRate(step);
    std::vector<float> g = GradientAt(plan, rank, step, w);
    for (float &x : g)
      x *= elastic ? 1 : static_cast<float>(lr);
    if (plan.compressed)
      Compress(g, residual,
               elastic && step > 0 ? plan.LearningRate(step - 1) / lr : 1);
    const std::vector<float *> tensors = members(g), rest = members(residual);
    const tacit_contribution contribution = {
        .tensors = plan.compressed ? nullptr : tensors.data(),
        .payload = plan.compressed ? g.data() : nullptr,
        .rest = plan.compressed ? rest.data() : nullptr,
        .lr = lr};
    if (status.ok())
      status = elastic ? end.Await(contribution, parameters.data())
                       : end.Publish(contribution, parameters.data());
    if (!status.ok())
      break;
    if (rank == plan.stop_rank && step + 1 == plan.stop_step)
      status.Update(end.Stop(3));
    if (plan.meet_every > 0 && rank == end.first_live() &&
        (step + 1) % plan.meet_every == 0 && !end.called())
      status.Update(end.Call(1));
    if (status.ok() && end.called())
      status.Update(meet());
    if (end.stopped())
      break;
  }
  while (status.ok()) {
    const absl::StatusOr<bool> finished = end.Finish();
    if (!finished.ok())
      return finished.status();
    if (*finished)
      break;
    status = meet();
  }
  if (status.ok()) {
    auto gathered = end.GatherAtFirst(absl::StrCat("of rank ", rank));
    status = gathered.status();
    if (status.ok())
      log.gathered = *std::move(gathered);
  }
  log.report = end.report();
  log.end = w;
  log.finished = status.ok();
  log.finished_at = communicator.Now();
  return status;
}

} // namespace internal

/// Runs the plan in a simulated world.
inline Outcome Train(const Plan &plan) {
  tacit_channel channel = plan.channel;
  std::vector<tacit_member> members;
  for (const uint64_t count : plan.members)
    members.push_back({.name = "w", .count = count, .columns = count});
  channel.num_members = static_cast<uint32_t>(members.size());
  channel.members = members.data();
  channel.payload_bytes = 4 * plan.elements();
  channel.compression = plan.compressed ? 0 : -1;
  ConsistencyMeter::Options options;
  options.ranks = plan.ranks;
  options.members.assign(plan.members.begin(), plan.members.end());
  options.gradients = channel.scheduler != TACIT_DECENTRALIZED;
  // Half of the entries are kept: gamma = 1/2.
  const double gamma = 0.5;
  const double error_feedback =
      std::sqrt((2 - gamma) * gamma / std::pow(1 - gamma, 3));
  options.bound = BoundOf(
      channel, plan.ranks,
      plan.compressed ? error_feedback * (options.gradients ? 1 : plan.ranks)
                      : 0);
  ConsistencyMeter meter(options);
  Outcome outcome;
  outcome.ranks.resize(static_cast<size_t>(plan.ranks));
  auto world = CreateSimulatedWorld({.ranks = plan.ranks,
                                     .network = plan.network,
                                     .seed = plan.seed,
                                     .timeout = plan.timeout});
  EXPECT_TRUE(world.ok()) << world.status();
  outcome.status = (*world)->Run([&](Communicator &communicator) {
    return internal::RunRank(
        plan, channel, communicator, meter,
        outcome.ranks[static_cast<size_t>(communicator.rank())]);
  });
  outcome.consistency = meter.Report();
  return outcome;
}

/// The largest difference between the ends of ranks that have finished, as a
/// part of the largest number among them.
inline double Apart(const Outcome &outcome) {
  const RankLog *first = nullptr;
  double apart = 0, size = 0;
  for (const RankLog &log : outcome.ranks) {
    if (!log.finished)
      continue;
    if (!first)
      first = &log;
    for (size_t i = 0; i < log.end.size(); ++i) {
      apart = std::max(apart, std::abs(double(log.end[i]) - first->end[i]));
      size = std::max(size, std::abs(double(log.end[i])));
    }
  }
  return size > 0 ? apart / size : apart;
}

} // namespace tacit::elastic_run

#endif // TACIT_TEST_UNIT_ASYNC_ELASTIC_RUN_H
