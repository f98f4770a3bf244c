//===- digits.h - Generated images of the ten digits ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Grey images of the ten digits, drawn from outlines of pen strokes: a data
/// set that needs no download.
///
/// Row i is a pure function of (seed, i), in integers and in correctly rounded
/// operations alone: the same bytes on every machine, for any number of threads
/// and any range of rows. One row is drawn so: an outline of its digit is
/// chosen and its points are moved a little; curves become short straight
/// pieces; these are bent by a smooth random field, then scaled, slanted,
/// turned and moved; each is drawn as a round pen would, its edges softened;
/// blots and the noise of a scanner are added.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_DIGITS_H
#define TACIT_RUNTIME_DATA_DIGITS_H

#include <cstdint>

namespace tacit {

inline constexpr int kDigitSize = 28; ///< Pixels of a side.
inline constexpr int kDigitPixels = kDigitSize * kDigitSize;

class Digits {
public:
  explicit Digits(uint64_t seed) : seed_(seed) {}

  /// The digit of `row`, 0 to 9. Rows 10k to 10k + 9 hold each digit once.
  int32_t Label(int64_t row) const;

  /// Draws `row`: kDigitPixels bytes, row-major from the upper left, 0 for
  /// paper and 255 for ink.
  void Paint(int64_t row, unsigned char *pixels) const;

private:
  uint64_t seed_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_DIGITS_H
