//===- schedules_test.cpp - Every update once, whatever the network -------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Random schedules of DASGD. A failure reports the seed, which replays it:
/// TACIT_SCHEDULES=first:count runs others than those of every day.
///
//===----------------------------------------------------------------------===//

#include "test/unit/async/random_schedules.h"

#include "gtest/gtest.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include <cstdlib>
#include <string>
#include <utility>

using namespace async_ranks;

/// The seeds to run: the first, and how many.
static std::pair<uint64_t, uint64_t> Seeds() {
  const char *text = std::getenv("TACIT_SCHEDULES");
  if (!text)
    return {0, 300};
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, ':');
  uint64_t first = 0, count = 0;
  EXPECT_TRUE(absl::SimpleAtoi(parts.first, &first) &&
              absl::SimpleAtoi(parts.second, &count))
      << "got TACIT_SCHEDULES=" << text << ", wanted FIRST:COUNT";
  return {first, count};
}

TEST(Schedules, EveryUpdateIsAppliedOnceOrCountedMissing) {
  const auto [first, count] = Seeds();
  Varieties varieties;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    RunAndCheck(seed, varieties);
    if (HasFailure())
      FAIL() << "TACIT_SCHEDULES=" << seed << ":1 replays it";
  }
  if (count < 300)
    return;
  // Schedules are as varied as they are meant to be.
  const int few = int(count) / 30;
  EXPECT_GT(varieties.drops, few);
  EXPECT_GT(varieties.crashes, few);
  EXPECT_GT(varieties.crossed, few);
  EXPECT_GT(varieties.copies, few);
  EXPECT_GT(varieties.found, few / 3);
  EXPECT_GT(varieties.missing, few);
  EXPECT_GT(varieties.meetings, few);
  EXPECT_GT(varieties.stops, few);
  EXPECT_GT(varieties.relayed, few);
  EXPECT_GT(varieties.waits, few);
}

TEST(Schedules, ReplayExactly) {
  for (const uint64_t seed : {1, 7, 40, 77}) {
    const Plan plan = DrawSchedule(seed).plan;
    const Ending once = RunPlan(plan), again = RunPlan(plan);
    EXPECT_EQ(once.status, again.status);
    for (size_t rank = 0; rank < once.ranks.size(); ++rank) {
      const RankEnd &a = *once.ranks[rank], &b = *again.ranks[rank];
      EXPECT_EQ(a.parameters, b.parameters);
      EXPECT_EQ(a.clock, b.clock);
      EXPECT_EQ(a.log.applied, b.log.applied);
      EXPECT_EQ(a.report.staleness.sum, b.report.staleness.sum);
      EXPECT_EQ(a.report.waited, b.report.waited);
    }
  }
}
