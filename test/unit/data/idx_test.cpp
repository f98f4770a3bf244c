//===- idx_test.cpp - The file format of MNIST ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/idx.h"

#include "test/unit/data/test_files.h"

namespace tacit {
namespace {

class Idx : public testing::Test {
protected:
  /// The message of reading a file of `bytes`, without `IDX file 'PATH': `.
  std::string Error(const std::string &bytes) {
    const std::string path = folder_.Write("a.idx", bytes);
    const auto array = ReadIdx(path);
    EXPECT_FALSE(array.ok());
    const std::string prefix = "IDX file '" + path + "': ";
    const std::string message(array.status().message());
    EXPECT_EQ(message.substr(0, prefix.size()), prefix);
    return message.substr(std::min(prefix.size(), message.size()));
  }

  TestFolder folder_;
};

TEST_F(Idx, PlainAndGzip) {
  const std::string bytes = IdxBytes(8, {2, 2, 3}, "abcdefghijkl");
  for (const std::string &file : {bytes, Gzipped(bytes)}) {
    const auto array = ReadIdx(folder_.Write("a.idx", file));
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->type, FileType::U8);
    EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 2, 3}));
    EXPECT_EQ(array->bytes, "abcdefghijkl");
  }
}

TEST_F(Idx, BigEndianElements) {
  const std::string data("\0\0\1\2\xff\xff\xff\xff", 8);
  const auto array = ReadIdx(folder_.Write("a.idx", IdxBytes(0x0C, {2}, data)));
  ASSERT_TRUE(array.ok()) << array.status();
  int32_t values[2];
  ASSERT_TRUE(ConvertRows(*array, 0, 2, TACIT_I32, values).ok());
  EXPECT_EQ(values[0], 258);
  EXPECT_EQ(values[1], -1);
  const auto one = ReadIdx(folder_.Write(
      "b.idx", IdxBytes(0x0D, {1}, std::string("\x3f\x80\0\0", 4))));
  ASSERT_TRUE(one.ok()) << one.status();
  float value = 0;
  ASSERT_TRUE(ConvertRows(*one, 0, 1, TACIT_F32, &value).ok());
  EXPECT_EQ(value, 1.0f);
}

TEST_F(Idx, Missing) {
  EXPECT_EQ(ReadIdx("/nowhere/a.gz").status().message(),
            "IDX file '/nowhere/a.gz': No such file or directory");
}

TEST_F(Idx, Truncated) {
  const std::string bytes = IdxBytes(8, {2, 3}, "abcdef");
  EXPECT_EQ(Error(""), "truncated: got 0 bytes of header, wanted 4");
  EXPECT_EQ(Error(bytes.substr(0, 7)),
            "truncated: got 3 bytes of header, wanted 8");
  EXPECT_EQ(Error(bytes.substr(0, 17)),
            "truncated: got 5 bytes of data, wanted 6");
  EXPECT_EQ(Error(bytes + "g"),
            "goes on after the last element that its header announces");
}

TEST_F(Idx, DamagedGzip) {
  std::string data(100000, 'a');
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<char>(i * i >> 7);
  std::string file = Gzipped(IdxBytes(8, {100000}, data));
  EXPECT_EQ(Error(file.substr(0, file.size() / 2)),
            "truncated: its gzip data ends early");
  EXPECT_EQ(Error(file.substr(0, file.size() - 4)),
            "truncated: its gzip data ends early");
  file[file.size() - 6] ^= 1; // The checksum.
  EXPECT_EQ(Error(file), "damaged gzip data: incorrect data check");
}

TEST_F(Idx, BadMagic) {
  EXPECT_EQ(
      Error("PNG image"),
      "bad magic: got bytes 504e4720, wanted 0000, a type of 08, 09 or 0b "
      "to 0e, and a number of dimensions, such as 00000803 for images");
  EXPECT_TRUE(Has(Error(std::string("\0\0\x0a\1", 4)), "bad magic"));
  EXPECT_TRUE(Has(Error(std::string("\0\0\x08\0", 4)), "bad magic"));
  EXPECT_TRUE(Has(Error(std::string("\0\1\x08\1", 4)), "bad magic"));
}

TEST_F(Idx, AHeaderThatAnnouncesTooMuch) {
  EXPECT_EQ(Error(IdxBytes(8, {0xffffffff, 0xff}, "abc")),
            "truncated: got 3 bytes of data, wanted 1095216660225");
  EXPECT_TRUE(Has(Error(IdxBytes(8, {0xffffffff, 0xffffffff, 16}, "abc")),
                  "has more bytes than 64 bits count"));
}

} // namespace
} // namespace tacit
