//===- vectors.h - Vectors that selections are tried on ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the tests of compressors share.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_COMPRESS_VECTORS_H
#define TACIT_TEST_UNIT_COMPRESS_VECTORS_H

#include "runtime/compress/payload.h"
#include "runtime/compute/threads.h"

#include "hwy/targets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace tacit {

/// Calls `test` once for each target of Highway that this machine has.
inline void OnEveryTarget(const std::function<void()> &test) {
  int64_t targets = hwy::SupportedTargets();
  while (targets != 0) {
    const int64_t target = targets & -targets;
    targets &= ~target;
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(hwy::TargetName(target));
    test();
    if (testing::Test::HasFatalFailure())
      break;
  }
  hwy::SetSupportedTargetsForTest(0);
}

/// Sets the number of threads, and back to 1 at the end.
class WithThreads {
public:
  explicit WithThreads(int threads) { EXPECT_TRUE(SetThreads(threads).ok()); }
  ~WithThreads() { EXPECT_TRUE(SetThreads(1).ok()); }
};

/// A sparse vector with its memory, and a guard behind it.
template <typename Index> class Entries {
public:
  explicit Entries(uint64_t capacity)
      : indices(capacity + kGuard, Index(kMark)),
        values(capacity + kGuard, -7.5f) {
    view = {&count, indices.data(), values.data(), capacity};
  }
  void CheckGuards() const {
    for (size_t i = view.capacity; i < indices.size(); ++i) {
      ASSERT_EQ(indices[i], Index(kMark)) << "written beyond the capacity";
      ASSERT_EQ(values[i], -7.5f) << "written beyond the capacity";
    }
  }

  static constexpr size_t kGuard = 64;
  static constexpr uint32_t kMark = 0xABCDEF01;
  uint64_t count = 77;
  std::vector<Index> indices;
  std::vector<float> values;
  SparseView<Index> view;
};

/// The same bits, so that zeros of different signs differ.
inline bool SameBits(const float *a, const float *b, size_t count) {
  return count == 0 || std::memcmp(a, b, count * sizeof(float)) == 0;
}
inline bool SameBits(const std::vector<float> &a, const std::vector<float> &b) {
  return a.size() == b.size() && SameBits(a.data(), b.data(), a.size());
}

/// residual * ratio + gradient, rounded twice. Either may be empty.
inline std::vector<float> Accumulated(const std::vector<float> &residual,
                                      const std::vector<float> &gradient,
                                      float ratio) {
  if (residual.empty())
    return gradient;
  if (gradient.empty())
    return residual;
  std::vector<float> acc(residual.size());
  for (size_t i = 0; i < acc.size(); ++i) {
    volatile float scaled = residual[i] * ratio; // Not to be fused.
    acc[i] = scaled + gradient[i];
  }
  return acc;
}

/// Kinds of vectors, by name.
inline const std::vector<std::string> &Kinds() {
  static const std::vector<std::string> kinds = {
      "normal", "zero",   "minus zero", "equal",      "ties",    "denormal",
      "range",  "sparse", "ascending",  "descending", "clusters"};
  return kinds;
}

inline std::vector<float> MakeVector(const std::string &kind, size_t count,
                                     uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    float &value = values[i];
    if (kind == "normal")
      value = normal(random);
    else if (kind == "zero")
      value = 0;
    else if (kind == "minus zero")
      value = random() % 2 ? -0.0f : 0.0f;
    else if (kind == "equal")
      value = 0.125f;
    else if (kind == "ties")
      value = static_cast<float>(static_cast<int>(random() % 9) - 4) * 0.5f;
    else if (kind == "denormal")
      value = std::ldexp(uniform(random), -130);
    else if (kind == "range")
      value =
          std::ldexp(uniform(random), static_cast<int>(random() % 250) - 125);
    else if (kind == "sparse")
      value = random() % 50 ? 0 : normal(random);
    else if (kind == "ascending")
      value = static_cast<float>(i + 1);
    else if (kind == "descending")
      value = -static_cast<float>(count - i);
    else if (kind == "clusters") // Nearly all that counts is in a few places.
      value = i / 97 % 41 == 3 ? 100 * normal(random) : 0.01f * normal(random);
    else
      ADD_FAILURE() << "no vectors called " << kind;
  }
  return values;
}

} // namespace tacit

#endif // TACIT_TEST_UNIT_COMPRESS_VECTORS_H
