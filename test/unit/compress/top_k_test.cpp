//===- top_k_test.cpp - Selection against sorting -------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/top_k.h"
#include "test/unit/compress/vectors.h"

#include <algorithm>
#include <numeric>

namespace tacit {
namespace {

const float kInfinity = std::numeric_limits<float>::infinity();
const float kNaN = std::numeric_limits<float>::quiet_NaN();

/// The definition: the k largest magnitudes in double, ties to the lower
/// index, in the order of the indices.
std::vector<uint64_t> Largest(const std::vector<float> &acc, uint64_t k) {
  std::vector<uint64_t> order(acc.size());
  std::iota(order.begin(), order.end(), uint64_t{0});
  const auto kth = order.begin() + static_cast<std::ptrdiff_t>(k);
  std::nth_element(order.begin(), kth, order.end(),
                   [&](uint64_t a, uint64_t b) {
                     const double x = std::abs(static_cast<double>(acc[a])),
                                  y = std::abs(static_cast<double>(acc[b]));
                     return x > y || (x == y && a < b);
                   });
  order.resize(k);
  std::sort(order.begin(), order.end());
  return order;
}

/// Selects on every target, and compares all that is left behind with the
/// definition.
template <typename Index>
void CheckTopK(const std::vector<float> &residual,
               const std::vector<float> &gradient, float ratio, uint64_t k,
               SelectionWorkspace &workspace) {
  const std::vector<float> acc = Accumulated(residual, gradient, ratio);
  const std::vector<uint64_t> wanted = Largest(acc, k);
  std::vector<float> rest = acc, taken;
  for (const uint64_t i : wanted) {
    taken.push_back(acc[i]);
    rest[i] = 0;
  }
  OnEveryTarget([&] {
    std::vector<float> left = residual;
    Entries<Index> got(k);
    const absl::Status status =
        TopK({residual.empty() ? nullptr : left.data(),
              gradient.empty() ? nullptr : gradient.data(), ratio, acc.size()},
             k, workspace, got.view);
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(got.count, k);
    got.CheckGuards();
    ASSERT_TRUE(std::equal(wanted.begin(), wanted.end(), got.indices.begin()));
    ASSERT_TRUE(SameBits(got.values.data(), taken.data(), k));
    if (!residual.empty())
      ASSERT_TRUE(SameBits(left, rest)) << "not conserved";
  });
}

std::string Name(const std::string &kind, size_t count, uint64_t k) {
  return kind + ", " + std::to_string(k) + " of " + std::to_string(count);
}

TEST(TopK, SizesAroundAVector) {
  SelectionWorkspace workspace;
  for (const std::string &kind : Kinds())
    for (size_t count = 1; count <= 150; count += count < 70 ? 1 : 13)
      for (const uint64_t k : {size_t{1}, count / 3, count / 2 + 1, count}) {
        if (k == 0)
          continue;
        SCOPED_TRACE(Name(kind, count, k));
        const std::vector<float> gradient = MakeVector(kind, count, 1);
        CheckTopK<uint32_t>(MakeVector("ties", count, 2), gradient, 1, k,
                            workspace);
        CheckTopK<uint32_t>(gradient, {}, 1, k, workspace);
        CheckTopK<uint64_t>({}, gradient, 1, k, workspace);
        if (testing::Test::HasFatalFailure())
          return;
      }
}

TEST(TopK, SizesThatAreSampled) {
  SelectionWorkspace workspace;
  for (const std::string &kind : Kinds())
    for (const size_t count : {16383, 16384, 16385, 65536, 100003})
      for (const double density : {1e-5, 0.001, 0.01, 0.3, 1.0}) {
        const uint64_t k = SelectedCount(density, count);
        SCOPED_TRACE(Name(kind, count, k));
        const std::vector<float> gradient = MakeVector(kind, count, 5);
        CheckTopK<uint32_t>(std::vector<float>(count), gradient, 1, k,
                            workspace);
        if (testing::Test::HasFatalFailure())
          return;
      }
}

TEST(TopK, WithoutOneOperandAndWithARatio) {
  SelectionWorkspace workspace;
  for (const std::string &kind : Kinds()) {
    const size_t count = 40007;
    SCOPED_TRACE(kind);
    const std::vector<float> gradient = MakeVector(kind, count, 6),
                             residual = MakeVector("normal", count, 7);
    CheckTopK<uint32_t>(residual, gradient, 0.3f, 400, workspace);
    CheckTopK<uint64_t>(residual, gradient, 1, 400, workspace);
    CheckTopK<uint64_t>(gradient, {}, 0.3f, 400, workspace);
    CheckTopK<uint32_t>({}, gradient, 0.3f, 400, workspace);
  }
}

TEST(TopK, OnAnyNumberOfThreads) {
  for (const int threads : {1, 2, 3}) {
    const WithThreads with(threads);
    SelectionWorkspace workspace;
    for (const std::string &kind : Kinds())
      for (const size_t count : {65536, 98304, 98319, 200001})
        for (const double density : {0.001, 0.01, 0.7}) {
          const uint64_t k = SelectedCount(density, count);
          SCOPED_TRACE(Name(kind, count, k) + " on " + std::to_string(threads));
          CheckTopK<uint32_t>(MakeVector("sparse", count, 8),
                              MakeVector(kind, count, 9), 1, k, workspace);
          if (testing::Test::HasFatalFailure())
            return;
        }
  }
}

TEST(TopK, SizesAndDensitiesAtRandom) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  SelectionWorkspace workspace;
  for (int round = 0; round < 150; ++round) {
    const WithThreads with(1 + round % 3);
    const auto count = static_cast<size_t>(std::exp2(17.5 * uniform(random)));
    const uint64_t k = SelectedCount(std::exp2(-14 * uniform(random)), count);
    const std::string &kind = Kinds()[random() % Kinds().size()],
                      &other = Kinds()[random() % Kinds().size()];
    SCOPED_TRACE(Name(kind + " and " + other, count, k));
    CheckTopK<uint32_t>(MakeVector(kind, count, random()),
                        MakeVector(other, count, random()),
                        round % 2 ? 1 : 0.5f, k, workspace);
    if (testing::Test::HasFatalFailure())
      return;
  }
}

TEST(TopK, Millions) {
  const WithThreads with(2);
  SelectionWorkspace workspace;
  const size_t count = 3000001;
  for (const double density : {0.001, 0.01}) {
    const uint64_t k = SelectedCount(density, count);
    CheckTopK<uint32_t>(MakeVector("normal", count, 1),
                        MakeVector("normal", count, 2), 1, k, workspace);
    CheckTopK<uint64_t>(MakeVector("range", count, 1),
                        MakeVector("clusters", count, 2), 1, k, workspace);
  }
}

// Lines of the sample see all that is large and nothing else, or the reverse.
TEST(TopK, MisledByItsSample) {
  for (const int threads : {1, 2}) {
    const WithThreads with(threads);
    SelectionWorkspace workspace;
    const size_t count = 300000;
    for (uint32_t round = 0; round < 20; ++round) {
      // One line in so many is large.
      std::vector<float> gradient = MakeVector("normal", count, round);
      for (size_t i = 0; i < count; ++i)
        if ((i / 16) % (40 + 7 * round) == round)
          gradient[i] *= 1000;
      SCOPED_TRACE(round);
      CheckTopK<uint32_t>(std::vector<float>(count), gradient, 1,
                          100 + 150 * round, workspace);
      CheckTopK<uint32_t>({}, gradient, 1, 100 + 150 * round, workspace);
      if (testing::Test::HasFatalFailure())
        return;
    }
  }
}

TEST(TopK, RepeatedWithItsResidual) {
  const size_t count = 50000;
  SelectionWorkspace workspace;
  std::vector<float> residual(count), wanted(count);
  for (uint32_t step = 0; step < 20; ++step) {
    const std::vector<float> gradient = MakeVector("normal", count, step);
    wanted = Accumulated(wanted, gradient, step % 3 ? 1 : 0.5f);
    Entries<uint32_t> got(500);
    ASSERT_TRUE(
        TopK({residual.data(), gradient.data(), step % 3 ? 1 : 0.5f, count},
             500, workspace, got.view)
            .ok());
    for (const uint64_t i : Largest(wanted, 500))
      wanted[i] = 0;
    ASSERT_TRUE(SameBits(residual, wanted));
  }
}

TEST(TopK, NonFiniteIsAnErrorThatLosesNothing) {
  OnEveryTarget([] {
    for (const int threads : {1, 2}) {
      const WithThreads with(threads);
      SelectionWorkspace workspace;
      for (const size_t count : {1, 5, 100, 20000, 70000})
        for (const float bad : {kInfinity, -kInfinity, kNaN, -kNaN})
          for (const size_t first : {size_t{0}, count / 2, count - 1}) {
            const std::vector<float> before = MakeVector("normal", count, 1);
            std::vector<float> gradient = MakeVector("normal", count, 2);
            // More of them than are selected.
            for (size_t i = first; i < count; i += 1 + i % 3)
              gradient[i] = i % 2 ? bad : kNaN;
            gradient[first] = bad;
            std::vector<float> residual = before;
            Entries<uint32_t> got(3);
            const absl::Status status =
                TopK({residual.data(), gradient.data(), 1, count},
                     std::min<uint64_t>(3, count), workspace, got.view);
            ASSERT_EQ(NonFiniteIndex(status), first)
                << count << " elements, " << bad << ": " << status;
            ASSERT_EQ(got.count, 0u);
            const std::vector<float> acc = Accumulated(before, gradient, 1);
            for (size_t i = 0; i < count; ++i)
              ASSERT_TRUE(residual[i] == acc[i] ||
                          (std::isnan(residual[i]) && std::isnan(acc[i])))
                  << i;
            // Without a residual too.
            ASSERT_EQ(NonFiniteIndex(TopK({nullptr, gradient.data(), 1, count},
                                          std::min<uint64_t>(3, count),
                                          workspace, got.view)),
                      first);
          }
    }
  });
}

TEST(TopK, SumsThatOverflowAreNotFinite) {
  std::vector<float> residual(20, 3e38f);
  const std::vector<float> gradient(20, 1e38f);
  SelectionWorkspace workspace;
  Entries<uint32_t> got(3);
  const absl::Status status =
      TopK({residual.data(), gradient.data(), 1, 20}, 3, workspace, got.view);
  EXPECT_EQ(NonFiniteIndex(status), 0u);
}

TEST(TopK, RefusesWhatCannotBe) {
  std::vector<float> gradient(10, 1);
  SelectionWorkspace workspace;
  Entries<uint32_t> got(3);
  const Accumulation accumulation = {nullptr, gradient.data(), 1, 10};
  EXPECT_EQ(TopK(accumulation, 0, workspace, got.view).message(),
            "cannot select 0 of 10 elements: wanted from 1 to 10");
  EXPECT_EQ(TopK(accumulation, 11, workspace, got.view).message(),
            "cannot select 11 of 10 elements: wanted from 1 to 10");
  EXPECT_EQ(TopK(accumulation, 4, workspace, got.view).message(),
            "there is room for 3 entries, and 4 are to be selected");
  got.count = 5;
  EXPECT_TRUE(TopK({nullptr, nullptr, 1, 0}, 0, workspace, got.view).ok());
  EXPECT_EQ(got.count, 0u);
}

} // namespace
} // namespace tacit
