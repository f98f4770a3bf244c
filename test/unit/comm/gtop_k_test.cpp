//===- gtop_k_test.cpp - gTop-k against its definition --------------------===//
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
#include <bit>
#include <string>
#include <vector>

using namespace tacit;
using namespace tacit::sparse_cases;

static SparseExchange GtopK(uint64_t elements, uint64_t keep,
                            PutBack put_back = PutBack::kConserve,
                            IndexEncoding encoding = IndexEncoding::kAuto) {
  SparseExchange how;
  how.algorithm = SparseAlgorithm::kGtopK;
  how.put_back = put_back;
  how.encoding = encoding;
  how.elements = elements;
  how.keep = keep;
  return how;
}

static void ExpectDefinition(const SparseExchange &how,
                             const std::vector<SparseVector> &inputs,
                             uint64_t seed, const std::string &what) {
  auto wanted_rests = Rests(inputs, how.elements, seed);
  const auto outcome = RunSparse(how, inputs, wanted_rests);
  ASSERT_TRUE(outcome.ok()) << what << ": " << outcome.status();
  const SparseVector wanted =
      DefineGtopK(inputs, how.keep, how.put_back, wanted_rests);
  for (size_t rank = 0; rank < inputs.size(); ++rank) {
    EXPECT_TRUE(SameBits(outcome->outputs[rank], wanted))
        << what << ", result of rank " << rank;
    EXPECT_TRUE(SameBits(outcome->rests[rank], wanted_rests[rank]))
        << what << ", residual of rank " << rank;
  }
}

TEST(GtopK, IsItsDefinition) {
  for (int kind = 0; kind < kKinds; ++kind)
    for (int ranks : {1, 2, 3, 4, 5, 6, 7, 8, 9, 16})
      for (PutBack put_back :
           {PutBack::kConserve, PutBack::kPublished, PutBack::kNone})
        for (uint64_t elements : {1, 12, 300})
          for (uint64_t keep :
               {uint64_t{1}, elements / 30, elements / 2, elements})
            if (keep > 0)
              ExpectDefinition(GtopK(elements, keep, put_back),
                               Inputs(Kind(kind), ranks, elements, keep, 5), 11,
                               absl::StrCat(kKindNames[kind], " P=", ranks,
                                            " put-back ",
                                            static_cast<int>(put_back),
                                            " n=", elements, " k=", keep));
}

TEST(GtopK, TakesMoreAndFewerEntriesThanItKeeps) {
  for (int ranks : {1, 2, 3, 8})
    for (uint64_t count : {0, 3, 25}) {
      auto inputs = Inputs(kRandom, ranks, 200, count, 8);
      inputs[0].clear(); // one has none at all
      ExpectDefinition(GtopK(200, 20), inputs, 12,
                       absl::StrCat("P=", ranks, " of ", count));
    }
}

TEST(GtopK, EncodingsGiveTheSameBits) {
  const auto inputs = Inputs(kRandom, 6, 5000, 400, 6);
  for (IndexEncoding encoding : {IndexEncoding::kPlain, IndexEncoding::kAuto})
    ExpectDefinition(GtopK(5000, 400, PutBack::kConserve, encoding), inputs, 13,
                     absl::StrCat("encoding ", static_cast<int>(encoding)));
}

TEST(GtopK, HasWideIndices) {
  const uint64_t elements = (uint64_t{1} << 33) + 5;
  for (IndexEncoding encoding : {IndexEncoding::kPlain, IndexEncoding::kAuto}) {
    const auto inputs = Inputs(kRandom, 5, elements, 50, 7);
    const auto outcome =
        RunSparse(GtopK(elements, 50, PutBack::kNone, encoding), inputs, {});
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    std::vector<std::vector<float>> no_rests;
    const SparseVector wanted =
        DefineGtopK(inputs, 50, PutBack::kNone, no_rests);
    EXPECT_GT(wanted.rbegin()->first, uint64_t{1} << 32);
    for (const SparseVector &output : outcome->outputs)
      EXPECT_TRUE(SameBits(output, wanted));
  }
}

TEST(GtopK, SendsTheBytesOfTheFormula) {
  for (const auto &[elements, entry] :
       {std::pair{uint64_t{40000}, 8}, std::pair{uint64_t{1} << 33, 12}})
    for (int ranks = 1; ranks <= 9; ++ranks) {
      const uint64_t keep = 70;
      const auto outcome = RunSparse(
          GtopK(elements, keep, PutBack::kNone, IndexEncoding::kPlain),
          Inputs(kRandom, ranks, elements, keep, 9), {});
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      const int core = static_cast<int>(std::bit_floor(unsigned(ranks)));
      const int rounds = std::bit_width(unsigned(core)) - 1;
      for (int rank = 0; rank < ranks; ++rank) {
        const Traffic &traffic = outcome->traffic[static_cast<size_t>(rank)];
        const int messages =
            rank >= core ? 1 : rounds + (rank + core < ranks ? 1 : 0);
        EXPECT_EQ(traffic.messages_sent, static_cast<uint64_t>(messages));
        EXPECT_EQ(traffic.bytes_sent,
                  static_cast<uint64_t>(messages * entry) * keep)
            << "P=" << ranks << " rank " << rank;
      }
    }
}

TEST(GtopK, CodedIndicesAreShorter) {
  const auto inputs = Inputs(kRandom, 4, 100000, 1000, 10);
  const auto plain = RunSparse(
      GtopK(100000, 1000, PutBack::kNone, IndexEncoding::kPlain), inputs, {});
  const auto coded = RunSparse(
      GtopK(100000, 1000, PutBack::kNone, IndexEncoding::kAuto), inputs, {});
  ASSERT_TRUE(plain.ok() && coded.ok());
  for (size_t rank = 0; rank < 4; ++rank)
    // 8 bytes an entry become 4 and about log2(100) + 1.5 bits.
    EXPECT_NEAR(static_cast<double>(coded->traffic[rank].bytes_sent),
                static_cast<double>(plain->traffic[rank].bytes_sent) *
                    (4 + 8.2 / 8) / 8,
                0.02 * 16000);
}

TEST(GtopK, TakesALatencyARound) {
  // Of 5 ranks, rank 0 waits for rank 4 while the others swap.
  const uint64_t keep = 125;
  for (const auto &[ranks, rounds] :
       std::vector<std::pair<int, int>>{{2, 1}, {4, 2}, {8, 3}, {5, 3}}) {
    const auto outcome = RunSparse(
        GtopK(10000, keep, PutBack::kNone, IndexEncoding::kPlain),
        Inputs(kRandom, ranks, 10000, keep, 9), {}, "latency=1s bandwidth=1KB");
    ASSERT_TRUE(outcome.ok());
    // A second on the way, and 8 * 125 bytes on the wire.
    EXPECT_NEAR(
        *std::max_element(outcome->clocks.begin(), outcome->clocks.end()),
        rounds * (1 + 1.0), 1e-9)
        << ranks;
  }
}
