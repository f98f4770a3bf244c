//===- Elementwise.h - Operations entry by entry ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_ELEMENTWISE_H
#define TACIT_PASSES_TRANSFORMS_ELEMENTWISE_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::tacit {

/// A `linalg.generic` that replaces each of `outs`, at least one, by what
/// `body` makes of its entry: `body` gets the entries of `inputs`, then those
/// of `outs`, and gives one for each of `outs`. All tensors have one shape.
SmallVector<Value> buildElementwise(
    OpBuilder &builder, Location loc, ValueRange inputs, ValueRange outs,
    llvm::function_ref<SmallVector<Value>(ImplicitLocOpBuilder &, ValueRange)>
        body);

/// The same for one of `outs`.
Value buildElementwise(
    OpBuilder &builder, Location loc, ValueRange inputs, Value out,
    llvm::function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body);

/// The same into a new tensor of the type of `inputs`, whose entries are all
/// that `body` gets.
Value buildElementwise(
    OpBuilder &builder, Location loc, ValueRange inputs,
    llvm::function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_ELEMENTWISE_H
