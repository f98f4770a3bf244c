//===- Counters.cpp - Scalars that count steps ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/Counters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tacit;

FailureOr<VariableOp> mlir::tacit::addVariable(TrainerOp trainer, Operation *op,
                                               StringRef name,
                                               RankedTensorType type,
                                               Role role) {
  if (Operation *present = SymbolTable::lookupSymbolIn(trainer, name)) {
    InFlightDiagnostic diagnostic =
        op->emitOpError() << "needs the variable '@" << name
                          << "' for its state, but the trainer has that name "
                             "already; rename it, and update each parameter "
                             "once";
    diagnostic.attachNote(present->getLoc()) << "the name is taken here";
    return diagnostic;
  }
  OpBuilder builder(trainer.getContext());
  // Behind the variables there are, so that their order does not change.
  Operation *last = nullptr;
  for (auto variable : trainer.getBody().getOps<VariableOp>())
    last = variable;
  if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointToStart(&trainer.getBody().front());
  return VariableOp::create(builder, op->getLoc(), name, type,
                            ZerosAttr::get(builder.getContext()), role);
}

Value mlir::tacit::readAndIncrement(StepOp step, VariableOp variable,
                                    bool readAfter) {
  Location loc = variable.getLoc();
  Block &body = step.getBody().front();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  auto tensor =
      GetOp::create(builder, loc, variable.getType(), variable.getSymName());
  Value before = tensor::ExtractOp::create(builder, loc, tensor, ValueRange());
  Value one =
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(1));
  Value after = arith::AddIOp::create(builder, loc, before, one);
  builder.setInsertionPoint(body.getTerminator());
  Value updated =
      tensor::InsertOp::create(builder, loc, after, tensor, ValueRange());
  SetOp::create(builder, loc, variable.getSymName(), updated);
  return readAfter ? after : before;
}

/// The value that `readAndIncrement` read of `variable`; null if it has not.
static Value findRead(StepOp step, VariableOp variable) {
  for (auto get : step.getBody().getOps<GetOp>()) {
    if (get.getVariable() != variable.getSymName())
      continue;
    for (Operation *user : get->getUsers())
      if (auto extract = dyn_cast<tensor::ExtractOp>(user))
        return extract.getResult();
  }
  return {};
}

FailureOr<Value> mlir::tacit::getCounter(TrainerOp trainer, Operation *op,
                                         StringRef name) {
  auto present =
      dyn_cast_or_null<VariableOp>(SymbolTable::lookupSymbolIn(trainer, name));
  if (present && present.getRole() == Role::counter)
    if (Value read = findRead(trainer.getStep(), present))
      return read;
  OpBuilder builder(trainer.getContext());
  FailureOr<VariableOp> variable = addVariable(
      trainer, op, name, RankedTensorType::get({}, builder.getI64Type()),
      Role::counter);
  if (failed(variable))
    return failure();
  return readAndIncrement(trainer.getStep(), *variable, /*readAfter=*/false);
}
