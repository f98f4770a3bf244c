//===- file_formats_test.cpp - Data sets that lie in files ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/dataset.h"

#include "test/unit/data/test_files.h"

namespace tacit {
namespace {

template <typename T> std::vector<T> Counting(size_t count) {
  std::vector<T> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = static_cast<T>(i);
  return values;
}

class FileFormats : public testing::Test {
protected:
  FileFormats() {
    x_ = folder_.Write("x.npy",
                       NpyBytes("<f4", "(5, 6)", BytesOf(Counting<float>(30))));
    y_ = folder_.Write("y.npy",
                       NpyBytes("<i4", "(5,)", BytesOf(Counting<int32_t>(5))));
    std::string pixels;
    for (int i = 0; i < 5 * 6; ++i)
      pixels += static_cast<char>(i * 8);
    images_bytes_ = IdxBytes(8, {5, 2, 3}, pixels);
    labels_bytes_ = IdxBytes(8, {5}, std::string("\3\1\4\1\5", 5));
    images_ = folder_.Write("images", images_bytes_);
    labels_ = folder_.Write("labels", labels_bytes_);
    program_.Add("x", TACIT_F32, {2, 6}).Add("y", TACIT_I32, {2});
  }

  std::string NpyText() const { return "npy:x=" + x_ + ",y=" + y_; }
  std::string IdxText() const {
    return "idx:images=" + images_ + ",labels=" + labels_;
  }

  TestFolder folder_;
  std::string x_, y_, images_, labels_, images_bytes_, labels_bytes_;
  TestArguments program_;
};

TEST_F(FileFormats, NpyRows) {
  const auto data = OpenDataSet(NpyText(), program_, 0);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ((*data)->rows(), 5);
  EXPECT_EQ(RowOf<float>(**data, 0, 3, 6),
            (std::vector<float>{18, 19, 20, 21, 22, 23}));
  EXPECT_EQ(RowOf<int32_t>(**data, 1, 3, 1), std::vector<int32_t>{3});
}

TEST_F(FileFormats, NpyRange) {
  const auto data = OpenDataSet(NpyText() + ",rows=2:4", program_, 0);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ((*data)->rows(), 2);
  EXPECT_EQ(RowOf<float>(**data, 0, 0, 6)[0], 12);
  EXPECT_EQ(RowOf<int32_t>(**data, 1, 1, 1)[0], 3);
}

TEST_F(FileFormats, NpyConverts) {
  const std::string y = folder_.Write(
      "y8.npy", NpyBytes("<i8", "(5,)", BytesOf(Counting<int64_t>(5))));
  const auto data = OpenDataSet("npy:x=" + x_ + ",y=" + y, program_, 0);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(RowOf<int32_t>(**data, 1, 4, 1)[0], 4);
}

TEST_F(FileFormats, NpyRangeConvertsItsRowsAlone) {
  const std::vector<int64_t> labels = {int64_t{1} << 40, 1, 2, 3, 4};
  const std::string y =
      folder_.Write("y8.npy", NpyBytes("<i8", "(5,)", BytesOf(labels)));
  const std::string text = "npy:x=" + x_ + ",y=" + y;
  EXPECT_TRUE(OpenDataSet(text + ",rows=1:5", program_, 0).ok());
  EXPECT_EQ(OpenError(text, program_),
            "npy file '" + y +
                "': wrong value: row 0 holds 1099511627776 (i64), which i32 "
                "cannot hold exactly; store it as i32");
}

TEST_F(FileFormats, NpyErrors) {
  EXPECT_EQ(OpenError("npy:x=" + x_, program_),
            "data 'npy:x=" + x_ +
                "': no file for data argument 'y'; add y=FILE");
  EXPECT_EQ(OpenError("npy:x=/nowhere.npy,y=" + y_, program_),
            "npy file '/nowhere.npy': No such file or directory");
  EXPECT_EQ(OpenError("npy:x=" + y_ + ",y=" + y_, program_),
            "npy file '" + y_ +
                "': wrong shape: got [5], wanted [rows, 6] for data argument "
                "'x' (2x6xf32)");
  EXPECT_EQ(OpenError("npy:x=" + x_ + ",y=" + x_, program_),
            "npy file '" + x_ +
                "': wrong shape: got [5, 6], wanted [rows] for data argument "
                "'y' (2xi32)");
  const std::string floats = folder_.Write(
      "f.npy", NpyBytes("<f4", "(5,)", BytesOf(Counting<float>(5))));
  EXPECT_EQ(OpenError("npy:x=" + x_ + ",y=" + floats, program_),
            "npy file '" + floats +
                "': wrong type: got f32, wanted i32 or another integer type");
  const std::string four = folder_.Write(
      "four.npy", NpyBytes("<i4", "(4,)", BytesOf(Counting<int32_t>(4))));
  EXPECT_EQ(OpenError("npy:x=" + x_ + ",y=" + four, program_),
            "npy file '" + four +
                "': got 4 rows, wanted 5, as many as npy file '" + x_ +
                "' has");
  const std::string none =
      folder_.Write("none.npy", NpyBytes("<f4", "(0, 6)", ""));
  EXPECT_TRUE(Has(OpenError("npy:x=" + none + ",y=" + y_, program_),
                  "': holds no rows, wanted at least 1"));
  const std::string scalar =
      folder_.Write("scalar.npy", NpyBytes("<f4", "()", "abcd"));
  EXPECT_TRUE(Has(OpenError("npy:x=" + scalar + ",y=" + y_, program_),
                  "wrong shape: got [], wanted [rows, 6]"));
  EXPECT_EQ(OpenError(NpyText() + ",rows=0:6", program_),
            "data '" + NpyText() +
                ",rows=0:6': got rows=0:6 of 5 rows, wanted an end of at most "
                "5");
}

TEST_F(FileFormats, NegativeLabels) {
  const std::vector<int32_t> labels = {0, 1, 2, -1, 4};
  const std::string y =
      folder_.Write("neg.npy", NpyBytes("<i4", "(5,)", BytesOf(labels)));
  const std::string text = "npy:x=" + x_ + ",y=" + y;
  EXPECT_EQ(OpenError(text, program_),
            "data '" + text +
                "': label out of range: row 3 of data argument 'y' holds -1, "
                "wanted 0 or more");
}

TEST_F(FileFormats, IdxRows) {
  const auto data = OpenDataSet(IdxText(), program_, 0);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ((*data)->rows(), 5);
  const auto row = RowOf<float>(**data, 0, 1, 6);
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(row[i], static_cast<float>((6 + i) * 8) / 255.0f);
  EXPECT_EQ(RowOf<int32_t>(**data, 1, 2, 1)[0], 4);
}

TEST_F(FileFormats, IdxOptions) {
  const auto scaled = OpenDataSet(IdxText() + ",scale=1,rows=3:5", program_, 0);
  ASSERT_TRUE(scaled.ok()) << scaled.status();
  EXPECT_EQ((*scaled)->rows(), 2);
  EXPECT_EQ(RowOf<float>(**scaled, 0, 0, 6)[0], 18 * 8);
  EXPECT_EQ(RowOf<int32_t>(**scaled, 1, 0, 1)[0], 1);
  EXPECT_EQ(RowOf<int32_t>(**scaled, 1, 1, 1)[0], 5);

  TestArguments wide;
  wide.Add("label", TACIT_I64, {4}).Add("image", TACIT_F64, {4, 2, 3, 1});
  const auto doubles = OpenDataSet(IdxText(), wide, 0);
  ASSERT_TRUE(doubles.ok()) << doubles.status();
  EXPECT_EQ(RowOf<int64_t>(**doubles, 0, 4, 1)[0], 5);
  EXPECT_EQ(RowOf<double>(**doubles, 1, 0, 6)[5], 40 / 255.0);
}

TEST_F(FileFormats, IdxShapes) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{2, 6}, {2, 2, 3}, {2, 2, 3, 1}, {2, 1, 2, 3}}) {
    TestArguments program;
    program.Add("x", TACIT_F32, shape).Add("y", TACIT_I32, {2});
    EXPECT_TRUE(OpenDataSet(IdxText(), program, 0).ok());
  }
  TestArguments turned;
  turned.Add("x", TACIT_F32, {2, 3, 2}).Add("y", TACIT_I32, {2});
  EXPECT_EQ(OpenError(IdxText(), turned),
            "IDX file '" + images_ +
                "': wrong shape: got [5, 2, 3], wanted [rows, 3, 2] for data "
                "argument 'x' (2x3x2xf32)");
}

TEST_F(FileFormats, IdxExtentsThatOverflow) {
  // Without rows there is no data, whatever the extents. The product of these
  // is 6 modulo 2^64, as many elements as a row has.
  const std::string images =
      folder_.Write("claims", IdxBytes(8, {0, 2112351278, 998034439, 35}, ""));
  EXPECT_EQ(OpenError("idx:images=" + images + ",labels=" + labels_, program_),
            "IDX file '" + images +
                "': wrong shape: got [0, 2112351278, 998034439, 35], wanted "
                "[rows, 6] for data argument 'x' (2x6xf32)");
}

TEST_F(FileFormats, IdxGzip) {
  folder_.Write("images", Gzipped(images_bytes_));
  folder_.Write("labels", Gzipped(labels_bytes_));
  const auto data = OpenDataSet(IdxText(), program_, 0);
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_EQ(RowOf<int32_t>(**data, 1, 0, 1)[0], 3);
}

TEST_F(FileFormats, IdxWithoutLabels) {
  TestArguments alone;
  alone.Add("x", TACIT_F32, {2, 6});
  EXPECT_TRUE(OpenDataSet("idx:images=" + images_, alone, 0).ok());
  EXPECT_TRUE(Has(OpenError(IdxText(), alone),
                  "got labels=, but the program has no integer data argument "
                  "to take them; leave it out"));
}

TEST_F(FileFormats, IdxErrors) {
  EXPECT_TRUE(Has(OpenError("idx:labels=" + labels_, program_),
                  "': no images; add images=FILE"));
  EXPECT_TRUE(Has(OpenError("idx:images=" + images_, program_),
                  "': no file for data argument 'y'; add labels=FILE"));
  EXPECT_EQ(
      OpenError("idx:images=" + images_ + ",labels=" + images_, program_),
      "IDX file '" + images_ +
          "': wrong shape: got [5, 2, 3], wanted [rows] for data argument "
          "'y' (2xi32)");
  folder_.Write("labels", IdxBytes(8, {4}, "abcd"));
  EXPECT_EQ(OpenError(IdxText(), program_),
            "IDX file '" + labels_ +
                "': got 4 rows, wanted 5, as many as IDX file '" + images_ +
                "' has");
  folder_.Write("labels", IdxBytes(0x0D, {5}, std::string(20, '\0')));
  EXPECT_EQ(OpenError(IdxText(), program_),
            "IDX file '" + labels_ +
                "': wrong type: got f32, wanted i32 or another integer type");
  folder_.Write("images", IdxBytes(0x0D, {5, 2, 3}, std::string(120, '\0')));
  EXPECT_EQ(OpenError(IdxText(), program_),
            "IDX file '" + images_ +
                "': wrong type: got f32, wanted u8 for images");
}

TEST_F(FileFormats, ArgumentsThatNothingFills) {
  TestArguments two;
  two.Add("x", TACIT_F32, {2, 6}).Add("z", TACIT_F32, {2, 6});
  EXPECT_TRUE(Has(OpenError("idx:images=" + images_, two),
                  "': has nothing for data argument 'z' (2x6xf32): the images "
                  "go to 'x'"));
  TestArguments labels;
  labels.Add("y", TACIT_I32, {2});
  EXPECT_TRUE(Has(OpenError(IdxText(), labels),
                  "': the program has no f32 or f64 data argument to take the "
                  "images"));
}

} // namespace
} // namespace tacit
