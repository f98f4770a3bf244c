//===- cut.h - Where the largest end ----------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The k-th largest magnitude, by histograms of ever narrower ranges.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_CUT_H
#define TACIT_RUNTIME_COMPRESS_CUT_H

#include "runtime/compress/candidates.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace tacit {

/// All magnitudes above `limit`, and the first `ties` of those equal to it.
struct Cut {
  int32_t limit = -1;
  uint64_t ties = 0;
};

/// The shift of the narrowest bins that hold magnitudes low .. low + range.
inline int ShiftFor(uint32_t range) {
  return std::max(0, static_cast<int>(std::bit_width(range)) -
                         Histogram::kLogBins);
}

/// Cuts so that at least `least` and at most `most` magnitudes remain: at the
/// boundary of a bin if one will do, and else at exactly `least`.
/// `histogram` has counted all magnitudes from its `low` on, and those are no
/// fewer than `least`. `recount` counts again, after `histogram` was reset.
template <typename Recount>
Cut FindCut(Histogram &histogram, uint64_t least, uint64_t most,
            const Recount &recount) {
  for (uint64_t above = 0;;) {
    uint32_t bin = Histogram::kBins - 1;
    while (above + histogram.bins[bin] < least)
      above += histogram.bins[bin--];
    const uint32_t low =
        static_cast<uint32_t>(histogram.low) + (bin << histogram.shift);
    if (above + histogram.bins[bin] <= most)
      return {static_cast<int32_t>(low) - 1, 0};
    const bool unbounded = histogram.open && bin == Histogram::kBins - 1;
    if (histogram.shift == 0 && !unbounded)
      return {static_cast<int32_t>(low), least - above};
    const uint32_t range =
        unbounded ? 0x7FFFFFFF - low : (uint32_t{1} << histogram.shift) - 1;
    // With bins as narrow as that, nothing of the range lies above the last.
    histogram.Reset(static_cast<int32_t>(low), ShiftFor(range), false);
    recount(histogram);
    // What the histogram counts above the range has been counted already.
    const uint64_t last = range >> histogram.shift;
    for (uint64_t beyond = last + 1; beyond < Histogram::kBins; ++beyond)
      histogram.bins[beyond] = 0;
  }
}

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_CUT_H
