//===- sparse_misuse_test.cpp - Sparse exchanges that cannot be -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/dense_fallback.h"
#include "runtime/comm/world.h"
#include "test/unit/comm/sparse_cases.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <functional>
#include <string>
#include <vector>

using namespace tacit;
using namespace tacit::sparse_cases;
using testing::HasSubstr;

/// What starting an exchange on one rank says, after `change` of a good one.
static std::string
ErrorOf(const std::function<void(SparseExchange &)> &change) {
  SparseBuffer input(100, 10), output(100, 10);
  std::vector<float> rest(100);
  input.Set({{1, 1.0f}, {7, 2.0f}});
  SparseExchange how;
  how.elements = 100;
  how.keep = 10;
  how.input = input.data();
  how.output = output.data();
  how.input_capacity = how.output_capacity = 10;
  how.rest = rest.data();
  auto world = CreateSimulatedWorld({.ranks = 1, .network = ""});
  change(how);
  absl::Status status = (*world)->Run([&](Communicator &communicator) {
    return communicator.Sparse("s", how);
  });
  EXPECT_TRUE(status.ok() ||
              status.code() == absl::StatusCode::kInvalidArgument)
      << status;
  return std::string(status.message());
}

TEST(SparseMisuse, IsNamed) {
  EXPECT_EQ(ErrorOf([](auto &) {}), "");
  EXPECT_THAT(ErrorOf([](auto &how) { how.elements = 0; }),
              HasSubstr("'s': a sparse exchange of vectors of 0 elements: "
                        "wanted 1 to 2^48"));
  EXPECT_THAT(ErrorOf([](auto &how) { how.elements = uint64_t{1} << 49; }),
              HasSubstr("wanted 1 to 2^48"));
  EXPECT_THAT(ErrorOf([](auto &how) { how.keep = 0; }),
              HasSubstr("keeps 0 of 100 elements: wanted 1 to 100"));
  EXPECT_THAT(ErrorOf([](auto &how) { how.keep = 101; }),
              HasSubstr("keeps 101 of 100 elements: wanted 1 to 100"));
  EXPECT_THAT(ErrorOf([](auto &how) { how.output_capacity = 9; }),
              HasSubstr("needs room for 10 entries, got 9"));
  EXPECT_THAT(ErrorOf([](auto &how) { how.rest = nullptr; }),
              HasSubstr("puts back, without a residual"));
  EXPECT_THAT(ErrorOf([](auto &how) { how.output = nullptr; }),
              HasSubstr("without buffers"));
  EXPECT_THAT(
      ErrorOf([](auto &how) { how.output = const_cast<void *>(how.input); }),
      HasSubstr("the same buffer"));
  EXPECT_THAT(ErrorOf([](auto &how) { how.input_capacity = 1; }),
              HasSubstr("of 2 entries in a buffer for 1"));
  EXPECT_THAT(ErrorOf([](auto &how) { how.elements = 7, how.keep = 7; }),
              HasSubstr("it has index 7 of a vector of 7 elements"));
  EXPECT_THAT(ErrorOf([](auto &how) {
                how.elements = how.keep = how.output_capacity = 1 << 30;
              }),
              HasSubstr("a message has 134217728 at most; lower the density"));
}

TEST(SparseMisuse, RanksOfOtherCapacitiesAreAnError) {
  for (SparseAlgorithm algorithm :
       {SparseAlgorithm::kAllGather, SparseAlgorithm::kGtopK,
        SparseAlgorithm::kOkTopK}) {
    auto world = CreateSimulatedWorld({.ranks = 2, .network = ""});
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      const uint64_t count = communicator.rank() == 1 ? 40 : 10;
      const auto inputs = Inputs(kRandom, 2, 1000, count, 1);
      SparseBuffer input(1000, count), output(1000, 80);
      input.Set(inputs[1]);
      SparseExchange how;
      how.algorithm = algorithm;
      how.put_back = PutBack::kNone;
      how.encoding = IndexEncoding::kPlain;
      how.elements = 1000;
      how.keep = how.input_capacity = count;
      how.output_capacity = 80;
      how.input = input.data();
      how.output = output.data();
      return communicator.Sparse("differ", how);
    });
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("'differ': rank 1 sent "));
    EXPECT_THAT(std::string(status.message()), HasSubstr("expected at most "));
  }
}

TEST(SparseMisuse, RanksOfOtherLengthsAreAnError) {
  // What rank 1 sends has indices that rank 0's vector does not.
  auto world = CreateSimulatedWorld({.ranks = 2, .network = ""});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    SparseBuffer input(1000, 2), output(1000, 4);
    input.Set({{1, 1.0f}, {communicator.rank() == 1 ? 900 : 90, 1.0f}});
    SparseExchange how;
    how.put_back = PutBack::kNone;
    how.elements = communicator.rank() == 1 ? 1000 : 100;
    how.keep = how.input_capacity = 2;
    how.output_capacity = 4;
    how.input = input.data();
    how.output = output.data();
    return communicator.Sparse("differ", how);
  });
  EXPECT_THAT(
      std::string(status.message()),
      HasSubstr(
          "'differ': rank 1 sent a malformed sparse vector: it has index 900 "
          "of a vector of 100 elements"));
}

TEST(DenseFallback, IsTheMean) {
  for (int ranks : {1, 3, 4}) {
    auto world = CreateSimulatedWorld({.ranks = ranks, .network = ""});
    const auto inputs = Inputs(kTies, ranks, 500, 60, 2);
    const SparseVector wanted = DefineAllGather(inputs);
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      SparseBuffer input(500, 60);
      input.Set(inputs[static_cast<size_t>(communicator.rank())]);
      std::vector<float> dense(500, 7.0f);
      const auto token = StartDenseOfSparse(communicator, "dense", input.data(),
                                            60, 500, dense.data());
      if (!token.ok())
        return token.status();
      if (absl::Status ended = communicator.Await(*token); !ended.ok())
        return ended;
      for (uint64_t i = 0; i < 500; ++i)
        EXPECT_EQ(dense[i], wanted.contains(i) ? wanted.at(i) : 0.0f);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  }
}
