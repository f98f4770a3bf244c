//===- sparse_all_gather_test.cpp - The sparse all-gather against its definition
//===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/comm/sparse_cases.h"

#include "gtest/gtest.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace tacit;
using namespace tacit::sparse_cases;

static SparseExchange AllGather(uint64_t elements,
                                IndexEncoding encoding = IndexEncoding::kAuto) {
  SparseExchange how;
  how.algorithm = SparseAlgorithm::kAllGather;
  how.encoding = encoding;
  how.elements = elements;
  return how;
}

TEST(SparseAllGather, SumsInRankOrder) {
  for (int kind = 0; kind < kKinds; ++kind)
    for (int ranks : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16})
      for (uint64_t elements : {1, 12, 300, 70000}) {
        if (elements == 70000 && ranks != 3 && ranks != 8)
          continue;
        for (uint64_t count : {uint64_t{0}, uint64_t{1}, elements / 30,
                               std::min<uint64_t>(elements, 500)})
          for (IndexEncoding encoding :
               {IndexEncoding::kPlain, IndexEncoding::kAuto}) {
            auto inputs = Inputs(Kind(kind), ranks, elements, count, 3);
            if (ranks == 5)
              inputs[2].clear();
            const auto outcome =
                RunSparse(AllGather(elements, encoding), inputs, {});
            ASSERT_TRUE(outcome.ok()) << outcome.status();
            const SparseVector wanted = DefineAllGather(inputs);
            for (const SparseVector &output : outcome->outputs)
              ASSERT_TRUE(SameBits(output, wanted))
                  << kKindNames[kind] << " P=" << ranks << " n=" << elements
                  << " k=" << count;
          }
      }
}

TEST(SparseAllGather, SendsTheBytesOfTheFormula) {
  for (int ranks = 1; ranks <= 9; ++ranks) {
    const auto outcome = RunSparse(AllGather(9000, IndexEncoding::kPlain),
                                   Inputs(kRandom, ranks, 9000, 40, 4), {});
    ASSERT_TRUE(outcome.ok());
    for (const Traffic &traffic : outcome->traffic)
      EXPECT_EQ(traffic.bytes_sent, 8u * 40 * static_cast<size_t>(ranks - 1));
  }
}

TEST(SparseAllGather, CancelledSumsStayEntries) {
  const std::vector<SparseVector> inputs = {{{3, 1.5f}}, {{3, -1.5f}}};
  const auto outcome = RunSparse(AllGather(10), inputs, {});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->outputs[0], (SparseVector{{3, 0.0f}}));
}

TEST(SparseAllGather, TakesALatencyARound) {
  for (const auto &[ranks, rounds] : std::vector<std::pair<int, int>>{
           {2, 1}, {3, 2}, {4, 2}, {8, 3}, {9, 4}}) {
    const auto outcome = RunSparse(AllGather(10000, IndexEncoding::kPlain),
                                   Inputs(kRandom, ranks, 10000, 125, 9), {},
                                   "latency=1s bandwidth=1KB");
    ASSERT_TRUE(outcome.ok());
    // 8 * 125 bytes a second, P - 1 times in all.
    EXPECT_NEAR(
        *std::max_element(outcome->clocks.begin(), outcome->clocks.end()),
        rounds + (ranks - 1), 1e-9)
        << ranks;
  }
}
