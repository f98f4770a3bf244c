//===- reduce.cpp - Elementwise reductions --------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/reduce.h"

#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"

#include <cstdint>
#include <type_traits>

namespace tacit {

namespace {

struct Add {
  template <typename T> T operator()(T low, T high) const {
    if constexpr (std::is_integral_v<T>) {
      using Unsigned = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<Unsigned>(low) +
                            static_cast<Unsigned>(high));
    } else {
      // Of two NaNs a processor keeps the first operand's, and a compiler may
      // swap operands.
      const T sum = low + high;
      return low != low ? low : sum;
    }
  }
};

// `low != low`: a NaN on either side is kept.
struct Max {
  template <typename T> T operator()(T low, T high) const {
    return low > high || low != low ? low : high;
  }
};

struct Min {
  template <typename T> T operator()(T low, T high) const {
    return low < high || low != low ? low : high;
  }
};

} // namespace

// Without `__restrict` the loops would not be vectorized in place.
template <typename T, typename Operation>
static void Combine(void *values, const void *other, size_t count,
                    bool other_is_lower) {
  T *__restrict to = static_cast<T *>(values);
  const T *__restrict from = static_cast<const T *>(other);
  const Operation operation;
  if (other_is_lower) {
    for (size_t i = 0; i < count; ++i)
      to[i] = operation(from[i], to[i]);
  } else {
    for (size_t i = 0; i < count; ++i)
      to[i] = operation(to[i], from[i]);
  }
}

template <typename T>
static void CombineAs(tacit_reduction reduction, void *values,
                      const void *other, size_t count, bool other_is_lower) {
  switch (reduction) {
  case TACIT_MAX:
    return Combine<T, Max>(values, other, count, other_is_lower);
  case TACIT_MIN:
    return Combine<T, Min>(values, other, count, other_is_lower);
  default:
    return Combine<T, Add>(values, other, count, other_is_lower);
  }
}

void Accumulate(tacit_dtype dtype, tacit_reduction reduction, void *values,
                const void *other, size_t count, bool other_is_lower) {
  switch (dtype) {
  case TACIT_F32:
    return CombineAs<float>(reduction, values, other, count, other_is_lower);
  case TACIT_F64:
    return CombineAs<double>(reduction, values, other, count, other_is_lower);
  case TACIT_I32:
    return CombineAs<int32_t>(reduction, values, other, count, other_is_lower);
  case TACIT_I64:
    return CombineAs<int64_t>(reduction, values, other, count, other_is_lower);
  }
}

template <typename T>
static void DivideAs(void *values, size_t count, int divisor) {
  T *to = static_cast<T *>(values);
  const T by = static_cast<T>(divisor);
  for (size_t i = 0; i < count; ++i)
    to[i] /= by;
}

void Divide(tacit_dtype dtype, void *values, size_t count, int divisor) {
  if (dtype == TACIT_F32)
    return DivideAs<float>(values, count, divisor);
  DivideAs<double>(values, count, divisor);
}

absl::Status CheckReduction(tacit_dtype dtype, tacit_reduction reduction) {
  switch (dtype) {
  case TACIT_F32:
  case TACIT_F64:
  case TACIT_I32:
  case TACIT_I64:
    break;
  default:
    return absl::InvalidArgumentError(
        absl::StrCat("cannot reduce elements of type ", DtypeName(dtype),
                     ": wanted f32, f64, i32 or i64"));
  }
  switch (reduction) {
  case TACIT_SUM:
  case TACIT_MAX:
  case TACIT_MIN:
    return absl::OkStatus();
  case TACIT_MEAN:
    if (IsFloat(dtype))
      return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("mean needs floats, got ", DtypeName(dtype), ": use sum"));
  default:
    return absl::InvalidArgumentError(
        absl::StrCat("unknown reduction ", reduction,
                     ": wanted sum (0), mean (1), max (2) or min (3)"));
  }
}

} // namespace tacit
