//===- period_test.cpp - AdaComm's period ---------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/period.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <string>

namespace tacit {
namespace {

int64_t Next(int64_t period, int64_t initial, double loss, double first,
             double ratio = 1) {
  return NextPeriod({period, initial, loss, first, ratio}).value();
}

TEST(NextPeriod, FallsWithTheRootOfTheLoss) {
  EXPECT_EQ(Next(32, 32, 0.25, 1), 16);
  EXPECT_EQ(Next(32, 32, 0.24, 1), 16); // 15.68, rounded up.
  EXPECT_EQ(Next(16, 32, 0.01, 1), 4);
  EXPECT_EQ(Next(4, 32, 1e-9, 1), 1);
}

TEST(NextPeriod, IsOneWhereNothingIsLeftToLearn) {
  EXPECT_EQ(Next(32, 32, 0, 1), 1);
}

TEST(NextPeriod, IsHalvedWhereItWouldNotFall) {
  EXPECT_EQ(Next(32, 32, 1, 1), 16);
  EXPECT_EQ(Next(9, 32, 4, 1), 5);
  // The last test: a lower rate alone would lengthen the period.
  EXPECT_EQ(Next(8, 8, 1, 1, 100), 4);
}

TEST(NextPeriod, FollowsTheLearningRate) {
  EXPECT_EQ(Next(32, 32, 0.01, 1, 4), 7); // 32 * 0.2 = 6.4
}

TEST(NextPeriod, IsNeverBelowOne) {
  EXPECT_EQ(Next(1, 1, 1, 1), 1);
  EXPECT_EQ(Next(1, 32, 1, 1), 1);
  EXPECT_EQ(Next(2, 1, std::numeric_limits<double>::min(), 1e300), 1);
}

TEST(NextPeriod, HasNoLimitThatOverflows) {
  const int64_t largest = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Next(largest, largest, 1e300, 1e-300), largest / 2 + 1);
}

TEST(NextPeriod, RefusesLossesThatSayNothing) {
  const double nan = std::nan(""),
               inf = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -1.0, nan, inf}) {
    EXPECT_THAT(std::string(NextPeriod({8, 8, 1, bad, 1}).status().message()),
                testing::StartsWith("the period cannot be adapted: the mean "
                                    "loss of the first round is "));
    if (bad != 0)
      EXPECT_THAT(std::string(NextPeriod({8, 8, bad, 1, 1}).status().message()),
                  testing::StartsWith("the period cannot be adapted: the mean "
                                      "loss of the round is "));
    EXPECT_FALSE(NextPeriod({8, 8, 1, 1, bad}).ok());
  }
}

} // namespace
} // namespace tacit
