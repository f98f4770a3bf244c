//===- npy_test.cpp - NumPy's file format ---------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/npy.h"

#include "test/unit/data/test_files.h"

#include <cmath>
#include <limits>

namespace tacit {
namespace {

class Npy : public testing::Test {
protected:
  /// The message of reading a file of `bytes`, without `npy file 'PATH': `.
  std::string Error(const std::string &bytes) {
    const std::string path = folder_.Write("a.npy", bytes);
    const auto array = ReadNpy(path);
    EXPECT_FALSE(array.ok());
    const std::string prefix = "npy file '" + path + "': ";
    const std::string message(array.status().message());
    EXPECT_EQ(message.substr(0, prefix.size()), prefix);
    return message.substr(std::min(prefix.size(), message.size()));
  }

  TestFolder folder_;
};

TEST_F(Npy, EveryVersionOfTheFormat) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  for (int version : {1, 2, 3}) {
    const auto array = ReadNpy(folder_.Write(
        "a.npy", NpyBytes("<f4", "(2, 3)", BytesOf(values), false, version)));
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->type, FileType::F32);
    EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(array->bytes, BytesOf(values));
  }
}

TEST_F(Npy, EveryType) {
  const std::pair<const char *, FileType> types[] = {
      {"<f4", FileType::F32}, {"<f8", FileType::F64}, {"<i4", FileType::I32},
      {"<i8", FileType::I64}, {"|u1", FileType::U8},  {"|b1", FileType::Bool},
      {"|i1", FileType::I8},  {"<i2", FileType::I16}, {"<u2", FileType::U16},
      {"<u1", FileType::U8}};
  for (const auto &[descr, type] : types) {
    const std::string data(static_cast<size_t>(3 * FileTypeBytes(type)), '\1');
    const auto array =
        ReadNpy(folder_.Write("a.npy", NpyBytes(descr, "(3,)", data)));
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->type, type) << descr;
    EXPECT_EQ(array->bytes, data);
  }
}

TEST_F(Npy, HeadersThatOthersWrite) {
  const std::vector<float> values = {1, 2};
  for (const char *header :
       {"{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2,)}",
        "{'shape':(2,),'fortran_order':False,'descr':'<f4'}\n",
        "  { 'descr' : '<f4' , 'fortran_order' : True , 'shape' : ( 2 , ) , "
        "} "}) {
    const auto array =
        ReadNpy(folder_.Write("a.npy", NpyWithHeader(header, BytesOf(values))));
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->shape, std::vector<int64_t>{2});
  }
}

TEST_F(Npy, EmptyAndScalar) {
  const auto empty =
      ReadNpy(folder_.Write("a.npy", NpyBytes("<f4", "(0, 3)", "")));
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->shape, (std::vector<int64_t>{0, 3}));
  const auto scalar =
      ReadNpy(folder_.Write("a.npy", NpyBytes("<f4", "()", "abcd")));
  ASSERT_TRUE(scalar.ok()) << scalar.status();
  EXPECT_TRUE(scalar->shape.empty());
}

TEST_F(Npy, MissingFile) {
  EXPECT_EQ(ReadNpy("/nowhere/a.npy").status().message(),
            "npy file '/nowhere/a.npy': No such file or directory");
  EXPECT_EQ(ReadNpy("/").status().message(),
            "npy file '/': is a directory, wanted a file");
}

TEST_F(Npy, Truncated) {
  const std::string bytes = NpyBytes("<f4", "(2, 3)", std::string(24, 'x'));
  EXPECT_EQ(Error(""), "truncated: got 0 bytes of header, wanted 8");
  EXPECT_EQ(Error(bytes.substr(0, 5)),
            "truncated: got 5 bytes of header, wanted 8");
  EXPECT_EQ(Error(bytes.substr(0, 9)),
            "truncated: got 1 bytes of header, wanted 2");
  EXPECT_EQ(Error(bytes.substr(0, 30)),
            "truncated: got 20 bytes of header, wanted 118");
  EXPECT_EQ(Error(bytes.substr(0, bytes.size() - 1)),
            "truncated: got 23 bytes of data, wanted 24");
  EXPECT_EQ(Error(bytes + "x"),
            "goes on after the last element that its header announces");
}

TEST_F(Npy, AHeaderThatAnnouncesTooMuch) {
  EXPECT_EQ(Error(NpyBytes("<f4", "(1000000000000,)", "abcd")),
            "truncated: got 4 bytes of data, wanted 4000000000000");
  EXPECT_EQ(
      Error(NpyBytes("<f8", "(4000000000, 4000000000)", "abcd")),
      "damaged header: a shape of [4000000000, 4000000000] has more bytes "
      "than 64 bits count");
  EXPECT_EQ(Error(std::string("\x93NUMPY\x02\0\xff\xff\xff\x7f", 12)),
            "damaged header: a length of 2147483647 bytes, wanted at most "
            "1048576");
}

TEST_F(Npy, BadMagicAndVersion) {
  EXPECT_EQ(Error("PK\3\4 this is an npz"),
            "bad magic: does not start as an npy file, '\\x93NUMPY'");
  EXPECT_EQ(Error(std::string("\x93NUMPY\x04\0", 8)),
            "wrong version: got 4.0, wanted 1.0, 2.0 or 3.0");
}

TEST_F(Npy, DamagedHeaders) {
  for (const char *header :
       {"", "{", "{}", "{'descr': '<f4'}", "descr",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} extra",
        "{'descr': '<f4', 'fortran_order': Falsch, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f4', 'descr': '<f4', 'shape': (2,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}",
        "{'descr': [('a', '<f4'), 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'color': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, "
        "'shape': (99999999999999999999,)}"})
    EXPECT_EQ(Error(NpyWithHeader(header, "")),
              "damaged header: wanted {'descr': ..., 'fortran_order': ..., "
              "'shape': (...), }")
        << header;
}

TEST_F(Npy, WrongTypes) {
  EXPECT_EQ(Error(NpyBytes(">f4", "(2,)", "")),
            "wrong type: got '>f4', which is big-endian; wanted '<f4', as "
            ".astype('<f4') gives it");
  for (const char *descr : {"<c8", "<f2", "<u4", "|O", "<U5", "f4", "", "|f4"})
    EXPECT_EQ(Error(NpyBytes(descr, "(2,)", "")),
              std::string("wrong type: got '") + descr +
                  "', wanted '<f4', '<f8', '<i4', '<i8', '|u1', or another "
                  "integer type of up to 64 bits with a sign or up to 16 "
                  "without");
  EXPECT_TRUE(Has(Error(NpyWithHeader("{'descr': [('a', '<f4')], "
                                      "'fortran_order': False, 'shape': (2,)}",
                                      "")),
                  "wrong type: got '[('a', '<f4')]', wanted"));
}

TEST_F(Npy, FortranOrder) {
  EXPECT_EQ(Error(NpyBytes("<f4", "(2, 3)", std::string(24, 'x'), true)),
            "wrong order: got Fortran order, in which a row is not in one "
            "piece; wanted C order, as numpy.ascontiguousarray gives it");
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

template <typename From, typename To>
absl::Status Converted(FileType type, const std::vector<From> &from,
                       tacit_dtype dtype, std::vector<To> &to) {
  FileArray array;
  array.origin = "file";
  array.type = type;
  array.shape = {static_cast<int64_t>(from.size())};
  array.bytes = BytesOf(from);
  to.resize(from.size());
  return ConvertRows(array, 0, static_cast<int64_t>(from.size()), dtype,
                     to.data());
}

TEST(Convert, WhatIsExact) {
  std::vector<float> f32;
  std::vector<double> f64;
  std::vector<int32_t> i32;
  std::vector<int64_t> i64;
  std::vector<int8_t> i8;
  EXPECT_TRUE(
      Converted<double>(FileType::F64, {0.5, -3, 1e30 * 0}, TACIT_F32, f32)
          .ok());
  EXPECT_EQ(f32, (std::vector<float>{0.5, -3, 0}));
  EXPECT_TRUE(Converted<float>(FileType::F32, {0.1f}, TACIT_F64, f64).ok());
  EXPECT_EQ(f64[0], static_cast<double>(0.1f));
  EXPECT_TRUE(Converted<int64_t>(FileType::I64, {7, INT32_MIN, INT32_MAX},
                                 TACIT_I32, i32)
                  .ok());
  EXPECT_EQ(i32, (std::vector<int32_t>{7, INT32_MIN, INT32_MAX}));
  EXPECT_TRUE(Converted<uint8_t>(FileType::U8, {0, 255}, TACIT_F32, f32).ok());
  EXPECT_EQ(f32, (std::vector<float>{0, 255}));
  EXPECT_TRUE(Converted<int32_t>(FileType::I32, {-5}, TACIT_I64, i64).ok());
  EXPECT_EQ(i64[0], -5);
  EXPECT_TRUE(Converted<uint16_t>(FileType::U16, {127}, TACIT_I8, i8).ok());
  EXPECT_TRUE(
      Converted<int32_t>(FileType::I32, {1 << 24}, TACIT_F32, f32).ok());
  EXPECT_TRUE(Converted<uint8_t>(FileType::Bool, {0, 1}, TACIT_I1, i8).ok());
  EXPECT_EQ(i8, (std::vector<int8_t>{0, 1}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(
      Converted<double>(FileType::F64, {nan, inf, -inf}, TACIT_F32, f32).ok());
  EXPECT_TRUE(std::isnan(f32[0]));
  EXPECT_EQ(f32[2], -std::numeric_limits<float>::infinity());
}

TEST(Convert, WhatIsNot) {
  std::vector<float> f32;
  std::vector<double> f64;
  std::vector<int32_t> i32;
  std::vector<int8_t> i8;
  EXPECT_EQ(
      Converted<double>(FileType::F64, {1, 0.1}, TACIT_F32, f32).message(),
      "file: wrong value: row 1 holds 0.1 (f64), which f32 cannot hold "
      "exactly; store it as f32");
  EXPECT_FALSE(Converted<double>(FileType::F64, {1e300}, TACIT_F32, f32).ok());
  EXPECT_EQ(
      Converted<int64_t>(FileType::I64, {int64_t{1} << 31}, TACIT_I32, i32)
          .message(),
      "file: wrong value: row 0 holds 2147483648 (i64), which i32 cannot "
      "hold exactly; store it as i32");
  EXPECT_FALSE(
      Converted<int32_t>(FileType::I32, {(1 << 24) + 1}, TACIT_F32, f32).ok());
  EXPECT_FALSE(
      Converted<int64_t>(FileType::I64, {INT64_MAX}, TACIT_F64, f64).ok());
  EXPECT_FALSE(Converted<uint8_t>(FileType::U8, {128}, TACIT_I8, i8).ok());
  EXPECT_FALSE(Converted<uint8_t>(FileType::Bool, {2}, TACIT_I1, i8).ok());
  EXPECT_EQ(Converted<float>(FileType::F32, {1}, TACIT_I32, i32).message(),
            "file: wrong type: got f32, wanted i32 or another integer type");
}

} // namespace
} // namespace tacit
