//===- quantized.h - Payloads that keep every element -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The compressors that keep all elements in fewer bits, chosen by number.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_QUANTIZED_H
#define TACIT_RUNTIME_TRAIN_QUANTIZED_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/comm/communicator.h"
#include "runtime/compress/accumulate.h"
#include "runtime/compress/qsgd.h"

#include "absl/status/status.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tacit {

/// Whether payloads keep every element, in fewer bits.
inline bool IsQuantized(const tacit_compression &compression) {
  return compression.compressor == TACIT_SIGN ||
         compression.compressor == TACIT_QSGD ||
         compression.compressor == TACIT_BF16;
}

/// Bytes of one rank's payload.
size_t QuantizedBytes(const tacit_compression &compression);

/// Compresses acc into QuantizedBytes bytes; what is lost of it stays in the
/// residual, if there is one. `draw` matters to QSGD alone.
absl::Status EncodeQuantized(const tacit_compression &compression,
                             const Accumulation &accumulation,
                             const QsgdDraw &draw, void *payload);

/// Combines the payloads of all ranks: gathers them, one behind the other in
/// rank order, or, with bf16 and an exchange `dense`, into one, their mean.
///
/// That mean is computed block by block: rank b owns the b-th of equally many
/// elements, decodes and sums all ranks' of them in rank order in f32, divides,
/// and rounds to bf16. What the rounding takes away, times the number of ranks,
/// goes into the owner's `rest`, if there is one, so that nothing is lost. Each
/// rank sends 2 (P-1)/P of its payload, where gathering sends P-1 of it.
///
/// `memory` is kept from one call to the next. Errors: those of the exchange.
absl::Status ExchangeQuantized(const tacit_compression &compression,
                               Communicator &communicator,
                               std::vector<float> &memory, const void *payload,
                               void *output, float *rest);

/// Writes the mean of `parts` payloads, one behind the other, to `vector`: the
/// sum in their order, then one division.
void DecodeQuantized(const tacit_compression &compression, uint64_t parts,
                     const void *payload, float *vector);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_QUANTIZED_H
