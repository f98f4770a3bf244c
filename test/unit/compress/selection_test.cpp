//===- selection_test.cpp - The selections other than the exact one -------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/decompress.h"
#include "runtime/compress/random_k.h"
#include "runtime/compress/sampled_top_k.h"
#include "runtime/compress/threshold.h"
#include "runtime/support/random.h"
#include "test/unit/compress/vectors.h"

#include <algorithm>
#include <map>
#include <set>

namespace tacit {
namespace {

const float kInfinity = std::numeric_limits<float>::infinity();
const float kNaN = std::numeric_limits<float>::quiet_NaN();

/// What was taken and what is left are acc, each element in one of them.
template <typename Index>
void CheckSplit(const std::vector<float> &acc, const Entries<Index> &taken,
                const std::vector<float> &left) {
  std::vector<float> rest = acc;
  for (size_t i = 0; i < taken.count; ++i) {
    if (i > 0)
      ASSERT_LT(taken.indices[i - 1], taken.indices[i]);
    ASSERT_LT(taken.indices[i], acc.size());
    ASSERT_TRUE(SameBits(&taken.values[i], &acc[taken.indices[i]], 1));
    rest[taken.indices[i]] = 0;
  }
  ASSERT_TRUE(SameBits(left, rest)) << "not conserved";
  taken.CheckGuards();
}

TEST(SampledTopK, TakesTheLargest) {
  std::map<std::string, uint64_t> counts;
  for (const int threads : {1, 2, 3}) {
    const WithThreads with(threads);
    SelectionWorkspace workspace;
    for (const std::string &kind : Kinds())
      for (const size_t count : {1, 7, 100, 5000, 70000, 100003})
        for (const double density : {0.0003, 0.01, 0.5, 0.9, 1.0}) {
          const uint64_t k = SelectedCount(density, count),
                         most = MostOfSampledTopK(k, count);
          SCOPED_TRACE(kind + ", " + std::to_string(k) + " of " +
                       std::to_string(count));
          const std::vector<float> gradient = MakeVector(kind, count, 1),
                                   before = MakeVector("sparse", count, 2);
          const std::vector<float> acc = Accumulated(before, gradient, 1);
          OnEveryTarget([&] {
            std::vector<float> residual = before;
            Entries<uint32_t> got(most);
            const absl::Status status =
                SampledTopK({residual.data(), gradient.data(), 1, count}, k,
                            workspace, got.view);
            ASSERT_TRUE(status.ok()) << status;
            ASSERT_GE(got.count, k);
            ASSERT_LE(got.count, most);
            CheckSplit(acc, got, residual);
            // Nothing that is left is larger, or as large with a lower index.
            const std::vector<uint32_t> taken(
                got.indices.begin(),
                got.indices.begin() + static_cast<std::ptrdiff_t>(got.count));
            float least = kInfinity;
            uint32_t last = 0;
            for (size_t i = 0; i < got.count; ++i)
              if (std::abs(got.values[i]) <= least) {
                least = std::abs(got.values[i]);
                last = got.indices[i];
              }
            for (size_t i = 0; i < count; ++i)
              ASSERT_TRUE(std::abs(residual[i]) < least ||
                          (std::abs(residual[i]) == least && i > last) ||
                          std::binary_search(taken.begin(), taken.end(), i))
                  << i;
            // The same number on any target and number of threads.
            const auto [seen, is_new] = counts.emplace(
                kind + std::to_string(count) + " " + std::to_string(density),
                got.count);
            ASSERT_EQ(seen->second, got.count);
          });
        }
  }
}

TEST(SampledTopK, HasARange) {
  EXPECT_EQ(MostOfSampledTopK(1, 10), 1u);
  EXPECT_EQ(MostOfSampledTopK(4, 10), 5u);
  EXPECT_EQ(MostOfSampledTopK(7, 10), 8u);
  EXPECT_EQ(MostOfSampledTopK(9, 10), 10u);
  EXPECT_EQ(MostOfSampledTopK(10, 10), 10u);
}

/// Floyd's method with a set.
std::vector<uint64_t> Drawn(uint64_t seed, uint64_t exchange, uint64_t elements,
                            uint64_t entries) {
  const Random random(seed, kExchangeStreams + exchange);
  std::set<uint64_t> drawn;
  for (uint64_t j = elements - entries; j < elements; ++j) {
    const uint64_t word = random.Word(j - (elements - entries));
    const uint64_t i = static_cast<uint64_t>(
        (static_cast<unsigned __int128>(word) * (j + 1)) >> 64);
    if (!drawn.insert(i).second)
      drawn.insert(j);
  }
  return {drawn.begin(), drawn.end()};
}

TEST(RandomIndices, AreThoseOfFloydsMethod) {
  RandomIndexWorkspace workspace;
  for (const uint64_t elements : {1, 2, 10, 1000, 123457})
    for (const double density : {1e-9, 0.01, 0.3, 0.99, 1.0})
      for (const uint64_t exchange : {0, 1, 100}) {
        const uint64_t entries = SelectedCount(density, elements);
        const std::vector<uint64_t> wanted =
            Drawn(42, exchange, elements, entries);
        ASSERT_EQ(wanted.size(), entries);
        std::vector<uint32_t> narrow(entries);
        std::vector<uint64_t> wide(entries);
        RandomIndices(42, exchange, elements, entries, workspace,
                      narrow.data());
        RandomIndices(42, exchange, elements, entries, workspace, wide.data());
        ASSERT_EQ(wide, wanted) << entries << " of " << elements;
        ASSERT_TRUE(std::equal(wide.begin(), wide.end(), narrow.begin()));
      }
  // Beyond 32 bits.
  std::vector<uint64_t> wide(1000);
  RandomIndices(1, 2, uint64_t{1} << 40, 1000, workspace, wide.data());
  EXPECT_EQ(wide, Drawn(1, 2, uint64_t{1} << 40, 1000));
  EXPECT_GT(wide.back(), uint64_t{1} << 32);
}

TEST(RandomIndices, AreEquallyLikely) {
  RandomIndexWorkspace workspace;
  std::vector<int> drawn(20);
  const int rounds = 20000;
  for (int exchange = 0; exchange < rounds; ++exchange) {
    uint32_t indices[5];
    RandomIndices(7, static_cast<uint64_t>(exchange), 20, 5, workspace,
                  indices);
    for (const uint32_t index : indices)
      ++drawn[index];
  }
  // A quarter of the rounds, within five deviations.
  for (const int count : drawn)
    EXPECT_NEAR(count, rounds / 4.0, 5 * std::sqrt(rounds * 3 / 16.0));
}

TEST(RandomK, SplitsAcc) {
  RandomIndexWorkspace workspace;
  for (const std::string &kind : Kinds())
    for (const size_t count : {1, 17, 5000, 70001}) {
      const uint64_t k = SelectedCount(0.05, count);
      const std::vector<float> gradient = MakeVector(kind, count, 1),
                               before = MakeVector("range", count, 2);
      std::vector<float> residual = before;
      Entries<uint64_t> got(k);
      ASSERT_TRUE(RandomK({residual.data(), gradient.data(), 0.5f, count}, 3, 4,
                          k, workspace, got.view)
                      .ok());
      ASSERT_EQ(got.count, k);
      CheckSplit(Accumulated(before, gradient, 0.5f), got, residual);
      const std::vector<uint64_t> wanted = Drawn(3, 4, count, k);
      ASSERT_TRUE(
          std::equal(wanted.begin(), wanted.end(), got.indices.begin()));
      // Without error feedback the values are the gradient's.
      ASSERT_TRUE(RandomK({nullptr, gradient.data(), 0.5f, count}, 3, 4, k,
                          workspace, got.view)
                      .ok());
      for (size_t i = 0; i < k; ++i)
        ASSERT_TRUE(SameBits(&got.values[i], &gradient[wanted[i]], 1));
    }
}

TEST(RandomK, RefusesWhatCannotBe) {
  std::vector<float> residual(10, 1);
  RandomIndexWorkspace workspace;
  Entries<uint32_t> got(3);
  const Accumulation all = {residual.data(), nullptr, 1, 10};
  EXPECT_EQ(RandomK(all, 0, 0, 11, workspace, got.view).message(),
            "cannot select 11 of 10 elements: wanted from 1 to 10");
  EXPECT_EQ(RandomK(all, 0, 0, 4, workspace, got.view).message(),
            "there is room for 3 entries, and 4 are to be selected");
  residual[7] = kNaN;
  EXPECT_EQ(NonFiniteIndex(RandomK(all, 0, 0, 3, workspace, got.view)), 7u);
  EXPECT_EQ(got.count, 0u);
}

TEST(SelectFromThreshold, TakesAllFromThere) {
  for (const int threads : {1, 2, 3}) {
    const WithThreads with(threads);
    for (const std::string &kind : Kinds())
      for (const size_t count : {0, 1, 5, 64, 100, 4096, 4097, 70000})
        for (const float value : {0.0f, 1e-42f, 0.125f, 1.0f, 2.0f, 1e30f}) {
          const std::vector<float> gradient = MakeVector(kind, count, 1),
                                   before = MakeVector("ties", count, 2);
          const std::vector<float> acc = Accumulated(before, gradient, 1);
          std::vector<uint32_t> wanted;
          for (size_t i = 0; i < count; ++i)
            if (std::abs(acc[i]) >= value)
              wanted.push_back(static_cast<uint32_t>(i));
          SCOPED_TRACE(kind + " " + std::to_string(count) + " from " +
                       std::to_string(value));
          OnEveryTarget([&] {
            std::vector<float> residual = before;
            Entries<uint32_t> got(wanted.size());
            const absl::Status status = SelectFromThreshold(
                {residual.data(), gradient.data(), 1, count}, value, got.view);
            ASSERT_TRUE(status.ok()) << status;
            ASSERT_EQ(got.count, wanted.size());
            ASSERT_TRUE(
                std::equal(wanted.begin(), wanted.end(), got.indices.begin()));
            CheckSplit(acc, got, residual);
          });
        }
  }
}

TEST(SelectFromThreshold, Refuses) {
  std::vector<float> residual = {1, 2, 3, 4};
  const std::vector<float> gradient = {1, 1, 1, 1};
  Entries<uint64_t> got(2);
  const Accumulation all = {residual.data(), gradient.data(), 1, 4};
  const absl::Status full = SelectFromThreshold(all, 2.5f, got.view);
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(full.message(),
            "3 of 4 entries have a magnitude of at least 2.5, and there is "
            "room for 2: a larger threshold or capacity is needed");
  EXPECT_EQ(residual, (std::vector<float>{2, 3, 4, 5}));
  EXPECT_EQ(got.count, 0u);
  for (const float value : {-1.0f, kInfinity, kNaN})
    EXPECT_EQ(SelectFromThreshold(all, value, got.view).code(),
              absl::StatusCode::kInvalidArgument);
  residual[1] = -kInfinity;
  residual[3] = kNaN;
  EXPECT_EQ(NonFiniteIndex(SelectFromThreshold(all, 1e30f, got.view)), 1u);
}

TEST(DecompressSparse, Scatters) {
  for (const int threads : {1, 3}) {
    const WithThreads with(threads);
    for (const size_t count : {0, 1, 100, 70000, 200003})
      for (const float factor : {1.0f, 0.3f}) {
        const uint64_t k = SelectedCount(0.03, count);
        RandomIndexWorkspace workspace;
        Entries<uint32_t> narrow(k);
        Entries<uint64_t> wide(k);
        RandomIndices(1, 1, count, k, workspace, narrow.indices.data());
        RandomIndices(1, 1, count, k, workspace, wide.indices.data());
        narrow.count = wide.count = k;
        const std::vector<float> values = MakeVector("normal", k, 1);
        std::copy(values.begin(), values.end(), narrow.values.begin());
        std::copy(values.begin(), values.end(), wide.values.begin());
        std::vector<float> wanted(count), dense(count, kNaN),
            dense_wide(count, kNaN);
        const std::vector<float> start = MakeVector("normal", count, 2);
        std::vector<float> sum = start, wanted_sum = start;
        for (size_t i = 0; i < k; ++i) {
          volatile float value = factor * narrow.values[i];
          wanted[narrow.indices[i]] = value;
          wanted_sum[narrow.indices[i]] += value;
        }
        DecompressSparse(narrow.view, count, factor, dense.data());
        DecompressSparse(wide.view, count, factor, dense_wide.data());
        ASSERT_TRUE(SameBits(dense, wanted));
        ASSERT_TRUE(SameBits(dense_wide, wanted));
        AddDecompressedSparse(narrow.view, count, factor, sum.data());
        ASSERT_TRUE(SameBits(sum, wanted_sum));
        sum = start;
        AddDecompressedSparse(wide.view, count, factor, sum.data());
        ASSERT_TRUE(SameBits(sum, wanted_sum));
      }
  }
}

} // namespace
} // namespace tacit
