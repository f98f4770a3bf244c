//===- norms.cpp - Sums over accumulated gradients ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Highway compiles what is between its guards once for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/compress/norms.cpp"
#include "hwy/foreach_target.h" // IWYU pragma: keep

#include "runtime/compress/norms.h"
#include "runtime/compress/pieces.h"

#include "hwy/highway.h"

#include <array>
#include <cmath>

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {

// Adds element i to lane i mod 16, whatever the width of a vector: the compiler
// makes vectors of the lanes. A square of a float is exact in double, so it
// does not matter whether product and sum are fused.
template <bool squares>
static void AddToLanes(const float *values, uint64_t count, double *lanes) {
  double sums[16];
  for (int lane = 0; lane < 16; ++lane)
    sums[lane] = lanes[lane];
  const auto term = [](float value) HWY_ATTR {
    const double x = value;
    return squares ? x * x : std::fabs(x);
  };
  uint64_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (int lane = 0; lane < 16; ++lane)
      sums[lane] += term(values[i + static_cast<uint64_t>(lane)]);
  for (int lane = 0; i < count; ++i, ++lane)
    sums[lane] += term(values[i]);
  for (int lane = 0; lane < 16; ++lane)
    lanes[lane] = sums[lane];
}

static void AddMagnitudes(const float *values, uint64_t count, double *lanes) {
  AddToLanes<false>(values, count, lanes);
}

static void AddSquares(const float *values, uint64_t count, double *lanes) {
  AddToLanes<true>(values, count, lanes);
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacit {

HWY_EXPORT(AddMagnitudes);
HWY_EXPORT(AddSquares);

/// Elements that stay in the first cache between two loops over them.
static constexpr uint64_t kBlock = 4096;
static constexpr uint64_t kParts = 256;

template <typename Add>
static absl::Status AccumulateSum(const Accumulation &accumulation,
                                  const Add &add, double *sum) {
  const uint64_t elements = accumulation.elements;
  const float *const acc = AccumulatedAt(accumulation);
  const uint64_t groups = (elements + 15) / 16;
  const auto begins = [&](uint64_t part) {
    return std::min(groups * part / kParts * 16, elements);
  };
  std::array<double, kParts> sums = {};
  std::atomic<uint64_t> first_bad = elements;
  const auto add_part = [&](uint64_t part) {
    double lanes[16] = {};
    const uint64_t end = begins(part + 1);
    for (uint64_t i = begins(part); i < end; i += kBlock) {
      const uint64_t block_end = std::min(i + kBlock, end);
      const uint64_t bad = AccumulateRange(accumulation, i, block_end);
      if (bad != block_end)
        LowerTo(first_bad, bad);
      add(acc + i, block_end - i, lanes);
    }
    for (const double lane : lanes)
      sums[part] += lane;
  };
  // Short vectors stay on one thread.
  const uint64_t together = elements < 2 * kLeastPiece ? kParts : 1;
  ParallelRanges(kParts / together, [&](uint64_t first, uint64_t last) {
    for (uint64_t part = first * together; part < last * together; ++part)
      add_part(part);
  });
  if (first_bad < elements)
    return NonFiniteError(first_bad, acc[first_bad]);
  *sum = 0;
  for (const double part : sums)
    *sum += part;
  return absl::OkStatus();
}

absl::Status AccumulateMagnitudes(const Accumulation &accumulation,
                                  double *sum) {
  return AccumulateSum(
      accumulation,
      [](const float *values, uint64_t count, double *lanes) {
        HWY_DYNAMIC_DISPATCH(AddMagnitudes)(values, count, lanes);
      },
      sum);
}

absl::Status AccumulateSquares(const Accumulation &accumulation, double *sum) {
  return AccumulateSum(
      accumulation,
      [](const float *values, uint64_t count, double *lanes) {
        HWY_DYNAMIC_DISPATCH(AddSquares)(values, count, lanes);
      },
      sum);
}

} // namespace tacit
#endif // HWY_ONCE
