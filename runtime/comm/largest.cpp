//===- largest.cpp - The largest of some numbers --------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/largest.h"

#include <algorithm>
#include <functional>

namespace tacit {

Cut FindCut(const float *values, size_t count, size_t keep,
            uint32_t *workspace) {
  if (keep >= count)
    return {0, count};
  if (keep == 0)
    return {~uint32_t{0}, 0};

  // Numbers by sign-less exponent and three more bits: the cut lies in one bin.
  static constexpr int kShift = 20;
  uint32_t bins[(size_t{1} << 31) >> kShift] = {};
  for (size_t i = 0; i < count; ++i)
    ++bins[MagnitudeOf(values[i]) >> kShift];
  size_t left = keep; // to keep of this bin and those below
  uint32_t bin = (uint32_t{1} << 31 >> kShift) - 1;
  for (; bins[bin] < left; --bin)
    left -= bins[bin];

  size_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t magnitude = MagnitudeOf(values[i]);
    workspace[found] = magnitude;
    found += magnitude >> kShift == bin;
  }
  std::nth_element(workspace, workspace + (left - 1), workspace + found,
                   std::greater<>());
  const uint32_t magnitude = workspace[left - 1];
  const auto larger =
      std::count_if(workspace, workspace + (left - 1),
                    [&](uint32_t other) { return other > magnitude; });
  return {magnitude, left - static_cast<size_t>(larger)};
}

} // namespace tacit
