//===- async_scale_test.cpp - Many ranks, and no allocation ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/async/async_ranks.h"
#include "test/unit/support/count_allocations.h"

#include "gtest/gtest.h"

#include <cmath>
#include <memory>
#include <vector>

using namespace tacit;
using namespace async_ranks;

/// A rank that subtracts a hundredth of its parameters in each step, and calls
/// `after_step`.
template <typename AfterStep>
static absl::Status
Train(Communicator &communicator, const tacit_channel &channel, int64_t steps,
      Vector &w, const AfterStep &after_step, AsyncReport &report) {
  Vector u(w.size());
  float *parameters[] = {w.data()};
  const float *tensors[] = {u.data()};
  absl::StatusOr<std::unique_ptr<AsyncChannel>> opened =
      AsyncChannel::Open({.channel = channel,
                          .communicator = communicator,
                          .parameters = parameters});
  if (!opened.ok())
    return opened.status();
  AsyncChannel &open = **opened;
  for (int64_t step = 0; step < steps; ++step) {
    absl::Status status = open.Collect(parameters);
    communicator.ChargeCompute(step);
    for (size_t i = 0; i < w.size(); ++i)
      u[i] = 1e-4f * w[i];
    const tacit_contribution update = {
        .tensors = tensors, .payload = nullptr, .rest = nullptr, .lr = 1e-4};
    if (status.ok())
      status = open.Publish(update, parameters);
    if (!status.ok())
      return status;
    after_step(step);
  }
  const absl::StatusOr<bool> finished = open.Finish();
  report = open.report();
  return finished.status();
}

/// A few steps of many ranks, on 10,000 parameters each.
static void RunMany(int ranks) {
  static constexpr size_t kElements = 10000;
  static constexpr int64_t kSteps = 2;
  for (const tacit_topology topology : {TACIT_COMPLETE, TACIT_RING}) {
    ChannelText text;
    text.members = {kElements};
    text.topology = topology;
    const HandMadeChannel channel(text);
    auto world = CreateSimulatedWorld(
        {.ranks = ranks, .network = "latency=1ms compute=10ms"});
    ASSERT_TRUE(world.ok());
    std::vector<Vector> w(size_t(ranks), InitialParameters(kElements));
    std::vector<AsyncReport> reports(static_cast<size_t>(ranks));
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      const size_t rank = size_t(communicator.rank());
      return Train(
          communicator, channel.get(), kSteps, w[rank], [](int64_t) {},
          reports[rank]);
    });
    ASSERT_TRUE(status.ok()) << status;
    for (int rank = 0; rank < ranks; ++rank) {
      EXPECT_EQ(reports[size_t(rank)].applied, uint64_t(kSteps * (ranks - 1)));
      EXPECT_EQ(reports[size_t(rank)].missing, 0u);
      for (size_t i = 0; i < kElements; i += 97)
        ASSERT_NEAR(w[size_t(rank)][i], w[0][i], 1e-4);
    }
  }
}

TEST(AsyncScale, HundredsOfRanksRun) { RunMany(150); }

// Run by `ctest -C Long -L Long`.
TEST(AsyncScale, DISABLED_AThousandRanksRun) { RunMany(1000); }

TEST(AsyncScale, TheSteadyStateMakesNoAllocation) {
  for (const tacit_topology topology : {TACIT_COMPLETE, TACIT_RING})
    for (const int64_t max_staleness : {-1, 0, 3}) {
      ChannelText text;
      text.members = {1000};
      text.topology = topology;
      text.max_staleness = max_staleness;
      const HandMadeChannel channel(text);
      auto world = CreateSimulatedWorld(
          {.ranks = 5,
           .network = "latency=1ms bandwidth=10MB compute=10ms slow=3:1.5"});
      ASSERT_TRUE(world.ok());
      size_t begin = 0, end = 0;
      const absl::Status status =
          (*world)->Run([&](Communicator &communicator) {
            Vector w = InitialParameters(1000);
            AsyncReport report;
            return Train(
                communicator, channel.get(), 400, w,
                [&](int64_t step) {
                  if (communicator.rank() == 0 && step == 150)
                    begin = allocations;
                  if (communicator.rank() == 0 && step == 250)
                    end = allocations;
                },
                report);
          });
      ASSERT_TRUE(status.ok()) << status;
      EXPECT_GT(begin, 0u);
      EXPECT_EQ(end - begin, 0u)
          << "topology " << topology << ", max_staleness " << max_staleness;
    }
}
