//===- train_test.cpp - Training as it should go --------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/state/state_files.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>

namespace tacit {
namespace {

using nlohmann::json;

std::vector<json> LinesOf(const std::string &path) {
  std::vector<json> lines;
  std::istringstream text(ReadFile(path));
  for (std::string line; std::getline(text, line);)
    lines.push_back(json::parse(line));
  return lines;
}

TEST(Train, FindsTheLine) {
  LineProgram line(8);
  for (const int ranks : {1, 3, 4}) {
    TrainOptions options = QuietOptions();
    options.epochs = 20;
    const std::vector<float> found =
        TrainedParameters(line.program, ranks, options);
    ASSERT_EQ(found.size(), 4u);
    const float wanted[] = {1, -2, 0.5, 3};
    for (int i = 0; i < 4; ++i)
      EXPECT_NEAR(found[i], wanted[i], 0.1) << ranks << " ranks";
  }
}

TEST(Train, RanksMakeALargerBatch) {
  LineProgram whole(16), part(4);
  TrainOptions options = QuietOptions();
  options.rounds = 30;
  options.shuffle = false;
  const std::vector<float> one = TrainedParameters(whole.program, 1, options),
                           four = TrainedParameters(part.program, 4, options);
  ASSERT_EQ(one.size(), four.size());
  for (size_t i = 0; i < one.size(); ++i)
    EXPECT_NEAR(one[i], four[i], 1e-5);
  options.shuffle = true;
  options.seed = 5;
  const std::vector<float> shuffled =
      TrainedParameters(part.program, 4, options);
  EXPECT_NE(shuffled, four);
  EXPECT_EQ(shuffled, TrainedParameters(part.program, 4, options))
      << "the same seed must give the same bits";
}

TEST(Train, Lengths) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  auto rounds = [&](int ranks) {
    const auto result = TrainLine(line.program, ranks, options, 100);
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->rounds, result->steps);
    EXPECT_EQ(result->evaluations, ranks * result->rounds);
    return result->rounds;
  };
  // An epoch is floor(100 / (8 P)) steps; by default there is one.
  EXPECT_EQ(rounds(1), 12);
  EXPECT_EQ(rounds(5), 2);
  EXPECT_EQ(rounds(20), 1);
  options.epochs = 3;
  EXPECT_EQ(rounds(2), 18);
  options.epochs.reset();
  options.evaluations = 10;
  EXPECT_EQ(rounds(1), 10);
  EXPECT_EQ(rounds(4), 3);
  options.evaluations.reset();
  options.rounds = 7;
  EXPECT_EQ(rounds(3), 7);
  options.rounds = 0;
  EXPECT_EQ(rounds(3), 0);
}

TEST(Train, MetricsOfRounds) {
  TestFolder folder;
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 5;
  options.metrics = folder.File("out.jsonl");
  options.metrics_all_ranks = true;
  options.virtual_clock = true;
  ASSERT_TRUE(TrainLine(line.program, 3, options).ok());
  EXPECT_EQ(folder.NumFiles(), 4u);
  EXPECT_EQ(ReadFile(options.metrics),
            ReadFile(folder.File("out.rank0.jsonl")));
  for (int rank = 0; rank < 3; ++rank) {
    const std::vector<json> lines =
        LinesOf(folder.File("out.rank" + std::to_string(rank) + ".jsonl"));
    ASSERT_EQ(lines.size(), 5u);
    for (size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(lines[i]["rank"], rank);
      EXPECT_EQ(lines[i]["round"], i + 1);
      EXPECT_EQ(lines[i]["step"], i + 1);
      EXPECT_EQ(lines[i]["lr"], 0.05f);
      EXPECT_GT(lines[i]["bytes_sent"], 0);
      EXPECT_EQ(lines[i]["bytes_sent"], lines[0]["bytes_sent"]);
      EXPECT_GT(lines[i]["messages_sent"], 0);
      EXPECT_GE(lines[i]["control_bytes"], 0);
      EXPECT_GE(lines[i]["seconds"], 0);
      EXPECT_EQ(lines[i]["virtual_seconds"], 0);
      EXPECT_EQ(lines[i]["compute_seconds"], 0);
      EXPECT_EQ(lines[i]["exchange_seconds"], 0);
      EXPECT_EQ(lines[i]["wait_seconds"], 0);
      EXPECT_EQ(lines[i].size(), 13u);
    }
    EXPECT_LT(lines[4]["loss"], lines[0]["loss"]);
  }
}

TEST(Train, VirtualTimeIsComputePlusExchange) {
  TestFolder folder;
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 3;
  options.metrics = folder.File("out.jsonl");
  options.virtual_clock = true;
  SimulatedWorldOptions world_options;
  world_options.ranks = 2;
  world_options.network = "compute=10ms";
  auto world = CreateSimulatedWorld(world_options);
  ASSERT_TRUE(world.ok());
  TrainData data;
  data.train = std::make_shared<LineData>(100);
  data.eval = {{"eval", std::make_shared<LineData>(50, 2)}};
  options.eval_every = 1;
  ASSERT_TRUE(Train(**world, line.program, options, &data).ok());
  const std::vector<json> lines = LinesOf(options.metrics);
  ASSERT_EQ(lines.size(), 6u);
  for (int round = 0; round < 3; ++round) {
    EXPECT_NEAR(lines[2 * round]["virtual_seconds"].get<double>(),
                0.01 * (round + 1), 1e-9);
    EXPECT_NEAR(lines[2 * round + 1]["eval"]["virtual_seconds"].get<double>(),
                0.01 * (round + 1), 1e-9);
  }
}

TEST(Train, ARoundsTimeIsSplit) {
  TestFolder folder;
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 4;
  options.metrics = folder.File("out.jsonl");
  options.metrics_all_ranks = options.virtual_clock = true;
  auto world = CreateSimulatedWorld(
      {.ranks = 2, .network = "latency=1ms compute=10ms slow=1:3"});
  ASSERT_TRUE(world.ok());
  TrainData data;
  data.train = std::make_shared<LineData>(100);
  data.eval = {{"eval", std::make_shared<LineData>(50, 2)}};
  options.eval_every = 2;
  ASSERT_TRUE(Train(**world, line.program, options, &data).ok());
  for (const int rank : {0, 1}) {
    double sum = 0;
    for (const json &round :
         LinesOf(folder.File("out.rank" + std::to_string(rank) + ".jsonl"))) {
      if (round.contains("eval"))
        continue;
      const double compute = round["compute_seconds"],
                   exchange = round["exchange_seconds"],
                   wait = round["wait_seconds"];
      EXPECT_NEAR(compute, rank == 0 ? 0.01 : 0.03, 1e-12);
      EXPECT_LE(wait, exchange);
      if (rank == 0)
        EXPECT_NEAR(wait, 0.02, 0.005);
      else
        EXPECT_NEAR(wait, 0, 1e-12);
      sum += compute + exchange;
      EXPECT_LE(sum, round["virtual_seconds"].get<double>() + 1e-12);
      EXPECT_NEAR(sum, round["virtual_seconds"].get<double>(), 0.005);
    }
  }
}

TEST(Train, MetricsOfEvaluations) {
  TestFolder folder;
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 50;
  options.eval_every = 20;
  options.metrics = folder.File("out.jsonl");
  auto world = CreateSimulatedWorld({2, "", 0});
  TrainData data;
  data.train = std::make_shared<LineData>(100);
  data.eval = {{"near", std::make_shared<LineData>(30, 2)},
               {"far", std::make_shared<LineData>(77, 3)}};
  const auto result = Train(**world, line.program, options, &data);
  ASSERT_TRUE(result.ok()) << result.status();

  std::vector<json> evals;
  uint64_t bytes = 0;
  for (const json &each : LinesOf(options.metrics)) {
    if (each.contains("eval")) {
      evals.push_back(each["eval"]);
      EXPECT_EQ(evals.back()["bytes_sent"], bytes);
    } else {
      bytes += each["bytes_sent"].get<uint64_t>();
    }
  }
  ASSERT_EQ(evals.size(), 6u); // After 20, 40, and at the end.
  for (size_t i = 0; i < 6; ++i) {
    const int round = std::vector{20, 40, 50}[i / 2];
    EXPECT_EQ(evals[i]["name"], i % 2 == 0 ? "near" : "far");
    EXPECT_EQ(evals[i]["round"], round);
    EXPECT_EQ(evals[i]["step"], round);
    EXPECT_EQ(evals[i]["evaluations"], 2 * round);
    EXPECT_FALSE(evals[i].contains("virtual_seconds"));
  }
  ASSERT_EQ(result->eval.size(), 2u);
  EXPECT_EQ(result->eval[1].name, "far");
  EXPECT_EQ(result->eval[1].rows, 77);
  EXPECT_EQ(result->eval[1].loss, evals[5]["loss"]);
  EXPECT_EQ(result->eval[1].accuracy, evals[5]["accuracy"]);
  EXPECT_GT(*result->eval[1].accuracy, 0.3);
  EXPECT_EQ(result->traffic[0].bytes_sent, bytes);
}

TEST(Train, StopsAtALoss) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 1000;
  options.eval_every = 5;
  options.stop_at_loss = StopAtLoss{"eval", 0.1};
  auto world = CreateSimulatedWorld({2, "", 0});
  TrainData data;
  data.train = std::make_shared<LineData>(100);
  data.eval = {{"eval", std::make_shared<LineData>(30, 2)}};
  const auto result = Train(**world, line.program, options, &data);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->stopped_at_loss);
  EXPECT_LT(result->rounds, 200);
  EXPECT_EQ(result->rounds % 5, 0);
  EXPECT_LE(result->eval[0].loss, 0.1);
}

TEST(Train, OpensDataByItsText) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.data = "synthetic:count=64";
  options.eval_data = {ParseEvalData("synthetic:count=11,seed=4"),
                       ParseEvalData("other=synthetic:count=3,seed=4")};
  auto world = CreateSimulatedWorld({2, "", 0});
  const auto result = Train(**world, line.program, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rounds, 4);
  ASSERT_EQ(result->eval.size(), 2u);
  EXPECT_EQ(result->eval[0].name, "eval");
  EXPECT_EQ(result->eval[0].rows, 11);
  EXPECT_EQ(result->eval[1].name, "other");
  EXPECT_EQ(result->eval[1].rows, 3);
}

TEST(Train, PrintsASummaryOnce) {
  TestFolder folder;
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 2;
  options.summary = std::fopen(folder.File("stdout").c_str(), "w");
  ASSERT_TRUE(TrainLine(line.program, 2, options).ok());
  std::fclose(options.summary);
  const std::string text = ReadFile(folder.File("stdout"));
  EXPECT_EQ(text.find("line with ssgd on 2 ranks: 2 rounds in "), 0u) << text;
  EXPECT_NE(text.find("\n  rank 0 sent "), std::string::npos) << text;
  EXPECT_NE(text.find("\n  rank 1 sent "), std::string::npos) << text;
  EXPECT_EQ(text.find("rank 2 sent"), std::string::npos) << text;
}

} // namespace
} // namespace tacit
