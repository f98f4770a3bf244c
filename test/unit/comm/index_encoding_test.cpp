//===- index_encoding_test.cpp - Messages of sparse vectors ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/index_encoding.h"
#include "runtime/support/random.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <vector>

using namespace tacit;
using testing::HasSubstr;

namespace {

template <typename Index> struct Vector {
  std::vector<Index> indices;
  std::vector<float> values;
  Entries<Index> entries() const {
    return {indices.data(), values.data(), indices.size()};
  }
};

template <typename T> class IndexEncodingTest : public testing::Test {};
using Widths = testing::Types<uint32_t, uint64_t>;
TYPED_TEST_SUITE(IndexEncodingTest, Widths, );

} // namespace

template <typename Index>
static Vector<Index> Make(const std::set<uint64_t> &indices) {
  Vector<Index> made;
  for (uint64_t index : indices) {
    made.indices.push_back(static_cast<Index>(index));
    made.values.push_back(static_cast<float>(index) * -0.5f);
  }
  return made;
}

template <typename Index>
static Vector<Index> Sample(uint64_t elements, size_t count) {
  const Random random(1, elements);
  std::set<uint64_t> indices;
  for (uint64_t word = 0; indices.size() < count; ++word)
    indices.insert(random.Word(word) % elements);
  return Make<Index>(indices);
}

/// Messages in memory of just their size, so that a sanitizer sees what is read
/// or written beside it.
template <typename Index>
static std::vector<std::byte> Encode(const Vector<Index> &vector,
                                     IndexEncoding encoding) {
  std::vector<std::byte> room(MessageBytes<Index>(vector.indices.size()));
  const size_t bytes = EncodeEntries(vector.entries(), encoding, room.data());
  EXPECT_LE(bytes, room.size());
  return {room.begin(), room.begin() + static_cast<ptrdiff_t>(bytes)};
}

template <typename Index>
static absl::StatusOr<Vector<Index>>
Decode(const std::vector<std::byte> &message, uint64_t elements, size_t most) {
  std::vector<Index> indices(most);
  const auto entries = DecodeEntries(message.data(), message.size(), elements,
                                     most, indices.data());
  if (!entries.ok())
    return entries.status();
  return Vector<Index>{{entries->indices, entries->indices + entries->count},
                       {entries->values, entries->values + entries->count}};
}

template <typename Index>
static void ExpectRoundTrip(const Vector<Index> &vector, uint64_t elements) {
  for (IndexEncoding encoding : {IndexEncoding::kPlain, IndexEncoding::kAuto}) {
    const auto message = Encode(vector, encoding);
    const size_t plain = MessageBytes<Index>(vector.indices.size());
    if (encoding == IndexEncoding::kPlain)
      EXPECT_EQ(message.size(), plain);
    const auto back = Decode<Index>(message, elements, vector.indices.size());
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->indices, vector.indices);
    EXPECT_EQ(back->values, vector.values);
  }
}

TYPED_TEST(IndexEncodingTest, RoundTrips) {
  ExpectRoundTrip<TypeParam>({}, 5);
  for (uint64_t elements : {1, 2, 63, 64, 65, 1000, 100000})
    for (double density : {0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 1.0}) {
      const size_t count = static_cast<size_t>(
          std::ceil(density * static_cast<double>(elements)));
      ExpectRoundTrip(Sample<TypeParam>(elements, count), elements);
    }
}

TYPED_TEST(IndexEncodingTest, RoundTripsExtremes) {
  const uint64_t most =
      sizeof(TypeParam) == 4 ? uint64_t{1} << 32 : uint64_t{1} << 48;
  ExpectRoundTrip(Make<TypeParam>({0}), 1);
  ExpectRoundTrip(Make<TypeParam>({most - 1}), most);
  ExpectRoundTrip(Make<TypeParam>({0, most - 1}), most);
  // Gaps of all lengths: the unary parts outgrow words.
  std::set<uint64_t> indices;
  for (uint64_t index = 1; index < most; index += index / 3 + 1)
    indices.insert(index);
  ExpectRoundTrip(Make<TypeParam>(indices), most);
  for (uint64_t index = 0; index < 5000; ++index)
    indices.insert(index);
  ExpectRoundTrip(Make<TypeParam>(indices), most);
}

TEST(IndexEncoding, CodedIsNearTheEntropy) {
  for (size_t count : {100, 1000, 10000, 50000}) {
    const uint64_t elements = 100000;
    const double bytes = static_cast<double>(
        Encode(Sample<uint32_t>(elements, count), IndexEncoding::kAuto).size());
    const double p = static_cast<double>(count) / static_cast<double>(elements);
    const double bits = static_cast<double>(elements) *
                        (-p * std::log2(p) - (1 - p) * std::log2(1 - p));
    EXPECT_LT(bytes, 4.0 * static_cast<double>(count) + 1.05 * bits / 8 + 8)
        << count;
  }
}

TEST(IndexEncoding, DenseVectorsAreBitmaps) {
  // One bit an element, besides the values.
  EXPECT_LE(Encode(Sample<uint32_t>(80000, 80000), IndexEncoding::kAuto).size(),
            4u * 80000 + 80000 / 8 + 6);
}

TEST(IndexEncoding, SendsPlainWhatIsNotShorterCoded) {
  // One index costs its 4 bytes; a coded one the count on top.
  EXPECT_EQ(Encode(Make<uint32_t>({123456789}), IndexEncoding::kAuto).size(),
            8u);
}

//===----------------------------------------------------------------------===//
// Malformed messages
//===----------------------------------------------------------------------===//

template <typename Index>
static std::string ErrorOf(const std::vector<std::byte> &message,
                           uint64_t elements, size_t most) {
  const auto decoded = Decode<Index>(message, elements, most);
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kInternal);
  return std::string(decoded.status().message());
}

TEST(MalformedMessages, AreErrors) {
  const auto plain = Encode(Make<uint32_t>({3, 9}), IndexEncoding::kPlain);
  EXPECT_EQ(
      ErrorOf<uint32_t>(plain, 9, 2),
      "malformed sparse vector: it has index 9 of a vector of 9 elements");
  EXPECT_EQ(ErrorOf<uint32_t>(plain, 10, 1),
            "malformed sparse vector: it has 2 entries where 1 fit");
  for (std::pair<uint32_t, uint32_t> wrong : {std::pair{9u, 3u}, {3u, 3u}}) {
    std::vector<std::byte> message = plain;
    std::memcpy(message.data(), &wrong.first, 4);
    std::memcpy(message.data() + 4, &wrong.second, 4);
    EXPECT_EQ(ErrorOf<uint32_t>(message, 10, 2),
              "malformed sparse vector: its indices do not ascend");
  }
  const auto coded = Encode(Sample<uint32_t>(900, 300), IndexEncoding::kAuto);
  EXPECT_THAT(ErrorOf<uint32_t>(coded, 900, 299),
              HasSubstr("it counts 300 entries in "));
  EXPECT_THAT(ErrorOf<uint32_t>(coded, 500, 300),
              HasSubstr("lies beyond its end or element 499"));
  // Without room for decoded indices, a message must be plain.
  EXPECT_FALSE(
      DecodeEntries<uint32_t>(coded.data(), coded.size(), 900, 300, nullptr)
          .ok());
}

TYPED_TEST(IndexEncodingTest, EveryTruncationIsAnErrorOrAVector) {
  const auto message =
      Encode(Sample<TypeParam>(5000, 200), IndexEncoding::kAuto);
  for (size_t bytes = 1; bytes < message.size(); ++bytes) {
    const std::vector<std::byte> cut(
        message.begin(), message.begin() + static_cast<ptrdiff_t>(bytes));
    const auto decoded = Decode<TypeParam>(cut, 5000, 200);
    // A multiple of an entry's bytes is read as plain, and its first 4 bytes,
    // the count, as an index.
    if (bytes % MessageBytes<TypeParam>(1) != 0)
      EXPECT_FALSE(decoded.ok()) << bytes;
  }
}

TYPED_TEST(IndexEncodingTest, NoBytesReadOutsideOrGiveWrongVectors) {
  const auto good = Encode(Sample<TypeParam>(3000, 150), IndexEncoding::kAuto);
  const Random random(4, 4);
  size_t accepted = 0;
  for (uint64_t turn = 0; turn < 20000; ++turn) {
    std::vector<std::byte> message = good;
    for (uint64_t i = 0; i <= turn % 3; ++i) {
      const uint64_t word = random.Word(4 * turn + i);
      message[word % message.size()] = static_cast<std::byte>(word >> 40);
    }
    if (turn % 2)
      message.resize(random.Word(4 * turn + 3) % (message.size() + 1));
    const auto decoded = Decode<TypeParam>(message, 3000, 150);
    if (!decoded.ok())
      continue;
    ++accepted; // a value has changed, say
    EXPECT_LE(decoded->indices.size(), 150u);
    EXPECT_TRUE(std::is_sorted(decoded->indices.begin(), decoded->indices.end(),
                               std::less_equal<>()));
    if (!decoded->indices.empty())
      EXPECT_LT(decoded->indices.back(), TypeParam{3000});
  }
  EXPECT_GT(accepted, 0u);
}
