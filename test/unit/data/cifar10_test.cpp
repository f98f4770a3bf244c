//===- cifar10_test.cpp - Images and labels of CIFAR-10 -------------------===//
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

constexpr int kImages = 5, kPlane = 32 * 32, kRecord = 1 + 3 * kPlane;

/// Value `at` of a plane of an image, no two of neighbours alike.
int Pixel(int image, int plane, int at) {
  return (image * 31 + plane * 89 + at * 7) % 256;
}

/// Images [begin, end); image i is of class 2 i mod 10.
std::string CifarBytes(int begin, int end) {
  std::string bytes;
  for (int image = begin; image < end; ++image) {
    bytes += static_cast<char>(2 * image % 10);
    for (int plane = 0; plane < 3; ++plane)
      for (int at = 0; at < kPlane; ++at)
        bytes += static_cast<char>(Pixel(image, plane, at));
  }
  return bytes;
}

class Cifar10 : public testing::Test {
protected:
  Cifar10() {
    first_ = folder_.Write("first.bin", CifarBytes(0, 3));
    second_ = folder_.Write("second.bin", CifarBytes(3, kImages));
    text_ = "cifar10:files=" + first_ + "+" + second_;
    program_.Add("x", TACIT_F32, {2, 32, 32, 3}).Add("y", TACIT_I32, {2});
  }

  /// The images as `shape` of rows wants them, opened with `more`.
  std::unique_ptr<DataSet> Open(const TestArguments &program,
                                const std::string &more = "") {
    auto data = OpenDataSet(text_ + more, program, 0);
    EXPECT_TRUE(data.ok()) << data.status();
    return data.ok() ? *std::move(data) : nullptr;
  }

  TestFolder folder_;
  std::string first_, second_, text_;
  TestArguments program_;
};

TEST_F(Cifar10, PixelByPixel) {
  const auto data = Open(program_);
  ASSERT_TRUE(data);
  ASSERT_EQ(data->rows(), kImages);
  for (int image = 0; image < kImages; ++image) {
    const auto row = RowOf<float>(*data, 0, image, 3 * kPlane);
    for (int i = 0; i < 3 * kPlane; ++i)
      ASSERT_EQ(row[i], Pixel(image, i % 3, i / 3) / 255.0f)
          << image << " " << i;
    EXPECT_EQ(RowOf<int32_t>(*data, 1, image, 1)[0], 2 * image % 10);
  }
}

TEST_F(Cifar10, PlaneByPlane) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{2, 3072}, {2, 3, 32, 32}}) {
    TestArguments program;
    program.Add("y", TACIT_I64, {2}).Add("image", TACIT_F64, shape);
    const auto data = Open(program);
    ASSERT_TRUE(data);
    const auto row = RowOf<double>(*data, 1, 4, 3 * kPlane);
    for (int i = 0; i < 3 * kPlane; ++i)
      ASSERT_EQ(row[i], Pixel(4, i / kPlane, i % kPlane) / 255.0) << i;
    EXPECT_EQ(RowOf<int64_t>(*data, 0, 4, 1)[0], 8);
  }
}

TEST_F(Cifar10, Options) {
  const auto data = Open(program_, ",scale=1,rows=2:4");
  ASSERT_TRUE(data);
  EXPECT_EQ(data->rows(), 2);
  EXPECT_EQ(RowOf<float>(*data, 0, 1, 3 * kPlane)[4], Pixel(3, 1, 1));
  EXPECT_EQ(RowOf<int32_t>(*data, 1, 0, 1)[0], 4);
  EXPECT_EQ(RowOf<int32_t>(*data, 1, 1, 1)[0], 6);
}

TEST_F(Cifar10, WithoutLabels) {
  TestArguments alone;
  alone.Add("x", TACIT_F32, {2, 3072});
  EXPECT_EQ(Open(alone)->rows(), kImages);
}

TEST_F(Cifar10, Gzip) {
  folder_.Write("second.bin", Gzipped(CifarBytes(3, kImages)));
  const auto data = Open(program_);
  ASSERT_TRUE(data);
  EXPECT_EQ(RowOf<int32_t>(*data, 1, 3, 1)[0], 6);
}

TEST_F(Cifar10, DamagedFiles) {
  const std::string file = "CIFAR-10 file '" + second_ + "': ";
  const std::string wanted =
      ", wanted a multiple of 3073, a label and 3 planes of 32 x 32 bytes for "
      "each image; take a data_batch_N.bin of the binary version of CIFAR-10";
  std::string bytes = CifarBytes(3, kImages);
  folder_.Write("second.bin", bytes.substr(0, bytes.size() - 1));
  EXPECT_EQ(OpenError(text_, program_),
            file + "wrong size: got 6145 bytes" + wanted);
  folder_.Write("second.bin", "");
  EXPECT_EQ(OpenError(text_, program_),
            file + "wrong size: got 0 bytes" + wanted);
  bytes[kRecord] = 10;
  folder_.Write("second.bin", bytes);
  EXPECT_EQ(OpenError(text_, program_),
            file + "label out of range: image 1 has 10, wanted 0 to 9");
  const std::string packed = Gzipped(bytes);
  folder_.Write("second.bin", packed.substr(0, packed.size() / 2));
  EXPECT_EQ(OpenError(text_, program_),
            file + "truncated: its gzip data ends early");
  EXPECT_EQ(OpenError("cifar10:files=" + first_ + "+/nowhere", program_),
            "CIFAR-10 file '/nowhere': No such file or directory");
}

TEST_F(Cifar10, Errors) {
  EXPECT_EQ(OpenError("cifar10:scale=1", program_),
            "data 'cifar10:scale=1': no files; add files=FILE, or "
            "files=FILE+FILE for several, such as the five training batches");
  EXPECT_EQ(OpenError("cifar10:files=a+", program_),
            "CIFAR-10 file 'a': No such file or directory");
  const std::string more = "cifar10:files=" + first_ + "+";
  EXPECT_EQ(OpenError(more, program_),
            "data '" + more + "': got files=" + first_ +
                "+, wanted a file on both sides of each +");
  EXPECT_EQ(OpenError(text_ + ",rows=0:6", program_),
            "data '" + text_ +
                ",rows=0:6': got rows=0:6 of 5 rows, wanted an end of at most "
                "5");
  EXPECT_EQ(OpenError("cifar10:file=a", program_),
            "data 'cifar10:file=a': unknown key 'file'; did you mean 'files'?");
}

TEST_F(Cifar10, ArgumentsThatItDoesNotFit) {
  TestArguments grey;
  grey.Add("x", TACIT_F32, {2, 28, 28});
  EXPECT_EQ(OpenError("cifar10:files=a", grey),
            "data 'cifar10:files=a': wrong shape: images are [rows, 32, 32, "
            "3], [rows, 3, 32, 32] or [rows, 3072], data argument 'x' "
            "(2x28x28xf32) wants [rows, 28, 28]");
  TestArguments one_hot;
  one_hot.Add("x", TACIT_F32, {2, 3072}).Add("y", TACIT_I32, {2, 10});
  EXPECT_EQ(OpenError(text_, one_hot),
            "data '" + text_ +
                "': wrong shape: labels are integers [rows], data argument "
                "'y' is 2x10xi32");
  TestArguments six;
  six.Add("x", TACIT_F32, {2, 3072}).Add("y", TACIT_I32, {2}).Classes({0, 6});
  EXPECT_EQ(OpenError(text_, six),
            "data '" + text_ +
                "': label out of range: row 3 of data argument 'y' holds 6, "
                "wanted 0 to 5");
}

} // namespace
} // namespace tacit
