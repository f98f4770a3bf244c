//===- LocalRounds.cpp - Rounds of several local steps ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/LocalRounds.h"

#include "passes/transforms/Counters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::tacit;

static constexpr StringLiteral kPeriod = "tau";
static constexpr StringLiteral kRoundPosition = "round_position";

SmallVector<VariableOp> mlir::tacit::getTrainedParameters(TrainerOp trainer) {
  llvm::StringSet<> set;
  for (auto op : trainer.getStep().getBody().getOps<SetOp>())
    set.insert(op.getVariable());
  SmallVector<VariableOp> parameters;
  for (auto variable : trainer.getBody().getOps<VariableOp>())
    if (variable.getRole() == Role::parameter &&
        set.contains(variable.getSymName()))
      parameters.push_back(variable);
  return parameters;
}

FailureOr<VariableOp> mlir::tacit::addCopy(TrainerOp trainer, Operation *op,
                                           VariableOp like, StringRef suffix,
                                           Role role) {
  SmallVector<VariableOp> variables(trainer.getBody().getOps<VariableOp>());
  auto number = llvm::find(variables, like) - variables.begin();
  FailureOr<VariableOp> copy =
      addVariable(trainer, op, (like.getSymName() + suffix).str(),
                  like.getTensorType(), role);
  if (succeeded(copy))
    copy->setInitializerAttr(SameAsAttr::get(trainer.getContext(), number));
  return copy;
}

static LogicalResult check(TrainerOp trainer, StringRef pass) {
  StepOp step = trainer.getStep();
  if (EndRoundOp present = trainer.getEndRound())
    return present.emitOpError()
           << "is there already: " << pass
           << " says what ends a round; let one pass say that, once";
  WalkResult walk = step.walk([&](Operation *op) {
    if (!op->hasTrait<Collective>())
      return WalkResult::advance();
    op->emitOpError() << "exchanges within a local step; with local updates, "
                         "ranks exchange when a round ends: leave "
                         "tacit-data-parallel out";
    return WalkResult::interrupt();
  });
  if (walk.wasInterrupted())
    return failure();
  if (getTrainedParameters(trainer).empty())
    return step.emitOpError() << "sets no parameter that could be averaged";
  return success();
}

static void report(ImplicitLocOpBuilder &b, StringRef key, Value value) {
  auto type = RankedTensorType::get({}, value.getType());
  ReportOp::create(b, key, tensor::FromElementsOp::create(b, type, value));
}

/// Counts the local steps of a round, and says which of them is the last.
static void countSteps(StepOp step, VariableOp period, VariableOp position) {
  Block &body = step.getBody().front();
  Value tau = readScalar(body, period);
  Value number = readAndIncrement(body, position, /*readAfter=*/true);
  OpBuilder builder = atEndOf(body);
  ImplicitLocOpBuilder b(step.getLoc(), builder);
  Value isLast =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sge, number, tau);
  report(b, "tau", tau);
  report(b, "round_ended", arith::ExtUIOp::create(b, b.getI64Type(), isLast));
}

/// Adds up the losses of a round's steps.
static void addLosses(StepOp step, VariableOp variable) {
  Block &body = step.getBody().front();
  Value before = readScalar(body, variable);
  auto yield = cast<YieldOp>(body.getTerminator());
  OpBuilder builder(yield);
  ImplicitLocOpBuilder b(yield.getLoc(), builder);
  Value loss = tensor::ExtractOp::create(b, yield.getValues()[0], ValueRange());
  if (!loss.getType().isF64())
    loss = arith::ExtFOp::create(b, b.getF64Type(), loss);
  Value sum = arith::AddFOp::create(b, before, loss);
  setScalar(b, b.getLoc(), variable, sum);
  report(b, kRoundLoss, sum);
}

FailureOr<EndRoundOp> mlir::tacit::addRounds(TrainerOp trainer, int64_t period,
                                             StringRef pass) {
  if (failed(check(trainer, pass)))
    return failure();
  StepOp step = trainer.getStep();
  OpBuilder builder(trainer.getContext());
  auto add = [&](StringRef name, Type type) {
    return addVariable(trainer, step, name, RankedTensorType::get({}, type),
                       Role::counter);
  };
  FailureOr<VariableOp> tau = add(kPeriod, builder.getI64Type()),
                        position = add(kRoundPosition, builder.getI64Type()),
                        losses = add(kRoundLoss, builder.getF64Type());
  if (failed(tau) || failed(position) || failed(losses))
    return failure();
  tau->setInitializerAttr(ConstantInitAttr::get(
      trainer.getContext(), APFloat(static_cast<double>(period))));
  countSteps(step, *tau, *position);
  addLosses(step, *losses);

  builder.setInsertionPointAfter(step);
  auto endRound = EndRoundOp::create(builder, step.getLoc(), tau->getSymName(),
                                     position->getSymName());
  builder.setInsertionPointToStart(&endRound.getBody().emplaceBlock());
  ImplicitLocOpBuilder b(step.getLoc(), builder);
  setScalar(b, b.getLoc(), *position,
            arith::ConstantOp::create(b, b.getI64IntegerAttr(0)));
  setScalar(b, b.getLoc(), *losses,
            arith::ConstantOp::create(b, b.getF64FloatAttr(0)));
  return endRound;
}
