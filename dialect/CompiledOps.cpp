//===- CompiledOps.cpp - Verifies programs ----------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::tacit;

LogicalResult ProgramOp::verifyRegions() {
  for (Operation &op : getBody().front()) {
    if (isa<VariableOp>(op))
      continue;
    InFlightDiagnostic diagnostic = emitOpError()
                                    << "holds only tacit.variable";
    diagnostic.attachNote(op.getLoc()) << "got '" << op.getName() << "' here";
    return diagnostic;
  }
  return success();
}

LogicalResult ProgramOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto verifyFunction = [&](FlatSymbolRefAttr name) -> LogicalResult {
    Operation *found =
        symbolTable.lookupNearestSymbolFrom((*this)->getParentOp(), name);
    if (isa_and_nonnull<FunctionOpInterface>(found))
      return success();
    return emitOpError() << "'" << name << "' does not name a function";
  };
  if (failed(verifyFunction(getStepAttr())))
    return failure();
  return getEvaluateAttr() ? verifyFunction(getEvaluateAttr()) : success();
}
