//===- failure_test.cpp - Ranks that fail, in one process -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/rank_report.h"
#include "runtime/comm/world.h"
#include "test/unit/comm/run_ranks.h"

#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <functional>
#include <string>
#include <vector>

using namespace tacit;

static Outcome RunOn(int ranks, const Body &body) {
  return RunRanks(ranks, "latency=1ms compute=1s", body);
}

static absl::Status Reduce(Communicator &communicator, absl::string_view name,
                           size_t count = 1) {
  std::vector<double> values(count);
  return communicator.AllReduce(name, values.data(), count, TACIT_F64,
                                TACIT_SUM);
}

TEST(Failure, ReachesEveryRankWithItsReason) {
  for (int failing = 0; failing < 4; ++failing)
    for (size_t count : {1, 100000}) {
      const Outcome outcome = RunOn(4, [&](Communicator &communicator) {
        absl::Status status = Reduce(communicator, "first", count);
        if (communicator.rank() == failing) {
          communicator.ChargeCompute(0); // The others come to wait meanwhile.
          return absl::Status(absl::DataLossError("the disk is full"));
        }
        if (status.ok())
          status = Reduce(communicator, "second", count);
        // Final: nothing works any more.
        EXPECT_EQ(Reduce(communicator, "third"), status);
        EXPECT_EQ(communicator.Progress(), status);
        EXPECT_EQ(communicator.Await(1), status);
        return status;
      });
      std::vector<int> others;
      for (int rank = 0; rank < 4; ++rank) {
        const absl::Status &status = outcome.ranks[static_cast<size_t>(rank)];
        if (rank == failing)
          continue;
        others.push_back(rank);
        EXPECT_EQ(status, absl::AbortedError(
                              absl::StrCat("rank ", failing,
                                           " failed: the disk is full; "
                                           "rank ",
                                           rank, " was waiting in 'second'")));
      }
      EXPECT_EQ(outcome.run,
                absl::DataLossError(absl::StrCat(
                    "rank ", failing, " failed: the disk is full; ",
                    RankList(others), " were waiting in 'second'")));
    }
}

TEST(Failure, OfTheOnlyRankIsReturnedAsItIs) {
  const Outcome outcome = RunOn(
      1, [](Communicator &) { return absl::NotFoundError("no such file"); });
  EXPECT_EQ(outcome.run, absl::NotFoundError("no such file"));
}

TEST(Failure, ThatAllRanksReportIsReturnedAsItIs) {
  const Outcome outcome = RunOn(3, [](Communicator &) {
    return absl::OutOfRangeError("the loss is NaN");
  });
  EXPECT_EQ(outcome.run, absl::OutOfRangeError("the loss is NaN"));
}

TEST(Failure, AbortIsFinalForItsCaller) {
  const Outcome outcome = RunOn(2, [](Communicator &communicator) {
    if (communicator.rank() == 0)
      return Reduce(communicator, "reduced");
    communicator.Abort(absl::DataLossError("bad rows"));
    communicator.Abort(absl::DataLossError("again"));
    return Reduce(communicator, "reduced");
  });
  EXPECT_EQ(outcome.ranks[0].message(),
            "rank 1 failed: bad rows; rank 0 was waiting in 'reduced'");
  EXPECT_EQ(outcome.ranks[1], absl::DataLossError("rank 1 failed: bad rows"));
}

TEST(Failure, DoesNotWriteToBuffersInFlight) {
  // Buffers are freed as bodies end; a message must not arrive in them later.
  const Outcome outcome = RunOn(3, [](Communicator &communicator) {
    std::vector<double> values(100000, 1.0);
    const auto token =
        communicator.StartAllReduce("in flight", values.data(), values.size(),
                                    TACIT_F64, TACIT_SUM, Purpose::kPayload);
    if (communicator.rank() == 2)
      return absl::Status(absl::InternalError("gave up"));
    return communicator.Await(*token);
  });
  EXPECT_EQ(outcome.run.message(), "rank 2 failed: gave up; ranks 0 and 1 were "
                                   "waiting in 'in flight'");
}

TEST(Failure, NothingMayBeLeftInFlight) {
  static double value = 1;
  const Outcome outcome = RunOn(1, [](Communicator &communicator) {
    return communicator
        .StartAllReduce("forgotten", &value, 1, TACIT_F64, TACIT_SUM)
        .status();
  });
  EXPECT_EQ(outcome.run, absl::InvalidArgumentError(
                             "'forgotten' was started and never awaited"));
}

TEST(Failure, MessagesOfOtherSizesAreAnError) {
  const Outcome outcome = RunOn(2, [](Communicator &communicator) {
    return Reduce(communicator, "uneven", communicator.rank() == 0 ? 3 : 2);
  });
  EXPECT_EQ(outcome.run.message(),
            "rank 0 failed: 'uneven': rank 1 sent 16 bytes where rank 0 "
            "expected 24: they are in different exchanges; rank 1 was waiting "
            "in 'uneven'");
}

TEST(Deadlock, OfARankThatHasEnded) {
  const Outcome outcome = RunOn(4, [](Communicator &communicator) {
    absl::Status status = Reduce(communicator, "first");
    if (communicator.rank() != 2 && status.ok())
      status = Reduce(communicator, "second");
    return status;
  });
  const absl::Status wanted = absl::DeadlineExceededError(
      "deadlock: every rank waits and no message is on its way; missing in "
      "'second' (exchange 1): rank 2 (at the end of the run)");
  EXPECT_EQ(outcome.ranks[0], wanted);
  EXPECT_EQ(outcome.ranks[3], wanted);
  EXPECT_EQ(outcome.ranks[2], absl::OkStatus());
  EXPECT_EQ(outcome.run.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(Deadlock, OfRanksInDifferentExchanges) {
  const Outcome outcome = RunOn(3, [](Communicator &communicator) {
    char byte = 0;
    if (communicator.rank() == 0)
      return communicator.Broadcast("from 1", &byte, 1, 1);
    return communicator.Broadcast("from 0", &byte, 1, 0);
  });
  EXPECT_EQ(outcome.run,
            absl::DeadlineExceededError(
                "deadlock: every rank waits and no message is on its way; no "
                "rank is missing in 'from 1' (exchange 0), but they wait for "
                "different messages: rank 0 (waiting in 'from 1' (exchange "
                "0)), ranks 1 and 2 (waiting in 'from 0' (exchange 0))"));
}

TEST(RankReport, NamesRanks) {
  EXPECT_EQ(RankList({3}), "rank 3");
  EXPECT_EQ(RankList({0, 2}), "ranks 0 and 2");
  EXPECT_EQ(RankList({0, 1}), "ranks 0 and 1");
  EXPECT_EQ(RankList({0, 1, 2, 3, 5, 7, 8}), "ranks 0-3, 5, 7 and 8");
}

TEST(RankReport, SaysWhoIsMissing) {
  std::vector<RankState> states(6);
  states[0] = {RankState::kWaiting, 7, "seven", 8};
  states[1] = {RankState::kWaiting, 7, "seven", 8};
  states[2] = {RankState::kWaiting, 4, "four", 5};
  states[3] = {RankState::kSilent, 0, "", 0};
  states[4] = {RankState::kEnded, 0, "", 0};
  states[5] = {RankState::kSilent, 0, "", 0};
  EXPECT_EQ(ReportMissing(states, "seven", 7),
            "missing in 'seven' (exchange 7): rank 2 (waiting in 'four' "
            "(exchange 4; 5 started)), ranks 3 and 5 (no answer), rank 4 (at "
            "the end of the run)");
}
