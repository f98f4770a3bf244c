//===- norms.h - Sums over accumulated gradients ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Sums that do not depend on threads or processors: a vector is cut into 256
/// parts, each adds elements i, i + 16, i + 32, ... into one of 16 numbers, and
/// those are added in their order, all in double.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_NORMS_H
#define TACIT_RUNTIME_COMPRESS_NORMS_H

#include "runtime/compress/accumulate.h"

#include "absl/status/status.h"

namespace tacit {

/// Accumulates, and puts the sum of all |acc| into `sum`. Errors are those of
/// Accumulate.
absl::Status AccumulateMagnitudes(const Accumulation &accumulation,
                                  double *sum);

/// Accumulates, and puts the sum of all acc^2 into `sum`.
absl::Status AccumulateSquares(const Accumulation &accumulation, double *sum);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_NORMS_H
