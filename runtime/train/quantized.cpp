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

#include <algorithm>
#include <cstring>
#include <optional>

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

/// The mean of all ranks' bf16 payloads, in bf16.
static absl::Status ReduceBf16(const tacit_compression &compression,
                               Communicator &communicator,
                               std::vector<float> &memory, const void *payload,
                               void *output, float *rest) {
  const uint64_t elements = compression.elements;
  const auto ranks = static_cast<uint64_t>(communicator.size());
  const auto rank = static_cast<uint64_t>(communicator.rank());
  const uint64_t block = (elements + ranks - 1) / ranks;
  const size_t block_bytes = Bf16Bytes(block), all_bytes = ranks * block_bytes;
  const uint64_t begin = std::min(rank * block, elements);
  const uint64_t mine = std::min(block, elements - begin);
  // The sums of a block, and twice all blocks.
  const uint64_t floats_of_all = (all_bytes + 3) / 4;
  memory.resize(block + 2 * floats_of_all);
  float *const sums = memory.data();
  auto *const blocks = reinterpret_cast<std::byte *>(sums + block);
  auto *const incoming = blocks + 4 * floats_of_all;

  std::memcpy(blocks, payload, Bf16Bytes(elements));
  std::memset(blocks + Bf16Bytes(elements), 0,
              all_bytes - Bf16Bytes(elements)); // The last block is shorter.
  if (absl::Status status = communicator.AllToAll(
          compression.name, blocks, incoming, block_bytes, Purpose::kPayload);
      !status.ok())
    return status;
  DecompressBf16(incoming, mine, sums);
  for (uint64_t r = 1; r < ranks; ++r)
    AddDecompressedBf16(incoming + r * block_bytes, mine, 1, sums);
  for (uint64_t i = 0; i < mine; ++i)
    sums[i] /= static_cast<float>(ranks);
  std::byte *const own = blocks + rank * block_bytes;
  Accumulation mean;
  mean.residual = sums; // What rounding takes away stays here.
  mean.elements = mine;
  if (absl::Status status = CompressBf16(mean, own); !status.ok()) {
    // What each rank sent was finite: the sum has overflowed.
    const std::optional<uint64_t> index = NonFiniteIndex(status);
    return index ? NonFiniteError(begin + *index, sums[*index]) : status;
  }
  for (uint64_t i = 0; rest && i < mine; ++i)
    rest[begin + i] += static_cast<float>(ranks) * sums[i];
  if (absl::Status status = communicator.AllGather(
          compression.name, own, incoming, block_bytes, Purpose::kPayload);
      !status.ok())
    return status;
  std::memcpy(output, incoming, Bf16Bytes(elements));
  return absl::OkStatus();
}

absl::Status ExchangeQuantized(const tacit_compression &compression,
                               Communicator &communicator,
                               std::vector<float> &memory, const void *payload,
                               void *output, float *rest) {
  const size_t bytes = QuantizedBytes(compression);
  if (compression.algorithm != TACIT_PAYLOAD_DENSE)
    return communicator.AllGather(compression.name, payload, output, bytes,
                                  Purpose::kPayload);
  if (communicator.size() > 1)
    return ReduceBf16(compression, communicator, memory, payload, output, rest);
  std::memcpy(output, payload, bytes);
  return absl::OkStatus();
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
