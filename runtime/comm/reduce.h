//===- reduce.h - Elementwise reductions ------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The arithmetic of all-reduce on two buffers.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_REDUCE_H
#define TACIT_RUNTIME_COMM_REDUCE_H

#include "runtime/abi/tacit_abi.h"

#include "absl/status/status.h"

#include <cstddef>

namespace tacit {

/// Error: a type or a reduction that all-reduce does not know, or a mean of
/// integers.
absl::Status CheckReduction(tacit_dtype dtype, tacit_reduction reduction);

/// Reduces `count` elements of another rank into `values`. A mean adds.
/// Integers wrap; the largest and the smallest of numbers with a NaN among them
/// is NaN. Which operand comes from the lower rank is the same on every rank
/// that computes a result, so that even the bits of a NaN agree.
void Accumulate(tacit_dtype dtype, tacit_reduction reduction, void *values,
                const void *other, size_t count, bool other_is_lower);

/// Divides `count` floats by `divisor`, each once.
void Divide(tacit_dtype dtype, void *values, size_t count, int divisor);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_REDUCE_H
