//===- network_model_test.cpp - Texts that describe networks --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/network_model.h"
#include "runtime/comm/world.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

using namespace tacit;

/// Expects that `text` is no network model, and why.
static void ExpectRefused(const std::string &text, const std::string &message) {
  const auto model = ParseNetworkModel(text);
  ASSERT_FALSE(model.ok()) << text;
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(model.status().message(), "network model, " + message);
}

TEST(NetworkModel, IsPerfectByDefault) {
  const auto model = ParseNetworkModel("  ");
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->latency, 0);
  EXPECT_TRUE(std::isinf(model->bandwidth));
  EXPECT_EQ(model->compute, 0);
}

TEST(NetworkModel, ReadsAllKeys) {
  const auto model =
      ParseNetworkModel(" compute=1.5e1ms\tlatency=50us  bandwidth=1Gbit");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_DOUBLE_EQ(model->latency, 50e-6);
  EXPECT_DOUBLE_EQ(model->bandwidth, 125e6);
  EXPECT_DOUBLE_EQ(model->compute, 0.015);
}

TEST(NetworkModel, ReadsAllUnits) {
  const std::pair<const char *, double> times[] = {
      {"2s", 2}, {"2ms", 2e-3}, {"2us", 2e-6}, {"2ns", 2e-9}, {"0s", 0}};
  for (const auto &[text, seconds] : times) {
    const auto model = ParseNetworkModel(std::string("latency=") + text);
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_DOUBLE_EQ(model->latency, seconds) << text;
  }
  const std::pair<const char *, double> bandwidths[] = {
      {"8bit", 1}, {"8Kbit", 1e3}, {"8Mbit", 1e6}, {"8Gbit", 1e9},
      {"3B", 3},   {"3KB", 3e3},   {"3MB", 3e6},   {"3GB", 3e9}};
  for (const auto &[text, bytes] : bandwidths) {
    const auto model = ParseNetworkModel(std::string("bandwidth=") + text);
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_DOUBLE_EQ(model->bandwidth, bytes) << text;
  }
}

TEST(NetworkModel, RefusesWhatItDoesNotKnow) {
  const std::pair<const char *, const char *> cases[] = {
      {"latancy=1us", "column 1: unknown key 'latancy'; did you mean "
                      "'latency'?"},
      {"latency=1us  bandwith=1Gbit",
       "column 14: unknown key 'bandwith'; did you mean 'bandwidth'?"},
      {"colour=red", "column 1: unknown key 'colour'; known are latency, "
                     "bandwidth, compute, straggler, slow, delay, "
                     "drop, duplicate, crash, pause"},
      {"latency", "column 1: got 'latency', wanted key=value, as in "
                  "'latency=50us bandwidth=1Gbit'"},
      {"latency = 5us", "column 1: got 'latency', wanted key=value, as in "
                        "'latency=50us bandwidth=1Gbit'"},
      {"latency=5", "column 9: latency '5' has no unit: add s, ms, us or ns"},
      {"latency=5uss",
       "column 10: latency has the unknown unit 'uss'; did you mean 'us'?"},
      {"latency=-5us", "column 9: got latency '-5us', wanted a number and one "
                       "of s, ms, us or ns"},
      {"latency=us", "column 9: got latency 'us', wanted a number and one of "
                     "s, ms, us or ns"},
      {"latency=", "column 9: got latency '', wanted a number and one of s, "
                   "ms, us or ns"},
      {"latency=nan3us", "column 9: got latency 'nan3us', wanted a number and "
                         "one of s, ms, us or ns"},
      {"bandwidth=0Gbit",
       "column 11: got bandwidth '0Gbit', wanted a positive number and one of "
       "bit, Kbit, Mbit, Gbit, B, KB, MB or GB"},
      {"bandwidth=1Gbits", "column 12: bandwidth has the unknown unit "
                           "'Gbits'; did you mean 'Gbit'?"},
      {"latency=1us latency=2us", "column 13: 'latency' is given twice"},
  };
  for (const auto &[text, message] : cases)
    ExpectRefused(text, message);
}

TEST(NetworkModel, ReadsStragglers) {
  auto model = ParseNetworkModel("compute=10ms straggler=exponential{mean=2ms} "
                                 "slow=3:4");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_DOUBLE_EQ(model->exponential_mean, 2e-3);
  EXPECT_EQ(model->rotating_factor, 1);
  ASSERT_EQ(model->slow.size(), 1u);
  EXPECT_EQ(model->slow[0].rank, 3);
  EXPECT_EQ(model->slow[0].factor, 4);

  model = ParseNetworkModel("slow=3:4,0:0.5 straggler=rotating{factor=2.5} "
                            "compute=1us");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->exponential_mean, 0);
  EXPECT_EQ(model->rotating_factor, 2.5);
  ASSERT_EQ(model->slow.size(), 2u);
  EXPECT_EQ(model->slow[1].rank, 0);
  EXPECT_EQ(model->slow[1].factor, 0.5);
}

TEST(NetworkModel, RefusesStragglersThatItDoesNotKnow) {
  const std::pair<const char *, const char *> cases[] = {
      {"straggler=exponentail{mean=2ms}",
       "column 11: unknown straggler 'exponentail'; did you mean "
       "'exponential'?; write exponential{mean=2ms} or rotating{factor=4}"},
      {"compute=1ms straggler=exponential",
       "column 23: got straggler 'exponential', wanted 'exponential' with its "
       "mean alone: write exponential{mean=2ms} or rotating{factor=4}"},
      {"straggler=exponential{mean=2ms seed=1}",
       "column 28: got mean '2ms seed=1', wanted a positive number and one of "
       "s, ms, us or ns"},
      {"straggler=exponential{mean=2}",
       "column 28: mean '2' has no unit: add s, ms, us or ns"},
      {"straggler=exponential{mean=0ms}",
       "column 28: got mean '0ms', wanted a positive number and one of s, ms, "
       "us or ns"},
      {"straggler=exponential{factor=2}",
       "column 11: got straggler 'exponential{factor=2}', wanted 'exponential' "
       "with its mean alone: write exponential{mean=2ms} or "
       "rotating{factor=4}"},
      {"compute=1ms straggler=rotating{factor=0}",
       "column 39: got rotating factor '0', wanted a positive number"},
      {"compute=1ms straggler=rotating{factor=4x}",
       "column 39: got rotating factor '4x', wanted a positive number"},
      {"straggler=rotating{factor=4}",
       "column 1: 'straggler' multiplies the time of a step, which is 0: add "
       "compute=, as in compute=10ms"},
      {"slow=3:4", "column 1: 'slow' multiplies the time of a step, which is "
                   "0: add compute=, as in compute=10ms"},
      {"compute=1ms slow=3",
       "column 18: got slow '3', wanted RANK:FACTOR, as in slow=3:4, where "
       "rank 3 takes 4 times as long"},
      {"compute=1ms slow=-1:4",
       "column 18: got slow '-1:4', wanted RANK:FACTOR, as in slow=3:4, where "
       "rank 3 takes 4 times as long"},
      {"compute=1ms slow=1:4,2:inf",
       "column 24: got slow factor 'inf', wanted a positive number"},
      {"compute=1ms slow=1:4,1:2", "column 22: slow gives rank 1 twice"},
  };
  for (const auto &[text, message] : cases)
    ExpectRefused(text, message);
}

TEST(NetworkModel, ReadsDelays) {
  const struct {
    const char *text;
    Delay::Distribution distribution;
    double low, high;
  } cases[] = {
      {"delay=2ms", Delay::kConstant, 2e-3, 2e-3},
      {"delay=0s", Delay::kConstant, 0, 0},
      {"delay=exponential{mean=2ms}", Delay::kExponential, 0, 2e-3},
      {"delay=uniform{from=1ms to=5ms}", Delay::kUniform, 1e-3, 5e-3},
      {"delay=uniform{to=5ms from=0s}", Delay::kUniform, 0, 5e-3},
  };
  for (const auto &[text, distribution, low, high] : cases) {
    const auto model = ParseNetworkModel(text);
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_EQ(model->delay.distribution, distribution) << text;
    EXPECT_DOUBLE_EQ(model->delay.low, low) << text;
    EXPECT_DOUBLE_EQ(model->delay.high, high) << text;
    EXPECT_EQ(model->has_fates(), high > 0) << text;
    EXPECT_FALSE(model->loses()) << text;
  }
}

TEST(NetworkModel, ReadsFaults) {
  const auto model = ParseNetworkModel(
      "drop=0.01 duplicate=1 crash=3@500,0@0 pause=1@2:1.5s,1@3:2ms");
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->drop, 0.01);
  EXPECT_EQ(model->duplicate, 1);
  ASSERT_EQ(model->crashes.size(), 2u);
  EXPECT_EQ(model->crashes[0].rank, 3);
  EXPECT_EQ(model->crashes[0].step, 500);
  EXPECT_EQ(model->crashes[1].rank, 0);
  EXPECT_EQ(model->crashes[1].step, 0);
  ASSERT_EQ(model->pauses.size(), 2u);
  EXPECT_EQ(model->pauses[0].rank, 1);
  EXPECT_EQ(model->pauses[0].step, 2);
  EXPECT_DOUBLE_EQ(model->pauses[0].seconds, 1.5);
  EXPECT_DOUBLE_EQ(model->pauses[1].seconds, 2e-3);
  EXPECT_TRUE(model->has_fates());
  EXPECT_TRUE(model->loses());
  EXPECT_FALSE(ParseNetworkModel("drop=0 duplicate=0")->has_fates());
  EXPECT_TRUE(ParseNetworkModel("crash=0@1")->loses());
  EXPECT_FALSE(ParseNetworkModel("pause=0@1:1s")->loses());
}

TEST(NetworkModel, RefusesFaultsThatItDoesNotKnow) {
  const std::string delays =
      "wanted a time, exponential{mean=2ms} or uniform{from=1ms to=5ms}";
  const std::string crash = "wanted RANK@STEP, as in crash=3@500, where rank 3 "
                            "is gone from its local step 500 on";
  const std::string pause =
      "wanted RANK@STEP:TIME, as in pause=3@500:2s, where rank 3 stands still "
      "for 2 s before its local step 500";
  const std::pair<const char *, std::string> cases[] = {
      {"drp=0.1", "column 1: unknown key 'drp'; did you mean 'drop'?"},
      {"delay=exponentail{mean=2ms}",
       "column 7: unknown delay 'exponentail'; did you mean 'exponential'?; "
       "write a time, exponential{mean=2ms} or uniform{from=1ms to=5ms}"},
      {"delay=normal{mean=2ms}",
       "column 7: unknown delay 'normal'; known are exponential, uniform; "
       "write a time, exponential{mean=2ms} or uniform{from=1ms to=5ms}"},
      {"delay=exponential", "column 7: got delay 'exponential', " + delays},
      {"delay=exponential{}", "column 7: got delay 'exponential{}', " + delays},
      {"delay=uniform{from=1ms}",
       "column 7: got delay 'uniform{from=1ms}', " + delays},
      {"delay=uniform{from=1ms to}",
       "column 7: got delay 'uniform{from=1ms to}', " + delays},
      {"delay=uniform{from=1ms too=5ms}",
       "column 24: uniform has the unknown option 'too'; did you mean 'to'?"},
      {"delay=uniform{from=1ms to=5}",
       "column 27: to '5' has no unit: add s, ms, us or ns"},
      {"delay=uniform{from=5ms to=1ms}",
       "column 7: got delay 'uniform{from=5ms to=1ms}', wanted from to be at "
       "most to"},
      {"delay=exponential{mean=-1ms}",
       "column 24: got mean '-1ms', wanted a number and one of s, ms, us or "
       "ns"},
      {"delay=5", "column 7: delay '5' has no unit: add s, ms, us or ns"},
      {"delay=", "column 7: got delay '', wanted a number and one of s, ms, us "
                 "or ns"},
      {"drop=1.5", "column 6: got drop '1.5', wanted a probability from 0 to "
                   "1"},
      {"drop=-0.1", "column 6: got drop '-0.1', wanted a probability from 0 to "
                    "1"},
      {"drop=nan", "column 6: got drop 'nan', wanted a probability from 0 to "
                   "1"},
      {"duplicate=1%", "column 11: got duplicate '1%', wanted a probability "
                       "from 0 to 1"},
      {"crash=3", "column 7: got crash '3', " + crash},
      {"crash=3@-1", "column 7: got crash '3@-1', " + crash},
      {"crash=-3@1", "column 7: got crash '-3@1', " + crash},
      {"crash=1@2,3@4:5s", "column 11: got crash '3@4:5s', " + crash},
      {"crash=1@2,1@4", "column 11: rank 1 crashes twice"},
      {"pause=3@5", "column 7: got pause '3@5', " + pause},
      {"pause=3:5s", "column 7: got pause '3:5s', " + pause},
      {"pause=3@5:2", "column 11: pause '2' has no unit: add s, ms, us or ns"},
      {"pause=3@5:2s,3@5:1s",
       "column 14: rank 3 pauses twice before its local step 5"},
      {"drop=0.1 drop=0.2", "column 10: 'drop' is given twice"},
  };
  for (const auto &[text, message] : cases)
    ExpectRefused(text, message);
}

// The header's words, written once more.
TEST(MessageFates, AreTheOnesThatAreDocumented) {
  const auto model =
      ParseNetworkModel("delay=exponential{mean=2ms} drop=0.25 duplicate=0.5");
  ASSERT_TRUE(model.ok()) << model.status();
  int dropped = 0, duplicated = 0;
  for (const auto &[from, to] : {std::pair(0, 1), {1, 0}, {4, 2}})
    for (const auto &[kind, k] :
         {std::pair(TrafficKind::kOneSided, 0), {TrafficKind::kStream, 1}}) {
      const MessageFates fates(*model, 5, from, to, kind, 42);
      const Random random(42,
                          (uint64_t{11} << 32) +
                              static_cast<uint64_t>(2 * (5 * from + to) + k));
      for (uint64_t n = 0; n < 1000; ++n) {
        const auto u = [&](uint64_t word) {
          return random.Double(4 * n + word);
        };
        const MessageFate fate = fates.Of(n);
        EXPECT_EQ(fate.dropped, u(0) < 0.25);
        EXPECT_EQ(fate.duplicated, u(0) >= 0.25 && u(1) < 0.5);
        EXPECT_NEAR(fate.delay, -2e-3 * std::log1p(-u(2)), 1e-15);
        if (fate.duplicated)
          EXPECT_NEAR(fate.second_delay, -2e-3 * std::log1p(-u(3)), 1e-15);
        dropped += fate.dropped;
        duplicated += fate.duplicated;
      }
    }
  // Of 6000; standard deviations 33.5 and 37.5.
  EXPECT_NEAR(dropped, 1500, 4 * 33.5);
  EXPECT_NEAR(duplicated, 2250, 4 * 37.5);
}

TEST(MessageFates, OfAUniformDelayLieBetweenItsEnds) {
  const auto model = ParseNetworkModel("delay=uniform{from=1ms to=5ms}");
  ASSERT_TRUE(model.ok()) << model.status();
  const MessageFates fates(*model, 2, 0, 1, TrafficKind::kOneSided, 7);
  double sum = 0;
  for (uint64_t n = 0; n < 10000; ++n) {
    const MessageFate fate = fates.Of(n);
    EXPECT_GE(fate.delay, 1e-3);
    EXPECT_LT(fate.delay, 5e-3);
    EXPECT_FALSE(fate.dropped || fate.duplicated);
    sum += fate.delay;
  }
  EXPECT_NEAR(sum / 10000, 3e-3, 4 * 4e-3 / std::sqrt(12.0) / 100);
}

// The header's words, written once more.
TEST(ComputeTimes, AreTheOnesThatAreDocumented) {
  const auto model = ParseNetworkModel(
      "compute=10ms straggler=exponential{mean=2ms} slow=2:4");
  ASSERT_TRUE(model.ok()) << model.status();
  for (const int rank : {0, 1, 2}) {
    const ComputeTimes times(*model, 3, rank, 42);
    const Random random(42, (uint64_t{7} << 32) + static_cast<uint64_t>(rank));
    for (const int64_t step : {0, 1, 5, 1000000}) {
      const double u =
          static_cast<double>(random.Word(static_cast<uint64_t>(step)) >> 11) *
          0x1p-53;
      const double seconds = 10e-3 - 2e-3 * std::log1p(-u);
      EXPECT_NEAR(times.OfStep(step), rank == 2 ? 4 * seconds : seconds, 1e-15);
    }
  }
}

TEST(ComputeTimes, HaveTheMomentsOfTheExponential) {
  const auto model =
      ParseNetworkModel("compute=3ms straggler=exponential{mean=2ms}");
  ASSERT_TRUE(model.ok()) << model.status();
  for (const int ranks : {4, 64, 256}) {
    const int steps = 65536 / ranks;
    double sum = 0, squares = 0, maxima = 0, harmonic = 0;
    std::vector<ComputeTimes> times;
    for (int rank = 0; rank < ranks; ++rank) {
      times.emplace_back(*model, ranks, rank, 7);
      harmonic += 1.0 / (rank + 1);
    }
    for (int step = 0; step < steps; ++step) {
      double most = 0;
      for (const ComputeTimes &rank : times) {
        const double draw = rank.OfStep(step) - 3e-3;
        ASSERT_GE(draw, 0);
        sum += draw;
        squares += draw * draw;
        most = std::max(most, draw);
      }
      maxima += most;
    }
    // Standard deviations: mean/256, and that of a square's mean sqrt(20)/256.
    EXPECT_NEAR(sum / 65536, 2e-3, 4 * 2e-3 / 256) << ranks;
    EXPECT_NEAR(squares / 65536, 8e-6, 4 * std::sqrt(20.0) * 4e-6 / 256);
    // The largest of P: mean (1 + 1/2 + ... + 1/P), deviation below 1.3 mean;
    // ranks or steps that shared their draws would miss this.
    EXPECT_NEAR(maxima / steps, 2e-3 * harmonic,
                4 * 1.3 * 2e-3 / std::sqrt(steps))
        << ranks;
  }
}

TEST(SimulatedWorld, RefusesBadOptions) {
  EXPECT_EQ(
      CreateSimulatedWorld({.ranks = 0, .network = ""}).status().message(),
      "got 0 ranks, wanted at least 1");
  EXPECT_EQ(CreateSimulatedWorld({.ranks = 3, .network = "compute=1s slow=3:4"})
                .status()
                .message(),
            "network model: slow names rank 3, and there are 3 ranks: 0 to 2");
  EXPECT_EQ(CreateSimulatedWorld({.ranks = 4, .network = "crash=1@0,7@0"})
                .status()
                .message(),
            "network model: crash names rank 7, and there are 4 ranks: 0 to 3");
  EXPECT_EQ(CreateSimulatedWorld({.ranks = 1, .network = "pause=1@5:2s"})
                .status()
                .message(),
            "network model: pause names rank 1, and there is 1 rank: 0");
}
