//===- quantized.cpp - Payloads that keep every element -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/quantized.h"

#include "runtime/compress/bf16.h"
#include "runtime/compress/sign.h"

namespace tacit {

// What compilers reserve is what is written.
static_assert(SignBytes(1001) == 4 + 126 && SignBytes(8) == 5);
static_assert(QsgdBytes(1001, 16) == 4 + (1001 * 6 + 7) / 8);

static uint32_t LevelsOf(const tacit_compression &compression) {
  return static_cast<uint32_t>(compression.parameter);
}

size_t QuantizedBytes(const tacit_compression &compression) {
  switch (compression.compressor) {
  case TACIT_SIGN:
    return SignBytes(compression.elements);
  case TACIT_QSGD:
    return QsgdBytes(compression.elements, LevelsOf(compression));
  default:
    return Bf16Bytes(compression.elements);
  }
}

absl::Status EncodeQuantized(const tacit_compression &compression,
                             const Accumulation &accumulation,
                             const QsgdDraw &draw, void *payload) {
  switch (compression.compressor) {
  case TACIT_SIGN:
    return CompressSign(accumulation, payload);
  case TACIT_QSGD:
    return CompressQsgd(accumulation.gradient, compression.elements,
                        LevelsOf(compression), draw, payload);
  default:
    return CompressBf16(accumulation, payload);
  }
}

/// vector = D of one payload, or vector += D.
static void DecodePart(const tacit_compression &compression, bool first,
                       const void *payload, float *vector) {
  const uint64_t elements = compression.elements;
  const uint32_t levels = LevelsOf(compression);
  switch (compression.compressor) {
  case TACIT_SIGN:
    return first ? DecompressSign(payload, elements, vector)
                 : AddDecompressedSign(payload, elements, 1, vector);
  case TACIT_QSGD:
    return first ? DecompressQsgd(payload, elements, levels, vector)
                 : AddDecompressedQsgd(payload, elements, levels, 1, vector);
  default:
    return first ? DecompressBf16(payload, elements, vector)
                 : AddDecompressedBf16(payload, elements, 1, vector);
  }
}

void DecodeQuantized(const tacit_compression &compression, uint64_t parts,
                     const void *payload, float *vector) {
  const std::byte *part = static_cast<const std::byte *>(payload);
  for (uint64_t p = 0; p < parts; ++p, part += QuantizedBytes(compression))
    DecodePart(compression, /*first=*/p == 0, part, vector);
  const float ranks = static_cast<float>(parts);
  for (uint64_t i = 0; parts > 1 && i < compression.elements; ++i)
    vector[i] /= ranks;
}

} // namespace tacit
