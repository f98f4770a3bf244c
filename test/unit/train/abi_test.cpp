//===- abi_test.cpp - The ABI's functions ---------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/rank.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <vector>

namespace tacit {
namespace {

/// A program with one exchange of each kind, and no step that is run.
class SitesProgram : public LineProgram {
public:
  SitesProgram() : LineProgram(8) {
    sites = {{"sum", TACIT_ALL_REDUCE, TACIT_SUM, TACIT_F64, 0, 0, 0, 3},
             {"gather", TACIT_ALL_GATHER, TACIT_SUM, TACIT_I32, 0, 0, 0, 2},
             {"cast", TACIT_BROADCAST, TACIT_SUM, TACIT_F32, 1, 0, 0, 2}};
    program.sites = sites.data();
    program.num_sites = 3;
  }
};

void OnRanks(int ranks, const std::function<void(Rank &)> &body) {
  SitesProgram sites;
  auto world = CreateSimulatedWorld({ranks, "", 0});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    Rank rank(sites.program, communicator);
    body(rank);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Abi, TheHandleShowsWhatCompiledCodeReads) {
  OnRanks(3, [](Rank &rank) {
    const auto &view =
        *reinterpret_cast<const tacit_rank_view *>(rank.handle());
    EXPECT_EQ(view.rank, rank.communicator().rank());
    EXPECT_EQ(view.ranks, 3);
    EXPECT_EQ(view.state, rank.variables().data());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(view.state) % TACIT_ALIGNMENT, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(view.arena) % TACIT_ALIGNMENT, 0u);
    EXPECT_EQ(&Rank::From(rank.handle()), &rank);
  });
}

TEST(Abi, Exchanges) {
  OnRanks(3, [](Rank &rank) {
    tacit_rank *handle = rank.handle();
    const int me = rank.communicator().rank();
    double sum[] = {1.0 * me, 2.0 * me, 5};
    int32_t mine[] = {me, -me}, all[6] = {};
    float cast[] = {me + 0.5f, me - 0.5f};
    tacit_token tokens[3];
    ASSERT_EQ(tacit_start(handle, 0, sum, &tokens[0]), TACIT_OK);
    ASSERT_EQ(tacit_start_gather(handle, 1, mine, all, &tokens[1]), TACIT_OK);
    ASSERT_EQ(tacit_start(handle, 2, cast, &tokens[2]), TACIT_OK);
    ASSERT_EQ(tacit_progress(handle), TACIT_OK);
    for (const int i : {2, 0, 1})
      ASSERT_EQ(tacit_await(handle, tokens[i]), TACIT_OK);
    EXPECT_EQ(sum[0], 3);
    EXPECT_EQ(sum[1], 6);
    EXPECT_EQ(sum[2], 15);
    EXPECT_EQ(std::vector<int32_t>(all, all + 6),
              (std::vector<int32_t>{0, 0, 1, -1, 2, -2}));
    EXPECT_EQ(cast[0], 1.5f);
    EXPECT_EQ(cast[1], 0.5f);
  });
}

TEST(Abi, ErrorsAreKeptInTheRank) {
  OnRanks(1, [](Rank &rank) {
    tacit_token token;
    double buffer[3];
    EXPECT_EQ(tacit_start(rank.handle(), 7, buffer, &token), TACIT_INVALID);
    EXPECT_EQ(tacit_start(rank.handle(), 1, buffer, &token), TACIT_INVALID);
    // The first is the one that is told.
    tacit_program program = rank.program();
    EXPECT_EQ(rank.Record(absl::OkStatus()), TACIT_OK);
    EXPECT_EQ(rank.Record(absl::DeadlineExceededError("")), TACIT_TIMEOUT);
    EXPECT_EQ(rank.Record(absl::UnavailableError("")), TACIT_PEER_FAILED);
    EXPECT_EQ(rank.Record(absl::InternalError("")), TACIT_INTERNAL);
    EXPECT_EQ(program.num_sites, 3u);
  });
}

TEST(Abi, TheFirstErrorIsWhatAnEntryReturns) {
  LineProgram line(8);
  line.program.step.function = [](tacit_rank *handle, const tacit_batch *) {
    tacit_token token;
    float buffer[4];
    return tacit_start(handle, 7, buffer, &token);
  };
  line.program.evaluate.function = nullptr;
  auto world = CreateSimulatedWorld({1, "", 0});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    Rank rank(line.program, communicator);
    EXPECT_EQ(rank.Evaluate({}).message(), "program 'line' has no evaluation");
    EXPECT_EQ(rank.Step({}).message(),
              "program 'line' starts exchange 7 and has 1");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Abi, Products) {
  OnRanks(1, [](Rank &rank) {
    // A is stored 3 x 2 and used transposed; C = 2 A' B + C.
    const float a[] = {1, 2, 3, 4, 5, 6}, b[] = {1, 0, -1};
    float c[] = {10, 20};
    ASSERT_EQ(tacit_gemm_f32(rank.handle(), TACIT_TRANSPOSE_A, 2, 1, 3, 2, a, 2,
                             b, 1, 1, c, 1),
              TACIT_OK);
    EXPECT_EQ(c[0], 10 + 2 * (1 - 5));
    EXPECT_EQ(c[1], 20 + 2 * (2 - 6));
    EXPECT_EQ(
        tacit_gemm_f32(rank.handle(), 0, -1, 1, 3, 2, a, 2, b, 1, 1, c, 1),
        TACIT_INVALID);
  });
}

TEST(Abi, ProductsFitARanksStack) {
  // oneDNN writes code for a shape when it first meets it.
  OnRanks(2, [](Rank &rank) {
    const std::vector<float> a(64 * 512, 1), b(512 * 512, 2);
    std::vector<float> c(64 * 512);
    for (const uint32_t flags : {0, 1, 2, 3})
      for (const int n : {10, 512}) {
        const bool ta = flags & TACIT_TRANSPOSE_A,
                   tb = flags & TACIT_TRANSPOSE_B;
        ASSERT_EQ(tacit_gemm_f32(rank.handle(), flags, 64, n, 512, 1, a.data(),
                                 ta ? 64 : 512, b.data(), tb ? 512 : n, 0,
                                 c.data(), n),
                  TACIT_OK);
        EXPECT_EQ(c[0], 1024);
        EXPECT_EQ(c[64 * n - 1], 1024);
      }
  });
}

TEST(Abi, ParallelLoops) {
  OnRanks(1, [](Rank &rank) {
    int64_t sum = 0;
    ASSERT_EQ(tacit_parallel_for(
                  rank.handle(), 10,
                  [](void *context, int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i)
                      *static_cast<int64_t *>(context) += i;
                  },
                  &sum),
              TACIT_OK);
    EXPECT_EQ(sum, 45);
  });
}

} // namespace
} // namespace tacit
