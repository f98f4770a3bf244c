//===- Normalize.h - What differentiation expects of a function -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_DIFFERENTIATION_NORMALIZE_H
#define TACIT_PASSES_DIFFERENTIATION_NORMALIZE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"

namespace mlir::tacit {

/// Runs a pipeline on the function.
using RunPipelineFn = function_ref<LogicalResult(OpPassManager &)>;

/// Brings `function` into the form that rules are written for: elementwise
/// operations on tensors become linalg.generic, aggregates (linalg.softmax)
/// what they are made of, dimensions of extent 1 (with the constant maps that
/// exporters broadcast by) disappear, and constant tensors become constants of
/// bodies.
LogicalResult normalizeForDifferentiation(func::FuncOp function,
                                          RunPipelineFn runPipeline);

/// Removes what is dead or computed twice after differentiation.
LogicalResult cleanUpAfterDifferentiation(func::FuncOp function,
                                          RunPipelineFn runPipeline);

} // namespace mlir::tacit

#endif // TACIT_PASSES_DIFFERENTIATION_NORMALIZE_H
