//===- properties_test.cpp - What readers do with random arrays -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Random arrays of every type, shape and byte order are read as what they
/// are, or refused by the rule that the reader's header states.
///
//===----------------------------------------------------------------------===//

#include "runtime/data/idx.h"
#include "runtime/data/npy.h"
#include "runtime/support/random.h"
#include "test/unit/data/test_files.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace tacit {
namespace {

/// Random choices from a seed.
class Choice {
public:
  explicit Choice(uint64_t seed) : random_(seed, 77) {}
  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(
        random_.Below(next_++, static_cast<uint64_t>(bound)));
  }

private:
  Random random_;
  uint64_t next_ = 0;
};

/// 1 to 4 extents, now and then one of 0.
std::vector<int64_t> Shape(Choice &choice) {
  std::vector<int64_t> shape(1 + choice.Below(4));
  for (int64_t &extent : shape)
    extent = choice.Below(12) ? 1 + choice.Below(4) : 0;
  return shape;
}

int64_t Product(const std::vector<int64_t> &shape) {
  int64_t product = 1;
  for (const int64_t extent : shape)
    product *= extent;
  return product;
}

/// A type by the names of both formats, and a value's bytes, little-endian.
struct FileTypeCase {
  FileType type;
  const char *npy;
  int idx; ///< 0: it has none.
};
constexpr FileTypeCase kTypes[] = {
    {FileType::U8, "u1", 0x08},  {FileType::I8, "i1", 0x09},
    {FileType::I16, "i2", 0x0B}, {FileType::I32, "i4", 0x0C},
    {FileType::F32, "f4", 0x0D}, {FileType::F64, "f8", 0x0E},
    {FileType::I64, "i8", 0},    {FileType::U16, "u2", 0},
    {FileType::Bool, "b1", 0}};

template <typename T> std::string ValueBytes(double value) {
  const T typed = static_cast<T>(value);
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &typed, sizeof(T));
  return bytes;
}

std::string ValueBytes(FileType type, double value) {
  switch (type) {
  case FileType::Bool:
  case FileType::U8:
    return ValueBytes<uint8_t>(value);
  case FileType::I8:
    return ValueBytes<int8_t>(value);
  case FileType::I16:
    return ValueBytes<int16_t>(value);
  case FileType::U16:
    return ValueBytes<uint16_t>(value);
  case FileType::I32:
    return ValueBytes<int32_t>(value);
  case FileType::I64:
    return ValueBytes<int64_t>(value);
  case FileType::F32:
    return ValueBytes<float>(value);
  case FileType::F64:
    return ValueBytes<double>(value);
  }
  return {};
}

/// Values that every one of the types but bool holds, or 0 and 1.
std::vector<double> Values(Choice &choice, FileType type, int64_t count) {
  const bool small = type == FileType::Bool;
  const bool is_signed = type != FileType::U8 && type != FileType::U16;
  std::vector<double> values(static_cast<size_t>(count));
  for (double &value : values)
    value = static_cast<double>(
        small ? choice.Below(2) : choice.Below(128) - (is_signed ? 64 : 0));
  return values;
}

std::string Data(FileType type, const std::vector<double> &values,
                 bool big_endian) {
  std::string data;
  for (const double value : values) {
    std::string bytes = ValueBytes(type, value);
    if (big_endian)
      std::reverse(bytes.begin(), bytes.end());
    data += bytes;
  }
  return data;
}

/// `array` is of `shape`, and its values are `values`.
void ExpectArray(const absl::StatusOr<FileArray> &array,
                 const std::vector<int64_t> &shape,
                 const std::vector<double> &values) {
  ASSERT_TRUE(array.ok()) << array.status();
  ASSERT_EQ(array->shape, shape);
  std::vector<double> got(values.size());
  const absl::Status status =
      ConvertRows(*array, 0, shape[0], TACIT_F64, got.data());
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(got, values);
}

/// `(2, 3)`, as NumPy writes shapes.
std::string TupleOf(const std::vector<int64_t> &shape) {
  std::string tuple = "(";
  for (const int64_t extent : shape)
    tuple += std::to_string(extent) + ",";
  return tuple + ")";
}

TEST(Properties, NpyInEveryByteOrder) {
  TestFolder folder;
  for (int seed = 0; seed < 10; ++seed)
    for (const FileTypeCase &file : kTypes)
      for (const char order : {'<', '>', '|', '=', '!'}) {
        Choice choice(seed);
        const std::vector<int64_t> shape = Shape(choice);
        const std::vector<double> values =
            Values(choice, file.type, Product(shape));
        const std::string path = folder.Write(
            "a", NpyBytes(std::string(1, order) + file.npy, TupleOf(shape),
                          Data(file.type, values, order == '>'), false,
                          1 + seed % 3));
        const auto array = ReadNpy(path);
        const bool byte = FileTypeBytes(file.type) == 1;
        if (order == '<' || (byte && (order == '|' || order == '>'))) {
          ExpectArray(array, shape, values);
          continue;
        }
        // Refused as big-endian where it is, and else as unknown: never taken
        // in another order.
        ASSERT_FALSE(array.ok()) << order << file.npy;
        EXPECT_TRUE(Has(std::string(array.status().message()),
                        "npy file '" + path + "': wrong type: got '" + order +
                            file.npy +
                            (order == '>' ? "', which is big-endian; wanted '<"
                                          : "', wanted '<f4', ")));
      }
}

TEST(Properties, IdxOfEveryType) {
  TestFolder folder;
  for (int seed = 0; seed < 10; ++seed)
    for (const FileTypeCase &file : kTypes) {
      if (file.idx == 0)
        continue;
      Choice choice(seed);
      const std::vector<int64_t> shape = Shape(choice);
      const std::vector<double> values =
          Values(choice, file.type, Product(shape));
      const std::string bytes =
          IdxBytes(file.idx, std::vector<uint32_t>(shape.begin(), shape.end()),
                   Data(file.type, values, true));
      ExpectArray(ReadIdx(folder.Write("a", bytes)), shape, values);
      ExpectArray(ReadIdx(folder.Write("a", Gzipped(bytes))), shape, values);
    }
}

TEST(Properties, BytesOfHugeShapes) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  for (int seed = 0; seed < 5000; ++seed) {
    Choice choice(seed);
    std::vector<int64_t> shape(1 + choice.Below(4));
    for (int64_t &extent : shape) {
      extent = int64_t{1} << choice.Below(63);
      extent += choice.Below(3) - 1;
    }
    const int64_t element = int64_t{1} << choice.Below(4);
    // Exact, as each step is stopped before 2^126.
    __int128 exact = element;
    for (const int64_t extent : shape) {
      exact *= extent;
      if (exact > most)
        break;
    }
    EXPECT_EQ(BytesOfShape(shape, element),
              exact > most ? -1 : static_cast<int64_t>(exact))
        << testing::PrintToString(shape);
  }
  EXPECT_EQ(BytesOfShape({}, 8), 8);
  EXPECT_EQ(BytesOfShape({0, most, most}, 8), 0);
  EXPECT_EQ(BytesOfShape({most, most, 0}, 8), -1);
  EXPECT_EQ(BytesOfShape({-1}, 8), -1);
}

TEST(Properties, HugeShapesInFiles) {
  // Whatever a header promises: an error that names the file, and no attempt
  // to have that much memory.
  TestFolder folder;
  for (int seed = 0; seed < 60; ++seed) {
    Choice choice(seed);
    std::vector<int64_t> shape(1 + choice.Below(4));
    std::vector<uint32_t> narrow;
    for (int64_t &extent : shape) {
      extent = (int64_t{1} << (20 + choice.Below(12))) - 1;
      narrow.push_back(static_cast<uint32_t>(extent));
    }
    for (const bool npy : {true, false}) {
      const std::string path =
          folder.Write("a", npy ? NpyBytes("<f8", TupleOf(shape), "few bytes")
                                : IdxBytes(0x0E, narrow, "few bytes"));
      const auto array = npy ? ReadNpy(path) : ReadIdx(path);
      ASSERT_FALSE(array.ok());
      const std::string message(array.status().message());
      const int64_t bytes = BytesOfShape(shape, 8);
      EXPECT_TRUE(Has(message, std::string(npy ? "npy" : "IDX") + " file '" +
                                   path + "': "));
      EXPECT_TRUE(Has(message, bytes < 0
                                   ? "has more bytes than 64 bits count"
                                   : "truncated: got 9 bytes of data, wanted " +
                                         std::to_string(bytes)));
    }
  }
}

} // namespace
} // namespace tacit
