//===- channel_program_test.cpp - Channels that cannot be run -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/channel_program.h"

#include "runtime/train/program.h"
#include "runtime/train/rank.h"
#include "test/unit/train/async_program.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tacit {
namespace {

std::string ErrorAfter(const std::function<void(AsyncProgram &)> &change,
                       bool compresses = false) {
  AsyncProgram line(TACIT_DECENTRALIZED, compresses);
  EXPECT_TRUE(LoadProgram(&line.program).ok());
  change(line);
  return std::string(LoadProgram(&line.program).status().message());
}

TEST(LoadProgram, AcceptsChannels) {
  for (const tacit_scheduler scheduler :
       {TACIT_DECENTRALIZED, TACIT_NORM_BOUNDED, TACIT_VARIANCE_BOUNDED})
    for (const bool compresses : {false, true}) {
      AsyncProgram line(scheduler, compresses);
      EXPECT_TRUE(LoadProgram(&line.program).ok())
          << LoadProgram(&line.program).status();
      EXPECT_EQ(MembersOf(line.program), (std::vector<size_t>{0, 1}));
    }
}

TEST(LoadProgram, SaysWhatIsWrongWithAChannel) {
  using P = AsyncProgram;
  const std::string has = "program 'line' has a channel ";
  EXPECT_EQ(ErrorAfter([](P &p) { p.program.channel = nullptr; }),
            "program 'line' has replicas of 'w', and no channel between them");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.name = nullptr; }),
            has + "without a name");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.topology = 9; }),
            has + "of a topology, scheduler or granularity that there is not");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.topology = TACIT_EDGES; }),
            has + "along edges that it does not list");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.max_staleness = -2; }),
            has + "with max_staleness = -2; wanted at least -1");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.send_every = 0; }),
            has + "with send_every = 0; wanted at least 1");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.beta = std::nan(""); }),
            has + "with beta = nan; wanted at least 0");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.granularity = TACIT_BY_BUCKET; }),
            has + "by bucket that is compressed, of another scheduler than "
                  "norm_bounded, or of buckets of 0 bytes");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.num_members = 0; }),
            has + "without tensors");
  EXPECT_EQ(ErrorAfter([](P &p) { p.members[1].count = 2; }),
            has + "whose tensor number 1 ('b', 2 elements) is no replicated "
                  "parameter of f32");
  EXPECT_EQ(ErrorAfter([](P &p) { p.variables[0].sharing = TACIT_SHARED; }),
            has + "whose tensor number 0 ('w', 3 elements) is no replicated "
                  "parameter of f32");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.num_members = 1; }),
            has + "of 1 tensors and 2 replicated parameters");
  EXPECT_EQ(ErrorAfter(
                [](P &p) { p.variables[2].sharing = TACIT_PER_RANK_IN_ROUND; }),
            has + "and 'counter/steps', which ends of rounds set equal");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.payload_bytes = 12; }),
            has + "whose updates take 12 bytes; wanted at least 16");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.compression = 3; }, true),
            has + "that compresses by compression 3 of 1");
  EXPECT_EQ(ErrorAfter([](P &p) { p.channel.payload_bytes = 64; }, true),
            has + "whose updates take 64 bytes; wanted at least 192");
  static const tacit_exchange_site site = {"all_reduce of loss",
                                           TACIT_ALL_REDUCE,
                                           TACIT_MEAN,
                                           TACIT_F32,
                                           0,
                                           0,
                                           0,
                                           1};
  EXPECT_EQ(ErrorAfter([](P &p) {
              p.program.sites = &site;
              p.program.num_sites = 1;
            }),
            has + "and the exchange 'all_reduce of loss', which waits for "
                  "every rank");
}

TEST(LoadProgram, AChannelNeedsRoundsOfOneStep) {
  EXPECT_EQ(
      ErrorAfter([](AsyncProgram &p) {
        p.step_results.push_back({"round_ended", {TACIT_I1, 0, nullptr}, 0});
        p.step_results.push_back({"round_loss", {TACIT_F32, 0, nullptr}, 0});
        p.program.step.results = p.step_results.data();
        p.program.step.num_results = 4;
        p.program.end_round.function = [](tacit_rank *, const tacit_batch *) {
          return 0;
        };
      }),
      "program 'line' has a channel and something to end rounds with: "
      "each step of a rank is a round");
}

TEST(CompressorConstant, FollowsTheTheory) {
  AsyncProgram dense(TACIT_DECENTRALIZED), line(TACIT_DECENTRALIZED, true),
      elastic(TACIT_NORM_BOUNDED, true);
  EXPECT_EQ(CompressorConstant(dense.program, 4), 0);
  // Two of four entries: g = 1/2, sqrt(1.5 * 0.5 / 0.125).
  const double one = std::sqrt(6.0);
  EXPECT_NEAR(CompressorConstant(elastic.program, 4), one, 1e-12);
  EXPECT_NEAR(CompressorConstant(line.program, 4), 4 * one, 1e-12);
  line.channel.send_every = 3;
  EXPECT_NEAR(CompressorConstant(line.program, 4), 12 * one, 1e-12);
  line.compression.compressor = TACIT_THRESHOLD;
  EXPECT_EQ(CompressorConstant(line.program, 4),
            std::numeric_limits<double>::infinity());
  line.compression.compressor = TACIT_TOP_K;
  line.program.num_variables = 3; // without the residual
  EXPECT_EQ(CompressorConstant(line.program, 4),
            std::numeric_limits<double>::infinity());
}

TEST(Abi, ChannelsMustBeOpen) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  LineProgram synchronous(8);
  line.program.step.function = synchronous.program.step.function =
      [](tacit_rank *, const tacit_batch *) -> tacit_status {
    return TACIT_INVALID;
  };
  auto world = CreateSimulatedWorld({.ranks = 1, .network = ""});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    float w[3] = {}, b = 0;
    float *const parameters[] = {w, &b};
    Rank unopened(line.program, communicator);
    EXPECT_EQ(tacit_collect(unopened.handle(), parameters), TACIT_INVALID);
    EXPECT_EQ(unopened.Step({}).message(),
              "program 'line' calls collect before its channel is open");
    Rank none(synchronous.program, communicator);
    const tacit_contribution nothing = {};
    EXPECT_EQ(tacit_publish(none.handle(), &nothing, parameters),
              TACIT_INVALID);
    EXPECT_EQ(tacit_elastic_await(none.handle(), &nothing, parameters),
              TACIT_INVALID);
    // The first error is the one that is told.
    EXPECT_EQ(none.Step({}).message(),
              "program 'line' calls publish without a channel");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

} // namespace
} // namespace tacit
