//===- candidates.h - Entries that may be selected --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The vector loops of selection by magnitude. One piece of a vector belongs to
/// one thread; its candidates are kept in the order of their indices.
///
/// Magnitudes are compared as MagnitudeBits, with a limit below them: -1 lets
/// everything pass.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_CANDIDATES_H
#define TACIT_RUNTIME_COMPRESS_CANDIDATES_H

#include "runtime/compress/accumulate.h"
#include "runtime/compress/magnitude.h"

#include <cstddef>
#include <cstdint>

namespace tacit {

/// Counts of magnitudes: bin b has those in [low + (b << shift),
/// low + ((b + 1) << shift)). What is below `low` is not counted; what lies
/// above the last bin counts there if the histogram is open.
struct Histogram {
  static constexpr int kLogBins = 11;
  static constexpr uint32_t kBins = 1 << kLogBins;

  int32_t low = 0;
  int shift = 0;
  bool open = false;
  uint64_t bins[kBins + 1] = {}; ///< One more, for what is not counted.

  /// An empty one.
  void Reset(int32_t new_low, int new_shift, bool is_open);
  /// Adds the counts of another with the same bins.
  void Add(const Histogram &other);
};

/// Elements of a piece that were larger than the limit when they were met.
struct Candidates {
  /// Vectors are stored whole at the end of both arrays.
  static constexpr size_t kSlack = 512;

  uint32_t *offsets = nullptr; ///< From the beginning of the piece; ascending.
  float *values = nullptr;     ///< Of acc.
  size_t count = 0;
  size_t capacity = 0; ///< Behind it, both arrays go on for kSlack more.
};

/// Runs over elements [position, end) of acc: writes acc into the residual,
/// with zeros where the magnitude is above `limit`, and appends what was there
/// to the candidates, with offsets from `begin`. Stops where there is no room.
/// Returns how far it came. Without a residual, only appends.
uint64_t Sweep(const Accumulation &accumulation, uint64_t begin,
               uint64_t position, uint64_t end, int32_t limit,
               Candidates &candidates);

/// Copies lines of 16 elements of acc to `sample`: line i is the one that
/// begins at `lines[i]`, as a multiple of 16 elements.
void GatherLines(const Accumulation &accumulation, const uint32_t *lines,
                 size_t count, float *sample);

/// Adds values to a histogram.
void CountMagnitudes(const float *values, uint64_t count, Histogram &histogram);

/// How many values have a larger magnitude, and how many this one.
void CountAbove(const float *values, size_t count, int32_t magnitude,
                uint64_t &greater, uint64_t &equal);

/// The index of the first value that is infinite or no number, or `count`.
size_t FirstNonFinite(const float *values, size_t count);

/// Reduces candidates to those above `limit` and the first `ties` of those
/// equal to it. The others are put back into the piece that begins at
/// `residual`, unless that is null.
void KeepAbove(Candidates &candidates, int32_t limit, uint64_t ties,
               float *residual);

/// The same, but writes what is kept to `values`, and to `indices` with `base`
/// added: to so many elements as are kept, and no more.
template <typename Index>
void WriteAbove(const Candidates &candidates, int32_t limit, uint64_t ties,
                float *residual, uint64_t base, Index *indices, float *values,
                uint64_t kept);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_CANDIDATES_H
