//===- powersgd_test.cpp - Products of low rank against loops -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compress/powersgd.h"
#include "runtime/support/random.h"
#include "test/unit/compress/vectors.h"

namespace tacit {
namespace {

const std::vector<LowRankShape> kShapes = {
    {1, 1, 1},     {1, 7, 1},     {7, 1, 1},    {3, 5, 2},
    {16, 16, 4},   {33, 8, 3},    {31, 129, 5}, {40, 300, 8},
    {257, 127, 2}, {784, 512, 4}, {512, 10, 1}};

std::string Name(const LowRankShape &shape) {
  return std::to_string(shape.rows) + " x " + std::to_string(shape.columns) +
         ", rank " + std::to_string(shape.rank);
}

TEST(LowRankShape, Saves) {
  EXPECT_TRUE((LowRankShape{784, 512, 4}.saves()));
  EXPECT_EQ((LowRankShape{784, 512, 4}.factor_elements()), 5184u);
  EXPECT_FALSE((LowRankShape{1, 10, 1}.saves()));
  EXPECT_FALSE((LowRankShape{4, 4, 2}.saves())); // as many
  EXPECT_TRUE((LowRankShape{5, 4, 2}.saves()));
}

/// c = a b, n x k times k x m, in double; each element with the sum of the
/// magnitudes of its terms.
std::vector<double> Product(const std::vector<double> &a,
                            const std::vector<double> &b, uint64_t n,
                            uint64_t k, uint64_t m, std::vector<double> &size) {
  std::vector<double> c(n * m);
  size.assign(n * m, 0);
  for (uint64_t i = 0; i < n; ++i)
    for (uint64_t l = 0; l < k; ++l)
      for (uint64_t j = 0; j < m; ++j) {
        c[i * m + j] += a[i * k + l] * b[l * m + j];
        size[i * m + j] += std::abs(a[i * k + l] * b[l * m + j]);
      }
  return c;
}

std::vector<double> Wide(const std::vector<float> &values) {
  return {values.begin(), values.end()};
}

std::vector<double> Transposed(const std::vector<float> &a, uint64_t n,
                               uint64_t m) {
  std::vector<double> t(n * m);
  for (uint64_t i = 0; i < n; ++i)
    for (uint64_t j = 0; j < m; ++j)
      t[j * n + i] = a[i * m + j];
  return t;
}

void CheckNear(const std::vector<float> &got, const std::vector<double> &wanted,
               const std::vector<double> &size) {
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], wanted[i], 6e-8 * std::abs(wanted[i]) + 1e-14 * size[i])
        << i;
}

TEST(PowerSgd, Products) {
  for (const LowRankShape &shape : kShapes) {
    SCOPED_TRACE(Name(shape));
    const uint64_t n = shape.rows, m = shape.columns, r = shape.rank;
    const std::vector<float> matrix = MakeVector("normal", n * m, 1),
                             q = MakeVector("normal", m * r, 2),
                             p = MakeVector("normal", n * r, 3);
    std::vector<double> p_size, q_size, m_size;
    const std::vector<double> wanted_p = Product(Wide(matrix), Wide(q), n, m, r,
                                                 p_size),
                              wanted_q = Product(Transposed(matrix, n, m),
                                                 Wide(p), m, n, r, q_size),
                              wanted_m = Product(Wide(p), Transposed(q, m, r),
                                                 n, r, m, m_size);
    std::vector<float> first_dense;
    OnEveryTarget([&] {
      std::vector<float> first_p, first_q;
      for (const int threads : {1, 2, 3}) {
        const WithThreads with(threads);
        std::vector<float> got_p(n * r, 7), got_q(m * r, 7), dense(n * m, 7),
            residual = matrix, again(n * m, 7);
        MultiplyByFactor(matrix.data(), shape, q.data(), got_p.data());
        MultiplyTransposed(matrix.data(), shape, p.data(), got_q.data());
        RebuildAndSubtract(shape, p.data(), q.data(), residual.data(),
                           dense.data());
        RebuildAndSubtract(shape, p.data(), q.data(), nullptr, again.data());
        CheckNear(got_p, wanted_p, p_size);
        CheckNear(got_q, wanted_q, q_size);
        CheckNear(dense, wanted_m, m_size);
        for (size_t i = 0; i < dense.size(); ++i)
          ASSERT_EQ(residual[i], matrix[i] - dense[i]);
        if (first_p.empty())
          first_p = got_p, first_q = got_q;
        if (first_dense.empty())
          first_dense = dense;
        ASSERT_TRUE(SameBits(got_p, first_p)) << "depends on threads";
        ASSERT_TRUE(SameBits(got_q, first_q)) << "depends on threads";
        ASSERT_TRUE(SameBits(dense, first_dense)) << "depends on the target";
        ASSERT_TRUE(SameBits(again, dense));
      }
    });
  }
}

TEST(PowerSgd, Orthogonalizes) {
  for (const LowRankShape &shape : kShapes) {
    if (shape.rows < shape.rank)
      continue;
    SCOPED_TRACE(Name(shape));
    const uint64_t n = shape.rows, r = shape.rank;
    const std::vector<float> before = MakeVector("normal", n * r, 4);
    std::vector<float> p = before;
    Orthogonalize(n, r, p.data());
    for (uint64_t a = 0; a < r; ++a)
      for (uint64_t b = 0; b <= a; ++b) {
        double product = 0;
        for (uint64_t i = 0; i < n; ++i)
          product += static_cast<double>(p[i * r + a]) * p[i * r + b];
        ASSERT_NEAR(product, a == b ? 1 : 0, 2e-6) << a << ", " << b;
      }
    // A column is a combination of itself and those before it, and points as
    // it did.
    double product = 0;
    for (uint64_t i = 0; i < n; ++i)
      product += static_cast<double>(p[i * r]) * before[i * r];
    ASSERT_GT(product, 0);
  }
}

TEST(PowerSgd, ColumnsThatVanish) {
  // The second is twice the first, the third is 0, the fourth is new.
  const uint64_t n = 50;
  const std::vector<float> a = MakeVector("normal", n, 1),
                           b = MakeVector("normal", n, 2);
  std::vector<float> p;
  for (uint64_t i = 0; i < n; ++i)
    p.insert(p.end(), {a[i], 2 * a[i] + 1e-9f * b[i], 0, b[i]});
  Orthogonalize(n, 4, p.data());
  double first = 0, last = 0;
  for (uint64_t i = 0; i < n; ++i) {
    EXPECT_EQ(p[4 * i + 1], 0);
    EXPECT_EQ(p[4 * i + 2], 0);
    first += static_cast<double>(p[4 * i]) * p[4 * i];
    last += static_cast<double>(p[4 * i + 3]) * p[4 * i + 3];
  }
  EXPECT_NEAR(first, 1, 1e-6);
  EXPECT_NEAR(last, 1, 1e-6);
  // What falls to a thousandth stays.
  p.clear();
  for (uint64_t i = 0; i < n; ++i)
    p.insert(p.end(), {a[i], a[i] + 1e-3f * b[i]});
  Orthogonalize(n, 2, p.data());
  EXPECT_NE(p[1], 0);
}

TEST(PowerSgd, RecoversAMatrixOfItsRank) {
  const LowRankShape shape = {60, 45, 3};
  const size_t n = shape.rows, m = shape.columns, r = shape.rank;
  const std::vector<float> left = MakeVector("normal", n * r, 1),
                           right = MakeVector("normal", m * r, 2);
  std::vector<float> matrix(n * m), p(n * r), dense(n * m);
  std::vector<float> q = MakeVector("normal", m * r, 3);
  RebuildAndSubtract(shape, left.data(), right.data(), nullptr, matrix.data());
  const std::vector<float> before = matrix;
  MultiplyByFactor(matrix.data(), shape, q.data(), p.data());
  Orthogonalize(n, r, p.data());
  MultiplyTransposed(matrix.data(), shape, p.data(), q.data());
  RebuildAndSubtract(shape, p.data(), q.data(), matrix.data(), dense.data());
  for (size_t i = 0; i < before.size(); ++i) {
    ASSERT_NEAR(dense[i], before[i], 1e-4);
    ASSERT_EQ(matrix[i], before[i] - dense[i]);
  }
}

} // namespace
} // namespace tacit
