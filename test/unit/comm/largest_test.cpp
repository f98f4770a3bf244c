//===- largest_test.cpp - The largest of some numbers ---------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/largest.h"
#include "runtime/support/random.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

using namespace tacit;

/// Positions of the `keep` largest magnitudes, of equal ones the first.
static std::vector<size_t> Largest(const std::vector<float> &values,
                                   size_t keep) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const float x = std::abs(values[a]), y = std::abs(values[b]);
    return x > y || (x == y && a < b);
  });
  order.resize(std::min(keep, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

static void ExpectLargest(const std::vector<float> &values) {
  std::vector<uint32_t> workspace(values.size());
  for (size_t keep = 0; keep <= values.size() + 1; ++keep) {
    Cut cut = FindCut(values.data(), values.size(), keep, workspace.data());
    std::vector<size_t> kept;
    for (size_t i = 0; i < values.size(); ++i)
      if (cut.Keeps(values[i]))
        kept.push_back(i);
    ASSERT_EQ(kept, Largest(values, keep)) << keep << " of " << values.size();
  }
}

TEST(Largest, IsThatOfASort) {
  const Random random(1, 2);
  for (size_t count : {0, 1, 2, 3, 17, 200}) {
    std::vector<float> uniform, ties, wide;
    for (size_t i = 0; i < count; ++i) {
      const double value = 2 * random.Double(i) - 1;
      uniform.push_back(static_cast<float>(value));
      ties.push_back(static_cast<float>(std::round(3 * value)));
      wide.push_back(static_cast<float>(std::pow(10.0, 40 * value)));
    }
    ExpectLargest(uniform);
    ExpectLargest(ties);
    ExpectLargest(wide); // infinities and denormals among them
  }
}

TEST(Largest, OrdersSpecialNumbers) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float least = std::numeric_limits<float>::denorm_min();
  ExpectLargest({0.0f, -0.0f, least, -least, 1.0f, -infinity,
                 std::numeric_limits<float>::max(), infinity, -0.0f});
  ExpectLargest(std::vector<float>(50, -0.0f));
}
