//===- checks_test.cpp - What a program asks of its rows ------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/checks.h"

#include "test/unit/data/test_files.h"

namespace tacit {
namespace {

TEST(Checks, FewerRowsThanABatch) {
  TestArguments program;
  program.Add("x", TACIT_F32, {64, 3});
  const auto data = OpenDataSet("synthetic:count=63", program, 0);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_TRUE(CheckBatch(**data, 63).ok());
  EXPECT_EQ(CheckBatch(**data, 64).message(),
            "fewer rows than a batch: got 63, wanted at least 64 to train on");
}

TEST(Checks, LabelsOutOfRange) {
  TestArguments program;
  program.Add("x", TACIT_F32, {4, 3})
      .Add("y", TACIT_I32, {4})
      .Add("token", TACIT_I64, {4, 8});
  const auto data = OpenDataSet("synthetic:classes=10", program, 0);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_TRUE(CheckLabels(**data, program).ok());
  EXPECT_TRUE(CheckLabels(**data, program.Classes({0, 10, 10})).ok());
  const absl::Status labels = CheckLabels(**data, program.Classes({0, 9, 10}));
  EXPECT_TRUE(Has(std::string(labels.message()),
                  "of data argument 'y' holds 9, wanted 0 to 8"));
  const absl::Status tokens = CheckLabels(**data, program.Classes({0, 0, 9}));
  EXPECT_TRUE(Has(std::string(tokens.message()),
                  "of data argument 'token' holds 9, wanted 0 to 8"));
}

TEST(Checks, LabelsNameTheirRow) {
  TestFolder folder;
  const std::vector<int32_t> values = {0, 1, 10, 3};
  const std::string y =
      folder.Write("y.npy", NpyBytes("<i4", "(4,)", BytesOf(values)));
  TestArguments program;
  program.Add("y", TACIT_I32, {2});
  const auto data = OpenDataSet("npy:y=" + y, program, 0);
  ASSERT_TRUE(data.ok()) << data.status();
  const std::string message =
      "label out of range: row 2 of data argument 'y' holds 10, wanted 0 to 9";
  EXPECT_EQ(CheckLabels(**data, program.Classes({10})).message(), message);
  // A program that knows its classes refuses the data set itself.
  const auto refused = OpenDataSet("npy:y=" + y, program, 0);
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(Has(std::string(refused.status().message()), message));
}

} // namespace
} // namespace tacit
