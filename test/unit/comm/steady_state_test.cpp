//===- steady_state_test.cpp - Exchanges make no allocation ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/transport.h"
#include "runtime/comm/world.h"
#include "test/unit/comm/sparse_cases.h"
#include "test/unit/support/count_allocations.h"

#include "gtest/gtest.h"

#include <vector>

using namespace tacit;

/// A step with exchanges of every kind and algorithm, several in flight.
static absl::Status Step(Communicator &communicator, std::vector<float> &small,
                         std::vector<float> &large, std::vector<float> &all) {
  communicator.ChargeCompute(0);
  const auto a = communicator.StartAllReduce(
      "large", large.data(), large.size(), TACIT_F32, TACIT_MEAN);
  const auto b = communicator.StartAllReduce(
      "small", small.data(), small.size(), TACIT_F32, TACIT_SUM);
  const size_t share = all.size() / static_cast<size_t>(communicator.size());
  const auto c = communicator.StartAllGather("all", small.data() + 10,
                                             all.data(), share * sizeof(float));
  const auto d = communicator.StartBroadcast("broadcast", large.data(), 0, 0);
  absl::Status status = communicator.Progress();
  for (const auto &token : {c, a, d, b})
    status.Update(communicator.Await(*token));
  status.Update(communicator.Broadcast("large", large.data(),
                                       large.size() * sizeof(float), 1));
  status.Update(
      communicator.AllGather("small", small.data(), all.data(), sizeof(float)));
  return status;
}

TEST(SteadyState, MakesNoAllocation) {
  for (int ranks : {2, 3, 4, 7}) {
    auto world = CreateSimulatedWorld(
        {.ranks = ranks,
         .network = "latency=50us bandwidth=1Gbit compute=1ms"});
    ASSERT_TRUE(world.ok());
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      std::vector<float> small(70000), large(200000);
      std::vector<float> all(static_cast<size_t>(ranks) * 30000);
      absl::Status status;
      for (int step = 0; step < 3; ++step)
        status.Update(Step(communicator, small, large, all));
      // Nobody counts before everybody is here.
      float barrier = 0;
      status.Update(
          communicator.AllReduce("barrier", &barrier, 1, TACIT_F32, TACIT_SUM));
      const size_t before = allocations;
      for (int step = 0; step < 5; ++step)
        status.Update(Step(communicator, small, large, all));
      EXPECT_EQ(allocations, before) << communicator.rank();
      // Nobody leaves, and allocates, while others count.
      status.Update(
          communicator.AllReduce("barrier", &barrier, 1, TACIT_F32, TACIT_SUM));
      return status;
    });
    EXPECT_TRUE(status.ok()) << status;
  }
}

/// Everyone sends to everyone, into channels that fill up, and takes as much.
TEST(SteadyState, MessagesMakeNoAllocation) {
  for (int ranks : {2, 3, 7}) {
    auto world = CreateSimulatedWorld(
        {.ranks = ranks,
         .network = "latency=50us bandwidth=1Gbit compute=1ms slow=1:3"});
    ASSERT_TRUE(world.ok());
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      Inbox &inbox = **communicator.OpenInbox({.window = 2});
      int came = 0;
      const auto take = [&](Arrival) {
        ++came;
        return absl::OkStatus();
      };
      absl::Status status;
      size_t before = 0;
      for (int step = 0; step < 40; ++step) {
        communicator.ChargeCompute(step);
        for (size_t i = 0; i < 3; ++i) {
          const Message message = inbox.New({.kind = 1}, 1000 * (i + 1));
          for (int to = 0; to < ranks; ++to)
            if (to != communicator.rank())
              status.Update(inbox.Send(to, message, take));
        }
        while (came < 3 * (ranks - 1) * (step + 1) && status.ok()) {
          status.Update(inbox.Wait(kNever));
          status.Update(inbox.Receive(take));
        }
        // Two, as in the end, where nobody leaves while others count.
        for (float barrier : {0.0f, 0.0f})
          status.Update(communicator.AllReduce("barrier", &barrier, 1,
                                               TACIT_F32, TACIT_SUM));
        if (step == 20)
          before = allocations;
      }
      EXPECT_EQ(allocations, before) << communicator.rank();
      float barrier = 0;
      status.Update(
          communicator.AllReduce("barrier", &barrier, 1, TACIT_F32, TACIT_SUM));
      return status;
    });
    EXPECT_TRUE(status.ok()) << status;
  }
}

/// Three steps in turn, whose messages have other lengths.
TEST(SteadyState, SparseExchangesMakeNoAllocation) {
  using namespace tacit::sparse_cases;
  static constexpr uint64_t kElements = 20000, kCount = 500;
  for (int ranks : {1, 2, 3, 4, 7}) {
    auto world = CreateSimulatedWorld(
        {.ranks = ranks, .network = "latency=50us bandwidth=1Gbit"});
    ASSERT_TRUE(world.ok());
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      std::vector<float> rest(kElements);
      std::vector<SparseVector> steps;
      for (uint64_t step = 0; step < 3; ++step)
        steps.push_back(Inputs(kRandom, ranks, kElements, kCount,
                               step)[static_cast<size_t>(communicator.rank())]);
      SparseBuffer input(kElements, kCount);
      SparseBuffer output(kElements, kCount * static_cast<uint64_t>(ranks));
      absl::Status status;
      size_t before = 0;
      for (size_t step = 0; step < 18; ++step) {
        input.Set(steps[step % 3]);
        // Nobody counts before everybody is here; and with ranks always as far
        // ahead of each other, as many messages wait for them.
        float barrier = 0;
        status.Update(communicator.AllReduce("barrier", &barrier, 1, TACIT_F32,
                                             TACIT_SUM));
        if (step == 12)
          before = allocations;
        for (SparseAlgorithm algorithm :
             {SparseAlgorithm::kAllGather, SparseAlgorithm::kGtopK,
              SparseAlgorithm::kOkTopK}) {
          SparseExchange how;
          how.algorithm = algorithm;
          how.elements = kElements;
          how.keep = how.input_capacity = kCount;
          how.input = input.data();
          how.output = output.data();
          how.output_capacity = kCount * static_cast<uint64_t>(ranks);
          how.rest = rest.data();
          status.Update(communicator.Sparse("sparse", how));
        }
      }
      EXPECT_EQ(allocations, before) << communicator.rank();
      float barrier = 0;
      status.Update(
          communicator.AllReduce("barrier", &barrier, 1, TACIT_F32, TACIT_SUM));
      return status;
    });
    EXPECT_TRUE(status.ok()) << status;
  }
}
