//===- metrics_test.cpp - The exact lines of metrics ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/json_line.h"
#include "runtime/report/metrics.h"
#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tacit {
namespace {

TEST(Metrics, Lines) {
  TestFolder folder;
  const std::string path = folder.File("out.jsonl");
  WriteFile(path, "what an earlier run left\n");
  {
    auto file = MetricsFile::Create(path);
    ASSERT_TRUE(file.ok()) << file.status();
    RoundMetrics round;
    round.rank = 2;
    round.round = 1;
    round.step = 1;
    round.loss = 2.25;
    round.lr = 0.1;
    round.seconds = 0.5;
    round.virtual_seconds = 1.5;
    round.bytes_sent = 1024;
    round.messages_sent = 3;
    round.control_bytes = 16;
    round.compute_seconds = 0.25;
    round.exchange_seconds = 0.125;
    round.wait_seconds = 0;
    ASSERT_TRUE((*file)->Write(round).ok());
    // Keys that do not apply are left out; what JSON cannot say is null.
    round.lr.reset();
    round.virtual_seconds.reset();
    round.compute_seconds.reset();
    round.exchange_seconds.reset();
    round.wait_seconds.reset();
    round.loss = std::numeric_limits<double>::quiet_NaN();
    ASSERT_TRUE((*file)->Write(round).ok());
    EvalMetrics eval;
    eval.result = {"test", 2000, 0.25, 0.5};
    eval.round = 1;
    eval.step = 1;
    eval.evaluations = 4;
    eval.seconds = 0.5;
    eval.virtual_seconds = 1e-5;
    eval.bytes_sent = 1024;
    ASSERT_TRUE((*file)->Write(eval).ok());
    eval.result.accuracy.reset();
    eval.virtual_seconds.reset();
    ASSERT_TRUE((*file)->Write(eval).ok());
  }
  EXPECT_EQ(
      ReadFile(path),
      R"({"rank": 2, "round": 1, "step": 1, "loss": 2.25, "lr": 0.1, "seconds": 0.5, "virtual_seconds": 1.5, "bytes_sent": 1024, "messages_sent": 3, "control_bytes": 16, "compute_seconds": 0.25, "exchange_seconds": 0.125, "wait_seconds": 0})"
      "\n"
      R"({"rank": 2, "round": 1, "step": 1, "loss": null, "seconds": 0.5, "bytes_sent": 1024, "messages_sent": 3, "control_bytes": 16})"
      "\n"
      R"({"eval": {"name": "test", "round": 1, "step": 1, "evaluations": 4, "loss": 0.25, "accuracy": 0.5, "virtual_seconds": 1e-05, "seconds": 0.5, "bytes_sent": 1024}})"
      "\n"
      R"({"eval": {"name": "test", "round": 1, "step": 1, "evaluations": 4, "loss": 0.25, "seconds": 0.5, "bytes_sent": 1024}})"
      "\n");
}

TEST(Metrics, NumbersReadBackTheSame) {
  JsonLine line;
  line.Add("third", 1.0 / 3);
  line.Add("most", std::numeric_limits<uint64_t>::max());
  line.Add("inf", std::numeric_limits<double>::infinity());
  line.AddText("text", "a\"b\\c\n");
  EXPECT_EQ(line.Finish(),
            R"({"third": 0.3333333333333333, "most": 18446744073709551615, )"
            R"("inf": null, "text": "a\"b\\c "})"
            "\n");
}

TEST(Metrics, PathsOfRanks) {
  EXPECT_EQ(RankMetricsPath("out.jsonl", 3), "out.rank3.jsonl");
  EXPECT_EQ(RankMetricsPath("a.b/out", 0), "a.b/out.rank0");
  EXPECT_EQ(RankMetricsPath("a/out.b.jsonl", 12), "a/out.b.rank12.jsonl");
  EXPECT_EQ(RankMetricsPath("a/.jsonl", 1), "a/.jsonl.rank1");
}

TEST(Metrics, SayWhyTheyCannotBeWritten) {
  TestFolder folder;
  EXPECT_EQ(MetricsFile::Create(folder.File("no/out")).status().message(),
            "cannot write metrics to " + folder.File("no/out") +
                ": No such file or directory");
  auto full = MetricsFile::Create("/dev/full");
  ASSERT_TRUE(full.ok());
  EXPECT_EQ((*full)->Write(RoundMetrics()).message(),
            "cannot write metrics to /dev/full: No space left on device");
}

} // namespace
} // namespace tacit
