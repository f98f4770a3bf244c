//===- async_test.cpp - Training without rounds in common -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/state/state_files.h"
#include "test/unit/train/async_program.h"

#include <gtest/gtest.h>

#include <numeric>

namespace tacit {
namespace {

class Async : public testing::Test {
protected:
  void TearDown() override {
    faults.signal = {};
    faults.signal_number = 0;
    faults.nan = {};
    after_async_step = nullptr;
  }
  TestFolder folder;
};

TEST_F(Async, DecentralizedFindsTheLine) {
  for (const int ranks : {1, 2, 5})
    for (const char *network :
         {"", "latency=1ms compute=10ms slow=0:3.3",
          "latency=1ms compute=10ms delay=exponential{mean=20ms}"}) {
      AsyncProgram line(TACIT_DECENTRALIZED);
      TrainOptions options = QuietOptions();
      options.rounds = 400 / ranks;
      options.save = folder.File("f");
      const auto result = TrainAsync(line.program, options, {ranks, network});
      ASSERT_TRUE(result.ok()) << result.status() << " " << network;
      const std::vector<float> found = ParametersIn(options.save);
      const float wanted[] = {1, -2, 0.5, 3};
      for (int i = 0; i < 4; ++i)
        EXPECT_NEAR(found[i], wanted[i], 0.15) << ranks << " " << network;
      ASSERT_TRUE(result->async);
      const AsyncSummary &async = *result->async;
      EXPECT_EQ(result->rounds, 400 / ranks);
      EXPECT_EQ(result->evaluations, ranks * result->rounds);
      EXPECT_EQ(async.published, ranks * result->rounds);
      EXPECT_EQ(async.applied, (ranks - 1) * ranks * result->rounds);
      EXPECT_EQ(async.messages, async.applied);
      EXPECT_LT(async.replica_difference, 1e-5);
      EXPECT_EQ(result->eval.size(), 1u);
      EXPECT_LT(result->eval[0].loss, 0.1);
    }
}

} // namespace
} // namespace tacit
