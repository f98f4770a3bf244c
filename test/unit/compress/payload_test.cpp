//===- payload_test.cpp - How sparse vectors are stored -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/candidates.h"
#include "runtime/compress/payload.h"
#include "runtime/state/aligned_buffer.h"
#include "test/unit/compress/vectors.h"

namespace tacit {
namespace {

TEST(Payload, WideIndicesWhereNeeded) {
  EXPECT_FALSE(NeedsWideIndices(0));
  EXPECT_FALSE(NeedsWideIndices(uint64_t{1} << 32));
  EXPECT_TRUE(NeedsWideIndices((uint64_t{1} << 32) + 1));
}

TEST(Payload, FillsItsBytes) {
  for (const uint64_t capacity : {0, 1, 7, 16, 17, 1000}) {
    const size_t bytes = SparseBytes(100000, capacity);
    AlignedBuffer buffer(bytes);
    const auto view = ViewSparse<uint32_t>(buffer.data(), capacity);
    const auto at = [&](const void *place) {
      return static_cast<size_t>(static_cast<const std::byte *>(place) -
                                 buffer.data());
    };
    EXPECT_EQ(view.capacity, capacity);
    EXPECT_EQ(at(view.count), 0u);
    EXPECT_EQ(at(view.indices), size_t{TACIT_ALIGNMENT});
    EXPECT_EQ(at(view.values) % TACIT_ALIGNMENT, 0u);
    EXPECT_GE(at(view.values), at(view.indices + capacity));
    EXPECT_LE(at(view.values + capacity), bytes);
    EXPECT_LT(bytes - at(view.values + capacity), size_t{TACIT_ALIGNMENT});
    const auto wide = ViewSparse<uint64_t>(buffer.data(), capacity);
    EXPECT_GE(at(wide.values), at(wide.indices + capacity));
    EXPECT_LE(at(wide.values + capacity),
              SparseBytes((uint64_t{1} << 32) + 1, capacity));
  }
}

// Pieces of vectors that are too long to be made here.
TEST(Candidates, OfAPieceFarOut) {
  const uint64_t base = uint64_t{5} << 40;
  const size_t count = 100;
  std::vector<uint32_t> offsets(count + Candidates::kSlack);
  std::vector<float> values(count + Candidates::kSlack);
  std::vector<uint64_t> wanted;
  for (size_t i = 0; i < count; ++i) {
    offsets[i] = 0x80000000u + static_cast<uint32_t>(3 * i);
    values[i] = static_cast<float>(i % 10) - 4.5f;
    if (i % 10 == 9 || i % 10 == 0)
      wanted.push_back(base + offsets[i]);
  }
  OnEveryTarget([&] {
    Entries<uint64_t> got(wanted.size());
    WriteAbove({offsets.data(), values.data(), count, count}, MagnitudeBits(4),
               0, nullptr, base, got.indices.data(), got.values.data(),
               wanted.size());
    got.CheckGuards();
    ASSERT_TRUE(std::equal(wanted.begin(), wanted.end(), got.indices.begin()));
    for (size_t i = 0; i < wanted.size(); ++i)
      ASSERT_EQ(std::abs(got.values[i]), 4.5f);
  });
}

} // namespace
} // namespace tacit
