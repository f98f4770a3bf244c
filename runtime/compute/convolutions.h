//===- convolutions.h - Convolutions by oneDNN ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions of f32 tensors, and their gradients, for one rank, by oneDNN.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPUTE_CONVOLUTIONS_H
#define TACIT_RUNTIME_COMPUTE_CONVOLUTIONS_H

#include "runtime/abi/tacit_abi.h"

#include "absl/status/status.h"

#include <memory>

namespace tacit {

/// What one rank keeps between convolutions: oneDNN's primitives for those that
/// it has met, and memory for operands in the layouts that they want. Used by
/// one thread at a time. Bits repeat as those of MatrixProducts do.
class Convolutions {
public:
  Convolutions();
  ~Convolutions();

  /// Writes `c` from `a` and `b`; see tacit_convolution_f32. Error: extents
  /// that do not fit each other, or what oneDNN reports.
  absl::Status Convolve(const tacit_convolution &convolution, const float *a,
                        const float *b, float *c);

private:
  struct Primitives;
  std::unique_ptr<Primitives> primitives_; ///< Made when first needed.
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMPUTE_CONVOLUTIONS_H
