//===- digits_test.cpp - Generated images of the ten digits ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/digits.h"

#include "runtime/support/random.h"

#include "gtest/gtest.h"

#include <array>
#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

namespace tacit {
namespace {

using Image = std::array<unsigned char, kDigitPixels>;

Image Painted(const Digits &digits, int64_t row) {
  Image image;
  digits.Paint(row, image.data());
  return image;
}

TEST(Digits, TenRowsHoldEachDigitOnce) {
  const Digits digits(3);
  bool sorted_everywhere = true;
  for (int64_t block = 0; block < 50; ++block) {
    int seen = 0;
    for (int64_t row = block * 10; row < block * 10 + 10; ++row) {
      seen |= 1 << digits.Label(row);
      sorted_everywhere &= digits.Label(row) == row % 10;
    }
    EXPECT_EQ(seen, 1023);
  }
  EXPECT_FALSE(sorted_everywhere);
}

// Written down from a first run: the same on every machine and compiler.
TEST(Digits, Checksum) {
  const Digits digits(0);
  uint64_t hash = 0;
  for (int64_t row = 0; row < 1000; ++row) {
    const Image image = Painted(digits, row);
    for (unsigned char pixel : image)
      hash = Random::Mix(hash ^ pixel);
    hash = Random::Mix(hash ^ static_cast<uint64_t>(digits.Label(row)));
  }
  EXPECT_EQ(hash, 0xe6a4c772a187665fu) << std::hex << hash;
}

TEST(Digits, ARowDependsOnSeedAndNumberAlone) {
  const Digits digits(1), same(1), other(2);
  const Image far = Painted(digits, 59999);
  Painted(same, 5);
  EXPECT_EQ(far, Painted(same, 59999));
  EXPECT_NE(far, Painted(other, 59999));
  EXPECT_NE(far, Painted(digits, 59989));
}

TEST(Digits, ThreadsPaintTheSame) {
  const Digits digits(4);
  const int rows = 200;
  std::vector<Image> alone(rows), together(rows);
  for (int i = 0; i < rows; ++i)
    alone[i] = Painted(digits, i);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = t; i < rows; i += 4)
        together[i] = Painted(digits, i);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(alone, together);
}

TEST(Digits, EveryImageHasInkAndPaper) {
  const Digits digits(0);
  for (int64_t row = 0; row < 5000; ++row) {
    const Image image = Painted(digits, row);
    int dark = 0, light = 0;
    for (unsigned char pixel : image) {
      dark += pixel > 96;
      light += pixel < 64;
    }
    ASSERT_GT(dark, 10) << "row " << row;
    ASSERT_GT(light, 300) << "row " << row;
  }
}

TEST(Digits, TheMiddleOfADigitIsInTheMiddle) {
  const Digits digits(0);
  for (int64_t row = 0; row < 1000; ++row) {
    const Image image = Painted(digits, row);
    double x = 0, y = 0, total = 0;
    for (int i = 0; i < kDigitPixels; ++i) {
      const double ink = image[i] > 100 ? image[i] : 0;
      x += ink * (i % kDigitSize + 0.5);
      y += ink * (i / kDigitSize + 0.5);
      total += ink;
    }
    ASSERT_NEAR(x / total, 14, 6) << "row " << row;
    ASSERT_NEAR(y / total, 14, 6) << "row " << row;
  }
}

/// Each image to the nearest of the ten classes' means: a linear classifier.
TEST(Digits, ClassesDifferButMeansDoNotSettleThem) {
  const Digits digits(0);
  const int train = 4000, test = 1000;
  std::vector<std::array<double, kDigitPixels>> means(10);
  for (int64_t row = 0; row < train; ++row) {
    const Image image = Painted(digits, row);
    for (int i = 0; i < kDigitPixels; ++i)
      means[digits.Label(row)][i] += image[i] / (train / 10.0);
  }
  int correct = 0;
  for (int64_t row = train; row < train + test; ++row) {
    const Image image = Painted(digits, row);
    double least = INFINITY;
    int nearest = -1;
    for (int digit = 0; digit < 10; ++digit) {
      double distance = 0;
      for (int i = 0; i < kDigitPixels; ++i)
        distance += (image[i] - means[digit][i]) * (image[i] - means[digit][i]);
      if (distance < least) {
        least = distance;
        nearest = digit;
      }
    }
    correct += nearest == digits.Label(row);
  }
  EXPECT_GT(correct, test * 50 / 100);
  EXPECT_LT(correct, test * 90 / 100);
}

} // namespace
} // namespace tacit
