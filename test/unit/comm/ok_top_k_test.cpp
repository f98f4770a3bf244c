//===- ok_top_k_test.cpp - Ok-Topk against its definition -----------------===//
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
#include <cmath>
#include <string>
#include <vector>

using namespace tacit;
using namespace tacit::sparse_cases;

static SparseExchange OkTopK(uint64_t elements, uint64_t keep,
                             IndexEncoding encoding = IndexEncoding::kAuto) {
  SparseExchange how;
  how.algorithm = SparseAlgorithm::kOkTopK;
  how.encoding = encoding;
  how.elements = elements;
  how.keep = keep;
  return how;
}

static void ExpectDefinition(const SparseExchange &how,
                             const std::vector<SparseVector> &inputs,
                             const std::string &what) {
  auto wanted_rests = Rests(inputs, how.elements, 21);
  const auto outcome = RunSparse(how, inputs, wanted_rests);
  ASSERT_TRUE(outcome.ok()) << what << ": " << outcome.status();
  const SparseVector wanted = DefineOkTopK(inputs, how.keep, wanted_rests);
  for (size_t rank = 0; rank < inputs.size(); ++rank) {
    EXPECT_TRUE(SameBits(outcome->outputs[rank], wanted))
        << what << ", result of rank " << rank;
    EXPECT_TRUE(SameBits(outcome->rests[rank], wanted_rests[rank]))
        << what << ", residual of rank " << rank;
  }
}

TEST(OkTopK, IsItsDefinition) {
  for (int kind = 0; kind < kKinds; ++kind)
    for (int ranks : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16})
      for (uint64_t elements : {1, 12, 300, 9000})
        for (uint64_t keep :
             {uint64_t{1}, elements / 30, elements / 2, elements})
          if (keep > 0 && keep < 1000)
            ExpectDefinition(OkTopK(elements, keep),
                             Inputs(Kind(kind), ranks, elements, keep, 5),
                             absl::StrCat(kKindNames[kind], " P=", ranks,
                                          " n=", elements, " k=", keep));
}

TEST(OkTopK, LargestInOneRegion) {
  // Region 0 has all that is applied, and its owner tells of k positions.
  std::vector<SparseVector> inputs = Inputs(kDisjoint, 4, 4000, 900, 6);
  for (auto &[index, value] : inputs[0])
    value += value > 0 ? 2 : -2;
  ExpectDefinition(OkTopK(4000, 900), inputs, "one region");
  // All ranks' indices in the first elements of many.
  inputs = Inputs(kRandom, 4, 64, 50, 6);
  ExpectDefinition(OkTopK(100000, 50), inputs, "one corner");
}

TEST(OkTopK, TakesMoreAndFewerEntriesThanItKeeps) {
  for (int ranks : {1, 2, 3, 8})
    for (uint64_t count : {0, 3, 25}) {
      auto inputs = Inputs(kRandom, ranks, 200, count, 8);
      inputs[0].clear();
      ExpectDefinition(OkTopK(200, 20), inputs,
                       absl::StrCat("P=", ranks, " of ", count));
    }
}

TEST(OkTopK, HasWideIndices) {
  const uint64_t elements = (uint64_t{1} << 33) + 5;
  for (IndexEncoding encoding : {IndexEncoding::kPlain, IndexEncoding::kAuto}) {
    const auto inputs = Inputs(kRandom, 5, elements, 50, 7);
    SparseExchange how = OkTopK(elements, 50, encoding);
    how.put_back = PutBack::kNone;
    const auto outcome = RunSparse(how, inputs, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    std::vector<std::vector<float>> no_rests;
    const SparseVector wanted = DefineOkTopK(inputs, 50, no_rests);
    for (const SparseVector &output : outcome->outputs)
      EXPECT_TRUE(SameBits(output, wanted));
  }
}

TEST(OkTopK, SendsNoMoreThanTheBound) {
  // 6k (P-1)/P elements of 4 bytes.
  for (int ranks : {2, 3, 4, 5, 8, 9, 16, 32})
    for (Kind kind : {kRandom, kSameIndices}) {
      const uint64_t keep = 3000;
      SparseExchange how = OkTopK(300000, keep, IndexEncoding::kPlain);
      how.put_back = PutBack::kNone;
      const auto outcome =
          RunSparse(how, Inputs(kind, ranks, 300000, keep, 9), {});
      ASSERT_TRUE(outcome.ok());
      for (const Traffic &traffic : outcome->traffic)
        EXPECT_LE(static_cast<double>(traffic.bytes_sent),
                  4.0 * 6 * static_cast<double>(keep) * (ranks - 1) / ranks)
            << "P=" << ranks << " " << kKindNames[kind];
    }
}

TEST(OkTopK, TakesThreeGathersAndOneMore) {
  for (int ranks : {2, 4, 5, 8}) {
    SparseExchange how = OkTopK(10000, 100);
    how.put_back = PutBack::kNone;
    const auto outcome =
        RunSparse(how, Inputs(kRandom, ranks, 10000, 100, 9), {}, "latency=1s");
    ASSERT_TRUE(outcome.ok());
    EXPECT_NEAR(
        *std::max_element(outcome->clocks.begin(), outcome->clocks.end()),
        1 + 3 * std::ceil(std::log2(ranks)), 1e-9)
        << ranks;
  }
}
