//===- LocalUpdateOps.cpp - Verifies rounds of local steps ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

using namespace mlir;
using namespace mlir::tacit;

LogicalResult EndRoundOp::verifyRegions() {
  auto trainer = cast<TrainerOp>((*this)->getParentOp());
  for (StringRef name : {getPeriod(), getPosition()}) {
    auto variable = dyn_cast_or_null<VariableOp>(
        SymbolTable::lookupSymbolIn(trainer, name));
    if (variable && variable.getTensorType().getRank() == 0 &&
        variable.getTensorType().getElementType().isInteger(64) &&
        variable.getRole() == Role::counter)
      continue;
    InFlightDiagnostic diagnostic =
        emitOpError() << "needs '@" << name
                      << "' to be a variable of tensor<i64> with the role "
                         "counter";
    if (variable)
      diagnostic.attachNote(variable.getLoc()) << "the variable is here";
    return diagnostic;
  }
  return success();
}

LogicalResult AdaptPeriodOp::verify() {
  if (static_cast<int64_t>(getInitial()) < 1)
    return emitOpError() << "needs an initial period of at least 1, got "
                         << static_cast<int64_t>(getInitial());
  return success();
}
