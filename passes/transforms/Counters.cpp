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

OpBuilder mlir::tacit::atEndOf(Block &body) {
  OpBuilder builder = OpBuilder::atBlockEnd(&body);
  if (!body.empty() && isa<YieldOp>(body.back()))
    builder.setInsertionPoint(&body.back());
  return builder;
}

void mlir::tacit::setScalar(OpBuilder &builder, Location loc,
                            VariableOp variable, Value value) {
  Value tensor = tensor::FromElementsOp::create(
      builder, loc, variable.getTensorType(), value);
  SetOp::create(builder, loc, variable.getSymName(), tensor);
}

/// The value that `readScalar` read of `variable`; null if it has not.
static Value findRead(Block &body, VariableOp variable) {
  for (auto get : body.getOps<GetOp>()) {
    if (get.getVariable() != variable.getSymName())
      continue;
    for (Operation *user : get->getUsers())
      if (auto extract = dyn_cast<tensor::ExtractOp>(user))
        return extract.getResult();
  }
  return {};
}

Value mlir::tacit::readScalar(Block &body, VariableOp variable) {
  if (Value read = findRead(body, variable))
    return read;
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  Location loc = variable.getLoc();
  auto tensor =
      GetOp::create(builder, loc, variable.getType(), variable.getSymName());
  return tensor::ExtractOp::create(builder, loc, tensor, ValueRange());
}

Value mlir::tacit::readAndIncrement(Block &body, VariableOp variable,
                                    bool readAfter) {
  Location loc = variable.getLoc();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  auto tensor =
      GetOp::create(builder, loc, variable.getType(), variable.getSymName());
  Value before = tensor::ExtractOp::create(builder, loc, tensor, ValueRange());
  Value one =
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(1));
  Value after = arith::AddIOp::create(builder, loc, before, one);
  builder = atEndOf(body);
  Value updated =
      tensor::InsertOp::create(builder, loc, after, tensor, ValueRange());
  SetOp::create(builder, loc, variable.getSymName(), updated);
  return readAfter ? after : before;
}

StringRef mlir::tacit::getScheduleCounter(TrainerOp trainer) {
  return SymbolTable::lookupSymbolIn(trainer, kScheduleCounter)
             ? StringRef(kScheduleCounter)
             : StringRef(kStepCounter);
}

FailureOr<Value> mlir::tacit::getCounter(TrainerOp trainer, Operation *op,
                                         StringRef name) {
  Operation *holder = op;
  while (holder->getParentOp() != trainer)
    holder = holder->getParentOp();
  Block &body = holder->getRegion(0).front();
  Block &step = trainer.getStep().getBody().front();
  bool countsSteps = name == kStepCounter || name == kScheduleCounter;
  Block &counting = countsSteps ? step : body;
  auto variable =
      dyn_cast_or_null<VariableOp>(SymbolTable::lookupSymbolIn(trainer, name));
  bool isCounter = variable && variable.getRole() == Role::counter;
  Value read = isCounter ? findRead(counting, variable) : Value();
  if (!read) {
    OpBuilder builder(trainer.getContext());
    FailureOr<VariableOp> added = addVariable(
        trainer, op, name, RankedTensorType::get({}, builder.getI64Type()),
        Role::counter);
    if (failed(added))
      return failure();
    variable = *added;
    read = readAndIncrement(counting, variable, /*readAfter=*/false);
  }
  return &counting == &body ? read : readScalar(body, variable);
}
