//===- elastic_schedules_test.cpp - Promises kept in random schedules -----===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Elastic scheduling, and the bound of elastic consistency beside what is
/// measured, of it and of DASGD: networks, faults and options drawn from a
/// seed. TACIT_SCHEDULES=FIRST:COUNT says which seeds.
///
//===----------------------------------------------------------------------===//

#include "test/unit/async/elastic_run.h"
#include "test/unit/support/draws.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>

using namespace tacit;
using namespace tacit::elastic_run;

namespace {

struct Schedule {
  Plan plan;
  bool drops = false;
  int crashing = -1;
};

} // namespace

static void DrawChannel(Draws &draws, tacit_channel &channel) {
  static constexpr double kInfinite = std::numeric_limits<double>::infinity();
  channel.scheduler = draws.Of<tacit_scheduler>(
      {TACIT_NORM_BOUNDED, TACIT_NORM_BOUNDED, TACIT_VARIANCE_BOUNDED,
       TACIT_VARIANCE_BOUNDED, TACIT_DECENTRALIZED});
  channel.topology =
      draws.Of<tacit_topology>({TACIT_COMPLETE, TACIT_COMPLETE, TACIT_COMPLETE,
                                TACIT_RING, TACIT_EXPONENTIAL});
  channel.beta = draws.Of<double>({0, 0.5, 1, 2, kInfinite});
  channel.wait = draws.Of<double>({0, 0, 5e-3, 15e-3, kInfinite});
  channel.max_delay = draws.Of<int64_t>({0, 1, 2, 4, 16});
  channel.max_staleness = draws.Of<int64_t>({0, 1, 2, 4, 16, -1});
}

static Schedule Draw(uint64_t seed) {
  Draws draws(seed, 5);
  Schedule schedule;
  Plan &plan = schedule.plan;
  plan.seed = seed;
  plan.ranks = 2 + draws.Below(7);
  plan.steps = 5 + draws.Below(25);
  plan.members = {1 + uint64_t(draws.Below(20)), 1 + uint64_t(draws.Below(20))};
  plan.lr = draws.Of<double>({0.01, 0.05});
  plan.decay = draws.OneIn(2);
  plan.compressed = draws.OneIn(4);
  DrawChannel(draws, plan.channel);
  plan.network = absl::StrCat(
      draws.Of<std::string>({"compute=10ms", "latency=1ms compute=10ms",
                             "latency=6ms bandwidth=40KB compute=10ms"}),
      draws.Of<std::string>({"", " straggler=exponential{mean=8ms}",
                             " straggler=rotating{factor=4}"}),
      draws.Of<std::string>({"", "", " delay=exponential{mean=5ms}",
                             " delay=exponential{mean=30ms}",
                             " delay=uniform{from=1ms to=15ms}"}),
      draws.OneIn(4) ? " duplicate=0.3" : "");
  if (draws.OneIn(2))
    absl::StrAppend(&plan.network, " slow=", draws.Below(plan.ranks), ":4");
  if (draws.OneIn(5))
    absl::StrAppend(&plan.network, " pause=", draws.Below(plan.ranks),
                    "@2:150ms");
  if (draws.OneIn(4)) {
    schedule.drops = true;
    absl::StrAppend(&plan.network,
                    " drop=", draws.Of<std::string>({"0.02", "0.1", "0.5"}));
  }
  if (draws.OneIn(4)) {
    schedule.crashing = draws.Below(plan.ranks);
    absl::StrAppend(&plan.network, " crash=", schedule.crashing, "@",
                    draws.Below(plan.steps));
  }
  if (draws.OneIn(5))
    plan.meet_every = 3 + draws.Below(5);
  if (draws.OneIn(6)) {
    plan.stop_rank = draws.Below(plan.ranks);
    plan.stop_step = 1 + draws.Below(plan.steps);
  }
  if (draws.OneIn(6))
    for (int rank = 0; rank < plan.ranks; ++rank)
      plan.more_steps.push_back(draws.Below(6));
  plan.average = draws.OneIn(2);
  return schedule;
}

/// The steps of each update of a rank.
static std::map<uint64_t, int64_t> Published(const RankLog &log) {
  std::map<uint64_t, int64_t> published;
  for (const Event &event : log.events)
    if (event.kind == Event::kPublish)
      published[event.sequence] = event.step;
  return published;
}

/// Of each rank that has finished: each update of each other is applied once,
/// or known to be missing.
static void CheckOnce(const Schedule &schedule, const Outcome &outcome,
                      const std::string &what) {
  for (size_t rank = 0; rank < outcome.ranks.size(); ++rank) {
    const RankLog &log = outcome.ranks[rank];
    if (!log.finished)
      continue;
    std::map<std::pair<int, uint64_t>, int> applied;
    for (const Event &event : log.events)
      if (event.kind == Event::kApply)
        ++applied[{event.origin, event.sequence}];
    uint64_t missing = 0;
    for (size_t origin = 0; origin < outcome.ranks.size(); ++origin) {
      if (origin == rank)
        continue;
      for (const auto &[sequence, step] : Published(outcome.ranks[origin])) {
        const int times = applied[{int(origin), sequence}];
        EXPECT_LE(times, 1) << what;
        missing += times == 0;
        if (!schedule.drops && schedule.crashing < 0) {
          EXPECT_EQ(times, 1) << what << ": rank " << rank << ", step " << step
                              << " of rank " << origin;
        }
      }
    }
    if (schedule.crashing < 0) {
      EXPECT_EQ(missing, log.report.missing) << what << ": rank " << rank;
    }
  }
}

/// Before the gradient of step t, all steps up to t - 1 - bound of all other
/// live ranks have been applied or lost.
static void CheckAhead(const Schedule &schedule, const Outcome &outcome,
                       const std::string &what) {
  const tacit_channel &channel = schedule.plan.channel;
  const int64_t bound = channel.scheduler == TACIT_DECENTRALIZED
                            ? channel.max_staleness
                            : channel.max_delay;
  if (bound < 0 || schedule.plan.stop_rank >= 0)
    return;
  for (size_t rank = 0; rank < outcome.ranks.size(); ++rank) {
    std::set<std::pair<int, uint64_t>> heard;
    std::set<int> lost;
    for (const Event &event : outcome.ranks[rank].events) {
      if (event.kind == Event::kApply || event.kind == Event::kMissing)
        heard.insert({event.origin, event.sequence});
      if (event.kind == Event::kLost)
        lost.insert(event.origin);
      if (event.kind != Event::kView)
        continue;
      for (int origin = 0; origin < schedule.plan.ranks; ++origin) {
        if (origin == int(rank) || lost.contains(origin))
          continue;
        for (const auto &[sequence, step] :
             Published(outcome.ranks[size_t(origin)]))
          EXPECT_TRUE(step > event.step - 1 - bound ||
                      heard.contains({origin, sequence}))
              << what << ": rank " << rank << " at step " << event.step
              << " without step " << step << " of rank " << origin;
      }
    }
  }
}

static void Check(uint64_t seed, double *closest) {
  const Schedule schedule = Draw(seed);
  const Outcome outcome = Train(schedule.plan);
  const tacit_channel &channel = schedule.plan.channel;
  const std::string what = absl::StrCat(
      "seed ", seed, ": scheduler ", channel.scheduler, ", beta ", channel.beta,
      ", wait ", channel.wait, ", max_delay ", channel.max_delay,
      ", max_staleness ", channel.max_staleness, ", ranks ",
      schedule.plan.ranks, ", topology ", channel.topology, ", steps ",
      schedule.plan.steps, ", compressed ", schedule.plan.compressed,
      ", meetings ", schedule.plan.meet_every, ", average ",
      schedule.plan.average, ", stop ", schedule.plan.stop_rank, " at ",
      schedule.plan.stop_step, ", ends differ ",
      !schedule.plan.more_steps.empty(), ", ", schedule.plan.network);
  ASSERT_TRUE(outcome.status.ok()) << what << ": " << outcome.status;
  for (int rank = 0; rank < schedule.plan.ranks; ++rank)
    EXPECT_TRUE(outcome.ranks[size_t(rank)].finished ||
                rank == schedule.crashing)
        << what << ": rank " << rank;
  CheckOnce(schedule, outcome, what);
  CheckAhead(schedule, outcome, what);
  if (!schedule.drops && schedule.crashing < 0) {
    EXPECT_LT(Apart(outcome), 3e-5) << what;
  }
  const ConsistencyReport &report = outcome.consistency;
  EXPECT_FALSE(report.exceeded())
      << what << ": measured " << report.measured << " at step " << report.step
      << " of rank " << report.rank << ", bound " << report.bound
      << ", rounding " << report.rounding << ", faults " << report.faults;
  EXPECT_GT(report.views_measured, 0u) << what;
  if (report.unbounded.empty() && report.bound > 0)
    *closest = std::max(*closest, report.measured / report.bound);
}

TEST(ElasticSchedules, EveryPromiseIsKept) {
  uint64_t first = 0, count = 400;
  if (const char *text = std::getenv("TACIT_SCHEDULES")) {
    ASSERT_EQ(std::sscanf(text, "%lu:%lu", &first, &count), 2)
        << "wanted TACIT_SCHEDULES=FIRST:COUNT, got " << text;
  }
  double closest = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    Check(seed, &closest);
    if (HasFailure())
      FAIL() << "TACIT_SCHEDULES=" << seed << ":1 repeats it";
  }
  // Bounds are not so wide that nothing could break them.
  EXPECT_GT(closest, 0.5);
  std::printf("%lu schedules; at most %.2f of a bound\n", count, closest);
}
