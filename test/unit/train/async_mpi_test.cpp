//===- async_mpi_test.cpp - Asynchronous runs under mpirun ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Starts train_driver under the launcher of Open MPI.
///
//===----------------------------------------------------------------------===//

#include "test/unit/support/mpi_job.h"
#include "test/unit/train/trace_file.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tacit {
namespace {

using testing::HasSubstr;

class AsyncMpi : public testing::Test {
protected:
  static void SetUpTestSuite() { PrepareForMpi(); }

  /// `recovery`: the launcher leaves the others alone when a rank is killed.
  static JobOutcome Run(int ranks, const std::string &arguments,
                        bool recovery = false) {
    return RunJob(
        absl::StrCat(
            LAUNCHER,
            recovery
                ? " --enable-recovery --mca orte_abort_on_non_zero_status 0"
                : "",
            " -n ", ranks, " ", TRAIN_DRIVER, " ", arguments),
        120);
  }

  /// The number behind `name=`.
  static double Number(const std::string &text, const std::string &name) {
    const size_t at = text.find(name + "=");
    double value = -1;
    EXPECT_TRUE(at != std::string::npos &&
                absl::SimpleAtod(text.substr(at + name.size() + 1,
                                             text.find_first_of(" \n", at) -
                                                 at - name.size() - 1),
                                 &value))
        << text;
    return value;
  }

  TestFolder folder;
};

TEST_F(AsyncMpi, TrainsWithEveryPolicy) {
  for (const char *program :
       {"dasgd", "dasgd-compressed", "norm_bounded", "variance_bounded"}) {
    const JobOutcome outcome = Run(3, absl::StrCat(program, " 150 slow=1"));
    EXPECT_EQ(outcome.status, 0) << program << "\n" << outcome.text;
    EXPECT_THAT(outcome.text,
                HasSubstr("result rounds=150 evaluations=450 missing=0 lost=0 "
                          "difference=small"));
    EXPECT_LT(Number(outcome.text, "loss"), 0.2) << outcome.text;
  }
}

TEST_F(AsyncMpi, MeasuresConsistencyIfAsked) {
  EXPECT_THAT(Run(2, "norm_bounded 60 measure").text,
              HasSubstr("consistency: |x - v| / lr was at most "));
  EXPECT_THAT(Run(2, "norm_bounded 20").text,
              testing::Not(HasSubstr("consistency")));
  EXPECT_THAT(
      Run(2, "dasgd-compressed 20 measure").text,
      HasSubstr("error: --measure-consistency: of updates that 'top_k of w, "
                "b' compresses, what a rank holds back stays in its process"));
}

TEST_F(AsyncMpi, SurvivorsGoOn) {
  for (const char *program : {"dasgd", "norm_bounded", "variance_bounded"})
    for (const int lost : {0, 2}) {
      const std::string file = folder.File("f");
      const JobOutcome outcome = Run(
          4,
          absl::StrCat(program, " 150 save=", file,
                       " trace=", folder.File("trace"), " kill=", lost, "@40"),
          /*recovery=*/true);
      EXPECT_THAT(outcome.text, HasSubstr(absl::StrCat(
                                    "  rank ", lost, " was lost: noticed at ")))
          << program;
      EXPECT_THAT(outcome.text, HasSubstr("result rounds=150 "));
      EXPECT_LT(Number(outcome.text, "loss"), 0.5) << outcome.text;
      EXPECT_NE(ReadFile(file).find(absl::StrCat("\"lost_ranks\":\"", lost)),
                std::string::npos);
      const TraceFile trace(folder.File("trace"));
      ASSERT_EQ(trace.rows.size(), 4u);
      for (size_t rank = 0; rank < 4; ++rank)
        EXPECT_EQ(trace.rows[rank].empty(), static_cast<int>(rank) == lost);
    }
}

TEST_F(AsyncMpi, ALossThatIsNotFiniteEndsAll) {
  const JobOutcome outcome = Run(3, "dasgd 10000 nan=2@9");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.text,
              HasSubstr("rank 2 failed: loss is nan at step 9 on rank 2"));
}

TEST_F(AsyncMpi, ASignalToOneRankEndsAll) {
  const JobOutcome outcome =
      Run(3, absl::StrCat("dasgd 10000 signal=1@9 save=", folder.File("f")));
  EXPECT_EQ(outcome.status, 128 + 15);
  EXPECT_THAT(outcome.text, HasSubstr("difference=small"));
  EXPECT_NE(ReadFile(folder.File("f")).find("\"rank_steps\":"),
            std::string::npos);
}

TEST_F(AsyncMpi, TracesAreOneFile) {
  for (const char *program : {"dasgd", "ssgd"}) {
    const JobOutcome outcome = Run(
        3, absl::StrCat(program, " 30 slow=1 trace=", folder.File("trace")));
    EXPECT_EQ(outcome.status, 0) << outcome.text;
    const TraceFile trace(folder.File("trace"));
    ASSERT_EQ(trace.rows.size(), 3u);
    EXPECT_GT(trace.sent, 100u);
    EXPECT_EQ(trace.ends.size(), trace.sent);
    for (size_t rank = 0; rank < 3; ++rank) {
      EXPECT_GT(trace.Seconds(rank, "compute"), 0);
      EXPECT_GT(trace.Seconds(rank, "exchange"), 0);
    }
  }
}

} // namespace
} // namespace tacit
