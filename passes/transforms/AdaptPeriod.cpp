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
#include "passes/transforms/LearningRate.h"
#include "passes/transforms/LocalRounds.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <cmath>

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
  Adapter(TrainerOp trainer, int64_t intervalSteps, double intervalSeconds,
          bool gated)
      : trainer(trainer), endRound(trainer.getEndRound()),
        body(endRound.getBody().front()), intervalSteps(intervalSteps),
        intervalSeconds(intervalSeconds), gated(gated), builder(atEndOf(body)),
        b(endRound.getLoc(), builder) {}

  LogicalResult run();

private:
  FailureOr<VariableOp> addScalar(StringRef name, Type type);
  /// Counts for schedules only the local steps of rounds of one step.
  LogicalResult gateSchedules();
  /// What intervals are measured by: local steps, an i64, or the seconds of
  /// rank 0's clock, an f64, the same on all ranks.
  FailureOr<Value> readProgress();
  /// The interval's length, of that type.
  FailureOr<VariableOp> addLength();
  /// Whether `interval` has passed between `begin` and `now`.
  Value isOver(Value begin, Value now, Value interval);
  /// Reports the loss that the period at hand was made of.
  void reportDeciding(VariableOp variable);
  /// The mean over ranks of the loss of the round at its end, an f64, if
  /// `needed`; otherwise 0.
  Value meanLoss(Value needed);
  /// lr(0) / lr of the next step, an f64.
  FailureOr<Value> rateRatio();
  VariableOp find(StringRef name) {
    return cast<VariableOp>(SymbolTable::lookupSymbolIn(trainer, name));
  }

  TrainerOp trainer;
  EndRoundOp endRound;
  Block &body;
  int64_t intervalSteps;
  double intervalSeconds; ///< 0: intervals are of steps.
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

void Adapter::reportDeciding(VariableOp variable) {
  Block &step = trainer.getStep().getBody().front();
  Value loss = readScalar(step, variable);
  OpBuilder atEnd = atEndOf(step);
  Location loc = endRound.getLoc();
  auto type = RankedTensorType::get({}, loss.getType());
  ReportOp::create(atEnd, loc, "period_loss",
                   tensor::FromElementsOp::create(atEnd, loc, type, loss));
}

Value Adapter::meanLoss(Value needed) {
  Value steps = arith::SIToFPOp::create(
      b, b.getF64Type(), readScalar(body, find(endRound.getPosition())));
  Value mine =
      arith::DivFOp::create(b, readScalar(body, find(kRoundLoss)), steps);
  auto type = RankedTensorType::get({}, b.getF64Type());
  auto exchange = scf::IfOp::create(b, b.getF64Type(), needed,
                                    /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(builder);
    ImplicitLocOpBuilder then(b.getLoc(), exchange.getThenBodyBuilder());
    Value tensor = tensor::FromElementsOp::create(then, type, mine);
    auto mean =
        AllReduceOp::create(then, then.getLoc(), type, Reduction::mean, tensor);
    mean->setAttr(kControlAttrName, b.getUnitAttr());
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
  if (getChangingFactors(schedule).empty())
    return Value(arith::ConstantOp::create(b, b.getF64FloatAttr(1)));
  FailureOr<Value> next =
      getCounter(trainer, &body.back(), getScheduleCounter(trainer));
  if (failed(next))
    return failure();
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  return buildRateRatio(b, b.getLoc(), schedule, zero, *next);
}

FailureOr<Value> Adapter::readProgress() {
  if (intervalSeconds <= 0) {
    FailureOr<Value> steps = getCounter(trainer, &body.back(), kStepCounter);
    builder = atEndOf(body);
    b = ImplicitLocOpBuilder(endRound.getLoc(), builder);
    return steps;
  }
  auto type = RankedTensorType::get({}, b.getF64Type());
  Value mine = tensor::FromElementsOp::create(
      b, type, ValueRange(ClockOp::create(b, b.getF64Type())));
  auto shared =
      BroadcastOp::create(b, TypeRange(type), /*root=*/0, ValueRange(mine));
  shared->setAttr(kControlAttrName, b.getUnitAttr());
  return Value(tensor::ExtractOp::create(b, shared.getResult(0), ValueRange()));
}

FailureOr<VariableOp> Adapter::addLength() {
  bool isTimed = intervalSeconds > 0;
  FailureOr<VariableOp> length =
      isTimed ? addScalar("interval_seconds", b.getF64Type())
              : addScalar("interval_steps", b.getI64Type());
  if (failed(length))
    return failure();
  double given = isTimed ? intervalSeconds : static_cast<double>(intervalSteps);
  MLIRContext *context = trainer.getContext();
  length->setInitializerAttr(
      given > 0 ? Attribute(ConstantInitAttr::get(context, APFloat(given)))
                : Attribute(OfRunAttr::get(context, APFloat(kPartOfRun))));
  return length;
}

Value Adapter::isOver(Value begin, Value now, Value interval) {
  if (intervalSeconds > 0)
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OGE,
                                 arith::SubFOp::create(b, now, begin),
                                 interval);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                               arith::SubIOp::create(b, now, begin), interval);
}

LogicalResult Adapter::run() {
  bool isTimed = intervalSeconds > 0;
  Type i64 = b.getI64Type(), f64 = b.getF64Type();
  FailureOr<VariableOp> firstLoss = addScalar("first_loss", f64);
  FailureOr<VariableOp> rounds = addScalar("round", i64);
  FailureOr<VariableOp> begin =
      addScalar("interval_begin", isTimed ? f64 : i64);
  FailureOr<VariableOp> interval = addLength();
  FailureOr<VariableOp> deciding = addScalar("period_loss", f64);
  if (failed(firstLoss) || failed(rounds) || failed(begin) ||
      failed(interval) || failed(deciding))
    return failure();
  reportDeciding(*deciding);
  if (gated && failed(gateSchedules()))
    return failure();
  FailureOr<Value> now = readProgress();
  if (failed(now))
    return failure();
  auto number = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  };
  Value round = readScalar(body, *rounds), start = readScalar(body, *begin);
  VariableOp period = find(endRound.getPeriod());
  Value tau = readScalar(body, period);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, round, number(0));
  Value isOver = this->isOver(start, *now, readScalar(body, *interval));
  Value needed = arith::OrIOp::create(b, isFirst, isOver);
  Value loss = meanLoss(needed);
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
            arith::SelectOp::create(b, isOver, *now, start));
  setScalar(builder, b.getLoc(), *firstLoss, first);
  setScalar(builder, b.getLoc(), *rounds,
            arith::AddIOp::create(b, round, number(1)));
  return success();
}

void AdaptPeriodPass::runOnOperation() {
  auto error = [&](const Twine &message) {
    emitError(getOperation().getLoc()) << "tacit-adapt-period: " << message;
    signalPassFailure();
  };
  if (intervalSteps < 0)
    return error("interval-steps must not be negative, got " +
                 Twine(intervalSteps.getValue()));
  if (!(intervalSeconds >= 0) || std::isinf(intervalSeconds))
    return error("interval-seconds must be finite and not negative, got " +
                 Twine(std::to_string(intervalSeconds)));
  if (intervalSteps > 0 && intervalSeconds > 0)
    return error("interval-steps and interval-seconds are two lengths of one "
                 "interval; give one of them");
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    if (!trainer.getEndRound()) {
      trainer.emitOpError() << "has no tacit.end_round whose period could be "
                               "adapted; run tacit-local-update first";
      return signalPassFailure();
    }
    if (failed(Adapter(trainer, intervalSteps, intervalSeconds, gated).run()))
      return signalPassFailure();
  }
}
