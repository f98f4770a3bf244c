//===- accumulate.h - Gradients added to what was not sent ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Error feedback, as every compressor does it: a residual holds what has not
/// been sent so far, the gradient is added to it, and what a compressor sends
/// is taken from the sum (Seide et al., "1-bit stochastic gradient descent and
/// its application to data-parallel distributed training of speech DNNs",
/// Interspeech 2014; Stich, Cordonnier and Jaggi, "Sparsified SGD with memory",
/// NeurIPS 2018).
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_ACCUMULATE_H
#define TACIT_RUNTIME_COMPRESS_ACCUMULATE_H

#include "absl/status/status.h"

#include <cstdint>
#include <optional>

namespace tacit {

/// What a compressor reads: acc = residual * ratio + gradient, element by
/// element, the product rounded before the sum. Compressors leave in `residual`
/// what they do not send. Nothing is owned, and vectors do not overlap.
struct Accumulation {
  /// Null where there is no error feedback: acc is the gradient, and what is
  /// not sent is lost.
  float *residual = nullptr;
  /// Never written. Null where the residual holds acc already; it is then taken
  /// as it stands, whatever the ratio.
  const float *gradient = nullptr;
  /// The learning rate of the step before over that of this one.
  float ratio = 1;
  uint64_t elements = 0;
};

/// The first step of a compressor that makes another sweep afterwards: writes
/// acc into the residual. Returns where acc is then, the residual or, without
/// one, the gradient, through `acc`.
///
/// Error: NonFiniteError for the first element of acc that is infinite or no
/// number; the residual then holds acc. Uses the pool of threads.
absl::Status Accumulate(const Accumulation &accumulation, const float **acc);

/// The same for elements [begin, end) alone, on this thread. Returns the index
/// of the first that is not finite, or `end`.
uint64_t AccumulateRange(const Accumulation &accumulation, uint64_t begin,
                         uint64_t end);

/// Where acc is after accumulating.
inline const float *AccumulatedAt(const Accumulation &accumulation) {
  return accumulation.residual ? accumulation.residual : accumulation.gradient;
}

/// Error: element `index` of an accumulated gradient is `value`.
absl::Status NonFiniteError(uint64_t index, float value);

/// The index in an error that NonFiniteError made: the caller, who knows which
/// variable it belongs to, can name it.
std::optional<uint64_t> NonFiniteIndex(const absl::Status &status);

/// How many of `elements` elements are selected at a density: ceil(density *
/// elements - 1e-6) in double, at least 1 and at most all. The small number
/// keeps 0.01 * 100 at 1. 0 of no elements.
uint64_t SelectedCount(double density, uint64_t elements);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_ACCUMULATE_H
