//===- sign.cpp - One bit for each element --------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Highway compiles what is between its guards once for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/compress/sign.cpp"
#include "hwy/foreach_target.h" // IWYU pragma: keep

#include "runtime/compress/norms.h"
#include "runtime/compress/pieces.h"
#include "runtime/compress/sign.h"

#include "hwy/highway.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The signs of up to 64 elements, and acc - D into the residual if there is
// one.
template <class D>
static HWY_INLINE uint64_t TakeSigns(D d, const float *acc, size_t count,
                                     float scale, float *residual) {
  const size_t lanes = hn::Lanes(d);
  const auto positive = hn::Set(d, scale), negative = hn::Set(d, -scale);
  uint64_t signs = 0;
  for (size_t i = 0; i < count; i += lanes) {
    const auto value = hn::LoadU(d, acc + i);
    const auto mask = hn::Ge(value, hn::Zero(d));
    uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, mask, bytes);
    uint64_t bits;
    std::memcpy(&bits, bytes, 8);
    signs |= bits << i;
    if (residual)
      hn::StoreU(hn::Sub(value, hn::IfThenElse(mask, positive, negative)), d,
                 residual + i);
  }
  return signs;
}

// Elements [begin, end); `begin` is a multiple of 64.
static void Compress(const float *acc, uint64_t begin, uint64_t end,
                     float scale, float *residual, uint8_t *bits) {
  const hn::CappedTag<float, 64> d;
  uint64_t i = begin;
  for (; i + 64 <= end; i += 64) {
    const uint64_t signs =
        TakeSigns(d, acc + i, 64, scale, residual ? residual + i : nullptr);
    std::memcpy(bits + i / 8, &signs, 8);
  }
  if (i < end) {
    const uint64_t signs =
        TakeSigns(hn::CappedTag<float, 1>(), acc + i, end - i, scale,
                  residual ? residual + i : nullptr);
    std::memcpy(bits + i / 8, &signs, (end - i + 7) / 8);
  }
}

// dense = or += positive where a bit of `signs` is set, its negative elsewhere.
template <bool add, class D>
static HWY_INLINE void ExpandWord(D d, uint64_t signs, size_t count,
                                  float positive, float *dense) {
  const size_t lanes = hn::Lanes(d);
  const auto plus = hn::Set(d, positive), minus = hn::Set(d, -positive);
  for (size_t i = 0; i < count; i += lanes) {
    uint8_t bytes[8];
    const uint64_t bits = signs >> i;
    std::memcpy(bytes, &bits, 8);
    auto value = hn::IfThenElse(hn::LoadMaskBits(d, bytes), plus, minus);
    if constexpr (add)
      value = hn::Add(hn::LoadU(d, dense + i), value);
    hn::StoreU(value, d, dense + i);
  }
}

template <bool add>
static void Expand(const uint8_t *bits, uint64_t begin, uint64_t end,
                   float positive, float *dense) {
  uint64_t i = begin;
  for (; i + 64 <= end; i += 64) {
    uint64_t signs;
    std::memcpy(&signs, bits + i / 8, 8);
    ExpandWord<add>(hn::CappedTag<float, 64>(), signs, 64, positive, dense + i);
  }
  if (i < end) {
    uint64_t signs = 0;
    std::memcpy(&signs, bits + i / 8, (end - i + 7) / 8);
    ExpandWord<add>(hn::CappedTag<float, 1>(), signs, end - i, positive,
                    dense + i);
  }
}

static void Write(const uint8_t *bits, uint64_t begin, uint64_t end,
                  float positive, float *dense) {
  Expand<false>(bits, begin, end, positive, dense);
}

static void Add(const uint8_t *bits, uint64_t begin, uint64_t end,
                float positive, float *dense) {
  Expand<true>(bits, begin, end, positive, dense);
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacit {

HWY_EXPORT(Compress);
HWY_EXPORT(Write);
HWY_EXPORT(Add);

static float ScaleOf(const void *payload) {
  float scale;
  std::memcpy(&scale, payload, sizeof(scale));
  return scale;
}

absl::Status CompressSign(const Accumulation &accumulation, void *payload) {
  const uint64_t elements = accumulation.elements;
  double sum = 0;
  if (absl::Status status = AccumulateMagnitudes(accumulation, &sum);
      !status.ok())
    return status;
  const float scale =
      elements ? static_cast<float>(sum / static_cast<double>(elements)) : 0;
  std::memcpy(payload, &scale, sizeof(scale));
  uint8_t *const bits = static_cast<uint8_t *>(payload) + sizeof(scale);
  ParallelElements(elements, 64, [&](uint64_t begin, uint64_t end) {
    HWY_DYNAMIC_DISPATCH(Compress)
    (AccumulatedAt(accumulation), begin, end, scale, accumulation.residual,
     bits);
  });
  return absl::OkStatus();
}

void DecompressSign(const void *payload, uint64_t elements, float *dense) {
  const float scale = ScaleOf(payload);
  const uint8_t *const bits =
      static_cast<const uint8_t *>(payload) + sizeof(scale);
  ParallelElements(elements, 64, [&](uint64_t begin, uint64_t end) {
    HWY_DYNAMIC_DISPATCH(Write)(bits, begin, end, scale, dense);
  });
}

void AddDecompressedSign(const void *payload, uint64_t elements, float factor,
                         float *dense) {
  const float scaled = factor * ScaleOf(payload);
  const uint8_t *const bits =
      static_cast<const uint8_t *>(payload) + sizeof(scaled);
  ParallelElements(elements, 64, [&](uint64_t begin, uint64_t end) {
    HWY_DYNAMIC_DISPATCH(Add)(bits, begin, end, scaled, dense);
  });
}

} // namespace tacit
#endif // HWY_ONCE
