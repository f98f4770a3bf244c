//===- failure_test.cpp - No rank is left waiting -------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/state/state_files.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

namespace tacit {
namespace {

class Failure : public testing::Test {
protected:
  void TearDown() override {
    faults.nan = faults.infinite = faults.fail = faults.leave =
        faults.corrupt = {};
  }
  LineProgram line{8};
  TrainOptions options = QuietOptions();
};

TEST_F(Failure, ANanStopsTheRun) {
  options.rounds = 20;
  for (const int step : {1, 7, 20}) {
    faults.nan = {2, step};
    const auto result = TrainLine(line.program, 4, options);
    EXPECT_EQ(result.status().message(),
              "loss is nan at step " + std::to_string(step) + " on rank 2");
    EXPECT_TRUE(AgreedByAllRanks(result.status()));
  }
  faults.nan = {};
  faults.infinite = {0, 3};
  EXPECT_EQ(TrainLine(line.program, 1, options).status().message(),
            "loss is infinite at step 3 on rank 0");
}

TEST_F(Failure, TheLowestRankWithANanIsNamed) {
  options.rounds = 5;
  faults.nan = {3, 2};
  faults.infinite = {1, 2};
  EXPECT_EQ(TrainLine(line.program, 4, options).status().message(),
            "loss is infinite at step 2 on rank 1");
}

TEST_F(Failure, ANanMayBePassedOver) {
  TestFolder folder;
  options.rounds = 4;
  options.on_nan = OnNan::kContinue;
  options.metrics = folder.File("out.jsonl");
  faults.nan = {0, 2};
  const auto result = TrainLine(line.program, 2, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rounds, 4);
  EXPECT_NE(ReadFile(options.metrics).find(R"("step": 2, "loss": null)"),
            std::string::npos);
}

TEST_F(Failure, ARankThatFailsStopsTheOthers) {
  options.rounds = 20;
  faults.leave = {1, 5};
  const auto result = TrainLine(line.program, 4, options);
  const std::string message(result.status().message());
  EXPECT_EQ(message.find("rank 1 failed: the step of program 'line' returned "
                         "code 4"),
            0u)
      << message;
  EXPECT_NE(message.find("all_reduce of w, b"), std::string::npos) << message;
  EXPECT_FALSE(AgreedByAllRanks(result.status()));
}

TEST_F(Failure, ARankWhoseExchangeFailsSaysWhy) {
  options.rounds = 20;
  faults.fail = {2, 5};
  const auto result = TrainLine(line.program, 4, options);
  const std::string message(result.status().message());
  EXPECT_EQ(message.find("rank 2 failed: "), 0u) << message;
  EXPECT_NE(message.find("token"), std::string::npos) << message;
}

TEST_F(Failure, ReplicasThatDifferAreFound) {
  options.rounds = 6;
  faults.corrupt = {2, 6};
  const auto end = TrainLine(line.program, 4, options);
  EXPECT_EQ(end.status().message(),
            "ranks no longer agree: variable 'w' differs on rank 2 after round "
            "6");
  EXPECT_TRUE(AgreedByAllRanks(end.status()));
  faults.corrupt = {0, 2};
  options.rounds = 100;
  options.check_replicas = 4;
  EXPECT_EQ(TrainLine(line.program, 4, options).status().message(),
            "ranks no longer agree: variable 'w' differs on rank 0 after round "
            "4");
}

TEST_F(Failure, ReplicasThatDifferAreNotSaved) {
  TestFolder folder;
  options.rounds = 6;
  options.save = folder.File("f");
  faults.corrupt = {2, 3};
  EXPECT_FALSE(TrainLine(line.program, 4, options).ok());
  EXPECT_EQ(folder.NumFiles(), 0u);
}

TEST_F(Failure, FewerRowsThanABatch) {
  const auto result = TrainLine(line.program, 2, options, 7);
  EXPECT_EQ(result.status().message(),
            "the data has 7 rows, fewer than one batch of 8");
  EXPECT_TRUE(AgreedByAllRanks(result.status()));
  EXPECT_TRUE(TrainLine(line.program, 2, options, 8).ok());
}

TEST_F(Failure, NoDataAtAll) {
  auto world = CreateSimulatedWorld({2, "", 0});
  EXPECT_EQ(Train(**world, line.program, options).status().message(),
            "program 'line' trains on x: 8x3xf32, y: 8xf32, and --data does "
            "not say where that is");
  TrainData nothing;
  EXPECT_EQ(Train(**world, line.program, options, &nothing).status().message(),
            "program 'line' is given no data to train on");
}

TEST_F(Failure, DataThatCannotBeOpened) {
  auto world = CreateSimulatedWorld({2, "", 0});
  options.data = "synthetic:cout=3";
  const auto result = Train(**world, line.program, options);
  EXPECT_TRUE(AgreedByAllRanks(result.status()));
  EXPECT_NE(result.status().message().find("did you mean 'count'?"),
            absl::string_view::npos)
      << result.status();
}

TEST_F(Failure, AnotherNumberOfRanks) {
  line.program.ranks = 3;
  EXPECT_EQ(TrainLine(line.program, 4, options).status().message(),
            "program 'line' is compiled for 3 ranks, and there are 4");
  EXPECT_TRUE(TrainLine(line.program, 3, options).ok());
}

TEST_F(Failure, NoRanks) {
  EXPECT_FALSE(TrainLine(line.program, 0, options).ok());
}

TEST_F(Failure, MetricsThatCannotBeWritten) {
  TestFolder folder;
  options.metrics = folder.File("no/out.jsonl");
  const auto result = TrainLine(line.program, 2, options);
  EXPECT_EQ(result.status().message(), "cannot write metrics to " +
                                           options.metrics +
                                           ": No such file or directory");
  // Rank 0 meets the end of the disk alone: it stops the others.
  options.metrics = "/dev/full";
  const std::string message(
      TrainLine(line.program, 2, options).status().message());
  EXPECT_EQ(message.find("rank 0 failed: cannot write metrics to /dev/full: "
                         "No space left on device"),
            0u)
      << message;
}

} // namespace
} // namespace tacit
