//===- OuterOptimizer.cpp - Momentum from round to round --------*- C++ -*-===//
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
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"

#include <cmath>

#define DEBUG_TYPE "tacit-outer-optimizer"

namespace mlir::tacit {
#define GEN_PASS_DEF_OUTEROPTIMIZERPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct OuterOptimizerPass
    : public tacit::impl::OuterOptimizerPassBase<OuterOptimizerPass> {
  using OuterOptimizerPassBase::OuterOptimizerPassBase;
  void runOnOperation() override;

private:
  LogicalResult apply(TrainerOp trainer);
};

/// What the optimizers of a step have in common.
struct SharedRate {
  double base = 0;
  ArrayAttr schedule; ///< Null: constant.
};
} // namespace

static FailureOr<SharedRate> getSharedRate(StepOp step) {
  std::optional<SharedRate> shared;
  WalkResult walk = step.walk([&](OptimizerOpInterface op) {
    SharedRate rate{op.getBaseLearningRate(), op.getScheduleFactors()};
    if (shared &&
        (shared->base != rate.base || shared->schedule != rate.schedule)) {
      op.emitOpError() << "has another learning rate than others, but block "
                          "momentum is scaled by one; give all optimizers one "
                          "rate and schedule";
      return WalkResult::interrupt();
    }
    shared = rate;
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();
  if (!shared)
    return step.emitOpError()
           << "has no optimizer, by whose learning rate block momentum is "
              "scaled; run tacit-outer-optimizer before tacit-expand-optimizer";
  return *shared;
}

/// The learning rate of a round's last local step, an f64, before `op`.
static FailureOr<Value> buildLastRate(TrainerOp trainer, Operation *op,
                                      const SharedRate &shared) {
  OpBuilder builder(op);
  ImplicitLocOpBuilder b(op->getLoc(), builder);
  if (getChangingFactors(shared.schedule).empty())
    return buildLearningRate(b, b.getLoc(), shared.base, {}, /*step=*/{});
  FailureOr<Value> steps = getCounter(trainer, op, kStepCounter);
  if (failed(steps))
    return failure();
  Value one = arith::ConstantOp::create(b, b.getI64IntegerAttr(1));
  Value last = arith::SubIOp::create(b, *steps, one);
  return buildLearningRate(b, b.getLoc(), shared.base, shared.schedule, last);
}

/// value / divisor, entry by entry; `divisor` is an f64.
static Value divide(OpBuilder &builder, Location loc, Value value,
                    Value divisor) {
  auto type = cast<RankedTensorType>(value.getType());
  Value narrow = divisor;
  if (type.getElementType() != divisor.getType())
    narrow =
        arith::TruncFOp::create(builder, loc, type.getElementType(), divisor);
  return buildElementwise(
      builder, loc, ValueRange(), value,
      [&](ImplicitLocOpBuilder &b, ValueRange entries) -> Value {
        return arith::DivFOp::create(b, entries[0], narrow);
      });
}

LogicalResult OuterOptimizerPass::apply(TrainerOp trainer) {
  EndRoundOp endRound = trainer.getEndRound();
  SmallVector<SGDOp> steps;
  if (endRound)
    llvm::append_range(steps, endRound.getBody().getOps<SGDOp>());
  if (steps.empty())
    return trainer.emitOpError()
           << "averages no changes of parameters, which an outer optimizer "
              "steps by; run tacit-local-update with change=true first";
  SharedRate shared{1, {}};
  if (kind == "block_momentum") {
    FailureOr<SharedRate> found = getSharedRate(trainer.getStep());
    if (failed(found))
      return failure();
    shared = *found;
  }
  FailureOr<Value> rate;
  for (SGDOp step : steps) {
    if (kind == "block_momentum") {
      if (failed(rate)) {
        rate = buildLastRate(trainer, step, shared);
        if (failed(rate))
          return failure();
      }
      OpBuilder builder(step);
      step.getGradientMutable().assign(
          divide(builder, step.getLoc(), step.getGradient(), *rate));
    }
    step.setLr(APFloat(lr * shared.base));
    step.setMomentum(APFloat(momentum.getValue()));
    step.setNesterov(kind == "nesterov");
    step.setScheduleFactors(shared.schedule);
  }
  remark::passed(endRound.getLoc(),
                 remark::RemarkOpts::name("Outer").category(DEBUG_TYPE))
      << remark::add("{0} with momentum {1} over {2} variables",
                     kind.getValue(), momentum.getValue(), steps.size());
  return success();
}

void OuterOptimizerPass::runOnOperation() {
  auto error = [&](const Twine &message) {
    emitError(getOperation().getLoc()) << "tacit-outer-optimizer: " << message;
    signalPassFailure();
  };
  if (kind != "block_momentum" && kind != "nesterov")
    return error("kind must be block_momentum or nesterov, got '" + kind + "'");
  if (!(momentum >= 0 && momentum < 1))
    return error("momentum must be at least 0 and below 1, got " +
                 Twine(std::to_string(momentum)));
  if (!(lr > 0) || !std::isfinite(lr))
    return error("lr must be above 0, got " + Twine(std::to_string(lr)));
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(apply(trainer)))
      return signalPassFailure();
}
