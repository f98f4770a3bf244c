//===- sampler_test.cpp - Which rows a rank takes at a step ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/sampler.h"

#include "runtime/support/random.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace tacit {
namespace {

std::vector<int64_t> Rows(Sampler &sampler, int64_t step, int64_t batch) {
  std::vector<int64_t> rows(static_cast<size_t>(batch));
  sampler.RowsOfStep(step, rows.data());
  return rows;
}

TEST(Sampler, UnshuffledFollowsTheFormula) {
  for (int64_t n : {1, 5, 64, 1000})
    for (int64_t batch : {1, 7, 16})
      for (int ranks : {1, 3, 4})
        for (int rank = 0; rank < ranks; ++rank) {
          Sampler sampler({n, batch, ranks, rank, false, 9});
          for (int64_t t : {0, 1, 2, 100, 12345}) {
            const std::vector<int64_t> rows = Rows(sampler, t, batch);
            for (int64_t j = 0; j < batch; ++j)
              ASSERT_EQ(rows[j], ((t * ranks + rank) * batch + j) % n);
          }
        }
}

TEST(Sampler, StepsPerEpoch) {
  EXPECT_EQ(Sampler({8000, 64, 1, 0, true, 0}).steps_per_epoch(), 125);
  EXPECT_EQ(Sampler({8000, 16, 4, 2, true, 0}).steps_per_epoch(), 125);
  EXPECT_EQ(Sampler({127, 16, 4, 0, true, 0}).steps_per_epoch(), 1);
  EXPECT_EQ(Sampler({3, 16, 4, 0, false, 0}).steps_per_epoch(), 1);
}

TEST(Sampler, OverflowsNothing) {
  Sampler sampler({1000, 1 << 20, 1000, 999, false, 0});
  std::vector<int64_t> rows(1 << 20);
  const int64_t step = int64_t{1} << 62;
  sampler.RowsOfStep(step, rows.data());
  // (2^62 1000 + 999) 2^20 mod 1000 = 999 * 2^20 mod 1000.
  EXPECT_EQ(rows[0], (999ll << 20) % 1000);
}

TEST(Sampler, AnEpochIsAPermutationDealtToTheRanks) {
  const int64_t n = 240, batch = 10;
  const int ranks = 4;
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<int64_t> seen;
    for (int rank = 0; rank < ranks; ++rank) {
      Sampler sampler({n, batch, ranks, rank, true, 5});
      ASSERT_EQ(sampler.steps_per_epoch(), 6);
      for (int64_t t = 0; t < 6; ++t) {
        const auto rows = Rows(sampler, epoch * 6 + t, batch);
        seen.insert(seen.end(), rows.begin(), rows.end());
      }
    }
    std::sort(seen.begin(), seen.end());
    std::vector<int64_t> all(n);
    std::iota(all.begin(), all.end(), int64_t{0});
    EXPECT_EQ(seen, all) << "epoch " << epoch;
  }
}

// The header's words, written once more.
TEST(Sampler, ThePermutationIsTheOneThatIsDocumented) {
  const int64_t n = 101;
  const uint64_t seed = 42;
  for (uint64_t epoch : {0, 1, 7}) {
    std::vector<int64_t> expected(n);
    std::iota(expected.begin(), expected.end(), int64_t{0});
    const Random random(seed, 3 * (uint64_t{1} << 32) + epoch);
    for (int64_t i = n - 1; i >= 1; --i) {
      const auto product =
          static_cast<unsigned __int128>(random.Word(n - 1 - i)) *
          static_cast<uint64_t>(i + 1);
      std::swap(expected[i], expected[static_cast<int64_t>(product >> 64)]);
    }
    Sampler sampler({n, n, 1, 0, true, seed});
    EXPECT_EQ(Rows(sampler, static_cast<int64_t>(epoch), n), expected);
  }
}

// From a program of its own, so that a change of the order is noticed.
TEST(Sampler, TheFirstRowsOfSeedZero) {
  Sampler sampler({60000, 8, 1, 0, true, 0});
  EXPECT_EQ(Rows(sampler, 0, 8),
            (std::vector<int64_t>{15225, 48102, 1421, 42015, 7635, 30668, 36657,
                                  10222}));
}

TEST(Sampler, RowsOfItsOwnComeFromASeedOfItsOwn) {
  std::vector<int64_t> own;
  for (int64_t i = 0; i < 23; ++i)
    own.push_back(100 + 7 * i);
  for (const int rank : {0, 3}) {
    SamplerOptions options;
    options.batch = 5;
    options.ranks = 4;
    options.rank = rank;
    options.seed = 8;
    options.own = own;
    Sampler sampler(options);
    EXPECT_EQ(sampler.steps_per_epoch(), 4);
    sampler.set_steps_per_epoch(6);
    const uint64_t seed =
        Random(8, (uint64_t{10} << 32) + static_cast<uint64_t>(rank)).Word(0);
    Sampler plain({23, 5, 1, 0, true, seed});
    plain.set_steps_per_epoch(6);
    for (const int64_t t : {0, 3, 5, 6, 13}) {
      std::vector<int64_t> wanted = Rows(plain, t, 5);
      for (int64_t &row : wanted)
        row = own[row];
      EXPECT_EQ(Rows(sampler, t, 5), wanted);
    }
  }
}

TEST(Sampler, EpochsAndSeedsDiffer) {
  Sampler sampler({1000, 100, 1, 0, true, 1});
  const auto first = Rows(sampler, 0, 100);
  EXPECT_NE(first, Rows(sampler, 10, 100));
  Sampler other({1000, 100, 1, 0, true, 2});
  EXPECT_NE(first, Rows(other, 0, 100));
  EXPECT_EQ(first, Rows(sampler, 0, 100)) << "going back to an epoch";
}

TEST(Sampler, ABatchLargerThanTheSetWraps) {
  Sampler sampler({3, 7, 1, 0, true, 1});
  for (int64_t t = 0; t < 4; ++t) {
    const auto rows = Rows(sampler, t, 7);
    for (int j = 0; j + 3 < 7; ++j)
      EXPECT_EQ(rows[j], rows[j + 3]);
    std::vector<int64_t> three(rows.begin(), rows.begin() + 3);
    std::sort(three.begin(), three.end());
    EXPECT_EQ(three, (std::vector<int64_t>{0, 1, 2}));
  }
}

} // namespace
} // namespace tacit
