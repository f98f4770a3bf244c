//===- accumulate_test.cpp - acc against its definition -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/accumulate.h"
#include "test/unit/compress/vectors.h"

namespace tacit {
namespace {

const float kInfinity = std::numeric_limits<float>::infinity();
const float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Accumulate, IsTheDefinition) {
  for (const int threads : {1, 3}) {
    const WithThreads with(threads);
    for (const std::string &kind : Kinds())
      for (const size_t count : {0, 1, 3, 4, 7, 8, 15, 16, 17, 33, 100, 70000})
        for (const float ratio : {1.0f, 0.7f, 3.0f}) {
          SCOPED_TRACE(kind + " " + std::to_string(count));
          const std::vector<float> gradient = MakeVector(kind, count, 1);
          const std::vector<float> before = MakeVector("normal", count, 2);
          const std::vector<float> wanted =
              Accumulated(before, gradient, ratio);
          OnEveryTarget([&] {
            std::vector<float> residual = before;
            const float *acc = nullptr;
            ASSERT_TRUE(
                Accumulate({residual.data(), gradient.data(), ratio, count},
                           &acc)
                    .ok());
            ASSERT_EQ(acc, residual.data());
            ASSERT_TRUE(SameBits(residual, wanted));
          });
        }
  }
}

TEST(Accumulate, LeavesTheOnlyOperandAlone) {
  const std::vector<float> gradient = MakeVector("normal", 1000, 1);
  std::vector<float> residual = gradient;
  const float *acc = nullptr;
  ASSERT_TRUE(Accumulate({nullptr, gradient.data(), 0.5f, 1000}, &acc).ok());
  EXPECT_EQ(acc, gradient.data());
  ASSERT_TRUE(Accumulate({residual.data(), nullptr, 0.5f, 1000}, &acc).ok());
  EXPECT_EQ(acc, residual.data());
  EXPECT_TRUE(SameBits(residual, gradient));
}

TEST(Accumulate, FindsTheFirstThatIsNotFinite) {
  const std::vector<float> before = MakeVector("normal", 70000, 3);
  const std::vector<float> gradient = MakeVector("normal", 70000, 4);
  OnEveryTarget([&] {
    for (const int threads : {1, 2})
      for (const float bad : {kInfinity, -kInfinity, kNaN})
        for (const size_t first : {0, 1, 31, 32, 40000, 69998, 69999}) {
          const WithThreads with(threads);
          std::vector<float> residual = before;
          residual[first] = bad;
          residual[69999] = kInfinity;
          const std::vector<float> wanted = Accumulated(residual, gradient, 1);
          const float *acc = nullptr;
          const absl::Status status =
              Accumulate({residual.data(), gradient.data(), 1, 70000}, &acc);
          ASSERT_EQ(NonFiniteIndex(status), first) << status;
          ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
          for (size_t i = 0; i < first; ++i)
            ASSERT_EQ(residual[i], wanted[i]);
        }
  });
}

TEST(Accumulate, SaysWhatIsNotFinite) {
  EXPECT_EQ(NonFiniteError(12, kNaN).message(),
            "element 12 of the accumulated gradient is not a number: nothing "
            "can be selected; a lower learning rate or clipping may keep it "
            "finite");
  EXPECT_EQ(NonFiniteError(12, -kInfinity).message(),
            "element 12 of the accumulated gradient is infinite: nothing can "
            "be selected; a lower learning rate or clipping may keep it "
            "finite");
  EXPECT_EQ(NonFiniteIndex(NonFiniteError(uint64_t{1} << 40, kNaN)),
            uint64_t{1} << 40);
  EXPECT_EQ(NonFiniteIndex(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(NonFiniteIndex(absl::InvalidArgumentError("other")), std::nullopt);
}

TEST(SelectedCount, IsTheDefinition) {
  EXPECT_EQ(SelectedCount(0.01, 100), 1u);
  EXPECT_EQ(SelectedCount(0.01, 101), 2u);
  EXPECT_EQ(SelectedCount(0.1, 30), 3u);
  EXPECT_EQ(SelectedCount(0.001, 5), 1u);
  EXPECT_EQ(SelectedCount(1e-12, 5), 1u);
  EXPECT_EQ(SelectedCount(1, 5), 5u);
  EXPECT_EQ(SelectedCount(0.999, 5), 5u);
  EXPECT_EQ(SelectedCount(2, 5), 5u);
  EXPECT_EQ(SelectedCount(0.5, 0), 0u);
  EXPECT_EQ(SelectedCount(0.001, 25000000), 25000u);
  // A density that is not exact, times a size, is not rounded up by that.
  for (uint64_t d = 1000; d < 2000000; d += 1000)
    ASSERT_EQ(SelectedCount(0.001, d), d / 1000);
}

} // namespace
} // namespace tacit
