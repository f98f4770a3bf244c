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
#include "runtime/compress/accumulate.h"
#include "runtime/compress/qsgd.h"

#include "absl/status/status.h"

#include <cstddef>
#include <cstdint>

namespace tacit {

/// Whether payloads keep every element, in fewer bits.
inline bool IsQuantized(const tacit_compression &compression) {
  return compression.compressor >= TACIT_SIGN;
}

/// Bytes of one rank's payload.
size_t QuantizedBytes(const tacit_compression &compression);

/// Compresses acc into QuantizedBytes bytes; what is lost of it stays in the
/// residual, if there is one. `draw` matters to QSGD alone.
absl::Status EncodeQuantized(const tacit_compression &compression,
                             const Accumulation &accumulation,
                             const QsgdDraw &draw, void *payload);

/// Writes the mean of `parts` payloads, one behind the other, to `vector`: the
/// sum in their order, then one division.
void DecodeQuantized(const tacit_compression &compression, uint64_t parts,
                     const void *payload, float *vector);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_QUANTIZED_H
