//===- Conversion.h - What the lowering registers ---------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// External models that the passes of this folder need, and small helpers that
/// several of them share.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_CONVERSION_CONVERSION_H
#define TACIT_PASSES_CONVERSION_CONVERSION_H

#include "dialect/Tacit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"

namespace mlir::tacit {

/// On a kernel: how many iterations its last two arguments choose among.
inline constexpr StringLiteral kPiecesAttrName = "tacit.pieces";

/// Registers how exchanges bufferize.
void registerExchangeBufferization(DialectRegistry &registry);

/// Registers how compression on bytes bufferizes.
void registerCompressionBufferization(DialectRegistry &registry);

/// Registers the upstream models that `tacit-to-cpu` needs, for tools that do
/// not register every dialect and extension.
void registerConversionExternalModels(DialectRegistry &registry);

/// The functions that the step and the evaluation of `program` have become, as
/// far as they are there.
SmallVector<func::FuncOp> bodiesOf(ProgramOp program);

/// The argument of `function` that is marked with attribute `name`; null if
/// none is.
BlockArgument findMarkedArgument(func::FuncOp function, StringRef name);

/// The allocation or function argument that `buffer` is a view of; null if
/// that is not known.
Value rootOfBuffer(Value buffer);

/// True if `op`, or something in it, may use the buffer of `root`, which is the
/// root of some buffer.
bool mayUseBuffer(Operation *op, Value root);

/// The number of bytes of a buffer with a static shape.
int64_t bytesOf(MemRefType type);

} // namespace mlir::tacit

#endif // TACIT_PASSES_CONVERSION_CONVERSION_H
