//===- decentralized_mpi_test.cpp - DASGD on processes, under mpirun ------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/support/mpi_job.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include <cstdlib>
#include <string>
#include <vector>

using testing::Contains;
using testing::ElementsAre;
using testing::MatchesRegex;

namespace {

struct Outcome {
  int status = -1;                ///< As of exit; 124: it did not end.
  std::vector<std::string> lines; ///< Of standard output.
};

class AsyncMpi : public testing::TestWithParam<tacit::MpiFlavour> {
protected:
  static void SetUpTestSuite() { tacit::PrepareForMpi(); }

  static Outcome Start(const std::string &command) {
    const tacit::JobOutcome job = tacit::RunJob(command, 100);
    return {job.status, absl::StrSplit(job.text, '\n', absl::SkipEmpty())};
  }

  static Outcome Run(int ranks, const std::string &arguments,
                     const std::string &options = "") {
    return Start(absl::StrCat(GetParam().launcher, options, " -n ", ranks, " ",
                              DECENTRALIZED_DRIVER, " mpi ", arguments));
  }
};

} // namespace

TEST_P(AsyncMpi, LockStepHasTheSameBitsAsInOneProcess) {
  for (const char *arguments : {"complete 0 30 17", "ring 0 20 200000"}) {
    const Outcome under_mpi = Run(4, arguments);
    const Outcome in_process =
        Start(absl::StrCat(DECENTRALIZED_DRIVER, " simulated=4 ", arguments));
    EXPECT_EQ(under_mpi.status, 0);
    EXPECT_EQ(in_process.status, 0);
    EXPECT_EQ(in_process.lines.size(), 5u);
    EXPECT_EQ(under_mpi.lines, in_process.lines);
  }
}

TEST_P(AsyncMpi, EveryUpdateIsAppliedOnce) {
  for (const char *arguments :
       {"complete -1 60 17", "ring -1 60 17", "ring 2 20 300000"}) {
    const Outcome outcome = Run(4, arguments);
    const std::vector<std::string> parts = absl::StrSplit(arguments, ' ');
    const int steps = std::atoi(parts[2].c_str());
    EXPECT_EQ(outcome.status, 0);
    std::vector<std::string> expected;
    for (int rank = 0; rank < 4; ++rank)
      expected.push_back(absl::StrCat("rank ", rank, ": ", steps, " steps, ",
                                      3 * steps,
                                      " applied, 0 missing, 0 lost, 0 "
                                      "meetings"));
    expected.push_back("agree");
    EXPECT_EQ(outcome.lines, expected);
  }
}

TEST_P(AsyncMpi, RanksMeetAndAverage) {
  const Outcome outcome = Run(3, "complete 1 40 100000 meet");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(
      outcome.lines,
      ElementsAre(
          MatchesRegex(
              "rank 0: 40 steps, 80 applied, 0 missing, 0 lost, [34] meetings"),
          MatchesRegex(
              "rank 1: 40 steps, 80 applied, 0 missing, 0 lost, [34] meetings"),
          MatchesRegex(
              "rank 2: 40 steps, 80 applied, 0 missing, 0 lost, [34] meetings"),
          "agree"));
}

TEST_P(AsyncMpi, SurvivorsOfAKilledRankFinish) {
  if (std::string(GetParam().name) != "openmpi")
    GTEST_SKIP() << "its launcher ends the others";
  for (const char *arguments :
       {"complete -1 60 1000 kill=20", "ring -1 60 1000 kill=20",
        "complete 0 60 1000 kill=20", "ring 1 40 300000 kill=7"}) {
    const Outcome outcome = Run(4, arguments, " --enable-recovery");
    EXPECT_EQ(outcome.status, 0) << arguments;
    // It may have sent updates to one that others never got.
    ASSERT_EQ(outcome.lines.size(), 4u) << arguments;
    for (int line = 0; line < 3; ++line)
      EXPECT_THAT(outcome.lines[size_t(line)],
                  MatchesRegex(absl::StrCat(
                      "rank ", line == 0 ? 0 : line + 1,
                      ": .0 steps, [0-9]+ applied, [0-9]+ missing, 1 lost, 0 "
                      "meetings.*")))
          << arguments;
  }
}

TEST_P(AsyncMpi, ARankThatIsStoppedLosesNothing) {
  const Outcome outcome = Run(3, "ring -1 60 1000 stop=20");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(
      outcome.lines,
      ElementsAre(
          "rank 0: 60 steps, 120 applied, 0 missing, 0 lost, 0 meetings",
          "rank 1: 60 steps, 120 applied, 0 missing, 0 lost, 0 meetings",
          "rank 2: 60 steps, 120 applied, 0 missing, 0 lost, 0 meetings",
          "agree"));
}

INSTANTIATE_TEST_SUITE_P(Flavours, AsyncMpi, testing::Values(MPI_FLAVOURS),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });
