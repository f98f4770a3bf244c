//===- qsgd.cpp - Magnitudes rounded at random ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Highway compiles what is between its guards once for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/compress/qsgd.cpp"
#include "hwy/foreach_target.h" // IWYU pragma: keep

#include "runtime/compress/norms.h"
#include "runtime/compress/pieces.h"
#include "runtime/compress/qsgd.h"
#include "runtime/support/random.h"

#include "absl/strings/str_cat.h"
#include "hwy/highway.h"

#include <cmath>
#include <cstring>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace tacit {
namespace HWY_NAMESPACE {

// Plain loops: the compiler makes vectors of them for each target.
#pragma STDC FP_CONTRACT OFF

// The fields of up to 64 elements; `word` is the first one's.
static void Quantize(const float *__restrict gradient, uint64_t count,
                     uint32_t levels, double levels_per_norm,
                     const Random &random, uint64_t word,
                     uint32_t *__restrict fields) {
  for (uint64_t i = 0; i < count; ++i) {
    const double t =
        std::fabs(static_cast<double>(gradient[i])) * levels_per_norm;
    const double low = std::floor(t);
    const double chance = t - low;
    uint32_t level = static_cast<uint32_t>(static_cast<int32_t>(low)) +
                     (random.Double(word + i) < chance ? 1u : 0u);
    level = level > levels ? levels : level; // t was rounded, perhaps up.
    fields[i] = level << 1 | (gradient[i] < 0 && level > 0 ? 1u : 0u);
  }
}

// dense = or += factor * D for up to 64 elements.
static void Write(const uint32_t *__restrict fields, uint64_t count,
                  double norm_per_level, float *__restrict dense) {
  for (uint64_t i = 0; i < count; ++i) {
    const float magnitude = static_cast<float>(
        static_cast<int32_t>(fields[i] >> 1) * norm_per_level);
    dense[i] = fields[i] & 1 ? -magnitude : magnitude;
  }
}

static void Add(const uint32_t *__restrict fields, uint64_t count,
                double norm_per_level, float factor, float *__restrict dense) {
  for (uint64_t i = 0; i < count; ++i) {
    const float magnitude = static_cast<float>(
        static_cast<int32_t>(fields[i] >> 1) * norm_per_level);
    const float scaled = factor * magnitude;
    dense[i] += fields[i] & 1 ? -scaled : scaled;
  }
}

} // namespace HWY_NAMESPACE
} // namespace tacit
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacit {

HWY_EXPORT(Quantize);
HWY_EXPORT(Write);
HWY_EXPORT(Add);

/// Fields of so many elements fill whole bytes, of whatever width.
static constexpr uint64_t kGroup = 64;

static void Pack(const uint32_t *__restrict fields, uint64_t count,
                 uint64_t bits, uint8_t *__restrict bytes) {
  if (bits == 8) { // Bytes take a quarter of the time.
    for (uint64_t i = 0; i < count; ++i)
      bytes[i] = static_cast<uint8_t>(fields[i]);
    return;
  }
  uint64_t word = 0, filled = 0;
  for (uint64_t i = 0; i < count; ++i) {
    word |= uint64_t{fields[i]} << filled;
    filled += bits;
    if (filled >= 32) {
      const uint32_t full = static_cast<uint32_t>(word);
      std::memcpy(bytes, &full, 4);
      bytes += 4;
      word >>= 32;
      filled -= 32;
    }
  }
  std::memcpy(bytes, &word, (filled + 7) / 8);
}

static void Unpack(const uint8_t *__restrict bytes, uint64_t count,
                   uint64_t bits, uint32_t *__restrict fields) {
  if (bits == 8) {
    for (uint64_t i = 0; i < count; ++i)
      fields[i] = bytes[i];
    return;
  }
  // Never reads beyond the bytes that `count` fields have.
  uint64_t left = (count * bits + 7) / 8;
  uint64_t word = 0, filled = 0;
  const uint32_t mask = (uint32_t{1} << bits) - 1;
  for (uint64_t i = 0; i < count; ++i) {
    if (filled < bits) {
      uint32_t next = 0;
      const uint64_t read = left < 4 ? left : 4;
      std::memcpy(&next, bytes, read);
      bytes += read;
      left -= read;
      word |= uint64_t{next} << filled;
      filled += 32;
    }
    fields[i] = static_cast<uint32_t>(word) & mask;
    word >>= bits;
    filled -= bits;
  }
}

absl::Status CompressQsgd(const float *gradient, uint64_t elements,
                          uint32_t levels, const QsgdDraw &draw,
                          void *payload) {
  if (levels < 1 || levels > kMostQsgdLevels)
    return absl::InvalidArgumentError(absl::StrCat(
        "QSGD needs from 1 to ", kMostQsgdLevels, " levels, not ", levels));
  double squares = 0;
  if (absl::Status status =
          AccumulateSquares({nullptr, gradient, 1, elements}, &squares);
      !status.ok())
    return status;
  const double exact = std::sqrt(squares);
  if (exact > static_cast<double>(std::numeric_limits<float>::max()))
    return absl::OutOfRangeError(absl::StrCat(
        "the norm of the gradient is ", exact,
        ", more than a float holds: clipping may keep it in range"));
  // No element is larger than the norm that is sent.
  float norm = static_cast<float>(exact);
  if (static_cast<double>(norm) < exact)
    norm = std::nextafter(norm, std::numeric_limits<float>::infinity());
  std::memcpy(payload, &norm, sizeof(norm));

  const double levels_per_norm =
      norm > 0 ? levels / static_cast<double>(norm) : 0;
  const Random random(draw.seed, kRoundingStreams + draw.rank);
  const uint64_t first_word = draw.exchange * elements;
  const uint64_t bits = QsgdBits(levels);
  uint8_t *const bytes = static_cast<uint8_t *>(payload) + sizeof(norm);
  ParallelElements(elements, kGroup, [&](uint64_t begin, uint64_t end) {
    uint32_t fields[kGroup];
    for (uint64_t i = begin; i < end; i += kGroup) {
      const uint64_t count = std::min(kGroup, end - i);
      HWY_DYNAMIC_DISPATCH(Quantize)
      (gradient + i, count, levels, levels_per_norm, random, first_word + i,
       fields);
      Pack(fields, count, bits, bytes + i * bits / 8);
    }
  });
  return absl::OkStatus();
}

/// Calls `use(fields, count, norm / levels, i)` for each group of elements.
template <typename Use>
static void ForFields(const void *payload, uint64_t elements, uint32_t levels,
                      const Use &use) {
  float norm;
  std::memcpy(&norm, payload, sizeof(norm));
  const double norm_per_level = static_cast<double>(norm) / levels;
  const uint64_t bits = QsgdBits(levels);
  const uint8_t *const bytes =
      static_cast<const uint8_t *>(payload) + sizeof(norm);
  ParallelElements(elements, kGroup, [&](uint64_t begin, uint64_t end) {
    uint32_t fields[kGroup];
    for (uint64_t i = begin; i < end; i += kGroup) {
      const uint64_t count = std::min(kGroup, end - i);
      Unpack(bytes + i * bits / 8, count, bits, fields);
      use(fields, count, norm_per_level, i);
    }
  });
}

void DecompressQsgd(const void *payload, uint64_t elements, uint32_t levels,
                    float *dense) {
  ForFields(payload, elements, levels,
            [&](const uint32_t *fields, uint64_t count, double norm_per_level,
                uint64_t i) {
              HWY_DYNAMIC_DISPATCH(Write)
              (fields, count, norm_per_level, dense + i);
            });
}

void AddDecompressedQsgd(const void *payload, uint64_t elements,
                         uint32_t levels, float factor, float *dense) {
  ForFields(payload, elements, levels,
            [&](const uint32_t *fields, uint64_t count, double norm_per_level,
                uint64_t i) {
              HWY_DYNAMIC_DISPATCH(Add)
              (fields, count, norm_per_level, factor, dense + i);
            });
}

} // namespace tacit
#endif // HWY_ONCE
