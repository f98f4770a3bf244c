//===- bf16.cpp - Floats without their lower half -------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Highway compiles what is between its guards once for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/compress/bf16.cpp"
#include "hwy/foreach_target.h" // IWYU pragma: keep

#include "runtime/compress/bf16.h"
#include "runtime/compress/pieces.h"

#include "hwy/highway.h"

#include <bit>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {

// Plain loops: the compiler makes vectors of them for each target. It would
// not if the payload might lie within the floats.
#pragma STDC FP_CONTRACT OFF

static HWY_INLINE uint32_t Rounded(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  // Half of the lower bits' range, less one where the upper are even.
  const uint32_t rounded = (magnitude + 0x7FFF + (magnitude >> 16 & 1)) >> 16;
  return (rounded > 0x7F7F ? 0x7F7F : rounded) | (bits >> 16 & 0x8000);
}

static HWY_INLINE void StoreAt(uint8_t *payload, uint64_t i, uint32_t rounded) {
  const uint16_t stored = static_cast<uint16_t>(rounded);
  std::memcpy(payload + 2 * i, &stored, 2);
}

static void Round(const float *__restrict acc, uint64_t count,
                  uint8_t *__restrict payload) {
  for (uint64_t i = 0; i < count; ++i)
    StoreAt(payload, i, Rounded(acc[i]));
}

// The same, and what is lost stays where acc was.
static void RoundAndKeep(float *__restrict acc, uint64_t count,
                         uint8_t *__restrict payload) {
  for (uint64_t i = 0; i < count; ++i) {
    const uint32_t rounded = Rounded(acc[i]);
    StoreAt(payload, i, rounded);
    acc[i] -= std::bit_cast<float>(rounded << 16);
  }
}

static HWY_INLINE float ValueAt(const uint8_t *payload, uint64_t i) {
  uint16_t stored;
  std::memcpy(&stored, payload + 2 * i, 2);
  return std::bit_cast<float>(uint32_t{stored} << 16);
}

static void Write(const uint8_t *__restrict payload, uint64_t begin,
                  uint64_t end, float *__restrict dense) {
  for (uint64_t i = begin; i < end; ++i)
    dense[i] = ValueAt(payload, i);
}

static void Add(const uint8_t *__restrict payload, uint64_t begin, uint64_t end,
                float factor, float *__restrict dense) {
  for (uint64_t i = begin; i < end; ++i)
    dense[i] += factor * ValueAt(payload, i);
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacit {

HWY_EXPORT(Round);
HWY_EXPORT(RoundAndKeep);
HWY_EXPORT(Write);
HWY_EXPORT(Add);

/// Elements that stay in the first cache between two loops over them.
static constexpr uint64_t kBlock = 4096;

absl::Status CompressBf16(const Accumulation &accumulation, void *payload) {
  const uint64_t elements = accumulation.elements;
  const float *const acc = AccumulatedAt(accumulation);
  float *const residual = accumulation.residual;
  uint8_t *const bytes = static_cast<uint8_t *>(payload);
  std::atomic<uint64_t> first_bad = elements;
  ParallelElements(elements, kBlock, [&](uint64_t begin, uint64_t end) {
    for (uint64_t i = begin; i < end; i += kBlock) {
      const uint64_t block_end = std::min(i + kBlock, end);
      const uint64_t bad = AccumulateRange(accumulation, i, block_end);
      if (bad != block_end)
        LowerTo(first_bad, bad);
      if (residual)
        HWY_DYNAMIC_DISPATCH(RoundAndKeep)
      (residual + i, block_end - i, bytes + 2 * i);
      else HWY_DYNAMIC_DISPATCH(Round)(acc + i, block_end - i, bytes + 2 * i);
    }
  });
  if (first_bad == elements)
    return absl::OkStatus();
  // The two parts of a number add up to it; one that is not finite is all in
  // the residual.
  if (residual)
    AddDecompressedBf16(payload, elements, 1, residual);
  return NonFiniteError(first_bad, acc[first_bad]);
}

void DecompressBf16(const void *payload, uint64_t elements, float *dense) {
  const uint8_t *const bytes = static_cast<const uint8_t *>(payload);
  ParallelElements(elements, 64, [&](uint64_t begin, uint64_t end) {
    HWY_DYNAMIC_DISPATCH(Write)(bytes, begin, end, dense);
  });
}

void AddDecompressedBf16(const void *payload, uint64_t elements, float factor,
                         float *dense) {
  const uint8_t *const bytes = static_cast<const uint8_t *>(payload);
  ParallelElements(elements, 64, [&](uint64_t begin, uint64_t end) {
    HWY_DYNAMIC_DISPATCH(Add)(bytes, begin, end, factor, dense);
  });
}

} // namespace tacit
#endif // HWY_ONCE
