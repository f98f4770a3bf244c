//===- run_ranks.h - Ranks of a simulated world, and their ends -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_COMM_RUN_RANKS_H
#define TACIT_TEST_UNIT_COMM_RUN_RANKS_H

#include "runtime/comm/world.h"

#include "gtest/gtest.h"

#include <functional>
#include <string>
#include <vector>

using Body = std::function<absl::Status(tacit::Communicator &)>;

struct Outcome {
  absl::Status run;
  std::vector<absl::Status> ranks; ///< What each body returned.
  std::vector<double> clocks;      ///< And when.
};

/// Runs `body` as each rank of a simulated world.
inline Outcome RunRanks(int ranks, const std::string &network, const Body &body,
                        double timeout = 300, uint64_t seed = 0) {
  Outcome outcome;
  outcome.ranks.resize(static_cast<size_t>(ranks));
  outcome.clocks.resize(static_cast<size_t>(ranks));
  auto world = tacit::CreateSimulatedWorld(
      {.ranks = ranks, .network = network, .seed = seed, .timeout = timeout});
  EXPECT_TRUE(world.ok()) << world.status();
  outcome.run = (*world)->Run([&](tacit::Communicator &communicator) {
    const size_t rank = static_cast<size_t>(communicator.rank());
    outcome.ranks[rank] = body(communicator);
    outcome.clocks[rank] = communicator.Now();
    return outcome.ranks[rank];
  });
  return outcome;
}

#endif // TACIT_TEST_UNIT_COMM_RUN_RANKS_H
