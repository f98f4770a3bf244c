//===- qsgd.h - Magnitudes rounded at random --------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// QSGD (Alistarh et al., "QSGD: communication-efficient SGD via gradient
/// quantization and encoding", NeurIPS 2017, section 3.1) with s levels and
/// fields of a fixed width:
///
///     N    = |g|_2 over the whole vector
///     t_i  = |g_i| (s / N)
///     l_i  = floor(t_i) + 1 with probability t_i - floor(t_i), else floor(t_i)
///     D_i  = sign(g_i) l_i (N / s)
///
/// The expected value of D is g, so that no residual is needed. N^2 is summed
/// in double, see norms.h; N is rounded up to a float, t_i and D_i are computed
/// in double. The probability is tested with word exchange * d + i of stream
/// kRoundingStreams + rank, as Random::Double: ranks that rounded alike would
/// not average their errors out.
///
/// **Payload**, QsgdBytes(d, s) bytes, little-endian: N, a float; then a field
/// of b = 1 + bit_width(s) bits for each element, element i in bits i b to
/// (i + 1) b - 1, the first bit of a byte being its lowest. A field's lowest
/// bit is 1 for a negative element, the others are the level; level 0 has no
/// sign. Bits left over are 0. It needs no alignment.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_QSGD_H
#define TACIT_RUNTIME_COMPRESS_QSGD_H

#include "absl/status/status.h"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tacit {

/// The most levels of QSGD; the fewest is 1.
inline constexpr uint32_t kMostQsgdLevels = 65535;

/// Bits of one element.
constexpr uint64_t QsgdBits(uint32_t levels) {
  return 1 + static_cast<uint64_t>(std::bit_width(levels));
}

/// Bytes of the payload of `elements` elements.
constexpr size_t QsgdBytes(uint64_t elements, uint32_t levels) {
  return sizeof(float) + (elements * QsgdBits(levels) + 7) / 8;
}

/// What a rank's rounding depends on besides the gradient.
struct QsgdDraw {
  uint64_t seed = 0;
  uint64_t exchange = 0; ///< Its number.
  uint64_t rank = 0;
};

/// Compresses `elements` elements into QsgdBytes bytes.
///
/// Error: levels out of range; NonFiniteError for the first element that is
/// infinite or no number; or a norm that is beyond floats.
absl::Status CompressQsgd(const float *gradient, uint64_t elements,
                          uint32_t levels, const QsgdDraw &draw, void *payload);

/// dense = D.
void DecompressQsgd(const void *payload, uint64_t elements, uint32_t levels,
                    float *dense);

/// dense += factor * D, D and the product rounded first.
void AddDecompressedQsgd(const void *payload, uint64_t elements,
                         uint32_t levels, float factor, float *dense);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_QSGD_H
