//===- apply.h - Updates subtracted from parameters -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What asynchronous strategies do with vectors. Memory's speed is the limit.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_APPLY_H
#define TACIT_RUNTIME_ASYNC_APPLY_H

#include <cstddef>

namespace tacit {

// Products are rounded before sums: a fused product would give other bits on
// some machines. Vectors of `elements` f32; they do not overlap, and need no
// alignment. Large ones are shared out among the pool of threads, which changes
// no bit.

/// w -= u.
void SubtractFrom(float *w, const float *u, size_t elements);

/// w -= factor * u.
void SubtractScaled(float *w, float factor, const float *u, size_t elements);

/// w -= rate * (sum / divisor), as a compiled step of SGD does to the mean of
/// gradients: the product is not rounded before it is subtracted, on machines
/// that can.
void SubtractMean(float *w, float rate, const float *sum, float divisor,
                  size_t elements);

/// w += u.
void AddTo(float *w, const float *u, size_t elements);

/// w *= factor.
void Scale(float *w, float factor, size_t elements);

/// w /= divisor.
void Divide(float *w, float divisor, size_t elements);

/// The sum of squares in double: the same number whatever the threads and the
/// machine's vectors. Not a number if one of them is none, or infinite.
double SumOfSquares(const float *u, size_t elements);

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_APPLY_H
