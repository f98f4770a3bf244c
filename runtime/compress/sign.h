//===- sign.h - One bit for each element ------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Signs with the mean magnitude, and error feedback (Karimireddy et al.,
/// "Error feedback fixes SignSGD and other gradient compression schemes", ICML
/// 2019):
///
///     D        = (|acc|_1 / d) sign(acc),  sign(x) = +1 if x >= 0, else -1
///     residual = acc - D
///
/// The sign of -0.0 is +1. |acc|_1 is summed in double, see norms.h; the scale
/// is its quotient by d, rounded to float.
///
/// **Payload**, SignBytes(d) bytes, little-endian: the scale, a float; then the
/// signs, element i in bit i mod 8 of byte i / 8, 1 for +1. Bits left over are
/// 0. It needs no alignment.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_SIGN_H
#define TACIT_RUNTIME_COMPRESS_SIGN_H

#include "runtime/compress/accumulate.h"

#include "absl/status/status.h"

#include <cstddef>
#include <cstdint>

namespace tacit {

/// Bytes of the payload of `elements` elements.
constexpr size_t SignBytes(uint64_t elements) {
  return sizeof(float) + (elements + 7) / 8;
}

/// Compresses acc into SignBytes bytes.
///
/// Error: NonFiniteError for the first element of acc that is infinite or no
/// number; the residual then holds acc, and the payload is undefined.
absl::Status CompressSign(const Accumulation &accumulation, void *payload);

/// dense = D, `elements` elements.
void DecompressSign(const void *payload, uint64_t elements, float *dense);

/// dense += factor * D, the product rounded first.
void AddDecompressedSign(const void *payload, uint64_t elements, float factor,
                         float *dense);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_SIGN_H
