//===- random_test.cpp - Numbers by seed, stream and index ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/support/random.h"

#include "gtest/gtest.h"

#include <cmath>
#include <set>
#include <vector>

namespace tacit {
namespace {

TEST(Random, MixIsTheFinalizerOfSplitmix64) {
  // The first outputs of splitmix64 with seed 0: mix of G, 2 G and 3 G.
  const uint64_t g = 0x9E3779B97F4A7C15u;
  EXPECT_EQ(Random::Mix(g), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(Random::Mix(2 * g), 0x6E789E6AA1B965F4u);
  EXPECT_EQ(Random::Mix(3 * g), 0x06C45D188009454Fu);
}

TEST(Random, WordsFollowTheFormula) {
  const uint64_t g = 0x9E3779B97F4A7C15u;
  for (uint64_t seed : {uint64_t{0}, uint64_t{7}, ~uint64_t{0}})
    for (uint64_t stream : {uint64_t{0}, uint64_t{5}, kEpochStreams + 3}) {
      const Random random(seed, stream);
      const uint64_t base = Random::Mix(seed + g * (stream + 1));
      for (uint64_t n = 0; n < 5; ++n)
        EXPECT_EQ(random.Word(n), Random::Mix(base + g * (n + 1)));
    }
}

TEST(Random, StreamsAndSeedsDiffer) {
  std::set<uint64_t> words;
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (uint64_t stream = 0; stream < 20; ++stream)
      words.insert(Random(seed, stream).Word(0));
  EXPECT_EQ(words.size(), 400u);
}

TEST(Random, BelowStaysBelowAndReachesEverything) {
  const Random random(1, 2);
  std::vector<int> counts(7);
  for (uint64_t n = 0; n < 7000; ++n) {
    const uint64_t value = random.Below(n, 7);
    ASSERT_LT(value, 7u);
    ++counts[value];
  }
  for (int count : counts)
    EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(random.Below(0, 0), 0u);
  EXPECT_EQ(random.Below(3, 1), 0u);
}

TEST(Random, DoubleIsUniform) {
  const Random random(3, 0);
  double sum = 0;
  for (uint64_t n = 0; n < 100000; ++n) {
    const double value = random.Double(n);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / 100000, 0.5, 0.005);
}

TEST(Random, LogarithmAndCosineAgreeWithTheLibrary) {
  const Random random(4, 0);
  for (uint64_t n = 0; n < 100000; ++n) {
    const double u = 1 - random.Double(n);
    ASSERT_NEAR(PortableLog(u), std::log(u), 4e-16 * (1 - std::log(u))) << u;
    ASSERT_NEAR(PortableLog(1e6 * u), std::log(1e6 * u), 1e-14) << u;
    double cosine, sine;
    PortableCosSin2Pi(random.Double(n), cosine, sine);
    const double angle = 2 * M_PI * random.Double(n);
    ASSERT_NEAR(cosine, std::cos(angle), 1e-15) << angle;
    ASSERT_NEAR(sine, std::sin(angle), 1e-15) << angle;
  }
  EXPECT_EQ(PortableLog(1), 0);
  double cosine, sine;
  PortableCosSin2Pi(0.25, cosine, sine);
  EXPECT_EQ(cosine, 0);
  EXPECT_EQ(sine, 1);
}

TEST(Random, NormalHasTheMomentsOfANormal) {
  const Random random(5, 6);
  const int count = 200000;
  double first = 0, second = 0, fourth = 0;
  for (int n = 0; n < count; ++n) {
    const double z = random.Normal(n);
    ASSERT_TRUE(std::isfinite(z));
    first += z;
    second += z * z;
    fourth += z * z * z * z;
  }
  EXPECT_NEAR(first / count, 0, 0.01);
  EXPECT_NEAR(second / count, 1, 0.02);
  EXPECT_NEAR(fourth / count, 3, 0.1);
}

// The last bit too: initial values and data sets must not depend on the
// machine or the compiler.
TEST(Random, NormalIsTheSameEverywhere) {
  const Random random(0, 0);
  uint64_t hash = 0;
  for (uint64_t n = 0; n < 10000; ++n)
    hash = Random::Mix(hash ^ std::bit_cast<uint64_t>(random.Normal(n)));
  EXPECT_EQ(hash, 0x7d535205f0db2d2au) << std::hex << hash;
}

} // namespace
} // namespace tacit
