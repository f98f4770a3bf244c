//===- ExpandOptimizer.cpp - Writes optimizers out as linalg -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/Counters.h"
#include "passes/transforms/Elementwise.h"
#include "passes/transforms/LearningRate.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"

#include <map>

#define DEBUG_TYPE "tacit-expand-optimizer"

namespace mlir::tacit {
#define GEN_PASS_DEF_EXPANDOPTIMIZERPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct ExpandOptimizerPass
    : public tacit::impl::ExpandOptimizerPassBase<ExpandOptimizerPass> {
  using ExpandOptimizerPassBase::ExpandOptimizerPassBase;
  void runOnOperation() override;
};

/// Expands the optimizers of one body of a trainer: of its step, or of what
/// ends its rounds.
class Expander {
public:
  Expander(TrainerOp trainer, Operation *holder)
      : trainer(trainer), holder(holder), body(holder->getRegion(0).front()),
        builder(trainer.getContext()) {}

  LogicalResult run();

private:
  LogicalResult expand(OptimizerOpInterface op);
  LogicalResult expandSGD(SGDOp op);
  LogicalResult expandAdamW(AdamWOp op);

  /// Adds the variable @`parameter`.`suffix` of the parameter's type, all 0.
  FailureOr<VariableOp> addState(Operation *op, GetOp parameter,
                                 StringRef suffix);
  /// Adds a scalar i64 variable that starts at 0.
  FailureOr<VariableOp> addCount(Operation *op, StringRef name, Role role);

  /// The learning rate of the present step, an f64, available everywhere in the
  /// step.
  FailureOr<Value> getLearningRate(OptimizerOpInterface op);
  /// What AdamW divides its moments by, as factors, f64: 1 / (1 - beta^t).
  FailureOr<Value> getBiasCorrection(AdamWOp op, double beta);
  /// The number of AdamW's updates, this one included, an f64.
  FailureOr<Value> getUpdateNumber(AdamWOp op);
  /// Moves the insertion point to where the parameter's old value is dead, or
  /// to `op` if that cannot be. Sets of `op`'s result are moved along.
  void placeUpdate(OptimizerOpInterface op, GetOp parameter);
  /// `value`, an f64, as an entry of `type`: a constant if it is one.
  Value convert(Location loc, Value value, Type type);

  TrainerOp trainer;
  Operation *holder;
  Block &body;
  OpBuilder builder;
  /// Learning rates by base and schedules.
  std::map<std::pair<double, const void *>, Value> rates;
  std::map<double, Value> corrections;
  Value updateNumber;
};
} // namespace

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

FailureOr<VariableOp> Expander::addState(Operation *op, GetOp parameter,
                                         StringRef suffix) {
  StringRef name = parameter.getVariable();
  name.consume_back(kOwnSuffix); // There is one optimizer for both.
  return addVariable(trainer, op, (name + "." + suffix).str(),
                     cast<RankedTensorType>(parameter.getType()),
                     isa<EndRoundOp>(holder) ? Role::outer : Role::optimizer);
}

FailureOr<VariableOp> Expander::addCount(Operation *op, StringRef name,
                                         Role role) {
  return addVariable(trainer, op, name,
                     RankedTensorType::get({}, builder.getI64Type()), role);
}

//===----------------------------------------------------------------------===//
// Scalars of a step
//===----------------------------------------------------------------------===//

FailureOr<Value> Expander::getLearningRate(OptimizerOpInterface op) {
  double base = op.getBaseLearningRate();
  ArrayAttr schedule = op.getScheduleFactors();
  bool changes = !getChangingFactors(schedule).empty();
  Value &rate =
      rates[{base, changes ? schedule.getAsOpaquePointer() : nullptr}];
  if (rate)
    return rate;
  Location loc = op.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  if (!changes) {
    builder.setInsertionPointToStart(&body);
    rate = buildLearningRate(builder, loc, base, {}, /*step=*/{});
    return rate;
  }
  FailureOr<Value> number =
      getCounter(trainer, op, getScheduleCounter(trainer));
  if (failed(number))
    return failure();
  builder.setInsertionPointAfterValue(*number);
  if (isa<EndRoundOp>(holder)) { // The rate of the round's last local step.
    Value one =
        arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(1));
    number = arith::SubIOp::create(builder, loc, *number, one).getResult();
  }
  rate = buildLearningRate(builder, loc, base, schedule, *number);
  return rate;
}

FailureOr<Value> Expander::getUpdateNumber(AdamWOp op) {
  if (updateNumber)
    return updateNumber;
  FailureOr<VariableOp> variable =
      addCount(op, "adamw.updates", Role::optimizer);
  if (failed(variable))
    return failure();
  Value count = readAndIncrement(body, *variable, /*readAfter=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(count);
  updateNumber = arith::SIToFPOp::create(builder, op.getLoc(),
                                         builder.getF64Type(), count);
  return updateNumber;
}

FailureOr<Value> Expander::getBiasCorrection(AdamWOp op, double beta) {
  Value &correction = corrections[beta];
  if (correction)
    return correction;
  FailureOr<Value> number = getUpdateNumber(op);
  if (failed(number))
    return failure();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(*number);
  ImplicitLocOpBuilder b(op.getLoc(), builder);
  Value one = arith::ConstantOp::create(b, b.getF64FloatAttr(1));
  Value decay = arith::ConstantOp::create(b, b.getF64FloatAttr(beta));
  Value power = math::PowFOp::create(b, decay, *number);
  correction =
      arith::DivFOp::create(b, one, arith::SubFOp::create(b, one, power));
  return correction;
}

Value Expander::convert(Location loc, Value value, Type type) {
  FloatAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return arith::ConstantOp::create(
        builder, loc, FloatAttr::get(type, constant.getValueAsDouble()));
  if (value.getType() == type)
    return value;
  return arith::TruncFOp::create(builder, loc, type, value);
}

//===----------------------------------------------------------------------===//
// Placement
//===----------------------------------------------------------------------===//

/// The ancestor of `op` in `block`.
static Operation *getAncestorIn(Block *block, Operation *op) {
  return block->findAncestorOpInBlock(*op);
}

void Expander::placeUpdate(OptimizerOpInterface op, GetOp parameter) {
  if (op.isUpdate()) // Overwrites no parameter.
    return builder.setInsertionPoint(op);
  Block *block = op->getBlock();
  auto keepPlace = [&](Operation *culprit, StringRef why) {
    builder.setInsertionPoint(op);
    remark::missed(op.getLoc(),
                   remark::RemarkOpts::name("Copies").category(DEBUG_TYPE))
        << remark::add("the update of '@{0}' copies it: {1} by '{2}'",
                       parameter.getVariable().str(), why.str(),
                       culprit->getName().getStringRef().str());
  };
  Operation *last = op;
  for (auto get : block->getOps<GetOp>()) {
    if (get.getVariable() != parameter.getVariable())
      continue;
    for (Operation *user : get->getUsers())
      if (Operation *ancestor = getAncestorIn(block, user);
          last->isBeforeInBlock(ancestor))
        last = ancestor;
  }
  if (last == op)
    return builder.setInsertionPoint(op);
  // Everything that takes the result moves behind the last read; a set may, as
  // long as nothing reads or sets the variable meanwhile.
  SmallVector<Operation *> sets;
  for (Operation *user : op->getUsers()) {
    Operation *ancestor = getAncestorIn(block, user);
    if (last->isBeforeInBlock(ancestor))
      continue;
    auto set = dyn_cast<SetOp>(user);
    if (!set)
      return keepPlace(ancestor,
                       "the old value is read after the new one is used");
    for (Operation *between = set->getNextNode();
         between != last->getNextNode(); between = between->getNextNode()) {
      auto get = dyn_cast<GetOp>(between);
      auto other = dyn_cast<SetOp>(between);
      if ((get && get.getVariable() == set.getVariable()) ||
          (other && other.getVariable() == set.getVariable()))
        return keepPlace(
            between, "the old value is read after the variable is accessed");
    }
    sets.push_back(set);
  }
  // In their order, behind what they take.
  llvm::sort(sets,
             [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
  for (Operation *set : sets)
    set->moveAfter(last);
  op->moveAfter(last);
  builder.setInsertionPoint(op);
}

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

/// A constant of an element type, in the builder's place.
static Value constant(ImplicitLocOpBuilder &b, Type type, double value) {
  return arith::ConstantOp::create(b, FloatAttr::get(type, value));
}

LogicalResult Expander::expandSGD(SGDOp op) {
  auto parameter = op.getParameter().getDefiningOp<GetOp>();
  Type element = op.getType().getElementType();
  double momentum = op.getMomentum().convertToDouble();
  double weightDecay = op.getWeightDecay().convertToDouble();
  bool nesterov = op.getNesterov();
  FailureOr<Value> rate = getLearningRate(op);
  if (failed(rate))
    return failure();

  // What is to be subtracted stands in the place of the gradient.
  SmallVector<Value> inputs = {op.getGradient()}, outs = {op.getParameter()};
  if (op.getUpdate())
    std::swap(inputs, outs);
  FailureOr<VariableOp> buffer;
  if (momentum != 0) {
    buffer = addState(op, parameter, "momentum");
    if (failed(buffer))
      return failure();
  }
  placeUpdate(op, parameter);
  if (momentum != 0)
    outs.push_back(GetOp::create(builder, op.getLoc(), buffer->getType(),
                                 buffer->getSymName()));
  Value lr = convert(op.getLoc(), *rate, element);

  // Entries are the gradient g, the parameter w and, with momentum, v; of an
  // update, w and g.
  SmallVector<Value> updated = buildElementwise(
      builder, op.getLoc(), inputs, outs,
      [&](ImplicitLocOpBuilder &b, ValueRange entries) -> SmallVector<Value> {
        Value g = entries[op.getUpdate()], w = entries[!op.getUpdate()];
        auto add = [&](Value x, Value y) -> Value {
          return arith::AddFOp::create(b, x, y);
        };
        auto multiply = [&](Value x, Value y) -> Value {
          return arith::MulFOp::create(b, x, y);
        };
        if (weightDecay != 0)
          g = add(g, multiply(constant(b, element, weightDecay), w));
        SmallVector<Value> results;
        Value direction = g;
        if (momentum != 0) {
          Value m = constant(b, element, momentum);
          Value v = add(multiply(m, entries[2]), g);
          direction = nesterov ? add(g, multiply(m, v)) : v;
          results.push_back(v);
        }
        Value next = multiply(lr, direction);
        if (!op.getUpdate())
          next = arith::SubFOp::create(b, w, next);
        results.insert(results.begin(), next);
        return results;
      });
  if (momentum != 0)
    SetOp::create(builder, op.getLoc(), buffer->getSymName(), updated[1]);
  op.getResult().replaceAllUsesWith(updated[0]);
  op.erase();
  return success();
}

LogicalResult Expander::expandAdamW(AdamWOp op) {
  auto parameter = op.getParameter().getDefiningOp<GetOp>();
  Type element = op.getType().getElementType();
  double beta1 = op.getBeta1().convertToDouble();
  double beta2 = op.getBeta2().convertToDouble();
  double weightDecay = op.getWeightDecay().convertToDouble();
  FailureOr<Value> rate = getLearningRate(op);
  FailureOr<VariableOp> first = addState(op, parameter, "first_moment");
  FailureOr<VariableOp> second = addState(op, parameter, "second_moment");
  if (failed(rate) || failed(first) || failed(second))
    return failure();
  FailureOr<Value> correction1 = getBiasCorrection(op, beta1);
  FailureOr<Value> correction2 = getBiasCorrection(op, beta2);
  if (failed(correction1) || failed(correction2))
    return failure();

  placeUpdate(op, parameter);
  Location loc = op.getLoc();
  SmallVector<Value> inputs = {op.getGradient()}, outs = {op.getParameter()};
  if (op.getUpdate())
    std::swap(inputs, outs);
  for (VariableOp variable : {*first, *second})
    outs.push_back(
        GetOp::create(builder, loc, variable.getType(), variable.getSymName()));
  Value lr = convert(loc, *rate, element);
  Value factor1 = convert(loc, *correction1, element);
  Value factor2 = convert(loc, *correction2, element);

  // Entries are the gradient g, the parameter w and the moments m and v; of an
  // update, w comes first.
  SmallVector<Value> updated = buildElementwise(
      builder, loc, inputs, outs,
      [&](ImplicitLocOpBuilder &b, ValueRange entries) -> SmallVector<Value> {
        Value g = entries[op.getUpdate()], w = entries[!op.getUpdate()];
        auto add = [&](Value x, Value y) -> Value {
          return arith::AddFOp::create(b, x, y);
        };
        auto multiply = [&](Value x, Value y) -> Value {
          return arith::MulFOp::create(b, x, y);
        };
        // beta * old + (1 - beta) * new, with 1 - beta rounded once.
        auto average = [&](double beta, Value old, Value sample) {
          return add(multiply(constant(b, element, beta), old),
                     multiply(constant(b, element, 1 - beta), sample));
        };
        Value m = average(beta1, entries[2], g);
        Value v = average(beta2, entries[3], multiply(g, g));
        Value root = math::SqrtOp::create(b, multiply(v, factor2));
        Value epsilon = constant(b, element, op.getEpsilon().convertToDouble());
        Value direction =
            arith::DivFOp::create(b, multiply(m, factor1), add(root, epsilon));
        if (weightDecay != 0)
          direction =
              add(direction, multiply(constant(b, element, weightDecay), w));
        Value next = multiply(lr, direction);
        if (!op.getUpdate())
          next = arith::SubFOp::create(b, w, next);
        return {next, m, v};
      });
  SetOp::create(builder, loc, first->getSymName(), updated[1]);
  SetOp::create(builder, loc, second->getSymName(), updated[2]);
  op.getResult().replaceAllUsesWith(updated[0]);
  op.erase();
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

LogicalResult Expander::expand(OptimizerOpInterface op) {
  if (op->getParentOp() != holder)
    return op.emitOpError()
           << "must stand directly in " << holder->getName()
           << " to be expanded, got '" << op->getParentOp()->getName() << "'";
  if (!op.getParameterValue().getDefiningOp<GetOp>())
    return op.emitOpError() << "must update the value of a tacit.get, so that "
                               "its state can be named after the variable";
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](SGDOp sgd) { return expandSGD(sgd); })
      .Case([&](AdamWOp adamw) { return expandAdamW(adamw); })
      .Default([&](Operation *other) {
        return other->emitOpError() << "has no expansion";
      });
}

LogicalResult Expander::run() {
  SmallVector<OptimizerOpInterface> optimizers;
  holder->walk([&](OptimizerOpInterface op) { optimizers.push_back(op); });
  if (optimizers.empty())
    return success();

  auto reports = body.getOps<ReportOp>();
  if (auto step = dyn_cast<StepOp>(holder);
      step &&
      llvm::none_of(reports, [](ReportOp op) { return op.getKey() == "lr"; })) {
    FailureOr<Value> rate = getLearningRate(optimizers.front());
    if (failed(rate))
      return failure();
    reportLearningRate(step, optimizers.front().getLoc(), *rate);
  }
  for (OptimizerOpInterface op : optimizers)
    if (failed(expand(op)))
      return failure();
  // Constants that were only ever converted.
  for (auto &[key, rate] : rates)
    if (rate && rate.use_empty())
      rate.getDefiningOp()->erase();
  return success();
}

void ExpandOptimizerPass::runOnOperation() {
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    SmallVector<Operation *> holders = {trainer.getStep()};
    if (EndRoundOp endRound = trainer.getEndRound())
      holders.push_back(endRound);
    for (Operation *holder : holders)
      if (failed(Expander(trainer, holder).run()))
        return signalPassFailure();
  }
}
