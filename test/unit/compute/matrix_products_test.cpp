//===- matrix_products_test.cpp - Products against their definition -------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compute/matrix_products.h"
#include "runtime/compute/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <limits>
#include <pthread.h>
#include <random>
#include <string>
#include <sys/time.h>
#include <vector>

namespace tacit {
namespace {

class Matrix {
public:
  Matrix(int64_t rows, int64_t columns, int64_t leading, std::mt19937 &random)
      : leading_(leading), values_(static_cast<size_t>(rows * leading)) {
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float &value : values_)
      value = uniform(random);
  }
  float &at(int64_t i, int64_t j) {
    return values_[static_cast<size_t>(i * leading_ + j)];
  }
  float *data() { return values_.data(); }
  const std::vector<float> &values() const { return values_; }

private:
  int64_t leading_;
  std::vector<float> values_;
};

std::string Name(const MatrixProduct &p) {
  return std::to_string(p.m) + "x" + std::to_string(p.n) + "x" +
         std::to_string(p.k) + (p.transpose_a ? " T" : " N") +
         (p.transpose_b ? "T" : "N") + " alpha " + std::to_string(p.alpha) +
         " beta " + std::to_string(p.beta);
}

/// Multiplies twice, and compares with sums in double.
void CheckProduct(MatrixProducts &products, MatrixProduct p, int64_t slack) {
  SCOPED_TRACE(Name(p));
  std::mt19937 random(7);
  const int64_t a_rows = p.transpose_a ? p.k : p.m,
                a_columns = p.transpose_a ? p.m : p.k;
  const int64_t b_rows = p.transpose_b ? p.n : p.k,
                b_columns = p.transpose_b ? p.k : p.n;
  p.lda = a_columns + slack;
  p.ldb = b_columns + slack;
  p.ldc = p.n + slack;
  Matrix a(a_rows, a_columns, p.lda, random);
  Matrix b(b_rows, b_columns, p.ldb, random);
  Matrix c(p.m, p.n, p.ldc, random);
  if (p.beta == 0) // What is not read may be anything.
    for (int64_t i = 0; i < p.m; ++i)
      for (int64_t j = 0; j < p.n; ++j)
        c.at(i, j) = std::numeric_limits<float>::quiet_NaN();
  Matrix start = c, again = c;

  ASSERT_TRUE(products.Multiply(p, a.data(), b.data(), c.data()).ok());
  ASSERT_TRUE(products.Multiply(p, a.data(), b.data(), again.data()).ok());
  for (int64_t i = 0; i < p.m; ++i) {
    for (int64_t j = 0; j < p.n; ++j) {
      double sum = 0, size = 0;
      for (int64_t l = 0; l < p.k; ++l) {
        const double product =
            static_cast<double>(p.transpose_a ? a.at(l, i) : a.at(i, l)) *
            (p.transpose_b ? b.at(j, l) : b.at(l, j));
        sum += product;
        size += std::abs(product);
      }
      double wanted = p.alpha * sum;
      if (p.beta != 0)
        wanted += p.beta * start.at(i, j);
      ASSERT_NEAR(c.at(i, j), wanted, 1e-6 * (std::abs(p.alpha) * size + 1))
          << i << ", " << j;
      ASSERT_EQ(c.at(i, j), again.at(i, j)) << "not the same bits again";
    }
    for (int64_t j = p.n; j < p.ldc; ++j)
      ASSERT_EQ(c.at(i, j), start.at(i, j)) << "written beyond row " << i;
  }
}

TEST(MatrixProducts, AgreeWithTheDefinition) {
  MatrixProducts products;
  const std::vector<std::vector<int64_t>> shapes = {
      {1, 1, 1},   {1, 10, 512}, {7, 5, 3},    {64, 10, 512}, {64, 512, 10},
      {64, 32, 1}, {3, 33, 17},  {33, 1, 65},  {16, 128, 64}, {64, 64, 64},
      {100, 3, 7}, {5, 32, 100}, {128, 96, 40}};
  for (const std::vector<int64_t> &shape : shapes)
    for (const bool transpose_a : {false, true})
      for (const bool transpose_b : {false, true})
        for (const auto &[alpha, beta] : std::vector<std::pair<float, float>>{
                 {1, 0}, {1, 1}, {-0.1f, 1}, {0.5f, 0}, {2, -0.25f}})
          for (const int64_t slack : {0, 3}) {
            MatrixProduct p;
            p.transpose_a = transpose_a;
            p.transpose_b = transpose_b;
            p.m = shape[0], p.n = shape[1], p.k = shape[2];
            p.alpha = alpha, p.beta = beta;
            CheckProduct(products, p, slack);
          }
}

TEST(MatrixProducts, TheShapesOfAnMlp) {
  MatrixProducts products;
  for (const int64_t batch : {16, 64}) {
    CheckProduct(products, {false, false, batch, 512, 784}, 0);
    CheckProduct(products, {true, false, 784, 512, batch, 0, 0, 0, -0.1f, 1},
                 0);
    CheckProduct(products, {false, true, batch, 512, 512}, 0);
    CheckProduct(products, {false, true, batch, 512, 10}, 0);
  }
}

TEST(MatrixProducts, EmptyOnes) {
  MatrixProducts products;
  std::vector<float> c = {1, 2, 3, 4, 5, 6};
  MatrixProduct p;
  p.m = 2, p.n = 2, p.k = 0;
  p.lda = 1, p.ldb = 2, p.ldc = 3;
  p.beta = 2;
  ASSERT_TRUE(products.Multiply(p, nullptr, nullptr, c.data()).ok());
  EXPECT_EQ(c, (std::vector<float>{2, 4, 3, 8, 10, 6}));
  p.beta = 0;
  c[0] = std::numeric_limits<float>::quiet_NaN();
  ASSERT_TRUE(products.Multiply(p, nullptr, nullptr, c.data()).ok());
  EXPECT_EQ(c, (std::vector<float>{0, 0, 3, 0, 0, 6}));
  p.m = 0, p.k = 5, p.lda = 5;
  ASSERT_TRUE(products.Multiply(p, nullptr, nullptr, nullptr).ok());
}

TEST(MatrixProducts, RefuseWhatIsNoProduct) {
  MatrixProducts products;
  MatrixProduct p;
  p.m = 2, p.n = -1, p.k = 3;
  EXPECT_EQ(products.Multiply(p, nullptr, nullptr, nullptr).message(),
            "the product of a 2 x 3 and a 3 x -1 matrix has a negative size");
  p.n = 4;
  p.lda = 2, p.ldb = 4, p.ldc = 4;
  EXPECT_EQ(products.Multiply(p, nullptr, nullptr, nullptr).message(),
            "the product of a 2 x 3 and a 3 x 4 matrix: rows of 3, 4 and 4 "
            "elements do not fit into leading dimensions of 2, 4 and 4");
}

// Where handlers of signals ran.
std::atomic<int> handled, handled_outside_of_a_stack;
thread_local const char *stack_bottom, *stack_top;

void HandleOnTheStack(int) {
  const char here = 0;
  ++handled;
  if (&here < stack_bottom || &here > stack_top)
    ++handled_outside_of_a_stack;
}

/// Multiplies again and again while a timer interrupts, and counts.
void MultiplyInterrupted() {
  pthread_attr_t attributes;
  void *bottom;
  size_t bytes;
  ASSERT_EQ(pthread_getattr_np(pthread_self(), &attributes), 0);
  ASSERT_EQ(pthread_attr_getstack(&attributes, &bottom, &bytes), 0);
  pthread_attr_destroy(&attributes);
  stack_bottom = static_cast<const char *>(bottom);
  stack_top = stack_bottom + bytes;

  handled = handled_outside_of_a_stack = 0;
  struct sigaction action = {}, before;
  action.sa_handler = HandleOnTheStack;
  sigaction(SIGALRM, &action, &before);
  const itimerval often = {{0, 300}, {0, 300}}, never = {};
  setitimer(ITIMER_REAL, &often, nullptr);
  MatrixProducts products;
  std::vector<float> a(64 * 512, 1), b(512 * 512, 1), c(512 * 512);
  for (int i = 0; i < 100; ++i)
    for (const bool transpose : {false, true}) {
      MatrixProduct p = {
          transpose, false, 64,    512, 512, transpose ? 64 : 512,
          512,       512,   -0.1f, 1};
      if (i % 3 == 0)
        p.alpha = 1, p.beta = 0;
      ASSERT_TRUE(products.Multiply(p, a.data(), b.data(), c.data()).ok());
    }
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_GT(handled, 0);
  EXPECT_EQ(handled_outside_of_a_stack, 0);
}

TEST(MatrixProducts, BearSignals) {
  MultiplyInterrupted();
  // The pool's threads take none, so a handler always finds this thread.
  ASSERT_TRUE(SetThreads(2).ok());
  MultiplyInterrupted();
  ASSERT_TRUE(SetThreads(1).ok());
}

TEST(MatrixProducts, OnSeveralThreads) {
  for (const int threads : {2, 3}) {
    ASSERT_TRUE(SetThreads(threads).ok());
    MatrixProducts products;
    CheckProduct(products, {false, false, 64, 512, 300}, 0);
    CheckProduct(products, {true, false, 300, 512, 64, 0, 0, 0, -0.1f, 1}, 0);
    CheckProduct(products, {false, true, 64, 300, 512}, 0);
  }
  ASSERT_TRUE(SetThreads(1).ok());
}

} // namespace
} // namespace tacit
