//===- summary_test.cpp - The text that ends a run ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/summary.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(FormatSummary(summary),
            "mlp with ssgd on 2 ranks: 625 rounds in 12.3 s; last loss of rank "
            "0: 0.03125\n"
            "  eval: loss 0.125, accuracy 96.15% on 2000 rows\n"
            "  other: loss 0.5 on 10 rows\n"
            "  rank 0 sent 1.23 GB in 7500 messages, and 20.0 kB of control\n"
            "  rank 1 sent 999 B in 1 messages, and 0 B of control\n"
            "  saved m.safetensors\n");
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

} // namespace
} // namespace tacit
