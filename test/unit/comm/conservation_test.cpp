//===- conservation_test.cpp - No exchange loses anything -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// After every exchange, the sum of residuals and P times what was applied is
/// what went in.
///
//===----------------------------------------------------------------------===//

#include "test/unit/comm/sparse_cases.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

using namespace tacit;
using namespace tacit::sparse_cases;

/// The largest error of an element, in units of the rounding of one addition
/// of all that its ranks have.
static double LargestError(const std::vector<SparseVector> &inputs,
                           const std::vector<std::vector<float>> &before,
                           const Outcome &outcome) {
  const size_t ranks = inputs.size();
  double largest = 0;
  for (size_t i = 0; i < before[0].size(); ++i) {
    double went_in = 0, came_out = 0, magnitude = 0;
    for (size_t rank = 0; rank < ranks; ++rank) {
      const auto it = inputs[rank].find(i);
      const double own = it == inputs[rank].end() ? 0 : it->second;
      went_in += own + before[rank][i];
      magnitude += std::abs(own) + std::abs(before[rank][i]);
      came_out += outcome.rests[rank][i];
    }
    if (const auto it = outcome.outputs[0].find(i);
        it != outcome.outputs[0].end())
      came_out += static_cast<double>(ranks) * it->second;
    if (went_in != came_out)
      largest = std::max(
          largest, std::abs(went_in - came_out) /
                       (magnitude * std::numeric_limits<float>::epsilon()));
  }
  return largest;
}

namespace {

class Conservation
    : public testing::TestWithParam<std::tuple<SparseAlgorithm, int>> {};

} // namespace

TEST_P(Conservation, HoldsStepAfterStep) {
  const auto [algorithm, ranks] = GetParam();
  const uint64_t elements = 300, count = 20;
  SparseExchange how;
  how.algorithm = algorithm;
  how.elements = elements;
  how.keep = count;
  for (int kind = 0; kind < kKinds; ++kind)
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const auto inputs = Inputs(Kind(kind), ranks, elements, count, seed);
      const auto before = Rests(inputs, elements, seed);
      const auto outcome = RunSparse(how, inputs, before);
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      // Each of P ranks' residuals, and each of the additions, rounds.
      EXPECT_LE(LargestError(inputs, before, *outcome), 2.0 * ranks)
          << kKindNames[kind] << " " << seed;
    }
}

TEST_P(Conservation, IsLostWithoutPutBack) {
  const auto [algorithm, ranks] = GetParam();
  if (algorithm == SparseAlgorithm::kAllGather || ranks == 1)
    return; // Nothing is left out.
  SparseExchange how;
  how.algorithm = algorithm;
  how.put_back = PutBack::kNone;
  how.elements = 300;
  how.keep = 20;
  const auto inputs = Inputs(kRandom, ranks, 300, 20, 1);
  const auto before = Rests(inputs, 300, 1);
  const auto outcome = RunSparse(how, inputs, before);
  ASSERT_TRUE(outcome.ok());
  EXPECT_GT(LargestError(inputs, before, *outcome), 1000);
}

INSTANTIATE_TEST_SUITE_P(
    Exchanges, Conservation,
    testing::Combine(testing::Values(SparseAlgorithm::kAllGather,
                                     SparseAlgorithm::kGtopK,
                                     SparseAlgorithm::kOkTopK),
                     testing::Values(1, 2, 3, 4, 5, 6, 7, 8, 9, 16)));

TEST(PublishedPutBack, LosesWhatMergesDrop) {
  SparseExchange how;
  how.put_back = PutBack::kPublished;
  how.elements = 300;
  how.keep = 20;
  const auto inputs = Inputs(kRandom, 8, 300, 20, 1);
  const auto before = Rests(inputs, 300, 1);
  const auto outcome = RunSparse(how, inputs, before);
  ASSERT_TRUE(outcome.ok());
  EXPECT_GT(LargestError(inputs, before, *outcome), 1000);
}
