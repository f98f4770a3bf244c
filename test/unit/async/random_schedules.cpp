//===- random_schedules.cpp - Asynchronous runs drawn from a seed ---------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/async/random_schedules.h"

#include "test/unit/support/draws.h"

#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <cmath>

using namespace tacit;

namespace async_ranks {

//===----------------------------------------------------------------------===//
// Drawing
//===----------------------------------------------------------------------===//

static void DrawChannel(Draws &draws, int ranks, ChannelText &channel) {
  channel.topology = draws.Of<tacit_topology>(
      {TACIT_COMPLETE, TACIT_RING, TACIT_EXPONENTIAL, TACIT_EDGES});
  if (channel.topology == TACIT_EDGES) {
    // A random tree, and some more.
    for (int32_t rank = 1; rank < ranks; ++rank)
      channel.edges.insert(channel.edges.end(), {draws.Below(rank), rank});
    for (int more = draws.Below(ranks); more > 0; --more) {
      const int32_t a = draws.Below(ranks), b = draws.Below(ranks);
      if (a != b)
        channel.edges.insert(channel.edges.end(), {a, b});
    }
  }
  channel.members = {1 + uint64_t(draws.Below(20)),
                     1 + uint64_t(draws.Below(40))};
  channel.max_staleness = draws.Of<int64_t>({-1, -1, 0, 1, 4});
  if (draws.OneIn(4)) {
    channel.send_every = 2 + draws.Below(2);
    if (channel.max_staleness >= 0)
      channel.max_staleness += channel.send_every - 1;
  }
  channel.damping = draws.OneIn(8);
}

static void DrawNetwork(Draws &draws, Schedule &schedule) {
  Plan &plan = schedule.plan;
  plan.network =
      draws.Of<std::string>({"compute=10ms", "latency=1ms compute=10ms",
                             "latency=5ms bandwidth=20KB compute=10ms"});
  absl::StrAppend(
      &plan.network,
      draws.Of<std::string>({"", " straggler=exponential{mean=10ms}",
                             " straggler=rotating{factor=4}"}),
      draws.Of<std::string>({"", " delay=3ms", " delay=exponential{mean=20ms}",
                             " delay=uniform{from=1ms to=50ms}"}),
      draws.Of<std::string>({"", "", " duplicate=0.3", " duplicate=1"}));
  if (draws.OneIn(3))
    absl::StrAppend(&plan.network, " slow=", draws.Below(plan.ranks), ":4");
  if (draws.OneIn(4))
    absl::StrAppend(&plan.network, " pause=", draws.Below(plan.ranks), "@",
                    draws.Below(8), ":300ms");
  schedule.drops = draws.OneIn(3);
  if (schedule.drops)
    absl::StrAppend(&plan.network, draws.Of<std::string>(
                                       {" drop=0.05", " drop=0.3", " drop=1"}));
  if (!draws.OneIn(3))
    return;
  for (int count = std::min(1 + draws.Below(3), plan.ranks - 1); count > 0;
       --count) {
    const int rank = draws.Below(plan.ranks);
    if (std::count(schedule.crashing.begin(), schedule.crashing.end(), rank))
      continue;
    absl::StrAppend(&plan.network, schedule.crashing.empty() ? " crash=" : ",",
                    rank, "@", draws.Below(12));
    schedule.crashing.push_back(rank);
  }
}

/// Meetings that the first live rank calls, and a stop.
static void DrawCalls(Draws &draws, Plan &plan) {
  const int64_t call_at = draws.OneIn(3) ? 1 + draws.Below(8) : -1;
  const bool average = draws.OneIn(2);
  const int64_t stop_at = draws.OneIn(6) ? 1 + draws.Below(8) : -1;
  const int stopping = draws.Below(plan.ranks);
  plan.after_step = [=](AsyncChannel &channel, RankEnd &end) {
    absl::Status status;
    if (end.log.rank == channel.first_live() && end.steps == call_at)
      status = channel.Call(average ? 2 : 1);
    if (end.log.rank == stopping && end.steps == stop_at)
      status.Update(channel.Stop(stopping));
    return status;
  };
  plan.at_meeting = [](AsyncChannel &channel, RankEnd &end, uint64_t what) {
    return what & 2 ? channel.Average() : absl::OkStatus();
  };
}

Schedule DrawSchedule(uint64_t seed) {
  Draws draws(seed, 2);
  Schedule schedule;
  Plan &plan = schedule.plan;
  plan.seed = seed;
  plan.ranks = 2 + draws.Below(15);
  DrawChannel(draws, plan.ranks, plan.channel);
  DrawNetwork(draws, schedule);
  DrawCalls(draws, plan);
  plan.steps = {3 + draws.Below(10)};
  if (draws.OneIn(3)) // Ranks that end early.
    for (int rank = 1; rank < plan.ranks; ++rank)
      plan.steps.push_back(1 + draws.Below(12));
  plan.charge_first = draws.OneIn(2);
  return schedule;
}

std::string Schedule::Describe() const {
  return absl::StrCat(
      "seed ", plan.seed, ": ", plan.ranks, " ranks, topology ",
      plan.channel.topology, " {", absl::StrJoin(plan.channel.edges, " "),
      "}, max_staleness ", plan.channel.max_staleness, ", send_every ",
      plan.channel.send_every, ", damping ", plan.channel.damping, ", steps ",
      absl::StrJoin(plan.steps, " "), ", ", plan.network);
}

//===----------------------------------------------------------------------===//
// Checking
//===----------------------------------------------------------------------===//

/// What each live rank has heard of is the same: all of live ranks' updates,
/// and, of a crashed one's, those that any of them has got or knows to be lost.
static void CheckExactlyOnce(const Schedule &schedule, const Ending &ending,
                             const std::vector<const RankEnd *> &live) {
  const RankEnd *first = nullptr;
  for (const RankEnd *end : live) {
    uint64_t missing = 0, applied = 0;
    EXPECT_EQ(end->log.twice, 0u) << "applied twice by rank " << end->log.rank;
    for (int origin = 0; origin < schedule.plan.ranks; ++origin) {
      const std::set<uint64_t> &got = end->log.applied[size_t(origin)];
      const std::set<uint64_t> &lost = end->log.missing[size_t(origin)];
      const size_t published = ending.ranks[size_t(origin)]->log.views.size();
      applied += got.size();
      missing += lost.size();
      if (origin == end->log.rank)
        continue;
      const size_t heard = got.size() + lost.size();
      EXPECT_LE(heard, published);
      if (ending.ranks[size_t(origin)]->finished)
        EXPECT_EQ(heard, published)
            << "by rank " << end->log.rank << " of rank " << origin;
      if (!schedule.drops && schedule.crashing.empty())
        EXPECT_EQ(got.size(), published);
      if (!got.empty())
        EXPECT_LT(*got.rbegin(), heard) << "a gap that was not heard of";
      if (!lost.empty())
        EXPECT_LT(*lost.rbegin(), heard) << "a gap that was not heard of";
      // Of crashed ranks, all live ones have heard of the same.
      if (first && origin != first->log.rank)
        EXPECT_EQ(heard, first->log.applied[size_t(origin)].size() +
                             first->log.missing[size_t(origin)].size())
            << "of rank " << origin << " by ranks " << end->log.rank << " and "
            << first->log.rank;
    }
    EXPECT_EQ(end->report.missing, missing) << "at rank " << end->log.rank;
    EXPECT_EQ(end->report.applied, applied);
    EXPECT_EQ(end->report.published, end->log.views.size());
    EXPECT_EQ(end->report.messages, end->log.sends);
    if (!first)
      first = end;
  }
}

/// The staleness of each update, from the clocks of the log alone.
static void CheckStaleness(const Ending &ending, const RankEnd &end) {
  StalenessCounts counts;
  for (const RankLog::Apply &apply : end.log.applies) {
    const RankLog &origin = ending.ranks[size_t(apply.origin)]->log;
    ASSERT_LT(apply.sequence, origin.views.size());
    const RankLog::Clock &computed_at = origin.views[apply.sequence];
    uint64_t staleness = 0;
    for (size_t m = 0; m < computed_at.size(); ++m)
      staleness += uint64_t(
          std::abs(int64_t(apply.before[m]) - int64_t(computed_at[m])));
    EXPECT_EQ(apply.staleness, staleness)
        << "update " << apply.sequence << " of rank " << apply.origin;
    counts.Add(staleness);
  }
  EXPECT_EQ(end.report.staleness.sum, counts.sum);
  EXPECT_EQ(end.report.staleness.maximum, counts.maximum);
  EXPECT_EQ(end.report.staleness.updates, counts.updates);
  EXPECT_EQ(end.report.staleness.histogram, counts.histogram);
  EXPECT_EQ(end.recent.histogram, counts.histogram);
}

/// The initial parameters less everything that this rank has applied.
static void CheckParameters(const Schedule &schedule, const Ending &ending,
                            const RankEnd &end) {
  const size_t elements = schedule.plan.channel.elements();
  const Vector initial = InitialParameters(elements);
  std::vector<double> w(initial.begin(), initial.end());
  const auto subtract = [&](const Vector &u, double factor) {
    for (size_t i = 0; i < elements; ++i)
      w[i] -= factor * double(u[i]);
  };
  for (const Vector &u : end.updates)
    subtract(u, 1);
  for (const RankLog::Apply &apply : end.log.applies)
    subtract(ending.ranks[size_t(apply.origin)]->updates[apply.sequence],
             schedule.plan.channel.damping ? 1 / (1 + double(apply.staleness))
                                           : 1);
  for (size_t i = 0; i < elements; ++i)
    ASSERT_NEAR(end.parameters[i], w[i], 1e-4)
        << "element " << i << " at rank " << end.log.rank;
}

/// No view lacks more than max_staleness says; where ranks that end early or
/// are lost are not waited for, and nothing was averaged, dropped or stopped.
static void CheckBound(const Schedule &schedule, const Ending &ending,
                       const RankEnd &end) {
  const Plan &plan = schedule.plan;
  for (int64_t step = 0; step < int64_t(end.log.applied_steps.size()); ++step)
    for (int other = 0; other < plan.ranks; ++other) {
      if (other == end.log.rank)
        continue;
      const int64_t wanted = std::min(step - 1 - plan.channel.max_staleness,
                                      ending.ranks[size_t(other)]->steps - 1);
      EXPECT_GE(end.log.applied_steps[size_t(step)][size_t(other)], wanted)
          << "rank " << end.log.rank << " at step " << step << ", of rank "
          << other;
    }
}

/// Live ranks agree where nothing was lost, and on what has to be agreed on.
static void CheckAgreement(const Schedule &schedule,
                           const std::vector<const RankEnd *> &live) {
  bool all_got = !schedule.plan.channel.damping;
  for (const RankEnd *end : live)
    all_got &= end->report.missing == 0;
  const RankEnd &first = *live.front();
  for (const RankEnd *end : live) {
    EXPECT_EQ(end->meetings, first.meetings);
    // Of losses, a rank may hear that happened after others had left.
    if (!schedule.drops && schedule.crashing.empty())
      EXPECT_EQ(end->heard_at_meetings, first.heard_at_meetings);
    EXPECT_EQ(end->stopped, first.stopped);
    EXPECT_EQ(end->known_steps, first.known_steps);
    EXPECT_EQ(end->gathered.size(),
              end == &first ? size_t(schedule.plan.ranks) : 0u);
    for (size_t i = 0; i < end->parameters.size() && all_got; ++i)
      ASSERT_NEAR(end->parameters[i], first.parameters[i], 1e-4)
          << "element " << i << " at rank " << end->log.rank;
  }
  for (const RankEnd *end : live)
    EXPECT_EQ(first.gathered[size_t(end->log.rank)],
              absl::StrCat("rank ", end->log.rank));
}

static void Count(const Ending &ending,
                  const std::vector<const RankEnd *> &live, Varieties &v) {
  bool missing = false, crossed = false, found = false, waited = false;
  for (const RankEnd *end : live) {
    missing |= end->report.missing > 0;
    v.copies += end->log.copies > 0;
    waited |= end->log.waited.count("max_staleness") > 0;
    std::vector<uint64_t> last(end->log.clock.size());
    for (const RankLog::Apply &apply : end->log.applies) {
      crossed |= apply.sequence < last[size_t(apply.origin)];
      last[size_t(apply.origin)] = apply.sequence;
    }
    found |= end->log.found > 0;
    v.relayed += end->report.messages >
                 end->report.published * (ending.ranks.size() - 1);
  }
  v.missing += missing;
  v.crossed += crossed;
  v.found += found;
  v.waits += waited;
  v.meetings += !live.front()->meetings.empty();
  v.stops += live.front()->stopped.has_value();
}

static void Check(const Schedule &schedule, const Ending &ending,
                  Varieties &varieties) {
  ASSERT_TRUE(ending.status.ok()) << ending.status;
  std::vector<const RankEnd *> live;
  int lost = 0;
  for (const auto &end : ending.ranks)
    if (end->finished)
      live.push_back(end.get());
    else
      ++lost;
  ASSERT_FALSE(live.empty());
  EXPECT_LE(lost, int(schedule.crashing.size()));
  varieties.crashes += lost > 0;
  varieties.drops += schedule.drops;
  bool averaged = false;
  for (const uint64_t what : live.front()->meetings)
    averaged |= (what & 2) != 0;
  for (const RankEnd *end : live) {
    EXPECT_EQ(int(end->log.lost.size()), lost);
    EXPECT_EQ(int(end->report.lost.size()), lost);
    CheckStaleness(ending, *end);
    if (!averaged)
      CheckParameters(schedule, ending, *end);
    if (schedule.plan.channel.max_staleness >= 0 && !schedule.drops &&
        schedule.crashing.empty() && !end->stopped)
      CheckBound(schedule, ending, *end);
  }
  CheckExactlyOnce(schedule, ending, live);
  CheckAgreement(schedule, live);
  Count(ending, live, varieties);
}

void RunAndCheck(uint64_t seed, Varieties &varieties) {
  const Schedule schedule = DrawSchedule(seed);
  const testing::ScopedTrace where(__FILE__, __LINE__, schedule.Describe());
  Check(schedule, RunPlan(schedule.plan), varieties);
}

} // namespace async_ranks
