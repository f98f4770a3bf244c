//===- AdaptPeriod.cpp - AdaComm's period -----------------------*- C++ -*-===//
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

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_ADAPTPERIODPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

// An interval where no length is given: a fifth of the run.
static constexpr double kPartOfRun = 0.2;

namespace {
struct AdaptPeriodPass
    : public tacit::impl::AdaptPeriodPassBase<AdaptPeriodPass> {
  using AdaptPeriodPassBase::AdaptPeriodPassBase;
  void runOnOperation() override;
};

/// Writes AdaComm into what ends the rounds of one trainer.
class Adapter {
public:
  Adapter(TrainerOp trainer, int64_t intervalSteps, bool gated)
      : trainer(trainer), endRound(trainer.getEndRound()),
        body(endRound.getBody().front()), intervalSteps(intervalSteps),
        gated(gated), builder(atEndOf(body)), b(endRound.getLoc(), builder) {}

  LogicalResult run();

private:
  FailureOr<VariableOp> addScalar(StringRef name, Type type);
  /// Counts for schedules only the local steps of rounds of one step.
  LogicalResult gateSchedules();
  /// Adds up the losses of a round's steps in `variable`.
  void addLosses(VariableOp variable);
  /// Reports the loss that the period at hand was made of.
  void reportDeciding(VariableOp variable);
  /// The mean over ranks of the loss of the round at its end, an f64, if
  /// `needed`; otherwise 0.
  Value meanLoss(VariableOp sum, Value needed);
  /// lr(0) / lr of the next step, an f64.
  FailureOr<Value> rateRatio();
  VariableOp find(StringRef name) {
    return cast<VariableOp>(SymbolTable::lookupSymbolIn(trainer, name));
  }

  TrainerOp trainer;
  EndRoundOp endRound;
  Block &body;
  int64_t intervalSteps;
  bool gated;
  OpBuilder builder;
  ImplicitLocOpBuilder b;
};
} // namespace

FailureOr<VariableOp> Adapter::addScalar(StringRef name, Type type) {
  return addVariable(trainer, endRound, name, RankedTensorType::get({}, type),
                     Role::counter);
}

LogicalResult Adapter::gateSchedules() {
  FailureOr<VariableOp> clock =
      addScalar(kScheduleCounter, IntegerType::get(trainer.getContext(), 64));
  if (failed(clock))
    return failure();
  Block &step = trainer.getStep().getBody().front();
  Value tau = readScalar(step, find(endRound.getPeriod()));
  Value before = readScalar(step, *clock);
  OpBuilder atEnd = atEndOf(step);
  ImplicitLocOpBuilder inStep(endRound.getLoc(), atEnd);
  Value one = arith::ConstantOp::create(inStep, inStep.getI64IntegerAttr(1));
  Value isOne =
      arith::CmpIOp::create(inStep, arith::CmpIPredicate::eq, tau, one);
  Value passed = arith::ExtUIOp::create(inStep, inStep.getI64Type(), isOne);
  setScalar(inStep, endRound.getLoc(), *clock,
            arith::AddIOp::create(inStep, before, passed));
  return success();
}

void Adapter::addLosses(VariableOp variable) {
  Block &step = trainer.getStep().getBody().front();
  Value before = readScalar(step, variable);
  auto yield = cast<YieldOp>(step.getTerminator());
  OpBuilder atEnd(yield);
  ImplicitLocOpBuilder inStep(yield.getLoc(), atEnd);
  Value loss =
      tensor::ExtractOp::create(inStep, yield.getValues()[0], ValueRange());
  if (!loss.getType().isF64())
    loss = arith::ExtFOp::create(inStep, inStep.getF64Type(), loss);
  setScalar(inStep, yield.getLoc(), variable,
            arith::AddFOp::create(inStep, before, loss));
}

void Adapter::reportDeciding(VariableOp variable) {
  Block &step = trainer.getStep().getBody().front();
  Value loss = readScalar(step, variable);
  OpBuilder atEnd = atEndOf(step);
  Location loc = endRound.getLoc();
  auto type = RankedTensorType::get({}, loss.getType());
  ReportOp::create(atEnd, loc, "period_loss",
                   tensor::FromElementsOp::create(atEnd, loc, type, loss));
}

Value Adapter::meanLoss(VariableOp sum, Value needed) {
  Value steps = arith::SIToFPOp::create(
      b, b.getF64Type(), readScalar(body, find(endRound.getPosition())));
  Value mine = arith::DivFOp::create(b, readScalar(body, sum), steps);
  auto type = RankedTensorType::get({}, b.getF64Type());
  auto exchange = scf::IfOp::create(b, b.getF64Type(), needed,
                                    /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(builder);
    ImplicitLocOpBuilder then(b.getLoc(), exchange.getThenBodyBuilder());
    Value tensor = tensor::FromElementsOp::create(then, type, mine);
    auto mean =
        AllReduceOp::create(then, then.getLoc(), type, Reduction::mean, tensor);
    Value value =
        tensor::ExtractOp::create(then, mean.getResult(0), ValueRange());
    scf::YieldOp::create(then, value);
    ImplicitLocOpBuilder other(b.getLoc(), exchange.getElseBodyBuilder());
    Value zero = arith::ConstantOp::create(other, other.getF64FloatAttr(0));
    scf::YieldOp::create(other, zero);
  }
  return exchange.getResult(0);
}

FailureOr<Value> Adapter::rateRatio() {
  ArrayAttr schedule;
  trainer.getStep().walk([&](OptimizerOpInterface op) {
    schedule = op.getScheduleFactors();
    return WalkResult::interrupt();
  });
  Value ratio = arith::ConstantOp::create(b, b.getF64FloatAttr(1));
  if (!schedule || schedule.empty())
    return ratio;
  FailureOr<Value> next =
      getCounter(trainer, &body.back(), getScheduleCounter(trainer));
  if (failed(next))
    return failure();
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  for (Attribute attribute : schedule) {
    auto factor = cast<ScheduleAttrInterface>(attribute);
    Value first = factor.buildFactor(b, b.getLoc(), zero);
    Value now = factor.buildFactor(b, b.getLoc(), *next);
    ratio =
        arith::MulFOp::create(b, ratio, arith::DivFOp::create(b, first, now));
  }
  return ratio;
}

LogicalResult Adapter::run() {
  Type i64 = b.getI64Type(), f64 = b.getF64Type();
  FailureOr<VariableOp> losses = addScalar("round_loss", f64);
  FailureOr<VariableOp> firstLoss = addScalar("first_loss", f64);
  FailureOr<VariableOp> rounds = addScalar("round", i64);
  FailureOr<VariableOp> begin = addScalar("interval_begin", i64);
  FailureOr<VariableOp> interval = addScalar("interval_steps", i64);
  FailureOr<VariableOp> deciding = addScalar("period_loss", f64);
  if (failed(losses) || failed(firstLoss) || failed(rounds) || failed(begin) ||
      failed(interval) || failed(deciding))
    return failure();
  MLIRContext *context = trainer.getContext();
  interval->setInitializerAttr(
      intervalSteps > 0
          ? Attribute(ConstantInitAttr::get(
                context, APFloat(static_cast<double>(intervalSteps))))
          : Attribute(OfRunAttr::get(context, APFloat(kPartOfRun))));
  addLosses(*losses);
  reportDeciding(*deciding);
  if (gated && failed(gateSchedules()))
    return failure();
  FailureOr<Value> steps = getCounter(trainer, &body.back(), kStepCounter);
  if (failed(steps))
    return failure();
  builder = atEndOf(body);
  b = ImplicitLocOpBuilder(endRound.getLoc(), builder);
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  };
  Value round = readScalar(body, *rounds), start = readScalar(body, *begin);
  VariableOp period = find(endRound.getPeriod());
  Value tau = readScalar(body, period);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, round, number(0));
  Value passed = arith::SubIOp::create(b, *steps, start);
  Value isOver = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, passed,
                                       readScalar(body, *interval));
  Value needed = arith::OrIOp::create(b, isFirst, isOver);
  Value loss = meanLoss(*losses, needed);
  Value first =
      arith::SelectOp::create(b, isFirst, loss, readScalar(body, *firstLoss));
  FailureOr<Value> ratio = rateRatio();
  if (failed(ratio))
    return failure();
  auto initial = cast<ConstantInitAttr>(period.getInitializerAttr());
  auto next = scf::IfOp::create(b, i64, isOver, /*withElseRegion=*/true);
  OpBuilder then = next.getThenBodyBuilder(), other = next.getElseBodyBuilder();
  Value adapted = AdaptPeriodOp::create(
      then, b.getLoc(), i64, tau, loss, first, *ratio,
      static_cast<uint64_t>(initial.getValue().convertToDouble()));
  scf::YieldOp::create(then, b.getLoc(), adapted);
  scf::YieldOp::create(other, b.getLoc(), tau);
  setScalar(builder, b.getLoc(), period, next.getResult(0));
  setScalar(
      builder, b.getLoc(), *deciding,
      arith::SelectOp::create(b, isOver, loss, readScalar(body, *deciding)));
  setScalar(builder, b.getLoc(), *begin,
            arith::SelectOp::create(b, isOver, *steps, start));
  setScalar(builder, b.getLoc(), *firstLoss, first);
  setScalar(builder, b.getLoc(), *rounds,
            arith::AddIOp::create(b, round, number(1)));
  setScalar(builder, b.getLoc(), *losses,
            arith::ConstantOp::create(b, b.getF64FloatAttr(0)));
  return success();
}

void AdaptPeriodPass::runOnOperation() {
  if (intervalSteps < 0) {
    emitError(getOperation().getLoc())
        << "tacit-adapt-period: interval-steps must not be negative, got "
        << intervalSteps.getValue();
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    if (!trainer.getEndRound()) {
      trainer.emitOpError() << "has no tacit.end_round whose period could be "
                               "adapted; run tacit-local-update first";
      return signalPassFailure();
    }
    if (failed(Adapter(trainer, intervalSteps, gated).run()))
      return signalPassFailure();
  }
}
