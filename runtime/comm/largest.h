//===- largest.h - The largest of some numbers ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which of a list of numbers are the k largest in magnitude.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_LARGEST_H
#define TACIT_RUNTIME_COMM_LARGEST_H

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tacit {

/// A float without its sign, as an integer in the order of magnitudes.
inline uint32_t MagnitudeOf(float value) {
  return std::bit_cast<uint32_t>(value) & 0x7FFFFFFF;
}

/// Separates the largest from the others, when the numbers are asked about
/// once each, in their order: of equal ones, the first are kept.
struct Cut {
  uint32_t magnitude = 0; ///< All above are kept,
  size_t ties = 0;        ///< and so many that are equal.

  bool Keeps(float value) {
    const uint32_t own = MagnitudeOf(value);
    // Without branches: which are kept is as good as random.
    const bool tie = static_cast<int>(own == magnitude) & (ties > 0);
    ties -= tie;
    return static_cast<int>(own > magnitude) | tie;
  }
};

/// The cut that keeps the `keep` largest of `count` numbers, or all if there
/// are no more. `workspace` has room for `count` numbers.
Cut FindCut(const float *values, size_t count, size_t keep,
            uint32_t *workspace);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_LARGEST_H
