//===- Contraction.h - What a matrix product looks like ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Recognises, in any structured operation, C += s A B.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_CONVERSION_CONTRACTION_H
#define TACIT_PASSES_CONVERSION_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace mlir::tacit {

/// A structured operation on floats that computes C += s A B, or C -= s A B,
/// where s is a product of scalars. On tensors or on buffers.
struct Contraction {
  linalg::LinalgOp op;
  OpOperand *a = nullptr;
  OpOperand *b = nullptr;
  OpOperand *c = nullptr;
  /// Factors of s: scalars from outside, or operands that are scalars (tensors
  /// or buffers without extents, or plain values).
  SmallVector<Value> scales;
  bool negated = false;

  AffineMap mapOf(OpOperand *operand) const {
    return linalg::LinalgOp(op).getMatchingIndexingMap(operand);
  }
};

/// Matches `op` as a contraction with at least one loop that is summed over, or
/// an outer product.
std::optional<Contraction> matchContraction(linalg::LinalgOp op);

/// True if `value` is a constant of zeros: a number or a tensor of them.
bool isZero(Value value);

/// True if `value` is a tensor filled with zeros.
bool isZeroFilled(Value value);

} // namespace mlir::tacit

#endif // TACIT_PASSES_CONVERSION_CONTRACTION_H
