//===- state_storage_test.cpp - Layout and initial values -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/state_storage.h"
#include "runtime/support/random.h"
#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#pragma STDC FP_CONTRACT OFF // As where initial values are computed.

namespace tacit {
namespace {

template <typename Element>
std::vector<Element> Values(StateStorage &state, size_t index) {
  const absl::Span<std::byte> bytes = state.Bytes(index);
  std::vector<Element> values(bytes.size() / sizeof(Element));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

TEST(StateStorage, LiesAsTheDescriptorSays) {
  VariablesOnly variables;
  variables.Add("a", TACIT_PARAMETER, {3}, TACIT_F32);
  variables.Add("b", TACIT_COUNTER, {}, TACIT_I64);
  StateStorage state(variables.program());
  EXPECT_EQ(state.size(), 128u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(state.data()) % TACIT_ALIGNMENT, 0u);
  EXPECT_EQ(state.Bytes(0).data(), state.data());
  EXPECT_EQ(state.Bytes(0).size(), 12u);
  EXPECT_EQ(state.Bytes(1).data(), state.data() + 64);
  EXPECT_EQ(state.Bytes(1).size(), 8u);
}

TEST(StateStorage, WithoutVariablesHasAnAddress) {
  VariablesOnly variables;
  StateStorage state(variables.program());
  EXPECT_NE(state.data(), nullptr);
  EXPECT_TRUE(state.Initialize(0).ok());
}

TEST(StateStorage, Constants) {
  VariablesOnly variables;
  variables.Add("f", TACIT_PARAMETER, {2}, TACIT_F32,
                {TACIT_CONSTANT, 0, 0.1, 0});
  variables.Add("d", TACIT_PARAMETER, {2}, TACIT_F64,
                {TACIT_CONSTANT, 0, 0.1, 0});
  variables.Add("i", TACIT_COUNTER, {2}, TACIT_I32, {TACIT_CONSTANT, 0, -7, 0});
  variables.Add("l", TACIT_COUNTER, {}, TACIT_I64,
                {TACIT_CONSTANT, 0, 1LL << 40, 0});
  StateStorage state(variables.program());
  ASSERT_TRUE(state.Initialize(3).ok());
  EXPECT_EQ(Values<float>(state, 0), (std::vector<float>{0.1f, 0.1f}));
  EXPECT_EQ(Values<double>(state, 1), (std::vector<double>{0.1, 0.1}));
  EXPECT_EQ(Values<int32_t>(state, 2), (std::vector<int32_t>{-7, -7}));
  EXPECT_EQ(Values<int64_t>(state, 3), (std::vector<int64_t>{1LL << 40}));
}

TEST(StateStorage, RandomNumbersComeFromTheVariablesStream) {
  VariablesOnly variables;
  variables.Add("m", TACIT_OPTIMIZER, {4}, TACIT_F64,
                {TACIT_UNIFORM, 0, -2, 5});
  variables.Add("w", TACIT_PARAMETER, {100}, TACIT_F32,
                {TACIT_NORMAL, 0, 1, 0.5});
  variables.Add("v", TACIT_PARAMETER, {3}, TACIT_F64,
                {TACIT_UNIFORM, 0, -2, 5});
  StateStorage state(variables.program());
  ASSERT_TRUE(state.Initialize(11).ok());
  // Parameters are numbered first.
  const Random w(11, kInitialStreams), v(11, kInitialStreams + 1),
      m(11, kInitialStreams + 2);
  for (size_t n = 0; n < 100; ++n)
    EXPECT_EQ(Values<float>(state, 1)[n],
              static_cast<float>(1 + 0.5 * w.Normal(n)));
  for (size_t n = 0; n < 3; ++n)
    EXPECT_EQ(Values<double>(state, 2)[n], -2 + 7 * v.Double(n));
  for (size_t n = 0; n < 4; ++n)
    EXPECT_EQ(Values<double>(state, 0)[n], -2 + 7 * m.Double(n));
}

TEST(StateStorage, FactorsComeFromTheStreamOfTheirVariable) {
  VariablesOnly variables;
  variables.Add("w.factor", TACIT_OPTIMIZER, {50, 3}, TACIT_F32,
                {TACIT_FACTOR, 0, 4, 0});
  StateStorage state(variables.program());
  ASSERT_TRUE(state.Initialize(11).ok());
  const Random random(11, (uint64_t{1} << 32) + 4);
  for (size_t n = 0; n < 150; ++n) {
    const double word = static_cast<double>(random.Word(n) >> 40);
    ASSERT_EQ(Values<float>(state, 0)[n], 2 * word * 0x1p-24 - 1);
  }
}

TEST(StateStorage, VariablesMayBeginAsOthersDo) {
  VariablesOnly variables;
  variables.Add("w.anchor", TACIT_OUTER, {3}, TACIT_F32,
                {TACIT_SAME_AS, 0, 1, 0});
  variables.Add("w", TACIT_PARAMETER, {3}, TACIT_F32, {TACIT_NORMAL, 0, 0, 1});
  StateStorage state(variables.program());
  ASSERT_TRUE(state.Initialize(5).ok());
  EXPECT_EQ(Values<float>(state, 0), Values<float>(state, 1));
  // And once more when the other was loaded.
  std::fill(state.Bytes(1).begin(), state.Bytes(1).end(), std::byte{1});
  state.CopyInitialValues();
  EXPECT_EQ(Values<float>(state, 0), Values<float>(state, 1));
}

TEST(StateStorage, VariablesMayBeginWithAPartOfTheRun) {
  VariablesOnly variables;
  variables.Add("interval", TACIT_COUNTER, {}, TACIT_I64,
                {TACIT_OF_RUN, 0, 0.2, 0});
  StateStorage state(variables.program());
  ASSERT_TRUE(state.Initialize(0).ok());
  ASSERT_TRUE(state.SetOfRun(1001).ok());
  EXPECT_EQ(Values<int64_t>(state, 0), (std::vector<int64_t>{201}));
  ASSERT_TRUE(state.SetOfRun(1).ok());
  EXPECT_EQ(Values<int64_t>(state, 0), (std::vector<int64_t>{1}));
  EXPECT_EQ(state.SetOfRun(0).message(),
            "'interval' is to be 0.2 of the run's local steps, and how many "
            "there will be is not known of a run by --rounds; set it in the "
            "strategy, or use --epochs");
}

TEST(StateStorage, NumbersAreAsTheyShouldBe) {
  VariablesOnly variables;
  variables.Add("n", TACIT_PARAMETER, {100, 100}, TACIT_F32,
                {TACIT_NORMAL, 0, 3, 2});
  variables.Add("u", TACIT_PARAMETER, {100, 100}, TACIT_F32,
                {TACIT_UNIFORM, 0, -1, 1});
  StateStorage state(variables.program());
  ASSERT_TRUE(state.Initialize(0).ok());
  double sum = 0, squares = 0;
  for (const float value : Values<float>(state, 0)) {
    sum += value;
    squares += (value - 3.0) * (value - 3.0);
  }
  EXPECT_NEAR(sum / 1e4, 3, 0.08);
  EXPECT_NEAR(std::sqrt(squares / 1e4), 2, 0.06);
  const std::vector<float> uniform = Values<float>(state, 1);
  EXPECT_GE(*std::min_element(uniform.begin(), uniform.end()), -1);
  EXPECT_LT(*std::max_element(uniform.begin(), uniform.end()), 1);
}

TEST(StateStorage, AnUpperBoundIsNeverReached) {
  // Nearly all of [1, 1 + 2^-23) rounds to one of its ends.
  VariablesOnly variables;
  variables.Add("u", TACIT_PARAMETER, {1000}, TACIT_F32,
                {TACIT_UNIFORM, 0, 1, 1 + 0x1p-23});
  StateStorage state(variables.program());
  ASSERT_TRUE(state.Initialize(0).ok());
  for (const float value : Values<float>(state, 0))
    EXPECT_EQ(value, 1.0f);
}

TEST(StateStorage, SeedsDifferAndRepeat) {
  VariablesOnly variables;
  variables.Add("w", TACIT_PARAMETER, {8}, TACIT_F32, {TACIT_NORMAL, 0, 0, 1});
  StateStorage first(variables.program()), second(variables.program()),
      other(variables.program());
  ASSERT_TRUE(first.Initialize(1).ok());
  ASSERT_TRUE(second.Initialize(1).ok());
  ASSERT_TRUE(other.Initialize(2).ok());
  EXPECT_EQ(Values<float>(first, 0), Values<float>(second, 0));
  EXPECT_NE(Values<float>(first, 0), Values<float>(other, 0));
}

TEST(StateStorage, RefusesInitialisersThatDoNotFit) {
  VariablesOnly variables;
  variables.Add("n", TACIT_COUNTER, {4}, TACIT_I32, {TACIT_NORMAL, 0, 0, 1});
  EXPECT_EQ(StateStorage(variables.program()).Initialize(0).message(),
            "variable 'counter/n' of type 4xi32 cannot start with random "
            "numbers: it is not of floats");
  VariablesOnly fraction;
  fraction.Add("n", TACIT_COUNTER, {}, TACIT_I64, {TACIT_CONSTANT, 0, 0.5, 0});
  EXPECT_EQ(StateStorage(fraction.program()).Initialize(0).message(),
            "variable 'counter/n' of type i64 cannot start as 0.5");
  VariablesOnly unknown;
  unknown.Add("n", TACIT_PARAMETER, {}, TACIT_F32, {9, 0, 0, 0});
  EXPECT_EQ(
      StateStorage(unknown.program()).Initialize(0).message(),
      "variable 'n' of type f32 has an initialiser of an unknown kind, 9");
}

TEST(StateStorage, SaysWhatMustBeLoaded) {
  VariablesOnly variables;
  variables.Add("a", TACIT_PARAMETER, {2}, TACIT_F32,
                {TACIT_CONSTANT, 0, 1, 0});
  variables.Add("b", TACIT_PARAMETER, {2}, TACIT_F32);
  StateStorage state(variables.program());
  ASSERT_TRUE(state.Initialize(0).ok());
  EXPECT_EQ(state.WithoutInitializer(), std::vector<size_t>{1});
  EXPECT_EQ(Values<float>(state, 1), (std::vector<float>{0, 0}));
}

} // namespace
} // namespace tacit
