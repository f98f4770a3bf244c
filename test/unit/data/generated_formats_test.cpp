//===- generated_formats_test.cpp - Data sets that are computed -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/dataset.h"

#include "runtime/data/digits.h"
#include "runtime/support/random.h"
#include "test/unit/data/test_files.h"

namespace tacit {
namespace {

TestArguments EveryType() {
  TestArguments program;
  program.Add("a", TACIT_F32, {4, 3})
      .Add("b", TACIT_F64, {4, 2, 2})
      .Add("c", TACIT_I32, {4})
      .Add("d", TACIT_I64, {4, 2})
      .Add("e", TACIT_I8, {4})
      .Add("f", TACIT_I1, {4, 5});
  return program;
}

TEST(Synthetic, FollowsItsDescription) {
  const auto data = OpenDataSet("synthetic:count=50,classes=7", EveryType(), 3);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ((*data)->rows(), 50);
  const auto stream = [](uint64_t argument) {
    return Random(3, 4 * (uint64_t{1} << 32) + argument);
  };
  for (int64_t row : {0, 7, 49}) {
    const uint64_t r = static_cast<uint64_t>(row);
    EXPECT_EQ(RowOf<float>(**data, 0, row, 3)[2],
              static_cast<float>(stream(0).Normal(r * 3 + 2)));
    EXPECT_EQ(RowOf<double>(**data, 1, row, 4)[1], stream(1).Normal(r * 4 + 1));
    EXPECT_EQ(RowOf<int32_t>(**data, 2, row, 1)[0],
              static_cast<int32_t>(stream(2).Below(r, 7)));
    EXPECT_EQ(RowOf<int64_t>(**data, 3, row, 2)[1],
              static_cast<int64_t>(stream(3).Below(r * 2 + 1, 7)));
    EXPECT_EQ(RowOf<int8_t>(**data, 4, row, 1)[0],
              static_cast<int8_t>(stream(4).Below(r, 7)));
    EXPECT_EQ(RowOf<uint8_t>(**data, 5, row, 5)[4],
              stream(5).Below(r * 5 + 4, 2));
  }
}

TEST(Synthetic, ARangeIsThoseRows) {
  const TestArguments program = EveryType();
  const auto all = OpenDataSet("synthetic:count=50", program, 3);
  const auto part = OpenDataSet("synthetic:count=50,rows=20:30", program, 3);
  ASSERT_TRUE(all.ok() && part.ok());
  EXPECT_EQ((*part)->rows(), 10);
  EXPECT_EQ(RowOf<float>(**all, 0, 25, 3), RowOf<float>(**part, 0, 5, 3));
  EXPECT_EQ(RowOf<int64_t>(**all, 3, 25, 2), RowOf<int64_t>(**part, 3, 5, 2));
}

TEST(Synthetic, SeedIsTheRunsUnlessGiven) {
  const TestArguments program = EveryType();
  const auto run = OpenDataSet("synthetic:", program, 3);
  const auto given = OpenDataSet("synthetic:seed=3", program, 9);
  const auto other = OpenDataSet("synthetic:", program, 9);
  ASSERT_TRUE(run.ok() && given.ok() && other.ok());
  EXPECT_EQ((*run)->rows(), 1024);
  EXPECT_EQ(RowOf<float>(**run, 0, 0, 3), RowOf<float>(**given, 0, 0, 3));
  EXPECT_NE(RowOf<float>(**run, 0, 0, 3), RowOf<float>(**other, 0, 0, 3));
}

TEST(Synthetic, Errors) {
  EXPECT_EQ(
      OpenError("synthetic:classes=129", EveryType()),
      "data 'synthetic:classes=129': got classes=129, wanted at most 128, "
      "what data argument 'e' (4xi8) can hold");
  EXPECT_EQ(OpenError("synthetic:class=5", EveryType()),
            "data 'synthetic:class=5': unknown key 'class'; did you mean "
            "'classes'?");
  EXPECT_EQ(
      OpenError("synthetic:count=1000000000", EveryType()),
      "data 'synthetic:count=1000000000': got count=1000000000, wanted at "
      "most 100000000");
}

TestArguments Images(std::vector<int64_t> shape) {
  TestArguments program;
  program.Add("x", TACIT_F32, std::move(shape)).Add("y", TACIT_I32, {64});
  return program;
}

TEST(DigitsFormat, RowsAreTheDigits) {
  const auto data =
      OpenDataSet("digits:count=100,seed=5,rows=40:60", Images({64, 784}), 77);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ((*data)->rows(), 20);
  const Digits digits(5);
  for (int64_t row : {0, 13, 19}) {
    unsigned char pixels[kDigitPixels];
    digits.Paint(40 + row, pixels);
    const auto image = RowOf<float>(**data, 0, row, kDigitPixels);
    for (int i = 0; i < kDigitPixels; ++i)
      ASSERT_EQ(image[i], static_cast<float>(pixels[i]) / 255.0f);
    EXPECT_EQ(RowOf<int32_t>(**data, 1, row, 1)[0], digits.Label(40 + row));
  }
}

TEST(DigitsFormat, Shapes) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{64, 784}, {64, 28, 28}, {64, 28, 28, 1}})
    EXPECT_TRUE(OpenDataSet("digits:count=10", Images(shape), 0).ok());
  EXPECT_EQ(OpenError("digits:count=10", Images({64, 32, 32, 3})),
            "data 'digits:count=10': wrong shape: digits are [rows, 28, 28], "
            "data argument 'x' (64x32x32x3xf32) wants [rows, 32, 32, 3]");
  TestArguments wide;
  wide.Add("x", TACIT_F32, {64, 784}).Add("y", TACIT_I32, {64, 10});
  EXPECT_EQ(OpenError("digits:count=10", wide),
            "data 'digits:count=10': wrong shape or type: labels are integers "
            "[rows], data argument 'y' is 64x10xi32");
}

TEST(DigitsFormat, OtherTypes) {
  for (tacit_dtype dtype : {TACIT_I64, TACIT_I8}) {
    TestArguments program;
    program.Add("x", TACIT_F64, {64, 784}).Add("y", dtype, {64});
    const auto data = OpenDataSet("digits:count=10", program, 0);
    ASSERT_TRUE(data.ok()) << data.status();
    int64_t label = 0;
    (*data)->CopyRow(1, 4, &label);
    EXPECT_EQ(label, Digits(0).Label(4));
  }
  TestArguments alone;
  alone.Add("x", TACIT_F32, {64, 784});
  EXPECT_TRUE(OpenDataSet("digits:count=10", alone, 0).ok());
}

} // namespace
} // namespace tacit
