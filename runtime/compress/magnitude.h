//===- magnitude.h - The order of magnitudes, as integers -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A float without its sign, read as an integer, is ordered as its magnitude
/// is: zeros of either sign first and equal, then denormals, normals, infinity,
/// and above it what is no number.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_MAGNITUDE_H
#define TACIT_RUNTIME_COMPRESS_MAGNITUDE_H

#include <bit>
#include <cstdint>

namespace tacit {

/// The bits of |value|.
inline int32_t MagnitudeBits(float value) {
  return std::bit_cast<int32_t>(value) & 0x7FFFFFFF;
}

/// The bits of the largest finite float: all above are infinite or no number.
inline constexpr int32_t kLargestFinite = 0x7F7FFFFF;

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_MAGNITUDE_H
