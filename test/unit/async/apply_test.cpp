//===- apply_test.cpp - Vectors, clocks and graphs of channels ------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/apply.h"
#include "runtime/async/staleness.h"
#include "runtime/async/topology.h"
#include "runtime/async/update_stream.h"
#include "runtime/compute/threads.h"
#include "runtime/support/random.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace tacit;
using testing::ElementsAre;
using testing::IsEmpty;

using Vector = std::vector<float>;

static Vector Numbers(size_t count, uint64_t seed) {
  const Random random(seed, 3);
  Vector values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(random.Normal(i));
  return values;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

TEST(Apply, RoundsEachProductAndEachSum) {
#pragma STDC FP_CONTRACT OFF
  for (const int threads : {1, 2}) {
    ASSERT_TRUE(SetThreads(threads).ok());
    // From the middle of a vector, of every remainder, and in pieces.
    for (const size_t count :
         {0, 1, 7, 15, 16, 17, 31, 33, 100, 32768, 100003}) {
      const Vector before = Numbers(count + 3, 1), u = Numbers(count + 1, 2);
      const auto expect = [&](const char *what, const auto &run,
                              const auto &term) {
        Vector w = before;
        run(w.data() + 1, u.data() + 1);
        for (size_t i = 0; i < w.size(); ++i) {
          const bool inside = i >= 1 && i <= count;
          const float wanted = inside ? term(before[i], u[i]) : before[i];
          ASSERT_EQ(w[i], wanted) << what << " at " << i << " of " << count;
        }
      };
      expect(
          "w -= u",
          [&](float *w, const float *v) { SubtractFrom(w, v, count); },
          [](float a, float b) { return a - b; });
      expect(
          "w -= 0.3 u",
          [&](float *w, const float *v) { SubtractScaled(w, 0.3f, v, count); },
          [](float a, float b) {
            const volatile float product = 0.3f * b;
            return a - product;
          });
      expect(
          "w += u", [&](float *w, const float *v) { AddTo(w, v, count); },
          [](float a, float b) { return a + b; });
      expect(
          "w *= 0.3", [&](float *w, const float *) { Scale(w, 0.3f, count); },
          [](float a, float) { return a * 0.3f; });
      expect(
          "w /= 3", [&](float *w, const float *) { Divide(w, 3, count); },
          [](float a, float) { return a / 3; });
    }
  }
  ASSERT_TRUE(SetThreads(1).ok());
}

TEST(Apply, SumsSquaresInDouble) {
  const Vector u = Numbers(100003, 5);
  double sum = 0;
  for (const float x : u)
    sum += double(x) * double(x);
  EXPECT_NEAR(SumOfSquares(u.data(), u.size()), sum, 1e-9 * sum);
  EXPECT_EQ(SumOfSquares(u.data(), 0), 0);
  const Vector bad = {1, std::numeric_limits<float>::infinity()};
  EXPECT_TRUE(std::isnan(SumOfSquares(bad.data(), 2)));
}

//===----------------------------------------------------------------------===//
// Staleness
//===----------------------------------------------------------------------===//

TEST(Staleness, IsTheSizeOfTheSymmetricDifference) {
  StalenessMeter meter(3);
  for (const int origin : {0, 0, 0, 1, 2, 2})
    meter.Count(origin);
  EXPECT_THAT(meter.clock(), ElementsAre(3, 1, 2));
  EXPECT_EQ(meter.Of({3, 1, 2}), 0u);
  EXPECT_EQ(meter.Of({0, 0, 0}), 6u);
  EXPECT_EQ(meter.Of({1, 4, 2}), 5u); // Behind by two, ahead by three.
}

TEST(Staleness, IsCountedByPowersOfTwo) {
  StalenessMeter meter(2);
  for (const uint64_t staleness : {0, 1, 2, 3, 4, 7, 8})
    meter.Record(staleness);
  const StalenessCounts recent = meter.TakeRecent();
  EXPECT_EQ(recent.updates, 7u);
  EXPECT_EQ(recent.maximum, 8u);
  EXPECT_DOUBLE_EQ(recent.average(), 25.0 / 7);
  for (const auto &[bucket, count] :
       {std::pair(0, 1), {1, 1}, {2, 2}, {3, 2}, {4, 1}, {5, 0}})
    EXPECT_EQ(recent.histogram[size_t(bucket)], uint64_t(count)) << bucket;
  EXPECT_EQ(meter.TakeRecent().updates, 0u);
  meter.Record(uint64_t{1} << 60);
  StalenessCounts total = meter.total();
  EXPECT_EQ(total.histogram[StalenessCounts::kBuckets - 1], 1u);
  total.Add(recent);
  EXPECT_EQ(total.updates, 15u);
  EXPECT_EQ(StalenessCounts().average(), 0);
}

//===----------------------------------------------------------------------===//
// Numbers and graphs
//===----------------------------------------------------------------------===//

TEST(SeenNumbers, InAnyOrder) {
  const Random random(1, 1);
  std::vector<uint64_t> order(200);
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  for (size_t i = order.size() - 1; i > 0; --i)
    std::swap(order[i], order[random.Below(i, i + 1)]);
  SeenNumbers seen;
  std::vector<bool> there(order.size() + 1);
  for (const uint64_t number : order) {
    EXPECT_FALSE(seen.Contains(number));
    EXPECT_TRUE(seen.Add(number));
    EXPECT_FALSE(seen.Add(number));
    EXPECT_TRUE(seen.Contains(number));
    there[number] = true;
    const auto first_gap = std::find(there.begin(), there.end(), false);
    EXPECT_EQ(seen.prefix(), uint64_t(first_gap - there.begin()));
  }
}

static Topology Create(tacit_topology kind, int ranks,
                       std::vector<int32_t> edges = {}) {
  tacit_channel channel = {};
  channel.name = "updates";
  channel.topology = kind;
  channel.edges = edges.data();
  channel.num_edges = static_cast<uint32_t>(edges.size() / 2);
  absl::StatusOr<Topology> topology = Topology::Create(channel, ranks);
  EXPECT_TRUE(topology.ok()) << topology.status();
  return *std::move(topology);
}

TEST(Topology, HasItsNeighbours) {
  EXPECT_THAT(Create(TACIT_COMPLETE, 4).Neighbours(2), ElementsAre(0, 1, 3));
  EXPECT_THAT(Create(TACIT_RING, 5).Neighbours(0), ElementsAre(1, 4));
  EXPECT_THAT(Create(TACIT_RING, 2).Neighbours(0), ElementsAre(1));
  EXPECT_THAT(Create(TACIT_RING, 1).Neighbours(0), IsEmpty());
  // p + 1, p + 2, p + 4, p + 8, and those of which it is one.
  EXPECT_THAT(Create(TACIT_EXPONENTIAL, 12).Neighbours(1),
              ElementsAre(0, 2, 3, 5, 9, 11));
  EXPECT_THAT(Create(TACIT_EDGES, 4, {0, 1, 2, 1, 1, 0, 3, 2}).Neighbours(1),
              ElementsAre(0, 2));
  EXPECT_TRUE(Create(TACIT_RING, 3).complete());
  EXPECT_FALSE(Create(TACIT_RING, 4).complete());
  EXPECT_TRUE(Create(TACIT_EXPONENTIAL, 5).complete());
  EXPECT_FALSE(Create(TACIT_EXPONENTIAL, 6).complete());
  EXPECT_TRUE(Create(TACIT_EDGES, 3, {0, 1, 1, 2, 2, 0}).complete());
}

TEST(Topology, NeighboursOfALostRankBecomeNeighbours) {
  // A line 0 - 1 - 2 - 3 - 4, whose inner ranks are lost in any order.
  for (std::vector<int> lost : {std::vector{1, 2, 3}, {3, 2, 1}, {2, 1, 3}}) {
    Topology line = Create(TACIT_EDGES, 5, {0, 1, 1, 2, 2, 3, 3, 4});
    line.Lose(lost[0]);
    EXPECT_THAT(line.Neighbours(lost[0] == 1 ? 0 : lost[0] - 1),
                testing::Contains(lost[0] + 1));
    line.Lose(lost[1]);
    line.Lose(lost[2]);
    EXPECT_THAT(line.Neighbours(0), ElementsAre(4));
    EXPECT_THAT(line.Neighbours(4), ElementsAre(0));
    EXPECT_FALSE(line.IsLive(2));
  }
  Topology star = Create(TACIT_EDGES, 4, {0, 1, 0, 2, 0, 3});
  EXPECT_THAT(star.Neighbours(3), ElementsAre(0));
  star.Lose(0);
  EXPECT_THAT(star.Neighbours(3), ElementsAre(1, 2));
}
