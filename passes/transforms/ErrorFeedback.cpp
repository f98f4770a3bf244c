//===- ErrorFeedback.cpp - Remembers what was not sent ----------*- C++ -*-===//
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
#include "passes/transforms/ServedVariable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"

#define DEBUG_TYPE "tacit-error-feedback"

namespace mlir::tacit {
#define GEN_PASS_DEF_ERRORFEEDBACKPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct ErrorFeedbackPass
    : public tacit::impl::ErrorFeedbackPassBase<ErrorFeedbackPass> {
  using ErrorFeedbackPassBase::ErrorFeedbackPassBase;
  void runOnOperation() override;
};
} // namespace

/// Fails if residuals would be divided by a learning rate of 0.
static LogicalResult checkRate(Operation *op, ArrayAttr schedule) {
  for (ScheduleAttrInterface factor : getChangingFactors(schedule))
    if (factor.reachesZero())
      return op->emitOpError()
             << "has a learning rate that reaches 0, by which what was not "
                "sent is divided: "
             << factor
             << " does not go with error feedback; let it end above 0, or "
                "write error-feedback=off";
  return success();
}

/// The schedule that all learning rates of `step` follow; null if it is
/// constant. Fails if they have several: a residual is scaled by one ratio.
static FailureOr<ArrayAttr> getSharedSchedule(StepOp step) {
  std::optional<ArrayAttr> shared;
  WalkResult walk = step.walk([&](Operation *op) {
    ArrayAttr schedule;
    if (auto optimizer = dyn_cast<OptimizerOpInterface>(op))
      schedule = optimizer.getScheduleFactors();
    else if (auto contribution = dyn_cast<ContributionOpInterface>(op))
      schedule = contribution.getScheduleFactors();
    else
      return WalkResult::advance();
    if (getChangingFactors(schedule).empty())
      schedule = {};
    if (failed(checkRate(op, schedule)))
      return WalkResult::interrupt();
    if (shared && *shared != schedule) {
      op->emitOpError() << "has another learning-rate schedule than others, "
                           "but residuals are scaled by the ratio of one; give "
                           "all optimizers one schedule";
      return WalkResult::interrupt();
    }
    shared = schedule;
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();
  return shared.value_or(ArrayAttr());
}

/// lr(t-1) / lr(t), an f64, at the start of the step; 1 at t = 0.
static FailureOr<Value> buildRatio(TrainerOp trainer, Operation *op,
                                   ArrayAttr schedule) {
  FailureOr<Value> now = getCounter(trainer, op, kStepCounter);
  if (failed(now))
    return failure();
  OpBuilder builder(trainer.getContext());
  builder.setInsertionPointAfterValue(*now);
  ImplicitLocOpBuilder b(op->getLoc(), builder);
  Value one = arith::ConstantOp::create(b, b.getI64IntegerAttr(1));
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  Value last =
      arith::MaxSIOp::create(b, arith::SubIOp::create(b, *now, one), zero);
  return buildRateRatio(b, b.getLoc(), schedule, last, *now);
}

namespace {
/// What compresses, and what is left when its exchange is done.
struct Compressor {
  explicit Compressor(CompressOp op)
      : first(op), last(op), names(getServedVariables(op)),
        inputs(op.getInputsMutable()), rest(op.getRest()) {
    AllReducePayloadOp exchange = op.getExchange();
    if (!exchange)
      return;
    last = exchange;
    if (ValueRange(exchange.getRest()) == ValueRange(rest))
      rest.assign(exchange.getRestResults().begin(),
                  exchange.getRestResults().end());
  }
  explicit Compressor(AllReduceLowRankOp op)
      : first(op), last(op), names(getServedVariables(op.getMeans())),
        inputs(op.getInputsMutable()), rest(op.getRest()) {}

  Operation *first, *last;
  SmallVector<StringRef> names; ///< Of variables; empty if not known.
  MutableOperandRange inputs;
  SmallVector<Value> rest;
};
} // namespace

/// Gives `compressor` a residual: what it left before goes into it, and what is
/// left behind the exchange stays for the next step.
static LogicalResult remember(TrainerOp trainer, Compressor &compressor,
                              Value ratio, unsigned number) {
  Location loc = compressor.first->getLoc();
  OpBuilder builder(compressor.first);
  OpBuilder behind(compressor.last->getContext());
  behind.setInsertionPointAfter(compressor.last);
  SmallVector<Value> values(OperandRange(compressor.inputs));
  SmallVector<Value> residuals;
  for (auto [i, value] : llvm::enumerate(values)) {
    std::string name =
        compressor.names.empty()
            ? "compress" + std::to_string(number) + "." + std::to_string(i)
            : compressor.names[i].str();
    FailureOr<VariableOp> variable =
        addVariable(trainer, compressor.first, name + ".residual",
                    cast<RankedTensorType>(value.getType()), Role::residual);
    if (failed(variable))
      return failure();
    residuals.push_back(
        GetOp::create(builder, loc, value.getType(), variable->getSymName()));
    SetOp::create(behind, loc, variable->getSymName(), compressor.rest[i]);
  }
  auto sum = AccumulateResidualOp::create(
      builder, loc, ValueRange(values).getTypes(), values, residuals, ratio);
  compressor.inputs.assign(sum.getResults());
  return success();
}

/// True if what ranks exchange are changes of parameters, not gradients.
static bool exchangesParameters(TrainerOp trainer) {
  ChannelOp channel = trainer.getChannel();
  return trainer.getEndRound() || (channel && !channel.getPolicy().isElastic());
}

static LogicalResult addFeedback(TrainerOp trainer) {
  SmallVector<Compressor> compressors;
  auto add = [&](auto op) {
    auto sum = op.getInputs()[0].template getDefiningOp<AccumulateResidualOp>();
    if (!op.getRest().empty() && !sum)
      compressors.push_back(Compressor(op));
  };
  trainer.getExchangingBody().walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](CompressOp compress) { add(compress); })
        .Case([&](AllReduceLowRankOp lowRank) { add(lowRank); });
  });
  if (compressors.empty()) {
    remark::missed(trainer.getLoc(),
                   remark::RemarkOpts::name("NoRest").category(DEBUG_TYPE))
        << "nothing leaves a rest that is not remembered yet";
    return success();
  }
  // What is left of a change of parameters does not depend on a learning rate.
  FailureOr<ArrayAttr> schedule = ArrayAttr();
  if (!exchangesParameters(trainer))
    schedule = getSharedSchedule(trainer.getStep());
  if (failed(schedule))
    return failure();
  Value ratio;
  if (*schedule) {
    FailureOr<Value> built =
        buildRatio(trainer, compressors.front().first, *schedule);
    if (failed(built))
      return failure();
    ratio = *built;
  }
  for (auto [number, compressor] : llvm::enumerate(compressors))
    if (failed(remember(trainer, compressor, ratio, number)))
      return failure();
  return success();
}

void ErrorFeedbackPass::runOnOperation() {
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(addFeedback(trainer)))
      return signalPassFailure();
}
