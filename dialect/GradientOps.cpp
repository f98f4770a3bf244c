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

static bool isScalarFloat(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 0 &&
         isa<FloatType>(tensor.getElementType());
}

LogicalResult ValueAndGradOp::verify() {
  if (!isScalarFloat(getLoss().getType()))
    return emitOpError() << "the loss must be a scalar tensor of floats, got "
                         << getLoss().getType();
  ArrayRef<int64_t> numbers = getWrt();
  int64_t count = getOperands().size();
  for (auto [index, number] : llvm::enumerate(numbers)) {
    if (number < 0 || number >= count)
      return emitOpError() << "wrt names operand #" << number
                           << ", but there are " << count;
    if (index > 0 && number <= numbers[index - 1])
      return emitOpError() << "wrt must be increasing, got " << number
                           << " after " << numbers[index - 1];
  }
  if (getOthers().size() < numbers.size())
    return emitOpError() << "returns " << getOthers().size()
                         << " gradients, but wrt names " << numbers.size()
                         << " operands";
  for (auto [number, gradient] : llvm::zip(numbers, getGradients())) {
    auto type = cast<RankedTensorType>(getOperands()[number].getType());
    if (!isa<FloatType>(type.getElementType()))
      return emitOpError() << "wrt names operand #" << number
                           << ", which has no gradient: it is a " << type
                           << ", not of floats";
    if (gradient.getType() != type)
      return emitOpError() << "the gradient of operand #" << number
                           << " must have its type, " << type << ", got "
                           << gradient.getType();
  }
  return success();
}

LogicalResult
ValueAndGradOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto callee =
      symbolTable.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!callee || callee.isDeclaration())
    return emitOpError() << "'@" << getCallee()
                         << "' does not name a function with a body";
  if (TypeRange(callee.getArgumentTypes()) != TypeRange(getOperands()))
    return emitOpError() << "operands have types (" << TypeRange(getOperands())
                         << ") but '@" << getCallee() << "' takes ("
                         << callee.getArgumentTypes() << ")";
  SmallVector<Type> returned = {getLoss().getType()};
  llvm::append_range(returned, getExtras().getTypes());
  if (callee.getResultTypes() != ArrayRef<Type>(returned))
    return emitOpError() << "returns, besides gradients, (" << returned
                         << ") but '@" << getCallee() << "' returns ("
                         << callee.getResultTypes() << ")";
  Operation *exchange = nullptr;
  callee.walk([&](Operation *op) {
    if (op->hasTrait<Collective>())
      exchange = op;
    return exchange ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (!exchange)
    return success();
  InFlightDiagnostic diagnostic = emitOpError()
                                  << "'@" << getCallee()
                                  << "' must not exchange: it says what one "
                                     "worker computes";
  diagnostic.attachNote(exchange->getLoc())
      << "'" << exchange->getName() << "' is here";
  return diagnostic;
}
