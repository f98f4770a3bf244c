//===- state_storage.cpp - The variables of one rank ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/state_storage.h"

#include "runtime/support/random.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

// A fused multiply-add would round initial values differently.
#pragma STDC FP_CONTRACT OFF

namespace tacit {

int64_t NumElements(const tacit_tensor_type &type) {
  int64_t elements = 1;
  for (int32_t i = 0; i < type.rank; ++i)
    elements *= type.shape[i];
  return elements;
}

int64_t NumBytes(const tacit_tensor_type &type) {
  return NumElements(type) * DtypeBytes(type.dtype);
}

const char *RoleName(tacit_role role) {
  switch (role) {
  case TACIT_PARAMETER:
    return "parameter";
  case TACIT_OPTIMIZER:
    return "optimizer";
  case TACIT_RESIDUAL:
    return "residual";
  case TACIT_OUTER:
    return "outer";
  case TACIT_COUNTER:
    return "counter";
  case TACIT_MODEL_STATE:
    return "model_state";
  }
  return "unknown";
}

std::string StateName(const tacit_variable &variable) {
  if (variable.role == TACIT_PARAMETER)
    return variable.name;
  return absl::StrCat(RoleName(variable.role), "/", variable.name);
}

bool DiffersBetweenRanks(const tacit_variable &variable, bool within_round) {
  return variable.sharing == TACIT_PER_RANK ||
         variable.sharing == TACIT_REPLICATED ||
         (variable.sharing == TACIT_PER_RANK_IN_ROUND && within_round);
}

StateStorage::StateStorage(const tacit_program &program)
    : variables_(program.variables, program.num_variables),
      buffer_(program.state_bytes) {}

absl::Span<std::byte> StateStorage::Bytes(size_t index) {
  const tacit_variable &variable = variables_[index];
  return {buffer_.data() + variable.offset,
          static_cast<size_t>(NumBytes(variable.type))};
}

/// Fills with `value(n)`, computed in double and rounded once.
template <typename Element, typename Value>
static void Fill(absl::Span<std::byte> bytes, Value value) {
  Element *elements = reinterpret_cast<Element *>(bytes.data());
  const size_t count = bytes.size() / sizeof(Element);
  for (size_t n = 0; n < count; ++n)
    elements[n] = static_cast<Element>(value(n));
}

template <typename Value>
static void FillFloats(tacit_dtype dtype, absl::Span<std::byte> bytes,
                       Value value) {
  if (dtype == TACIT_F64)
    Fill<double>(bytes, value);
  else
    Fill<float>(bytes, value);
}

/// Fills with `mean + deviation * random.Normal(n)`, bit for bit. Block by
/// block and one stage after the other: within a stage no number waits for
/// another, which makes it several times as fast.
template <typename Element>
static void FillNormal(absl::Span<std::byte> bytes, const Random &random,
                       double mean, double deviation) {
  constexpr size_t kBlock = 64;
  Element *elements = reinterpret_cast<Element *>(bytes.data());
  const size_t count = bytes.size() / sizeof(Element);
  double radius[kBlock], turn[kBlock];
  for (size_t first = 0; first < count; first += kBlock) {
    for (size_t i = 0; i < kBlock; ++i) {
      radius[i] = 1 - random.Double(2 * (first + i));
      turn[i] = random.Double(2 * (first + i) + 1);
    }
    for (size_t i = 0; i < kBlock; ++i)
      radius[i] = std::sqrt(-2 * PortableLog(radius[i]));
    for (size_t i = 0; i < kBlock; ++i) {
      double cosine, sine;
      PortableCosSin2Pi(turn[i], cosine, sine);
      radius[i] *= cosine;
    }
    for (size_t i = 0; i < std::min(kBlock, count - first); ++i)
      elements[first + i] = static_cast<Element>(mean + deviation * radius[i]);
  }
}

static void FillIntegers(tacit_dtype dtype, absl::Span<std::byte> bytes,
                         double value) {
  auto same = [value](size_t) { return value; };
  if (dtype == TACIT_I64)
    Fill<int64_t>(bytes, same);
  else if (dtype == TACIT_I32)
    Fill<int32_t>(bytes, same);
  else
    Fill<int8_t>(bytes, same);
}

/// The first Q of PowerSGD (Vogels, Karimireddy and Jaggi, NeurIPS 2019) for
/// variable number `variable`: uniform in [-1, 1), with 24 bits an entry.
static void FillFactor(absl::Span<std::byte> bytes, uint64_t seed,
                       double variable) {
  const Random random(seed, kVariableStreams + static_cast<uint64_t>(variable));
  Fill<float>(bytes, [&](size_t n) {
    return 2 * static_cast<double>(random.Word(n) >> 40) * 0x1p-24 - 1;
  });
}

static absl::Status InitializeVariable(const tacit_variable &variable,
                                       absl::Span<std::byte> bytes,
                                       uint64_t seed, uint64_t number) {
  const Random random(seed, kInitialStreams + number);
  const tacit_initializer &initializer = variable.initializer;
  const tacit_dtype dtype = variable.type.dtype;
  const double a = initializer.a, b = initializer.b;
  auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("variable '", StateName(variable), "' of type ",
                     TypeName(variable.type), " ", why));
  };
  switch (initializer.kind) {
  case TACIT_NO_INITIALIZER:
    FillIntegers(TACIT_I8, bytes, 0);
    return absl::OkStatus();
  case TACIT_CONSTANT:
    if (IsFloat(dtype))
      FillFloats(dtype, bytes, [a](size_t) { return a; });
    else if (a != std::floor(a) || std::abs(a) > 0x1p53)
      return refuse(absl::StrCat("cannot start as ", a));
    else
      FillIntegers(dtype, bytes, a);
    return absl::OkStatus();
  case TACIT_NORMAL:
  case TACIT_UNIFORM:
    if (!IsFloat(dtype))
      return refuse("cannot start with random numbers: it is not of floats");
    if (initializer.kind == TACIT_UNIFORM)
      FillFloats(dtype, bytes, [&](size_t n) {
        const double value = a + (b - a) * random.Double(n);
        // Rounding to f32 may reach b, which does not belong to [a, b).
        if (dtype == TACIT_F32 && static_cast<float>(value) >= b && a < b)
          return static_cast<double>(
              std::nextafter(static_cast<float>(b), static_cast<float>(a)));
        return value;
      });
    else if (dtype == TACIT_F64)
      FillNormal<double>(bytes, random, a, b);
    else
      FillNormal<float>(bytes, random, a, b);
    return absl::OkStatus();
  case TACIT_SAME_AS: // When the other has its value.
  case TACIT_OF_RUN:  // When the run is known.
    return absl::OkStatus();
  case TACIT_FACTOR:
    if (dtype != TACIT_F32 || !(a >= 0))
      return refuse("cannot start as a factor: it is not of f32, or not of a "
                    "variable");
    FillFactor(bytes, seed, a);
    return absl::OkStatus();
  }
  return refuse(absl::StrCat("has an initialiser of an unknown kind, ",
                             initializer.kind));
}

absl::Status StateStorage::Initialize(uint64_t seed) {
  uint64_t parameters = 0;
  for (const tacit_variable &variable : variables_)
    parameters += variable.role == TACIT_PARAMETER;
  uint64_t next_parameter = 0, next_other = parameters;
  for (size_t i = 0; i < variables_.size(); ++i) {
    uint64_t &number =
        variables_[i].role == TACIT_PARAMETER ? next_parameter : next_other;
    if (absl::Status status =
            InitializeVariable(variables_[i], Bytes(i), seed, number++);
        !status.ok())
      return status;
  }
  CopyInitialValues();
  return absl::OkStatus();
}

absl::Status StateStorage::SetOfRun(int64_t steps) {
  for (size_t i = 0; i < variables_.size(); ++i) {
    const tacit_variable &variable = variables_[i];
    if (variable.initializer.kind != TACIT_OF_RUN)
      continue;
    if (steps < 1 || variable.type.dtype != TACIT_I64)
      return absl::InvalidArgumentError(absl::StrCat(
          "'", variable.name, "' is to be ", variable.initializer.a,
          " of the run's local steps, and how many there will be is not known "
          "of a run by --rounds; set it in the strategy, or use --epochs"));
    const auto part = static_cast<int64_t>(
        std::ceil(variable.initializer.a * static_cast<double>(steps)));
    FillIntegers(TACIT_I64, Bytes(i),
                 static_cast<double>(std::max<int64_t>(1, part)));
  }
  return absl::OkStatus();
}

void StateStorage::CopyInitialValues() {
  for (size_t i = 0; i < variables_.size(); ++i) {
    const tacit_initializer &initializer = variables_[i].initializer;
    if (initializer.kind != TACIT_SAME_AS)
      continue;
    const absl::Span<std::byte> to = Bytes(i),
                                from =
                                    Bytes(static_cast<size_t>(initializer.a));
    std::copy(from.begin(), from.end(), to.begin());
  }
}

std::vector<size_t> StateStorage::WithoutInitializer() const {
  std::vector<size_t> missing;
  for (size_t i = 0; i < variables_.size(); ++i)
    if (variables_[i].initializer.kind == TACIT_NO_INITIALIZER)
      missing.push_back(i);
  return missing;
}

} // namespace tacit
