//===- async_test.cpp - Training without rounds in common -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/state/state_files.h"
#include "test/unit/train/async_program.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <map>
#include <numeric>
#include <sstream>

namespace tacit {
namespace {

using nlohmann::json;

class Async : public testing::Test {
protected:
  void TearDown() override {
    faults.signal = {};
    faults.signal_number = 0;
    faults.nan = {};
    after_async_step = nullptr;
  }

  /// Trains, and expects it to go well.
  TrainResult Run(const AsyncProgram &line, const TrainOptions &options,
                  const AsyncWorld &world = {}) {
    absl::StatusOr<TrainResult> result =
        TrainAsync(line.program, options, world);
    EXPECT_TRUE(result.ok()) << result.status() << " " << world.network;
    if (result.ok())
      EXPECT_TRUE(result->async);
    if (result.ok() && result->async)
      return *std::move(result);
    TrainResult failed;
    failed.async.emplace();
    failed.async->steps.resize(static_cast<size_t>(world.ranks));
    failed.eval.resize(1);
    return failed;
  }

  std::vector<json> Lines(const std::string &path) {
    std::vector<json> lines;
    std::istringstream text(ReadFile(path));
    for (std::string line; std::getline(text, line);)
      lines.push_back(json::parse(line));
    return lines;
  }

  TestFolder folder;
};

TrainOptions Rounds(int64_t rounds) {
  TrainOptions options = QuietOptions();
  options.rounds = rounds;
  return options;
}

/// Own steps of all ranks.
int64_t StepsOf(const TrainResult &result) {
  return std::accumulate(result.async->steps.begin(), result.async->steps.end(),
                         int64_t{0});
}

TEST_F(Async, DecentralizedFindsTheLine) {
  for (const int ranks : {1, 2, 5})
    for (const char *network :
         {"", "latency=1ms compute=10ms slow=0:3.3",
          "latency=1ms compute=10ms delay=exponential{mean=20ms}"}) {
      AsyncProgram line(TACIT_DECENTRALIZED);
      TrainOptions options = Rounds(400 / ranks);
      options.save = folder.File("f");
      const TrainResult result = Run(line, options, {ranks, network});
      const std::vector<float> found = ParametersIn(options.save);
      const float wanted[] = {1, -2, 0.5, 3};
      for (int i = 0; i < 4; ++i)
        EXPECT_NEAR(found[i], wanted[i], 0.15) << ranks << " " << network;
      const AsyncSummary &async = *result.async;
      EXPECT_EQ(result.rounds, 400 / ranks);
      EXPECT_EQ(result.evaluations, ranks * result.rounds);
      EXPECT_EQ(async.published, ranks * result.rounds);
      EXPECT_EQ(async.applied, (ranks - 1) * ranks * result.rounds);
      EXPECT_EQ(async.messages, async.applied);
      EXPECT_EQ(async.missing, 0u);
      EXPECT_LT(async.replica_difference, 1e-5);
      ASSERT_EQ(result.eval.size(), 1u);
      EXPECT_LT(result.eval[0].loss, 0.1);
    }
}

TEST_F(Async, ElasticFindsTheLine) {
  for (const tacit_scheduler scheduler :
       {TACIT_NORM_BOUNDED, TACIT_VARIANCE_BOUNDED})
    for (const char *network : {"", "latency=1ms compute=10ms slow=1:1.9"}) {
      AsyncProgram line(scheduler);
      const TrainResult result = Run(line, Rounds(300), {4, network});
      EXPECT_EQ(result.evaluations, 1200);
      EXPECT_LT(result.async->replica_difference, 1e-5);
      EXPECT_LT(result.eval[0].loss, 0.1);
      ASSERT_TRUE(result.async->consistency);
      EXPECT_FALSE(result.async->consistency->exceeded);
    }
}

TEST_F(Async, BucketsFindTheLine) {
  AsyncProgram line(TACIT_NORM_BOUNDED);
  line.channel.granularity = TACIT_BY_BUCKET;
  line.channel.bucket_bytes = 12; // w, and b
  TrainOptions options = Rounds(300);
  options.save = folder.File("f");
  options.save_every = 50;
  options.trace = folder.File("trace");
  const TrainResult result =
      Run(line, options, {4, "latency=1ms compute=10ms slow=1:1.9"});
  EXPECT_EQ(result.evaluations, 1200);
  EXPECT_LT(result.eval[0].loss, 0.1);
  options = QuietOptions();
  options.evaluations = 90;
  EXPECT_EQ(Run(line, options).evaluations, 92); // 23 on each of 4
  options = Rounds(100000);
  options.stop_signal = &faults.signal_number;
  faults.signal = {1, 7};
  EXPECT_EQ(Run(line, options).signal, 15);
}

TEST_F(Async, CompressedUpdatesFindTheLine) {
  AsyncProgram line(TACIT_DECENTRALIZED, /*compresses=*/true);
  const TrainResult result =
      Run(line, Rounds(200), {4, "latency=1ms compute=10ms slow=1:1.9"});
  EXPECT_LT(result.eval[0].loss, 0.1);
  EXPECT_LT(result.async->replica_difference, 1e-5);
}

TEST_F(Async, AFastRankDoesNotWait) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  TrainOptions options = Rounds(40);
  options.metrics = folder.File("out.jsonl");
  options.metrics_all_ranks = options.virtual_clock = true;
  Run(line, options, {3, "latency=1ms compute=10ms slow=2:4"});
  for (int rank = 0; rank < 3; ++rank) {
    const std::vector<json> lines =
        Lines(folder.File("out.rank" + std::to_string(rank) + ".jsonl"));
    ASSERT_GE(lines.size(), 40u);
    EXPECT_NEAR(lines[39]["virtual_seconds"].get<double>(),
                40 * (rank == 2 ? 0.04 : 0.01), 1e-9);
    EXPECT_EQ(lines[39]["wait_seconds"], 0);
  }
}

TEST_F(Async, MetricsTellOfStaleness) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  TrainOptions options = Rounds(40);
  options.metrics = folder.File("out.jsonl");
  options.metrics_all_ranks = options.virtual_clock = true;
  const TrainResult result =
      Run(line, options, {4, "latency=3ms compute=10ms slow=2:1.7"});
  uint64_t largest = 0;
  double gap = 0;
  int with = 0, without = 0;
  for (int rank = 0; rank < 4; ++rank)
    for (const json &round :
         Lines(folder.File("out.rank" + std::to_string(rank) + ".jsonl"))) {
      if (round.contains("eval"))
        continue;
      EXPECT_EQ(round.contains("staleness_avg"),
                round.contains("staleness_max"));
      (round.contains("staleness_avg") ? with : without)++;
      EXPECT_GT(round["bytes_sent"], 0);
      EXPECT_GT(round["control_bytes"], 0);
      EXPECT_EQ(round["messages_sent"], 3);
      if (round.contains("elastic_gap"))
        gap = std::max(gap, round["elastic_gap"].get<double>());
      if (!round.contains("staleness_max"))
        continue;
      const uint64_t most = round["staleness_max"];
      EXPECT_LE(round["staleness_avg"].get<double>(), most);
      largest = std::max(largest, most);
    }
  EXPECT_GT(with, 100);
  EXPECT_GT(without, 0); // Nothing has come by the first.
  // What was drained at the end is on no line.
  EXPECT_LE(largest, result.async->staleness_maximum);
  EXPECT_GT(largest, 1u);
  EXPECT_GT(gap, 0);
  EXPECT_LE(gap, result.async->consistency->measured * (1 + 1e-9));
}

TEST_F(Async, EvaluationsAreSharedOut) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  TrainOptions options = QuietOptions();
  options.evaluations = 130;
  const TrainResult result =
      Run(line, options, {3, "latency=1us compute=10ms slow=2:5.3"});
  // A rank begins a step while it knows of fewer.
  EXPECT_GE(result.evaluations, 130);
  EXPECT_LT(result.evaluations, 130 + 3);
  EXPECT_EQ(StepsOf(result), result.evaluations);
  const std::vector<int64_t> &steps = result.async->steps;
  EXPECT_NEAR(static_cast<double>(steps[0]),
              5.3 * static_cast<double>(steps[2]), 6);
  EXPECT_LE(std::abs(steps[0] - steps[1]), 1);
}

TEST_F(Async, EvaluatesAloneWhileOthersGoOn) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  TrainOptions options = Rounds(30);
  options.eval_every = 10;
  options.metrics = folder.File("out.jsonl");
  options.virtual_clock = true;
  const TrainResult result = Run(line, options);
  std::vector<json> evals;
  for (const json &each : Lines(options.metrics))
    if (each.contains("eval"))
      evals.push_back(each["eval"]);
  ASSERT_EQ(evals.size(), 4u); // And the drained model at the end.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(evals[i]["round"], 10 * (i + 1));
    EXPECT_NEAR(evals[i]["virtual_seconds"].get<double>(), 0.1 * (i + 1), 1e-9);
    // Those of others that this rank has heard of.
    EXPECT_GE(evals[i]["evaluations"], 40 * (i + 1) - 3);
    EXPECT_LE(evals[i]["evaluations"], 40 * (i + 1));
  }
  EXPECT_EQ(evals[3]["evaluations"], 120);
  EXPECT_EQ(result.eval[0].loss, evals[3]["loss"]);
}

TEST_F(Async, StopsAllAtALoss) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  line.channel.max_staleness = 2;
  TrainOptions options = Rounds(10000);
  options.eval_every = 5;
  options.stop_at_loss = StopAtLoss{"eval", 0.2};
  const TrainResult result =
      Run(line, options, {4, "latency=1ms compute=10ms slow=3:2.6"});
  EXPECT_TRUE(result.stopped_at_loss);
  EXPECT_LT(result.rounds, 500);
  EXPECT_LT(StepsOf(result), 2000);
  EXPECT_EQ(result.signal, 0);
}

TEST_F(Async, ASignalEndsAllRanks) {
  for (const tacit_scheduler scheduler :
       {TACIT_DECENTRALIZED, TACIT_NORM_BOUNDED, TACIT_VARIANCE_BOUNDED}) {
    AsyncProgram line(scheduler);
    line.channel.max_staleness = 1;
    TrainOptions options = Rounds(100000);
    options.stop_signal = &faults.signal_number;
    options.save = folder.File("f");
    faults.signal = {1, 7};
    const TrainResult result =
        Run(line, options, {4, "latency=1ms compute=10ms slow=3:1.6"});
    EXPECT_EQ(result.signal, 15);
    EXPECT_LT(result.rounds, 30);
    EXPECT_TRUE(result.eval.empty());
    EXPECT_LT(result.async->replica_difference, 1e-5);
    EXPECT_EQ(ParametersIn(options.save).size(), 4u);
    faults.signal_number = 0;
  }
}

TEST_F(Async, ALossThatIsNotFinite) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  faults.nan = {2, 5};
  const auto result = TrainAsync(line.program, Rounds(50));
  EXPECT_EQ(result.status().message(), "loss is nan at step 5 on rank 2");
  TrainOptions options = Rounds(50);
  options.on_nan = OnNan::kContinue;
  EXPECT_EQ(Run(line, options).rounds, 50);
}

TEST_F(Async, SurvivesACrash) {
  for (const tacit_scheduler scheduler :
       {TACIT_DECENTRALIZED, TACIT_NORM_BOUNDED, TACIT_VARIANCE_BOUNDED})
    for (const int lost : {0, 2}) {
      AsyncProgram line(scheduler);
      line.channel.max_staleness = 2;
      TrainOptions options = Rounds(60);
      options.save = folder.File("f");
      options.summary = std::fopen(folder.File("stdout").c_str(), "w");
      const std::string network =
          "latency=1ms compute=10ms crash=" + std::to_string(lost) + "@20";
      const TrainResult result = Run(line, options, {4, network});
      std::fclose(options.summary);
      ASSERT_EQ(result.async->lost.size(), 1u);
      EXPECT_EQ(result.async->lost[0].rank, lost);
      EXPECT_EQ(result.async->lost[0].steps, 20);
      EXPECT_GT(result.async->lost[0].at, 0.19);
      EXPECT_LT(result.async->lost[0].at, 0.3);
      for (int rank = 0; rank < 4; ++rank)
        EXPECT_EQ(result.async->steps[rank], rank == lost ? -1 : 60);
      EXPECT_EQ(result.rounds, 60);
      EXPECT_LT(result.eval[0].loss, 0.5);
      EXPECT_NE(ReadFile(folder.File("stdout"))
                    .find("rank " + std::to_string(lost) + " was lost"),
                std::string::npos);
      // The model is there, but no run can go on.
      EXPECT_EQ(ParametersIn(options.save).size(), 4u);
      TrainOptions load = Rounds(70);
      load.load = options.save;
      EXPECT_EQ(TrainAsync(line.program, load).status().message(),
                load.load + " was saved after rank " + std::to_string(lost) +
                    " of its run had been lost, and holds the parameters "
                    "alone; take them with --load-parameters=" +
                    load.load);
      load.load_parameters = std::move(load.load);
      load.load.clear();
      Run(line, load);
    }
}

TEST_F(Async, DropsAreCounted) {
  for (const tacit_scheduler scheduler :
       {TACIT_DECENTRALIZED, TACIT_NORM_BOUNDED, TACIT_VARIANCE_BOUNDED}) {
    AsyncProgram line(scheduler);
    line.channel.max_staleness = 2;
    const TrainResult result =
        Run(line, Rounds(100), {4, "latency=1ms compute=10ms drop=0.05", 3});
    const AsyncSummary &async = *result.async;
    EXPECT_EQ(async.published, 400u);
    EXPECT_GT(async.missing, 20u);
    EXPECT_EQ(async.applied + async.missing, 3 * async.published);
    EXPECT_GT(async.replica_difference, 1e-4);
    EXPECT_EQ(async.consistency->faults,
              static_cast<int64_t>(*std::max_element(
                  async.missing_by_rank.begin(), async.missing_by_rank.end())));
    // Averaging replicas makes them equal again; here, after the last step.
    line.channel.resync = 20;
    EXPECT_LT(
        Run(line, Rounds(100), {4, "latency=1ms compute=10ms drop=0.05", 3})
            .async->replica_difference,
        async.replica_difference);
  }
}

TEST_F(Async, OptionsThatMakeNoSense) {
  AsyncProgram line(TACIT_DECENTRALIZED, /*compresses=*/true);
  TrainOptions options = Rounds(3);
  options.check_replicas = 5;
  EXPECT_EQ(TrainAsync(line.program, options).status().message(),
            "--check-replicas: under 'dasgd' replicas differ by the updates "
            "that are on their way; leave it out: at the end the summary says "
            "by how much they differ");
  // Found by every rank alike, when the channel is opened.
  options.check_replicas = 0;
  const int32_t edges[] = {0, 1, 2, 3};
  line.channel.topology = TACIT_EDGES;
  line.channel.edges = edges;
  line.channel.num_edges = 2;
  const auto apart = TrainAsync(line.program, options);
  EXPECT_TRUE(AgreedByAllRanks(apart.status()));
  EXPECT_EQ(apart.status().message().find("channel 'updates': "), 0u)
      << apart.status();
  EXPECT_NE(apart.status().message().find("{0, 1} {2, 3}"), std::string::npos)
      << apart.status();
  LineProgram synchronous(8);
  options.measure_consistency = true;
  EXPECT_EQ(TrainLine(synchronous.program, 2, options).status().message(),
            "--measure-consistency: under 'ssgd' every rank sees the same "
            "parameters; leave it out");
}

TEST_F(Async, TheSummaryTellsOfAsynchrony) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  line.channel.max_staleness = 1;
  TrainOptions options = Rounds(50);
  options.summary = std::fopen(folder.File("stdout").c_str(), "w");
  Run(line, options, {3, "latency=1ms compute=10ms slow=1:2.5"});
  std::fclose(options.summary);
  const std::string text = ReadFile(folder.File("stdout"));
  for (const char *part :
       {"line with dasgd on 3 ranks: 50 rounds in ",
        "\n  150 updates in 300 messages, applied 300 times\n",
        "\n  staleness: ", "\n  waited for max_staleness: rank 0 ",
        "\n  replicas differ by ", "\n  consistency: |x - v| / lr was at most ",
        "; the bound is "})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("lost"), std::string::npos) << text;
}

} // namespace
} // namespace tacit
