//===- shuffle.h - A permutation from random words --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Fisher and Yates' shuffle, from words that are a pure function of a seed.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_SHUFFLE_H
#define TACIT_RUNTIME_DATA_SHUFFLE_H

#include "runtime/support/random.h"

#include "absl/types/span.h"

#include <cstdint>
#include <utility>

namespace tacit {

/// With n values: for i = n-1 down to 1, swaps values i and j, where j is the
/// high 64 bits of the product of (i + 1) and word n-1-i of `random`.
inline void Shuffle(const Random &random, absl::Span<int64_t> values) {
  const uint64_t n = values.size();
  for (uint64_t i = n - 1; n > 0 && i > 0; --i)
    std::swap(values[i], values[random.Below(n - 1 - i, i + 1)]);
}

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_SHUFFLE_H
