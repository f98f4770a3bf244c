//===- network_faults_test.cpp - Collectives on faulty networks -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What ranks that wait for each other make of messages that are late, doubled
/// or lost, and of ranks that pause or crash.
///
//===----------------------------------------------------------------------===//

#include "runtime/comm/world.h"
#include "test/unit/comm/conformance.h"
#include "test/unit/comm/run_ranks.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <functional>
#include <string>
#include <vector>

using namespace tacit;

/// `steps` local steps, each ended by an exchange of payload.
static Body Steps(int steps, size_t count = 1) {
  return [=](Communicator &communicator) {
    std::vector<double> values(count, 1.0);
    for (int step = 0; step < steps; ++step) {
      communicator.ChargeCompute(step);
      if (absl::Status status =
              communicator.AllReduce("w0", values.data(), count, TACIT_F64,
                                     TACIT_MEAN, Purpose::kPayload);
          !status.ok())
        return status;
    }
    return absl::OkStatus();
  };
}

//===----------------------------------------------------------------------===//
// Messages that are late or come twice
//===----------------------------------------------------------------------===//

TEST(FaultyNetwork, DelaysAndSecondCopiesChangeNoResult) {
  for (const int ranks : {2, 3})
    for (const conformance::Check &check : conformance::AllChecks()) {
      uint64_t digests[2][8] = {};
      for (const bool faulty : {false, true}) {
        const Outcome outcome = RunRanks(
            ranks,
            faulty ? "latency=50us delay=exponential{mean=1ms} duplicate=0.3"
                   : "",
            [&](Communicator &communicator) {
              conformance::Digest digest;
              const absl::Status status = check.run(communicator, digest);
              digests[faulty][communicator.rank()] = digest.value();
              return status;
            });
        EXPECT_TRUE(outcome.run.ok()) << check.name << ": " << outcome.run;
      }
      for (int rank = 0; rank < ranks; ++rank)
        EXPECT_EQ(digests[0][rank], digests[1][rank]) << check.name;
    }
}

TEST(FaultyNetwork, AConstantDelayIsALatency) {
  const auto a = RunRanks(5, "latency=3ms compute=1s", Steps(4, 1000));
  const auto b =
      RunRanks(5, "latency=1ms delay=2ms compute=1s", Steps(4, 1000));
  for (size_t rank = 0; rank < 5; ++rank)
    EXPECT_NEAR(a.clocks[rank], b.clocks[rank], 1e-12);
}

TEST(FaultyNetwork, CollectivesKeepTheOrderOfAChannel) {
  // Of n broadcasts in a row, each arrives no earlier than the one before: what
  // is awaited last is there when the last of all draws is over.
  const auto body = [](Communicator &communicator) {
    int64_t values[20];
    std::vector<tacit_token> tokens;
    for (int i = 0; i < 20; ++i) {
      values[i] = communicator.rank() == 0 ? i : -1;
      const auto token =
          communicator.StartBroadcast("one", &values[i], sizeof(int64_t), 0);
      if (!token.ok())
        return token.status();
      tokens.push_back(*token);
    }
    double last = 0;
    for (int i = 0; i < 20; ++i) {
      if (absl::Status status = communicator.Await(tokens[size_t(i)]);
          !status.ok())
        return status;
      EXPECT_EQ(values[i], i);
      EXPECT_GE(communicator.Now(), last);
      last = communicator.Now();
    }
    return absl::OkStatus();
  };
  const auto seeds = [&](uint64_t seed) {
    return RunRanks(2, "delay=uniform{from=0s to=1s}", body, 300, seed)
        .clocks[1];
  };
  EXPECT_EQ(seeds(1), seeds(1));
  EXPECT_NE(seeds(1), seeds(2));
  EXPECT_LE(seeds(1), 1);
  EXPECT_GT(seeds(1), 0.7);
}

//===----------------------------------------------------------------------===//
// Messages that are lost
//===----------------------------------------------------------------------===//

TEST(FaultyNetwork, ADroppedMessageStopsTheExchangeAtTheTimeout) {
  const Outcome outcome =
      RunRanks(2, "latency=1ms compute=1s drop=1", Steps(3), 20);
  // Both wait; the lower rank is the first to give up.
  EXPECT_EQ(outcome.ranks[0],
            absl::DeadlineExceededError(
                "no message until 21 s: missing in 'w0' (exchange 0): rank 0 "
                "(its message to rank 1 was dropped), rank 1 (its message to "
                "rank 0 was dropped)"));
  EXPECT_EQ(outcome.run.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_DOUBLE_EQ(outcome.clocks[0], 21);
  EXPECT_DOUBLE_EQ(outcome.clocks[1], 21);
}

TEST(FaultyNetwork, DropsStopARunSoonerOrLater) {
  int finished = 0, stopped = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Outcome outcome =
        RunRanks(4, "compute=1s drop=0.01", Steps(10, 100), 300, seed);
    if (outcome.run.ok()) {
      ++finished;
      continue;
    }
    ++stopped;
    EXPECT_THAT(std::string(outcome.run.message()),
                testing::ContainsRegex(
                    "missing in 'w0' \\(exchange [0-9]\\): .*rank [0-3] "
                    "\\(its message to rank [0-3] was dropped\\)"))
        << seed;
  }
  // 80 messages in a run: 0.45 of the runs lose none.
  EXPECT_GT(finished, 6);
  EXPECT_GT(stopped, 6);
}

TEST(FaultyNetwork, DropsSpareControl) {
  const Outcome outcome = RunRanks(3, "drop=1", [](Communicator &communicator) {
    int64_t sum = communicator.rank();
    absl::Status status =
        communicator.AllReduce("agreement", &sum, 1, TACIT_I64, TACIT_SUM);
    EXPECT_EQ(sum, 3);
    return status;
  });
  EXPECT_TRUE(outcome.run.ok()) << outcome.run;
}

TEST(FaultyNetwork, ADroppedPieceIsNotTakenForTheNext) {
  // A long all-reduce sends many pieces under one tag.
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const Outcome outcome =
        RunRanks(3, "drop=0.02", Steps(1, 1 << 19), 300, seed);
    if (!outcome.run.ok())
      EXPECT_EQ(outcome.run.code(), absl::StatusCode::kDeadlineExceeded)
          << outcome.run;
  }
}

//===----------------------------------------------------------------------===//
// Ranks that pause or crash
//===----------------------------------------------------------------------===//

TEST(FaultyNetwork, APauseIsADelay) {
  const Outcome outcome =
      RunRanks(4, "compute=1s pause=2@1:5s,0@1:2s,2@2:1s", Steps(3));
  EXPECT_TRUE(outcome.run.ok()) << outcome.run;
  // Steps end at 1, 7 (rank 2) and 9 (rank 2 again).
  EXPECT_EQ(outcome.clocks, std::vector<double>(4, 9));
}

TEST(FaultyNetwork, ACrashStopsTheExchangeAtTheTimeout) {
  const Outcome outcome =
      RunRanks(4, "compute=1s crash=2@3", Steps(5), /*timeout=*/20);
  EXPECT_EQ(outcome.ranks[2].code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(outcome.ranks[2].message(),
            "'w0': rank 2 crashed at 3 s, before its local step 3, as the "
            "network model says");
  EXPECT_EQ(outcome.run.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(outcome.run.message()),
              testing::HasSubstr(
                  "no message until 24 s: missing in 'w0' (exchange 3): rank 2 "
                  "(crashed at 3 s, before its local step 3)"));
  for (const size_t rank : {0, 1, 3})
    EXPECT_DOUBLE_EQ(outcome.clocks[rank], 24) << rank;
}

TEST(FaultyNetwork, ACrashLeavesNoBufferBehind) {
  // What it had posted must neither be read nor written afterwards.
  for (const int ranks : {2, 3, 5}) {
    const Outcome outcome =
        RunRanks(ranks, "latency=1ms compute=1s slow=0:3 crash=1@1",
                 [](Communicator &communicator) {
                   std::vector<double> values(100000, 1.0);
                   communicator.ChargeCompute(0);
                   const auto token = communicator.StartAllReduce(
                       "w0", values.data(), values.size(), TACIT_F64, TACIT_SUM,
                       Purpose::kPayload);
                   communicator.ChargeCompute(1);
                   return communicator.Await(*token);
                 });
    EXPECT_EQ(outcome.run.code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_THAT(std::string(outcome.run.message()),
                testing::HasSubstr("rank 1 (crashed at 1 s"));
  }
}

TEST(FaultyNetwork, ACrashThatNobodyWaitsForIsNoFailure) {
  const auto alone = [](Communicator &communicator) {
    communicator.ChargeCompute(0);
    return absl::OkStatus();
  };
  EXPECT_TRUE(RunRanks(3, "crash=1@0", alone).run.ok());
  EXPECT_EQ(RunRanks(2, "crash=1@0,0@0", alone).run.message(),
            "rank 0 crashed at 0 s, before its local step 0, as the network "
            "model says");
}

TEST(FaultyNetwork, AStepInPartsPausesOnce) {
  const Outcome outcome =
      RunRanks(1, "compute=1s pause=0@0:5s", [](Communicator &communicator) {
        for (int64_t step : {0, 0, 0, 1})
          communicator.ChargeCompute(step);
        return absl::OkStatus();
      });
  EXPECT_DOUBLE_EQ(outcome.clocks[0], 9);
}
