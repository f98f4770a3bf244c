//===- LocalUpdate.cpp - Averages now and then ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/Counters.h"
#include "passes/transforms/LocalRounds.h"
#include "passes/transforms/ServedVariable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSet.h"

#define DEBUG_TYPE "tacit-local-update"

namespace mlir::tacit {
#define GEN_PASS_DEF_LOCALUPDATEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct LocalUpdatePass
    : public tacit::impl::LocalUpdatePassBase<LocalUpdatePass> {
  using LocalUpdatePassBase::LocalUpdatePassBase;
  void runOnOperation() override;

private:
  LogicalResult check(TrainerOp trainer);
  LogicalResult update(TrainerOp trainer);
};
} // namespace

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

LogicalResult LocalUpdatePass::check(TrainerOp trainer) {
  StepOp step = trainer.getStep();
  if (EndRoundOp present = trainer.getEndRound())
    return present.emitOpError() << "is there already: tacit-local-update says "
                                    "what ends a round; run it once";
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

/// minuend - subtrahend, entry by entry.
static Value subtract(OpBuilder &builder, Location loc, Value minuend,
                      Value subtrahend) {
  auto type = cast<RankedTensorType>(minuend.getType());
  SmallVector<AffineMap> maps(3,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType());
  auto difference = linalg::GenericOp::create(
      builder, loc, type, ValueRange{minuend, subtrahend}, empty, maps,
      iterators, [](OpBuilder &b, Location inner, ValueRange entries) {
        Value value = arith::SubFOp::create(b, inner, entries[0], entries[1]);
        linalg::YieldOp::create(b, inner, value);
      });
  return difference.getResult(0);
}

namespace {
/// A parameter on its way through the end of a round.
struct Averaged {
  VariableOp parameter;
  FailureOr<VariableOp> anchor = failure(); ///< Of those whose change counts.
  Value before;                             ///< The anchor's value.
  Value exchanged;
};
} // namespace

/// Reads what `entry` exchanges: its parameter, or by how much that has changed
/// since the last round ended.
static LogicalResult read(TrainerOp trainer, OpBuilder &builder,
                          Averaged &entry, bool change) {
  VariableOp parameter = entry.parameter;
  Location loc = parameter.getLoc();
  RankedTensorType type = parameter.getTensorType();
  Value mine = GetOp::create(builder, loc, type, parameter.getSymName());
  entry.exchanged = mine;
  if (!change)
    return success();
  SmallVector<VariableOp> variables(trainer.getBody().getOps<VariableOp>());
  auto number = llvm::find(variables, parameter) - variables.begin();
  entry.anchor = addVariable(trainer, trainer.getEndRound(),
                             (parameter.getSymName() + kAnchorSuffix).str(),
                             type, Role::outer);
  if (failed(entry.anchor))
    return failure();
  entry.anchor->setInitializerAttr(
      SameAsAttr::get(trainer.getContext(), number));
  entry.before = GetOp::create(builder, loc, type, entry.anchor->getSymName());
  entry.exchanged = subtract(builder, loc, entry.before, mine);
  return success();
}

/// Sets the mean; or applies the mean change, by a step of SGD of rate 1, to
/// what all ranks began with.
static void write(OpBuilder &builder, const Averaged &entry, Value mean) {
  VariableOp parameter = entry.parameter;
  Location loc = parameter.getLoc();
  if (succeeded(entry.anchor)) {
    FloatAttr one = builder.getF64FloatAttr(1),
              none = builder.getF64FloatAttr(0);
    mean = SGDOp::create(builder, loc, parameter.getTensorType(), entry.before,
                         mean, /*lr=*/one, /*momentum=*/none,
                         /*weight_decay=*/none, /*nesterov=*/UnitAttr(),
                         /*schedule=*/ArrayAttr());
    VariableOp anchor = *entry.anchor;
    SetOp::create(builder, loc, anchor.getSymName(), mean);
  }
  SetOp::create(builder, loc, parameter.getSymName(), mean);
}

/// Fills what ends a round. All parameters are read before any is exchanged,
/// and exchanged before any is written, so that exchanges can go together.
static LogicalResult averageParameters(TrainerOp trainer, OpBuilder &builder,
                                       ArrayRef<VariableOp> parameters,
                                       bool change) {
  SmallVector<Averaged> entries;
  for (VariableOp parameter : parameters) {
    Averaged &entry = entries.emplace_back();
    entry.parameter = parameter;
    if (failed(read(trainer, builder, entry, change)))
      return failure();
  }
  SmallVector<Value> means;
  for (Averaged &entry : entries)
    means.push_back(AllReduceOp::create(builder, entry.parameter.getLoc(),
                                        entry.exchanged.getType(),
                                        Reduction::mean, entry.exchanged)
                        .getResult(0));
  for (auto [entry, mean] : llvm::zip(entries, means))
    write(builder, entry, mean);
  return success();
}

/// Counts the local steps of a round, and says which of them is the last.
static LogicalResult countSteps(TrainerOp trainer, VariableOp period,
                                VariableOp position) {
  StepOp step = trainer.getStep();
  Block &body = step.getBody().front();
  Value tau = readScalar(body, period);
  Value number = readAndIncrement(body, position, /*readAfter=*/true);
  OpBuilder builder = atEndOf(body);
  Location loc = step.getLoc();
  Value isLast = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                       number, tau);
  Value flag =
      arith::ExtUIOp::create(builder, loc, builder.getI64Type(), isLast);
  auto report = [&](StringRef key, Value value) {
    auto type = RankedTensorType::get({}, value.getType());
    ReportOp::create(builder, loc, key,
                     tensor::FromElementsOp::create(builder, loc, type, value));
  };
  report("tau", tau);
  report("round_ended", flag);
  return success();
}

LogicalResult LocalUpdatePass::update(TrainerOp trainer) {
  if (failed(check(trainer)))
    return failure();
  SmallVector<VariableOp> parameters = getTrainedParameters(trainer);
  StepOp step = trainer.getStep();
  Location loc = step.getLoc();
  auto scalar = RankedTensorType::get({}, IntegerType::get(&getContext(), 64));
  FailureOr<VariableOp> tau =
      addVariable(trainer, step, kPeriod, scalar, Role::counter);
  FailureOr<VariableOp> position =
      addVariable(trainer, step, kRoundPosition, scalar, Role::counter);
  if (failed(tau) || failed(position))
    return failure();
  tau->setInitializerAttr(ConstantInitAttr::get(
      &getContext(), APFloat(static_cast<double>(period))));
  if (failed(countSteps(trainer, *tau, *position)))
    return failure();

  OpBuilder builder(step->getContext());
  builder.setInsertionPointAfter(step);
  auto endRound = EndRoundOp::create(builder, loc, tau->getSymName(),
                                     position->getSymName());
  builder.setInsertionPointToStart(&endRound.getBody().emplaceBlock());
  if (failed(averageParameters(trainer, builder, parameters, change)))
    return failure();
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(0));
  setScalar(builder, loc, *position, zero);
  remark::passed(loc, remark::RemarkOpts::name("Local").category(DEBUG_TYPE))
      << remark::add("averages {0} of {1} parameters every {2} steps",
                     change ? "the changes" : "the values", parameters.size(),
                     period.getValue());
  return success();
}

void LocalUpdatePass::runOnOperation() {
  if (period < 1) {
    emitError(getOperation().getLoc())
        << "tacit-local-update: period must be at least 1, got "
        << period.getValue();
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(update(trainer)))
      return signalPassFailure();
}
