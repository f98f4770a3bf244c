//===- pieces.h - Vectors cut for the pool of threads -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Loops over parts of a vector, on the pool of threads.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_PIECES_H
#define TACIT_RUNTIME_COMPRESS_PIECES_H

#include "runtime/compute/threads.h"

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace tacit {

/// Below so many elements a thread more costs more than it saves.
inline constexpr uint64_t kLeastPiece = 32768;

/// ParallelFor with anything callable: `body(begin, end)`.
template <typename Body> void ParallelRanges(uint64_t count, const Body &body) {
  ParallelFor(
      static_cast<int64_t>(count),
      [](void *context, int64_t begin, int64_t end) {
        (*static_cast<const Body *>(context))(static_cast<uint64_t>(begin),
                                              static_cast<uint64_t>(end));
      },
      const_cast<Body *>(&body));
}

/// Runs `body(begin, end)` on parts of [0, elements), in parallel where it
/// pays. Parts begin at multiples of `unit`.
template <typename Body>
void ParallelElements(uint64_t elements, uint64_t unit, const Body &body) {
  const uint64_t units = (elements + unit - 1) / unit;
  const uint64_t chunk = std::max<uint64_t>(1, kLeastPiece / unit);
  ParallelRanges(
      (units + chunk - 1) / chunk, [&](uint64_t begin, uint64_t end) {
        body(begin * chunk * unit, std::min(end * chunk * unit, elements));
      });
}

/// The smaller of what is there and `value`, from whichever thread.
inline void LowerTo(std::atomic<uint64_t> &least, uint64_t value) {
  uint64_t seen = least.load();
  while (value < seen && !least.compare_exchange_weak(seen, value))
    ;
}

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_PIECES_H
