//===- MarkedFunction.h - A function as front ends export it ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a front end exports is a function whose arguments are marked as
/// parameters, data and model state. This header is for what reads and checks
/// such functions.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_MARKEDFUNCTION_H
#define TACIT_PASSES_TRANSFORMS_MARKEDFUNCTION_H

#include "dialect/Tacit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::tacit {

/// The function that says how a model is evaluated; any other name is a loss.
inline constexpr StringLiteral kEvaluateName = "evaluate";

enum class ArgumentKind { parameter, data, state };

/// One argument of a marked function.
struct MarkedArgument {
  ArgumentKind kind;
  StringAttr name;
  RankedTensorType type;
  Attribute initializer; ///< Of a parameter or state; may be null.
  Location loc;
};

/// A function and what its marks say.
struct MarkedFunction {
  func::FuncOp function;
  SmallVector<MarkedArgument> arguments;

  /// Reads the marks of `function`; says what is wrong with them if anything
  /// is.
  static FailureOr<MarkedFunction> read(func::FuncOp function);

  /// The argument of that kind and name, or null.
  const MarkedArgument *lookup(ArgumentKind kind, StringAttr name) const;

  /// The variable that an argument is to become, by its name, or null.
  const MarkedArgument *lookupVariable(StringAttr name) const;

  /// Those of that kind, in order.
  SmallVector<const MarkedArgument *> getAll(ArgumentKind kind) const;

  /// Of a loss that checkLoss has passed: whether it returns gradients.
  bool returnsGradients() const {
    func::FuncOp op = function;
    return op.getNumResults() > 1 + getAll(ArgumentKind::state).size();
  }
};

/// Whether any argument of `function` has a mark.
bool isMarked(func::FuncOp function);

/// Checks that `loss` returns the loss, then nothing or the gradient of every
/// parameter, then the new value of every state.
LogicalResult checkLoss(const MarkedFunction &loss);

/// Checks that an evaluation takes what the loss takes, but for the number of
/// rows, and returns what `tacit.evaluate` yields.
LogicalResult checkEvaluate(const MarkedFunction &evaluate,
                            const MarkedFunction &loss);

/// Fails at an operation of `function` that no model has: of another dialect,
/// or with results whose sizes are not known.
LogicalResult checkOperations(func::FuncOp function);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_MARKEDFUNCTION_H
