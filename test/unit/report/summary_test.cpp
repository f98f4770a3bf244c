//===- summary_test.cpp - The text that ends a run ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/summary.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tacit {
namespace {

TEST(Summary, OfAFewRanks) {
  RunSummary summary;
  summary.program = "mlp";
  summary.strategy = "ssgd";
  summary.rounds = 625;
  summary.seconds = 12.345;
  summary.loss = 0.03125;
  summary.eval = {{"eval", 2000, 0.125, 0.9615}, {"other", 10, 0.5, {}}};
  summary.traffic = {{1234567890, 7500, 20000}, {999, 1, 0}};
  summary.saved = "m.safetensors";
  summary.state_bytes = 2678824;
  summary.arena_bytes = 524288;
  EXPECT_EQ(
      FormatSummary(summary),
      "mlp with ssgd on 2 ranks: 625 rounds in 12.3 s; last loss of rank "
      "0: 0.03125\n"
      "  eval: loss 0.125, accuracy 96.15% on 2000 rows\n"
      "  other: loss 0.5 on 10 rows\n"
      "  rank 0 sent 1.23 GB in 7500 messages, and 20.0 kB of control\n"
      "  rank 1 sent 999 B in 1 messages, and 0 B of control\n"
      "  saved m.safetensors\n"
      "  memory of each rank: 2.68 MB of state, 524 kB of working memory\n");
}

TEST(Summary, OfManyRanksAndAResumedRun) {
  RunSummary summary;
  summary.program = "mlp";
  summary.strategy = "ssgd";
  summary.first_round = 10;
  summary.rounds = 11;
  summary.seconds = 4000;
  summary.virtual_seconds = 2.5;
  summary.traffic.resize(100, {2000, 2, 0});
  summary.traffic[7].bytes_sent = 1000;
  summary.traffic[9].bytes_sent = 3000;
  EXPECT_EQ(FormatSummary(summary),
            "mlp with ssgd on 100 ranks: 1 round in 4000 s, 2.5 s of virtual "
            "time, now at round 11\n"
            "  rank 0 sent 2.00 kB in 2 messages, and 0 B of control\n"
            "  least: rank 7 sent 1.00 kB in 2 messages, and 0 B of control\n"
            "  most: rank 9 sent 3.00 kB in 2 messages, and 0 B of control\n");
}

TEST(Summary, OfARunThatWasStoppedWithinARound) {
  RunSummary summary;
  summary.program = "mlp";
  summary.strategy = "pasgd{period=300}";
  summary.rounds = 8;
  summary.round_step = 35;
  summary.seconds = 2;
  EXPECT_EQ(FormatSummary(summary),
            "mlp with pasgd{period=300} on 0 ranks: 8 rounds, stopped after 35 "
            "local steps of the next, in 2 s\n");
}

TEST(Summary, Bytes) {
  EXPECT_EQ(FormatBytes(0), "0 B");
  EXPECT_EQ(FormatBytes(999), "999 B");
  EXPECT_EQ(FormatBytes(1000), "1.00 kB");
  EXPECT_EQ(FormatBytes(9994), "9.99 kB");
  EXPECT_EQ(FormatBytes(9996), "10.0 kB");
  EXPECT_EQ(FormatBytes(99960), "100 kB");
  EXPECT_EQ(FormatBytes(999499), "999 kB");
  EXPECT_EQ(FormatBytes(999500), "1.00 MB");
  EXPECT_EQ(FormatBytes(18446744073709551615u), "18.4 EB");
}

TEST(Summary, OfRanksThatDoNotWait) {
  AsyncSummary async;
  async.steps = {20, -1, 17};
  async.evaluations = 45;
  async.asked = 40;
  async.published = 45;
  async.messages = 80;
  async.applied = 70;
  async.staleness_average = 1.25;
  async.staleness_maximum = 5;
  async.histogram = {10, 50, 6, 4, 0, 0};
  async.missing = 3;
  async.missing_by_rank = {1, 0, 2};
  async.waited = {{"max_staleness", {0.5, 0, 0.25}}, {"room", {0, 0, 0}}};
  async.lost = {{1, 0.125, 8}};
  async.replica_difference = 1e-6;
  ConsistencySummary consistency;
  consistency.measured = 2;
  consistency.rank = 2;
  consistency.step = 7;
  consistency.gradient = 3;
  consistency.bound = 12;
  consistency.faults = 2;
  consistency.views = 50;
  consistency.views_measured = 40;
  async.consistency = consistency;
  EXPECT_EQ(
      FormatAsync(async),
      "  ranks made from 17 to 20 steps: 20 lost 17\n"
      "  45 gradient evaluations of all ranks, 40 asked for: ranks hear late "
      "of "
      "each other's\n"
      "  45 updates in 80 messages, applied 70 times\n"
      "  staleness: 1.25 on average, 5 at most (0: 10, 1: 50, 2-3: 6, 4-7: 4)\n"
      "  waited for max_staleness: rank 0 0.5 s, rank 1 0 s, rank 2 0.25 s\n"
      "  rank 1 was lost: noticed at 0.125 s, after 8 of its steps\n"
      "  3 updates never came: 1 to rank 0, 0 to rank 1, 2 to rank 2\n"
      "  replicas differ by 1e-06 at most, with every update in them\n"
      "  consistency: |x - v| / lr was at most 2, on rank 2 at step 7; the "
      "bound is 12, 6 times as much (M = 3, f = 2; 40 of 50 views measured)\n");
  async.consistency->bound = INFINITY;
  async.consistency->unbounded = "max_staleness is none";
  EXPECT_NE(FormatAsync(async).find("; unbounded: max_staleness is none (M"),
            std::string::npos);
  async.consistency->bound = 1;
  async.consistency->exceeded = true;
  EXPECT_NE(FormatAsync(async).find("; EXCEEDS its bound 1, 0.5 times as much"),
            std::string::npos);
}

} // namespace
} // namespace tacit
