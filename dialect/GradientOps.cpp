//===- GradientOps.cpp - Verifies the gradient of a loss -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace mlir::tacit;

LogicalResult
ValueAndGradOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto callee =
      symbolTable.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!callee || callee.isDeclaration())
    return emitOpError() << "'@" << getCallee()
                         << "' does not name a function with a body";
  if (TypeRange(callee.getArgumentTypes()) != TypeRange(getOperands()))
    return emitOpError() << "operands have types ("
                         << TypeRange(getOperands()) << ") but '@"
                         << getCallee() << "' takes ("
                         << callee.getArgumentTypes() << ")";
  if (callee.getNumResults() != 1 ||
      callee.getResultTypes()[0] != getLoss().getType())
    return emitOpError() << "returns the loss as " << getLoss().getType()
                         << " but '@" << getCallee() << "' returns ("
                         << callee.getResultTypes() << ")";
  return success();
}
