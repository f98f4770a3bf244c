//===- mpi_test.cpp - The suite, and failures, under mpirun ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Starts world_driver under the launchers of Open MPI and MPICH.
///
//===----------------------------------------------------------------------===//

#include "test/unit/support/mpi_job.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include <csignal>
#include <string>
#include <vector>

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

namespace {

struct Outcome {
  int status = -1;                ///< As of exit; 124: it did not end.
  std::vector<std::string> lines; ///< Of standard output.

  /// The lines of world_driver that are errors.
  std::vector<std::string> Errors() const {
    std::vector<std::string> errors;
    for (const std::string &line : lines)
      if (absl::StartsWith(line, "ABORTED: ") ||
          absl::StartsWith(line, "DATA_LOSS: ") ||
          absl::StartsWith(line, "INTERNAL: ") ||
          absl::StartsWith(line, "DEADLINE_EXCEEDED: "))
        errors.push_back(line);
    return errors;
  }
};

/// The status of a job whose ranks all returned 1. MPICH's launcher ends the
/// others when the first is gone, and then gives the signal's number.
static auto FailsByItself() { return testing::AnyOf(1, SIGKILL, SIGTERM); }

class Mpi : public testing::TestWithParam<tacit::MpiFlavour> {
protected:
  static void SetUpTestSuite() { tacit::PrepareForMpi(); }

  static Outcome Start(const std::string &command) {
    const tacit::JobOutcome job = tacit::RunJob(command, 200);
    return {job.status, absl::StrSplit(job.text, '\n', absl::SkipEmpty())};
  }

  static Outcome Run(int ranks, const std::string &arguments,
                     const std::string &world = "mpi") {
    return Start(absl::StrCat(GetParam().launcher, " -n ", ranks, " ",
                              WORLD_DRIVER, " ", world, " ", arguments));
  }

  static void ExpectConforms(int ranks,
                             const std::string &scenario = "conform") {
    const Outcome under_mpi = Run(ranks, scenario);
    const Outcome in_process =
        Start(absl::StrCat(WORLD_DRIVER, " simulated=", ranks, " ", scenario));
    EXPECT_EQ(under_mpi.status, 0);
    EXPECT_EQ(in_process.status, 0);
    EXPECT_THAT(in_process.lines, Contains("complete"));
    // The digests of all results: the same bits as in one process, hence as
    // under the other MPI.
    EXPECT_EQ(under_mpi.lines, in_process.lines);
  }
};

} // namespace

TEST_P(Mpi, ConformsOnOneRank) { ExpectConforms(1); }
TEST_P(Mpi, ConformsOnTwoRanks) { ExpectConforms(2); }
TEST_P(Mpi, ConformsOnThreeRanks) { ExpectConforms(3); }
TEST_P(Mpi, ConformsOnFourRanks) { ExpectConforms(4); }

// More ranks than most machines that run this have cores.
TEST_P(Mpi, DISABLED_ConformsOnSevenRanks) { ExpectConforms(7); }
TEST_P(Mpi, DISABLED_ConformsOnNineRanks) { ExpectConforms(9); }

TEST_P(Mpi, MessagesConformOnOneRank) { ExpectConforms(1, "messages=16"); }
TEST_P(Mpi, MessagesConformOnTwoRanks) { ExpectConforms(2, "messages=16"); }
TEST_P(Mpi, MessagesConformOnFourRanks) { ExpectConforms(4, "messages=4"); }
TEST_P(Mpi, MessagesConformInTheLeastWindow) {
  ExpectConforms(3, "messages=1");
}

TEST_P(Mpi, ARankThatIsStoppedLosesNothing) {
  const Outcome outcome = Run(3, "messages-stop 1.5");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.lines,
              testing::UnorderedElementsAre("complete", "rank 0: 60 60, 3 live",
                                            "rank 1: 60 60, 3 live",
                                            "rank 2: 60 60, 3 live"));
}

TEST_P(Mpi, AFailureReachesWhoSendsMessages) {
  const Outcome outcome = Run(3, "messages-fail 20");
  EXPECT_THAT(outcome.status, FailsByItself());
  EXPECT_THAT(outcome.Errors(), testing::SizeIs(3));
  EXPECT_THAT(outcome.Errors(),
              Each(HasSubstr("rank 1 failed: the disk is full")));
}

TEST_P(Mpi, SurvivorsOfAKilledRankGoOn) {
  if (std::string(GetParam().name) != "openmpi")
    GTEST_SKIP() << "its launcher ends the others";
  // Seen by the kernel, and by its silence.
  for (const char *world : {"mpi", "mpi-"}) {
    const Outcome outcome =
        Start(absl::StrCat(GetParam().launcher, " --enable-recovery -n 4 ",
                           WORLD_DRIVER, " ", world, " messages-kill 3"));
    EXPECT_EQ(outcome.status, 0) << world;
    EXPECT_THAT(outcome.lines,
                testing::UnorderedElementsAre(
                    "complete",
                    MatchesRegex("rank 0: [0-9]+ and lost 60 60, 3 live"),
                    MatchesRegex("rank 2: 60 [0-9]+ and lost 60, 3 live"),
                    MatchesRegex("rank 3: 60 [0-9]+ and lost 60, 3 live")))
        << world;
  }
}

TEST_P(Mpi, FailureOfOneRankReachesAll) {
  for (const char *scenario : {"fail", "fail-large", "fail-while-busy"}) {
    const Outcome outcome = Run(3, scenario);
    EXPECT_THAT(outcome.status, FailsByItself()) << scenario;
    // The news may overtake the last messages of the exchange before.
    EXPECT_THAT(
        outcome.Errors(),
        testing::UnorderedElementsAre(
            "DATA_LOSS: rank 1 failed: the disk is full",
            MatchesRegex("ABORTED: rank 1 failed: the disk is full; rank 0 was "
                         "waiting in '(two|three)'"),
            MatchesRegex("ABORTED: rank 1 failed: the disk is full; rank 2 was "
                         "waiting in '(two|three)'")))
        << scenario;
  }
}

TEST_P(Mpi, StalledRankIsNamed) {
  const Outcome outcome = Run(4, "stall 1.5");
  // The launcher kills the stalled rank, and may say that.
  EXPECT_NE(outcome.status, 0);
  EXPECT_NE(outcome.status, 124) << "the job did not end";
  // Whoever notices first tells the others.
  EXPECT_THAT(outcome.Errors(), testing::SizeIs(3));
  EXPECT_THAT(outcome.Errors(), Each(HasSubstr("missing in 'three' (exchange "
                                               "3): rank 1 (no answer)")));
}

TEST_P(Mpi, RankThatReturnsEarlyIsNamed) {
  const Outcome outcome = Run(3, "return-early 1.5");
  EXPECT_THAT(outcome.status, FailsByItself());
  EXPECT_THAT(outcome.Errors(), testing::SizeIs(3));
  EXPECT_THAT(outcome.Errors(),
              Each(HasSubstr("rank 1 (waiting in 'the end of the run'")));
}

TEST_P(Mpi, KilledRankEndsTheJob) {
  const Outcome outcome = Run(3, "kill 1.5");
  EXPECT_NE(outcome.status, 0);
  EXPECT_NE(outcome.status, 124) << "the job did not end";
  EXPECT_THAT(outcome.lines, Not(Contains("complete")));
}

TEST_P(Mpi, RankThatLeavesBeforeTheRunIsNamed) {
  const Outcome outcome = Run(3, "leave");
  EXPECT_THAT(outcome.status, FailsByItself());
  EXPECT_THAT(outcome.Errors(), testing::SizeIs(2));
  EXPECT_THAT(outcome.Errors(),
              Each(HasSubstr("rank 1 failed: it left before the run was over; "
                             "rank ")));
}

TEST_P(Mpi, MessagesOfOtherSizesAreAnError) {
  const Outcome outcome = Run(2, "differ");
  EXPECT_THAT(outcome.status, FailsByItself());
  EXPECT_THAT(outcome.Errors(), testing::SizeIs(2));
  EXPECT_THAT(outcome.Errors(), Contains(HasSubstr("'three': ")));
}

TEST_P(Mpi, LauncherOfAnotherMpiIsAnError) {
  const bool openmpi = std::string(GetParam().name) == "openmpi";
  const char *other = openmpi ? "mpich" : "openmpi";
  const Outcome outcome = Run(2, "conform", absl::StrCat("mpi=", other));
  if (!outcome.lines.empty() &&
      absl::StrContains(outcome.lines[0], "no plug-in"))
    GTEST_SKIP() << outcome.lines[0];
  EXPECT_EQ(outcome.status, 1);
  ASSERT_THAT(outcome.lines, Not(IsEmpty()));
  EXPECT_EQ(outcome.lines[0],
            absl::StrCat("no world: ", openmpi ? "Open MPI" : "MPICH",
                         "'s mpirun announces 2 ranks, but MPI (", other,
                         ") sees 1: the launcher belongs to another MPI; say "
                         "--mpi=",
                         GetParam().name));
}

TEST_P(Mpi, FlavourNeedsNoLauncher) {
  const Outcome outcome =
      Start(absl::StrCat(WORLD_DRIVER, " mpi=", GetParam().name, " conform"));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.lines, Contains("complete"));
}

INSTANTIATE_TEST_SUITE_P(Flavours, Mpi, testing::Values(MPI_FLAVOURS),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });
