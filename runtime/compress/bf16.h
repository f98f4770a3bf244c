//===- bf16.h - Floats without their lower half -----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Rounding to bfloat16, a float's upper 16 bits, with error feedback:
///
///     D        = acc rounded to the nearest bfloat16, ties to even
///     residual = acc - D, which is exact
///
/// What would round to infinity becomes the largest finite bfloat16, so that
/// with a residual nothing is lost either.
///
/// **Payload**, Bf16Bytes(d) bytes: the elements in their order, 16 bits each,
/// little-endian. It needs no alignment.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_BF16_H
#define TACIT_RUNTIME_COMPRESS_BF16_H

#include "runtime/compress/accumulate.h"

#include "absl/status/status.h"

#include <cstddef>
#include <cstdint>

namespace tacit {

/// Bytes of the payload of `elements` elements.
constexpr size_t Bf16Bytes(uint64_t elements) { return 2 * elements; }

/// Compresses acc into Bf16Bytes bytes, in one sweep.
///
/// Error: NonFiniteError for the first element of acc that is infinite or no
/// number; the residual then holds acc, and the payload is undefined.
absl::Status CompressBf16(const Accumulation &accumulation, void *payload);

/// dense = D, `elements` elements.
void DecompressBf16(const void *payload, uint64_t elements, float *dense);

/// dense += factor * D, the product rounded first.
void AddDecompressedBf16(const void *payload, uint64_t elements, float factor,
                         float *dense);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_BF16_H
