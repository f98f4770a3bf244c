//===- agreement_test.cpp - What ranks decide together --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/agreed_options.h"
#include "runtime/train/agreement.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

namespace tacit {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Runs `body` on `ranks` ranks.
void OnRanks(int ranks,
             const std::function<absl::Status(Communicator &)> &body) {
  auto world = CreateSimulatedWorld({ranks, "", 0});
  const absl::Status status = (*world)->Run(body);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Agreement, IsARoundOld) {
  OnRanks(3, [](Communicator &communicator) {
    Agreement agreement(communicator);
    for (int step = 1; step <= 5; ++step) {
      const bool mine = communicator.rank() == 1 && step == 3;
      const auto verdict =
          agreement.Report(step, mine ? kNan : 1, mine ? 2 : 0);
      if (!verdict.ok())
        return verdict.status();
      EXPECT_EQ(verdict->bad_rank, step == 4 ? 1 : -1);
      EXPECT_EQ(verdict->signal, step == 4 ? 2 : 0);
      if (step == 4)
        EXPECT_EQ(verdict->step, 3);
    }
    const auto last = agreement.Finish();
    if (!last.ok())
      return last.status();
    EXPECT_EQ(last->step, 5);
    EXPECT_EQ(last->bad_rank, -1);
    const auto nothing = agreement.Finish();
    EXPECT_EQ(nothing->step, 0);
    return nothing.status();
  });
}

TEST(Agreement, NamesTheFirstRankAndItsKind) {
  for (int ranks = 1; ranks <= 5; ++ranks)
    for (int bad = 0; bad < ranks; ++bad)
      for (const double loss : {kNan, kInfinity, -kInfinity})
        OnRanks(ranks, [&](Communicator &communicator) {
          Agreement agreement(communicator);
          // Ranks after the first are bad in the other way.
          const double other = std::isnan(loss) ? kInfinity : kNan;
          const int rank = communicator.rank();
          const auto reported = agreement.Report(1,
                                                 rank < bad    ? 0
                                                 : rank == bad ? loss
                                                               : other,
                                                 0);
          if (!reported.ok())
            return reported.status();
          const auto verdict = agreement.Finish();
          if (!verdict.ok())
            return verdict.status();
          EXPECT_EQ(verdict->bad_rank, bad);
          EXPECT_EQ(verdict->infinite, std::isinf(loss));
          return absl::OkStatus();
        });
}

TEST(AgreeOnStatus, GivesTheFirstErrorToAll) {
  auto messages = [](const std::set<int> &failing) {
    std::set<std::string> found;
    OnRanks(4, [&](Communicator &communicator) {
      const bool fails = failing.count(communicator.rank()) > 0;
      const absl::Status agreed = AgreeOnStatus(
          communicator, "test",
          fails ? absl::NotFoundError("no file") : absl::OkStatus());
      EXPECT_EQ(agreed.ok(), failing.empty());
      EXPECT_EQ(IsAgreedError(agreed), !failing.empty());
      if (!agreed.ok())
        EXPECT_EQ(agreed.code(), absl::StatusCode::kNotFound);
      found.emplace(agreed.message());
      return absl::OkStatus();
    });
    EXPECT_EQ(found.size(), 1u);
    return *found.begin();
  };
  EXPECT_EQ(messages({}), "");
  EXPECT_EQ(messages({2, 3}), "rank 2: no file");
  EXPECT_EQ(messages({0}), "no file");
  EXPECT_EQ(messages({0, 1, 2, 3}), "no file");
}

TEST(CompareWithRankZero, NamesWhatDiffers) {
  LineProgram line(8);
  std::set<std::string> found;
  OnRanks(3, [&](Communicator &communicator) {
    TrainOptions options;
    options.rounds = communicator.rank() == 2 ? 5 : 10;
    absl::Status difference;
    const absl::Status exchange = CompareWithRankZero(
        communicator, NumbersOf(line.program, options), difference);
    found.emplace(difference.message());
    return exchange;
  });
  EXPECT_EQ(found,
            std::set<std::string>{"ranks were started differently: --rounds is "
                                  "5 on rank 2 and 10 on rank 0"});
}

TEST(CompareWithRankZero, AcceptsNothingToCompare) {
  OnRanks(3, [&](Communicator &communicator) {
    absl::Status difference;
    const absl::Status exchange =
        CompareWithRankZero(communicator, {}, difference);
    EXPECT_TRUE(difference.ok());
    return exchange;
  });
}

} // namespace
} // namespace tacit
