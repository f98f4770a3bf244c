//===- simulated_conformance_test.cpp - The suite on fibers ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/world.h"
#include "test/unit/comm/conformance.h"

#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <string>
#include <tuple>

using namespace tacit;
using conformance::Check;

namespace {

class SimulatedConformance
    : public testing::TestWithParam<std::tuple<Check, int, const char *>> {};

} // namespace

TEST_P(SimulatedConformance, Passes) {
  const auto &[check, ranks, network] = GetParam();
  auto world = CreateSimulatedWorld({.ranks = ranks, .network = network});
  ASSERT_TRUE(world.ok()) << world.status();
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    conformance::Digest digest;
    return check.run(communicator, digest);
  });
  EXPECT_TRUE(status.ok()) << status;
}

static std::string
Name(const testing::TestParamInfo<SimulatedConformance::ParamType> &info) {
  const auto &[check, ranks, network] = info.param;
  return absl::StrCat(check.name, "_", ranks,
                      *network ? "_slow_network" : "_perfect_network");
}

INSTANTIATE_TEST_SUITE_P(
    Worlds, SimulatedConformance,
    testing::Combine(testing::ValuesIn(conformance::AllChecks()),
                     testing::Range(1, 10),
                     testing::Values("", "latency=50us bandwidth=1Gbit "
                                         "compute=1ms")),
    Name);
