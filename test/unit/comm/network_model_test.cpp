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

#include <cmath>
#include <utility>

using namespace tacit;

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
                     "bandwidth, compute"},
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
      {"compute=1ms straggler=exponential{mean=2ms, seed=1}",
       "column 13: 'straggler' is not supported yet: it belongs to "
       "asynchronous strategies, and there are none"},
      {"drop=0.01", "column 1: 'drop' is not supported yet: it belongs to "
                    "asynchronous strategies, and there are none"},
  };
  for (const auto &[text, message] : cases) {
    const auto model = ParseNetworkModel(text);
    ASSERT_FALSE(model.ok()) << text;
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(model.status().message(),
              std::string("network model, ") + message);
  }
}

TEST(SimulatedWorld, RefusesBadOptions) {
  EXPECT_EQ(
      CreateSimulatedWorld({.ranks = 0, .network = ""}).status().message(),
      "got 0 ranks, wanted at least 1");
  EXPECT_EQ(CreateSimulatedWorld({.ranks = 2, .network = "pause=1"})
                .status()
                .message(),
            "network model, column 1: 'pause' is not supported yet: it belongs "
            "to asynchronous strategies, and there are none");
}
