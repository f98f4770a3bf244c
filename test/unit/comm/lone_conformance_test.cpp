//===- lone_conformance_test.cpp - The suite for one rank alone -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/world.h"
#include "test/unit/comm/conformance.h"

#include "absl/strings/str_cat.h"

#include "gtest/gtest.h"

using namespace tacit;
using conformance::Check;

namespace {

class LoneConformance : public testing::TestWithParam<Check> {};

} // namespace

TEST_P(LoneConformance, Passes) {
  const std::unique_ptr<ProcessWorld> world = CreateLoneWorld();
  EXPECT_EQ(world->size(), 1);
  EXPECT_TRUE(world->IsLocal(0));
  conformance::Digest digest, simulated;
  const absl::Status status = world->Run([&](Communicator &communicator) {
    return GetParam().run(communicator, digest);
  });
  EXPECT_TRUE(status.ok()) << status;
  // It computes what one simulated rank does.
  const auto other = CreateSimulatedWorld({.ranks = 1, .network = ""});
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_TRUE((*other)
                  ->Run([&](Communicator &communicator) {
                    return GetParam().run(communicator, simulated);
                  })
                  .ok());
  EXPECT_EQ(digest.value(), simulated.value());
}

INSTANTIATE_TEST_SUITE_P(Worlds, LoneConformance,
                         testing::ValuesIn(conformance::AllChecks()),
                         [](const testing::TestParamInfo<Check> &info) {
                           return std::string(info.param.name);
                         });

TEST(LoneWorld, IsOpenedAgain) {
  const std::unique_ptr<ProcessWorld> world = CreateLoneWorld();
  for (int i = 0; i < 2; ++i) {
    Communicator &communicator = world->Open();
    double value = 3;
    EXPECT_TRUE(
        communicator.AllReduce("value", &value, 1, TACIT_F64, TACIT_SUM).ok());
    EXPECT_EQ(value, 3);
    EXPECT_TRUE(world->Close(absl::OkStatus()).ok());
  }
}

TEST(LoneWorld, SaysHowItEnded) {
  const std::unique_ptr<ProcessWorld> world = CreateLoneWorld();
  float value = 0;
  const absl::Status status = world->Run([&](Communicator &communicator) {
    return communicator.StartAllReduce("value", &value, 1, TACIT_F32, TACIT_SUM)
        .status();
  });
  EXPECT_EQ(status.message(), "'value' was started and never awaited");
}
