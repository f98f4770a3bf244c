//===- trace_run_test.cpp - What runs write into traces -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/train/async_program.h"
#include "test/unit/train/trace_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tacit {
namespace {

using nlohmann::json;

TEST(TraceOfARun, ShowsSynchronousExchanges) {
  TestFolder folder;
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 5;
  options.trace = folder.File("trace.json");
  auto world = CreateSimulatedWorld(
      {.ranks = 3, .network = "latency=1ms compute=10ms slow=1:3"});
  ASSERT_TRUE(world.ok());
  TrainData data;
  data.train = std::make_shared<LineData>(100);
  ASSERT_TRUE(Train(**world, line.program, options, &data).ok());
  const TraceFile trace(options.trace);
  ASSERT_EQ(trace.rows.size(), 3u);
  EXPECT_GT(trace.sent, 5u * 3);
  EXPECT_EQ(trace.ends.size(), trace.sent);
  for (size_t rank = 0; rank < 3; ++rank) {
    EXPECT_NEAR(trace.Seconds(rank, "compute"), rank == 1 ? 0.15 : 0.05, 1e-6);
    EXPECT_GT(trace.Seconds(rank, "exchange"), 0.007);
    // The others wait for rank 1, which is not late for anyone.
    EXPECT_NEAR(trace.Seconds(rank, "wait"), rank == 1 ? 0 : 0.1, 0.02);
    int exchanges = 0;
    for (const json &event : trace.rows[rank])
      if (event["name"] == "all_reduce of w, b")
        EXPECT_EQ(event["args"]["step"], exchanges++);
    EXPECT_EQ(exchanges, 5);
  }
}

TEST(TraceOfARun, CostsNothingInVirtualTime) {
  TestFolder folder;
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 6;
  options.save = folder.File("plain");
  ASSERT_TRUE(TrainLine(line.program, 3, options).ok());
  options.trace = folder.File("trace.json");
  options.save = folder.File("traced");
  ASSERT_TRUE(TrainLine(line.program, 3, options).ok());
  EXPECT_EQ(ReadFile(folder.File("plain")), ReadFile(folder.File("traced")));
}

TEST(TraceOfARun, SaysAtOnceThatItCannotBeWritten) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 1;
  options.trace = "/nonexistent/trace.json";
  EXPECT_EQ(TrainLine(line.program, 2, options).status().message(),
            "cannot write the trace to /nonexistent/trace.json: No such file "
            "or directory");
}

/// V or U: of each rank, how many of its updates a model holds.
using VectorClock = std::vector<int64_t>;

int64_t Distance(const VectorClock &a, const VectorClock &b) {
  int64_t sum = 0;
  for (size_t m = 0; m < a.size(); ++m)
    sum += std::abs(a[m] - b[m]);
  return sum;
}

/// Checks the staleness of every update that is applied against that found from
/// the order of events alone; returns how many were, and the largest.
std::pair<uint64_t, uint64_t> CheckStaleness(const TraceFile &trace,
                                             bool elastic) {
  const size_t ranks = trace.rows.size();
  std::map<std::pair<size_t, uint64_t>, VectorClock> computed_at;
  for (size_t rank = 0; rank < ranks; ++rank) {
    VectorClock known(ranks), viewed;
    uint64_t next = 0;
    for (const json &event : trace.rows[rank]) {
      if (event["cat"] != "async")
        continue;
      if (event["name"] == "view")
        viewed = known;
      if (event["name"] == "apply")
        ++known[event["args"]["origin"]];
      if (event["name"] != "publish")
        continue;
      EXPECT_EQ(event["args"]["sequence"], next++);
      computed_at[{rank, event["args"]["sequence"]}] = viewed;
      ++known[rank];
    }
  }
  uint64_t applied = 0, largest = 0;
  for (size_t rank = 0; rank < ranks; ++rank) {
    VectorClock known(ranks), viewed(ranks);
    std::vector<std::pair<int, int64_t>> on_time;
    for (const json &event : trace.rows[rank]) {
      const json &args = event["args"];
      if (event["cat"] != "async")
        continue;
      if (event["name"] == "view")
        viewed = known;
      if (event["name"] == "publish")
        ++known[rank];
      if (event["name"] == "proceed")
        for (const json &origin : args["arrived"])
          on_time.emplace_back(origin, args["step"]);
      if (event["name"] != "apply")
        continue;
      const std::pair<int, int64_t> of(args["origin"], args["step"]);
      const bool at_once =
          elastic && std::count(on_time.begin(), on_time.end(), of) > 0;
      const auto update = computed_at.find({args["origin"], args["sequence"]});
      EXPECT_NE(update, computed_at.end()) << event;
      if (update == computed_at.end())
        continue;
      EXPECT_EQ(args["staleness"],
                Distance(at_once ? viewed : known, update->second))
          << "rank " << rank << ": " << event;
      largest = std::max(largest, args["staleness"].get<uint64_t>());
      ++applied;
      ++known[args["origin"]];
    }
  }
  return {applied, largest};
}

TEST(TraceOfARun, TellsOfUpdatesSoThatStalenessCanBeFound) {
  TestFolder folder;
  for (const tacit_scheduler scheduler :
       {TACIT_DECENTRALIZED, TACIT_NORM_BOUNDED, TACIT_VARIANCE_BOUNDED})
    for (const tacit_topology topology : {TACIT_COMPLETE, TACIT_RING})
      for (const char *network :
           {"latency=3ms compute=10ms slow=1:1.7",
            "latency=1ms compute=10ms delay=exponential{mean=25ms} "
            "duplicate=0.1"}) {
        AsyncProgram line(scheduler);
        line.channel.topology = topology;
        TrainOptions options = QuietOptions();
        options.rounds = 25;
        options.trace = folder.File("trace.json");
        const auto result = TrainAsync(line.program, options, {5, network});
        ASSERT_TRUE(result.ok()) << result.status();
        const TraceFile trace(options.trace);
        const auto [applied, largest] =
            CheckStaleness(trace, scheduler != TACIT_DECENTRALIZED);
        EXPECT_EQ(applied, result->async->applied);
        EXPECT_EQ(applied, 25u * 5 * 4);
        EXPECT_EQ(largest, result->async->staleness_maximum);
        EXPECT_GE(trace.sent, result->async->messages);
        for (size_t rank = 0; rank < 5; ++rank)
          EXPECT_NEAR(trace.Seconds(rank, "compute"),
                      0.25 * (rank == 1 && network[8] == '3' ? 1.7 : 1), 1e-6);
      }
}

TEST(TraceOfARun, ShowsWaitsAndFaults) {
  TestFolder folder;
  AsyncProgram line(TACIT_DECENTRALIZED);
  line.channel.max_staleness = 1;
  TrainOptions options = QuietOptions();
  options.rounds = 40;
  options.trace = folder.File("trace.json");
  const auto result =
      TrainAsync(line.program, options,
                 {4, "latency=1ms compute=10ms slow=1:2 drop=0.05 crash=3@20"});
  ASSERT_TRUE(result.ok()) << result.status();
  const TraceFile trace(options.trace);
  ASSERT_EQ(trace.rows.size(), 4u);
  for (size_t rank = 0; rank < 3; ++rank) {
    std::map<std::string, int> instants;
    std::map<std::string, double> waits;
    for (const json &event : trace.rows[rank]) {
      if (event["ph"] == "i")
        ++instants[event["name"]];
      if (event["name"] == "lost_rank")
        EXPECT_EQ(event["args"]["rank"], 3);
      if (event["cat"] == "wait")
        waits[event["args"]["why"]] += event["dur"].get<double>() / 1e6;
    }
    EXPECT_EQ(instants["view"], 40);
    EXPECT_EQ(instants["publish"], 40);
    EXPECT_EQ(instants["lost_rank"], 1);
    EXPECT_GT(instants["missing"], 0);
    for (const auto &[why, by_rank] : result->async->waited)
      if (why == "meeting") // The summary's own way to rank 0 comes on top.
        EXPECT_GE(waits[why], by_rank[rank]);
      else
        EXPECT_NEAR(waits[why], by_rank[rank], 1e-6) << why << " " << rank;
    if (rank != 1)
      EXPECT_GT(waits["max_staleness"], 0.1);
  }
  // What rank 3 did until it crashed is there, too.
  EXPECT_NEAR(trace.Seconds(3, "compute"), 0.2, 1e-6);
}

} // namespace
} // namespace tacit
