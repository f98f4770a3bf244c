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
#include "passes/transforms/ServedVariable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"

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

/// The schedule that all optimizers of `step` share; null if it is constant.
/// Fails if they have several: a residual is scaled by one ratio.
static FailureOr<ArrayAttr> getSharedSchedule(StepOp step) {
  std::optional<ArrayAttr> shared;
  WalkResult walk = step.walk([&](OptimizerOpInterface op) {
    ArrayAttr schedule = op.getScheduleFactors();
    if (schedule && llvm::all_of(schedule, [](Attribute factor) {
          return cast<ScheduleAttrInterface>(factor).isConstant();
        }))
      schedule = {};
    if (shared && *shared != schedule) {
      op.emitOpError() << "has another learning-rate schedule than others, but "
                          "residuals are scaled by the ratio of one; give all "
                          "optimizers one schedule";
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
  Value ratio;
  for (Attribute attribute : schedule) {
    auto factor = cast<ScheduleAttrInterface>(attribute);
    Value quotient =
        arith::DivFOp::create(b, factor.buildFactor(b, b.getLoc(), last),
                              factor.buildFactor(b, b.getLoc(), *now));
    ratio = ratio ? Value(arith::MulFOp::create(b, ratio, quotient)) : quotient;
  }
  return ratio;
}

/// Gives `compress` a residual: what it left before goes into it, and what is
/// left behind the exchange stays for the next step.
static LogicalResult remember(TrainerOp trainer, CompressOp compress,
                              Value ratio, unsigned number) {
  SmallVector<StringRef> names = getServedVariables(compress);
  AllReducePayloadOp exchange = compress.getExchange();
  SmallVector<Value> rest(compress.getRest());
  if (exchange && ValueRange(exchange.getRest()) == ValueRange(rest))
    rest.assign(exchange.getRestResults().begin(),
                exchange.getRestResults().end());
  Operation *last = exchange ? exchange.getOperation() : compress;

  OpBuilder builder(compress);
  OpBuilder behind(last->getContext());
  behind.setInsertionPointAfter(last);
  SmallVector<Value> residuals;
  for (auto [i, value] : llvm::enumerate(compress.getInputs())) {
    std::string name = names.empty() ? "compress" + std::to_string(number) +
                                           "." + std::to_string(i)
                                     : names[i].str();
    FailureOr<VariableOp> variable =
        addVariable(trainer, compress, name + ".residual",
                    cast<RankedTensorType>(value.getType()), Role::residual);
    if (failed(variable))
      return failure();
    residuals.push_back(GetOp::create(builder, compress.getLoc(),
                                      value.getType(), variable->getSymName()));
    SetOp::create(behind, compress.getLoc(), variable->getSymName(), rest[i]);
  }
  auto sum = AccumulateResidualOp::create(
      builder, compress.getLoc(), compress.getInputs().getTypes(),
      compress.getInputs(), residuals, ratio);
  compress.getInputsMutable().assign(sum.getResults());
  return success();
}

static LogicalResult addFeedback(TrainerOp trainer) {
  SmallVector<CompressOp> compressors;
  trainer.getStep().walk([&](CompressOp op) {
    bool remembers = op.getInputs()[0].getDefiningOp<AccumulateResidualOp>();
    if (!op.getRest().empty() && !remembers)
      compressors.push_back(op);
  });
  if (compressors.empty()) {
    remark::missed(trainer.getLoc(),
                   remark::RemarkOpts::name("NoRest").category(DEBUG_TYPE))
        << "nothing leaves a rest that is not remembered yet";
    return success();
  }
  FailureOr<ArrayAttr> schedule = getSharedSchedule(trainer.getStep());
  if (failed(schedule))
    return failure();
  Value ratio;
  if (*schedule) {
    FailureOr<Value> built =
        buildRatio(trainer, compressors.front(), *schedule);
    if (failed(built))
      return failure();
    ratio = *built;
  }
  for (auto [number, compress] : llvm::enumerate(compressors))
    if (failed(remember(trainer, compress, ratio, number)))
      return failure();
  return success();
}

void ErrorFeedbackPass::runOnOperation() {
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(addFeedback(trainer)))
      return signalPassFailure();
}
