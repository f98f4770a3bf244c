//===- decentralized_test.cpp - DASGD against its definition --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/async/async_ranks.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <cmath>

using namespace tacit;
using namespace async_ranks;

/// Every topology that four and more ranks can have.
static std::vector<ChannelText> Topologies(int ranks) {
  std::vector<ChannelText> all(4);
  all[1].topology = TACIT_RING;
  all[2].topology = TACIT_EXPONENTIAL;
  all[3].topology = TACIT_EDGES; // A line, and one edge more.
  for (int32_t rank = 1; rank < ranks; ++rank)
    all[3].edges.insert(all[3].edges.end(), {rank - 1, rank});
  all[3].edges.insert(all[3].edges.end(), {ranks - 1, ranks / 2 - 1});
  return all;
}

/// Replicas in lock-step: in each step, every rank subtracts its own update,
/// then those of the others in rank order.
static std::vector<Vector> LockStep(int ranks, int64_t steps, size_t elements) {
  std::vector<Vector> w(size_t(ranks), InitialParameters(elements));
  std::vector<Vector> u(static_cast<size_t>(ranks));
  for (int64_t step = 0; step < steps; ++step) {
    for (int rank = 0; rank < ranks; ++rank)
      QuadraticUpdate(rank, step, w[size_t(rank)], u[size_t(rank)]);
    for (int rank = 0; rank < ranks; ++rank) {
      const auto subtract = [&](int other) {
        for (size_t i = 0; i < elements; ++i)
          w[size_t(rank)][i] -= u[size_t(other)][i];
      };
      subtract(rank);
      for (int other = 0; other < ranks; ++other)
        if (other != rank)
          subtract(other);
    }
  }
  return w;
}

TEST(Decentralized, LockStepIsItsDefinition) {
  for (const int ranks : {1, 2, 3, 4, 5, 8})
    for (ChannelText &channel : Topologies(std::max(ranks, 2))) {
      if (ranks == 1 && channel.topology == TACIT_EDGES)
        continue;
      for (const char *network :
           {"", "compute=10ms", "compute=10ms latency=1ms bandwidth=100KB",
            "compute=10ms latency=1ms straggler=exponential{mean=10ms} "
            "delay=exponential{mean=20ms} duplicate=0.3 slow=0:3",
            "compute=10ms pause=0@3:1s delay=uniform{from=0ms to=100ms}"}) {
        channel.max_staleness = 0;
        const Ending ending = RunPlan({.ranks = ranks,
                                       .network = network,
                                       .seed = 3,
                                       .channel = channel,
                                       .steps = {12}});
        ASSERT_TRUE(ending.status.ok()) << ending.status << network;
        const auto expected = LockStep(ranks, 12, channel.elements());
        for (int rank = 0; rank < ranks; ++rank)
          EXPECT_EQ(ending.ranks[size_t(rank)]->parameters,
                    expected[size_t(rank)])
              << "rank " << rank << " of " << ranks << ", topology "
              << channel.topology << ", " << network;
      }
    }
}

TEST(Decentralized, LockStepStaysLockStepAcrossMeetings) {
  for (const int caller : {0, 2}) {
    Plan plan = {.ranks = 4,
                 .network = "compute=10ms latency=1ms "
                            "straggler=exponential{mean=20ms} "
                            "delay=exponential{mean=30ms}",
                 .seed = 5,
                 .channel = Topologies(4)[1],
                 .steps = {20}};
    plan.channel.max_staleness = 0;
    plan.after_step = [&](AsyncChannel &channel, RankEnd &end) {
      if (end.log.rank == caller && (end.steps == 4 || end.steps == 11))
        return channel.Call(uint64_t(end.steps));
      return absl::OkStatus();
    };
    std::vector<int64_t> steps;
    plan.at_meeting = [&](AsyncChannel &, RankEnd &end, uint64_t what) {
      steps.push_back(end.steps);
      EXPECT_EQ(what, end.meetings.size() == 1 ? 4u : 11u);
      EXPECT_EQ(end.parameters,
                LockStep(4, end.steps,
                         plan.channel.elements())[size_t(end.log.rank)]);
      return absl::OkStatus();
    };
    const Ending ending = RunPlan(plan);
    ASSERT_TRUE(ending.status.ok()) << ending.status;
    EXPECT_THAT(steps, testing::ElementsAre(6, 6, 6, 6, 13, 13, 13, 13));
    const auto expected = LockStep(4, 20, plan.channel.elements());
    for (size_t rank = 0; rank < 4; ++rank)
      EXPECT_EQ(ending.ranks[rank]->parameters, expected[rank]);
  }
}

TEST(Decentralized, StalenessInLockStepIsHalfThePNumberOfRanks) {
  for (const int ranks : {2, 3, 4, 8, 16}) {
    Plan plan = {.ranks = ranks, .network = "compute=10ms", .steps = {10}};
    plan.channel.max_staleness = 0;
    const Ending ending = RunPlan(plan);
    ASSERT_TRUE(ending.status.ok()) << ending.status;
    for (const auto &end : ending.ranks) {
      const StalenessCounts &staleness = end->report.staleness;
      EXPECT_EQ(staleness.updates, uint64_t(10 * (ranks - 1)));
      EXPECT_DOUBLE_EQ(staleness.average(), ranks / 2.0);
      EXPECT_EQ(staleness.maximum, uint64_t(ranks - 1));
      EXPECT_EQ(end->recent.sum, staleness.sum);
      EXPECT_EQ(end->recent.histogram, staleness.histogram);
      // 1 to P - 1, ten times each.
      EXPECT_EQ(staleness.histogram[0], 0u);
      EXPECT_EQ(staleness.histogram[1], 10u);
      if (ranks == 16)
        EXPECT_EQ(staleness.histogram[4], 80u);
    }
  }
}

TEST(Decentralized, SendsSumsOfSteps) {
  for (const int64_t every : {2, 3, 7}) {
    Plan plan = {.ranks = 3, .network = "compute=10ms", .steps = {10, 11, 12}};
    plan.channel.send_every = every;
    const Ending ending = RunPlan(plan);
    ASSERT_TRUE(ending.status.ok()) << ending.status;
    for (size_t rank = 0; rank < 3; ++rank) {
      const RankEnd &end = *ending.ranks[rank];
      // The rest is sent in the end.
      EXPECT_EQ(end.report.published,
                uint64_t((end.steps + every - 1) / every));
      EXPECT_EQ(end.known_steps, 33);
      for (size_t i = 0; i < end.parameters.size(); ++i)
        EXPECT_NEAR(end.parameters[i], ending.ranks[0]->parameters[i], 1e-6);
    }
  }
}

TEST(Decentralized, DampedUpdatesCountLess) {
  Plan plan = {.ranks = 2, .network = "compute=10ms", .steps = {1}};
  plan.channel.damping = true;
  const Ending ending = RunPlan(plan);
  ASSERT_TRUE(ending.status.ok()) << ending.status;
  Vector u[2];
  const Vector w0 = InitialParameters(plan.channel.elements());
  for (int rank = 0; rank < 2; ++rank)
    QuadraticUpdate(rank, 0, w0, u[rank]);
  for (size_t rank = 0; rank < 2; ++rank) {
    // Its own update has been made since: a staleness of 1.
    EXPECT_TRUE(ending.ranks[rank]->report.damped);
    EXPECT_EQ(ending.ranks[rank]->report.staleness.sum, 1u);
    for (size_t i = 0; i < w0.size(); ++i)
      EXPECT_EQ(ending.ranks[rank]->parameters[i],
                (w0[i] - u[rank][i]) - 0.5f * u[1 - rank][i]);
  }
}

TEST(Decentralized, WaitsAreCountedByReason) {
  Plan plan = {.ranks = 2, .network = "compute=10ms slow=1:4", .steps = {20}};
  plan.channel.max_staleness = 2;
  const Ending ending = RunPlan(plan);
  ASSERT_TRUE(ending.status.ok()) << ending.status;
  const AsyncReport &fast = ending.ranks[0]->report;
  // Steps 3 to 19 wait for a slow step each, less one's own.
  EXPECT_NEAR(fast.waited[size_t(WaitReason::kMaxStaleness)], 0.51, 0.021);
  EXPECT_NEAR(fast.waited[size_t(WaitReason::kEnd)], 0.8 - 0.2 - 0.51, 0.021);
  EXPECT_EQ(ending.ranks[1]->report.waited[size_t(WaitReason::kMaxStaleness)],
            0);
  for (const auto &end : ending.ranks)
    for (const auto &[why, seconds] : end->log.waited)
      for (size_t reason = 0; reason < kWaitReasons; ++reason)
        if (why == WaitName(WaitReason(reason)))
          EXPECT_DOUBLE_EQ(seconds, end->report.waited[reason]);
}

TEST(Decentralized, AFullInboxSlowsItsSender) {
  // Rank 1 stands still for long; its channel takes 16 updates.
  Plan plan = {
      .ranks = 2, .network = "compute=10ms pause=1@1:10s", .steps = {40}};
  const Ending ending = RunPlan(plan);
  ASSERT_TRUE(ending.status.ok()) << ending.status;
  const AsyncReport &report = ending.ranks[0]->report;
  EXPECT_NEAR(report.waited[size_t(WaitReason::kRoom)], 9.8, 0.2);
}

TEST(Decentralized, StopEndsTheRunOnAllRanks) {
  for (const int64_t max_staleness : {-1, 0, 3}) {
    Plan plan = {.ranks = 5,
                 .network = "compute=10ms latency=1ms slow=3:5 "
                            "delay=exponential{mean=5ms}",
                 .channel = Topologies(5)[1],
                 .steps = {1000}};
    plan.channel.max_staleness = max_staleness;
    plan.after_step = [](AsyncChannel &channel, RankEnd &end) {
      if (end.log.rank == 1 && end.steps == 20)
        return channel.Stop(3);
      if (end.log.rank == 2 && end.steps == 20)
        return channel.Stop(5);
      return absl::OkStatus();
    };
    const Ending ending = RunPlan(plan);
    ASSERT_TRUE(ending.status.ok()) << ending.status;
    for (const auto &end : ending.ranks) {
      EXPECT_LT(end->steps, 40);
      EXPECT_EQ(end->known_steps, ending.ranks[0]->known_steps);
      EXPECT_EQ(end->stopped, ending.ranks[0]->stopped);
      for (size_t i = 0; i < end->parameters.size(); ++i)
        EXPECT_NEAR(end->parameters[i], ending.ranks[0]->parameters[i], 1e-6);
    }
  }
}

TEST(Decentralized, AveragesReplicas) {
  Plan plan = {.ranks = 5,
               .network = "compute=10ms latency=1ms slow=3:2 drop=0.3",
               .channel = Topologies(5)[0],
               .steps = {30}};
  plan.after_step = [](AsyncChannel &channel, RankEnd &end) {
    return end.log.rank == 0 && end.steps % 10 == 0 ? channel.Call(1)
                                                    : absl::OkStatus();
  };
  std::map<size_t, std::vector<Vector>> before, after;
  plan.at_meeting = [&](AsyncChannel &channel, RankEnd &end, uint64_t) {
    before[end.meetings.size()].push_back(end.parameters);
    const absl::Status status = channel.Average();
    after[end.meetings.size()].emplace_back(*end.model);
    return status;
  };
  const Ending ending = RunPlan(plan);
  ASSERT_TRUE(ending.status.ok()) << ending.status;
  EXPECT_EQ(before.size(), 3u);
  for (const auto &[meeting, replicas] : before) {
    ASSERT_EQ(replicas.size(), 5u);
    EXPECT_NE(replicas[0], replicas[1]) << "updates were lost";
    for (const Vector &w : after[meeting])
      EXPECT_EQ(w, after[meeting][0]) << "bit for bit";
    for (size_t i = 0; i < replicas[0].size(); ++i) {
      double mean = 0;
      for (const Vector &w : replicas)
        mean += w[i] / 5.0;
      EXPECT_NEAR(after[meeting][0][i], mean, 1e-6);
    }
  }
}

TEST(Decentralized, AveragesThoughTheFirstIsLost) {
  // Ranks 0, or 0 and 1, come to the meeting and crash there; others wait for
  // them to average, and then for the next.
  for (const char *crashes : {"0@100", "0@100,1@100", "2@100"}) {
    Plan plan = {.ranks = 5,
                 .network = absl::StrCat(
                     "compute=10ms latency=1ms delay=exponential{mean=5ms} "
                     "drop=0.2 crash=",
                     crashes),
                 .channel = Topologies(5)[1],
                 .steps = {30}};
    plan.after_step = [](AsyncChannel &channel, RankEnd &end) {
      return end.log.rank == channel.first_live() && end.steps == 10
                 ? channel.Call(1)
                 : absl::OkStatus();
    };
    int averaged = 0;
    plan.at_meeting = [&](AsyncChannel &channel, RankEnd &end, uint64_t) {
      end.communicator->ChargeCompute(100); // Crashes whom it says.
      const absl::Status status = channel.Average();
      averaged += status.ok();
      return status;
    };
    const Ending ending = RunPlan(plan);
    ASSERT_TRUE(ending.status.ok()) << ending.status;
    int live = 0;
    for (const auto &end : ending.ranks)
      live += end->finished;
    EXPECT_EQ(live, std::string(crashes).size() > 5 ? 3 : 4);
    EXPECT_EQ(averaged, live);
  }
}

TEST(Decentralized, GathersAtTheFirst) {
  Plan plan = {.ranks = 3, .network = "compute=10ms", .steps = {2}};
  Ending ending = RunPlan(plan);
  ASSERT_TRUE(ending.status.ok()) << ending.status;
  EXPECT_THAT(ending.ranks[0]->gathered,
              testing::ElementsAre("rank 0", "rank 1", "rank 2"));
  EXPECT_THAT(ending.ranks[1]->gathered, testing::IsEmpty());
  plan.network = "compute=10ms crash=0@1";
  ending = RunPlan(plan);
  ASSERT_TRUE(ending.status.ok()) << ending.status;
  EXPECT_THAT(ending.ranks[1]->gathered,
              testing::ElementsAre("", "rank 1", "rank 2"));
  EXPECT_THAT(ending.ranks[2]->gathered, testing::IsEmpty());
}

TEST(Decentralized, RunsOnOneRank) {
  const Ending ending = RunPlan({.ranks = 1, .steps = {5}});
  ASSERT_TRUE(ending.status.ok()) << ending.status;
  EXPECT_EQ(ending.ranks[0]->report.published, 5u);
  EXPECT_EQ(ending.ranks[0]->parameters, LockStep(1, 5, 16)[0]);
}

namespace {

/// Payloads are bytes, of which each stands for a 100th.
struct ByteCodec : PayloadCodec {
  absl::Status Decode(const void *payload, float *dense) override {
    for (size_t i = 0; i < 6; ++i)
      dense[i] = 0.01f * static_cast<const int8_t *>(payload)[i];
    return absl::OkStatus();
  }
};

} // namespace

TEST(Decentralized, DecodesWhatACompressorMade) {
  const tacit_member members[] = {{"a", 4, 1}, {"b", 2, 1}};
  tacit_channel channel = {};
  channel.name = "updates";
  channel.num_members = 2;
  channel.members = members;
  channel.payload_bytes = 6;
  channel.max_staleness = -1;
  channel.send_every = 1;
  Vector ends[2];
  auto world = CreateSimulatedWorld({.ranks = 2, .network = "compute=1ms"});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    Vector &w = ends[communicator.rank()];
    w.assign(6, 1);
    float *parameters[] = {w.data(), w.data() + 4};
    ByteCodec codec;
    auto open = AsyncChannel::Open({.channel = channel,
                                    .communicator = communicator,
                                    .parameters = parameters,
                                    .codec = &codec});
    const int8_t sign = communicator.rank() ? -1 : 1;
    for (int8_t step = 1; step <= 5; ++step) {
      const int8_t payload[] = {step, 0, int8_t(sign * step), 0, 0, 1};
      const tacit_contribution update = {
          .tensors = nullptr, .payload = payload, .rest = nullptr, .lr = 1};
      absl::Status status = (*open)->Collect(parameters);
      communicator.ChargeCompute(step);
      status.Update((*open)->Publish(update, parameters));
      if (!status.ok())
        return status;
    }
    EXPECT_TRUE(*(*open)->Finish());
    // The payload alone is no control.
    EXPECT_EQ(communicator.traffic().bytes_sent, 5u * 6);
    EXPECT_EQ(communicator.traffic().messages_sent, 5u);
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  for (const Vector &w : ends)
    for (size_t i = 0; i < 6; ++i)
      EXPECT_NEAR(w[i], 1 - (i == 0 ? 0.3 : i == 5 ? 0.1 : 0), 1e-6) << i;
}

//===----------------------------------------------------------------------===//
// What is refused
//===----------------------------------------------------------------------===//

static std::string ErrorOf(const ChannelText &channel, int ranks = 4) {
  return std::string(
      RunPlan({.ranks = ranks, .channel = channel}).status.message());
}

TEST(Decentralized, RefusesWhatWouldWaitForEver) {
  ChannelText channel;
  channel.max_staleness = 1;
  channel.send_every = 3;
  EXPECT_EQ(ErrorOf(channel),
            "channel 'updates': a max_staleness of 1 with updates sent every 3 "
            "steps: ranks would wait for steps that are not sent; wanted at "
            "least 2");
  channel.max_staleness = 2;
  EXPECT_EQ(ErrorOf(channel), "");
}

TEST(Topology, RefusesWhatIsNoConnectedGraph) {
  ChannelText channel;
  channel.topology = TACIT_EDGES;
  channel.edges = {0, 1, 2, 4};
  EXPECT_EQ(ErrorOf(channel),
            "channel 'updates': edge 1, 2-4, names a rank that there is not: "
            "there are 4, from 0");
  channel.edges = {0, 1, 2, 2};
  EXPECT_EQ(ErrorOf(channel), "channel 'updates': edge 1, 2-2, joins a rank to "
                              "itself; wanted two ranks");
  channel.edges = {0, 3, 1, 2};
  EXPECT_EQ(ErrorOf(channel),
            "channel 'updates': the topology falls into 2 parts, between which "
            "no update could travel: {0, 3} {1, 2}; wanted edges that join "
            "them");
}
