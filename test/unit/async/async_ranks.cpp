//===- async_ranks.cpp - Simulated ranks that train quadratics ------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/async/async_ranks.h"

#include "runtime/support/random.h"

#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <numeric>

using namespace tacit;

namespace async_ranks {

size_t ChannelText::elements() const {
  return std::accumulate(members.begin(), members.end(), size_t{0});
}

HandMadeChannel::HandMadeChannel(const ChannelText &text) : edges_(text.edges) {
  for (const uint64_t count : text.members)
    members_.push_back({.name = "w", .count = count, .columns = 1});
  channel_.name = "updates";
  channel_.topology = text.topology;
  channel_.scheduler = text.scheduler;
  channel_.damping = text.damping;
  channel_.compression = -1;
  channel_.num_members = static_cast<uint32_t>(members_.size());
  channel_.num_edges = static_cast<uint32_t>(edges_.size() / 2);
  channel_.max_staleness = text.max_staleness;
  channel_.send_every = text.send_every;
  channel_.payload_bytes = 4 * text.elements();
  channel_.members = members_.data();
  channel_.edges = edges_.data();
}

void QuadraticUpdate(int rank, int64_t step, const Vector &w, Vector &u) {
  const Random random(1 + uint64_t(rank), static_cast<uint64_t>(step));
  u.resize(w.size());
  for (size_t i = 0; i < w.size(); ++i) {
    const float center = static_cast<float>(random.Double(i)) - 0.5f;
    const float curvature = 0.5f + 0.1f * static_cast<float>(i % 7);
    const float difference = w[i] - center;
    u[i] = 0.01f * (curvature * difference);
  }
}

Vector InitialParameters(size_t elements) {
  const Random random(7, 7);
  Vector w(elements);
  for (size_t i = 0; i < elements; ++i)
    w[i] = static_cast<float>(random.Double(i)) * 2 - 1;
  return w;
}

//===----------------------------------------------------------------------===//
// The log
//===----------------------------------------------------------------------===//

RankLog::RankLog(int ranks, int rank)
    : rank(rank), clock(size_t(ranks)), view(size_t(ranks)),
      applied_step(size_t(ranks), -1), applied(size_t(ranks)),
      missing(size_t(ranks)) {}

void RankLog::OnView(int64_t step) {
  view = clock;
  applied_steps.resize(size_t(step) + 1);
  applied_steps[size_t(step)] = applied_step;
}

void RankLog::OnPublish(uint64_t sequence, int64_t step) {
  EXPECT_EQ(sequence, views.size());
  views.push_back(view);
  ++clock[size_t(rank)];
}

void RankLog::OnSend(int to, int origin, uint64_t sequence) {
  EXPECT_NE(to, rank);
  EXPECT_NE(to, origin);
  ++sends;
}

void RankLog::OnArrival(int from, int origin, uint64_t sequence, bool copy) {
  copies += copy;
}

void RankLog::OnApply(int origin, uint64_t sequence, int64_t step,
                      uint64_t staleness) {
  applies.push_back({origin, sequence, step, staleness, clock});
  ++clock[size_t(origin)];
  twice += !applied[size_t(origin)].insert(sequence).second;
  found += missing[size_t(origin)].erase(sequence);
  int64_t &last = applied_step[size_t(origin)];
  last = std::max(last, step);
}

void RankLog::OnMissing(int origin, uint64_t sequence) {
  EXPECT_EQ(applied[size_t(origin)].count(sequence), 0u);
  EXPECT_TRUE(missing[size_t(origin)].insert(sequence).second);
}

void RankLog::OnLostRank(int lost_rank) { lost.push_back(lost_rank); }

void RankLog::OnWait(double begin, double end, const char *why) {
  EXPECT_LT(begin, end);
  waited[why] += end - begin;
}

std::vector<uint64_t> RankLog::Heard() const {
  std::vector<uint64_t> heard(clock.begin(), clock.end());
  for (size_t origin = 0; origin < heard.size(); ++origin)
    heard[origin] += missing[origin].size();
  return heard;
}

//===----------------------------------------------------------------------===//
// Ranks
//===----------------------------------------------------------------------===//

namespace {

/// A rank's parameters: one vector, and pointers to its members.
struct Model {
  explicit Model(const tacit_channel &channel, size_t elements)
      : w(InitialParameters(elements)), u(elements) {
    size_t at = 0;
    for (uint32_t member = 0; member < channel.num_members; ++member) {
      parameters.push_back(w.data() + at);
      updates.push_back(u.data() + at);
      at += channel.members[member].count;
    }
  }
  Vector w, u;
  std::vector<float *> parameters;
  std::vector<const float *> updates;
};

} // namespace

/// One step. Own updates are kept as they are sent: summed up.
static absl::Status Step(const Plan &plan, AsyncChannel &channel,
                         Communicator &communicator, Model &model,
                         RankEnd &end) {
  if (plan.charge_first)
    communicator.ChargeCompute(end.steps);
  absl::Status status = channel.Collect(model.parameters.data());
  if (!plan.charge_first)
    communicator.ChargeCompute(end.steps);
  if (status.ok())
    status = channel.Progress();
  if (!status.ok())
    return status;
  QuadraticUpdate(end.log.rank, end.steps, model.w, model.u);
  // Where the rank crashes while it sends, some have got the update.
  const size_t before = end.log.views.size();
  if (end.updates.size() == before)
    end.updates.emplace_back(model.u.size(), 0.0f);
  for (size_t i = 0; i < model.u.size(); ++i)
    end.updates[before][i] += model.u[i];
  const tacit_contribution update = {.tensors = model.updates.data(),
                                     .payload = nullptr,
                                     .rest = nullptr,
                                     .lr = 0.01};
  status = channel.Publish(update, model.parameters.data());
  ++end.steps;
  return status;
}

static absl::Status GoToMeeting(const Plan &plan, AsyncChannel &channel,
                                RankEnd &end, Model &model) {
  const absl::StatusOr<uint64_t> what = channel.Meet();
  if (!what.ok())
    return what.status();
  end.meetings.push_back(*what);
  end.heard_at_meetings.push_back(end.log.Heard());
  end.parameters = model.w;
  return plan.at_meeting ? plan.at_meeting(channel, end, *what)
                         : absl::OkStatus();
}

static absl::Status FinishRank(const Plan &plan, AsyncChannel &channel,
                               RankEnd &end, Model &model) {
  for (;;) {
    const absl::StatusOr<bool> finished = channel.Finish();
    if (!finished.ok())
      return finished.status();
    if (*finished)
      break;
    if (absl::Status status = GoToMeeting(plan, channel, end, model);
        !status.ok())
      return status;
  }
  end.parameters = model.w;
  end.finished = true;
  absl::StatusOr<std::vector<std::string>> all =
      channel.GatherAtFirst(plan.bring ? plan.bring(channel, end)
                                       : absl::StrCat("rank ", end.log.rank));
  if (!all.ok())
    return all.status();
  end.gathered = *std::move(all);
  return absl::OkStatus();
}

absl::Status RunRank(const Plan &plan, const tacit_channel &channel,
                     Communicator &communicator, RankEnd &end) {
  Model model(channel, plan.channel.elements());
  absl::StatusOr<std::unique_ptr<AsyncChannel>> opened =
      AsyncChannel::Open({.channel = channel,
                          .communicator = communicator,
                          .parameters = model.parameters.data(),
                          .observer = &end.log});
  if (!opened.ok())
    return opened.status();
  AsyncChannel &open = **opened;
  end.communicator = &communicator;
  end.model = &model.w;
  absl::Status status;
  while (status.ok() && end.steps < plan.steps_of(end.log.rank) &&
         !open.stopped()) {
    status = Step(plan, open, communicator, model, end);
    end.recent.Add(open.TakeRecentStaleness());
    if (status.ok() && plan.after_step)
      status = plan.after_step(open, end);
    while (status.ok() && open.called() && !open.stopped())
      status = GoToMeeting(plan, open, end, model);
  }
  if (status.ok())
    status = FinishRank(plan, open, end, model);
  end.recent.Add(open.TakeRecentStaleness());
  end.report = open.report();
  end.known_steps = open.known_steps();
  end.stopped = open.stopped();
  end.clock = communicator.Now();
  return status;
}

Ending RunPlan(const Plan &plan) {
  Ending ending;
  for (int rank = 0; rank < plan.ranks; ++rank)
    ending.ranks.push_back(std::make_unique<RankEnd>(plan.ranks, rank));
  auto world = CreateSimulatedWorld(
      {.ranks = plan.ranks, .network = plan.network, .seed = plan.seed});
  if (!world.ok()) {
    ending.status = world.status();
    return ending;
  }
  const HandMadeChannel channel(plan.channel);
  ending.status = (*world)->Run([&](Communicator &communicator) {
    return RunRank(plan, channel.get(), communicator,
                   *ending.ranks[size_t(communicator.rank())]);
  });
  return ending;
}

} // namespace async_ranks
