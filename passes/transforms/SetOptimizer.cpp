//===- SetOptimizer.cpp - Replaces a trainer's optimizer -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/OptimizerText.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_SETOPTIMIZERPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct SetOptimizerPass
    : public tacit::impl::SetOptimizerPassBase<SetOptimizerPass> {
  using SetOptimizerPassBase::SetOptimizerPassBase;
  void runOnOperation() override;
};
} // namespace

/// Replaces `op` by `choice`, with the schedules of `op`.
static void replace(OptimizerOpInterface op, const OptimizerChoice &choice) {
  OpBuilder builder(op);
  auto number = [&](double value) { return builder.getF64FloatAttr(value); };
  Value parameter = op.getParameterValue();
  Value gradient = op.getGradientOperand().get();
  Operation *replacement;
  if (choice.kind == OptimizerChoice::Kind::SGD)
    replacement = SGDOp::create(
        builder, op.getLoc(), parameter.getType(), parameter, gradient,
        number(choice.lr), number(choice.momentum), number(choice.weightDecay),
        choice.nesterov ? builder.getUnitAttr() : UnitAttr(),
        op.getScheduleFactors());
  else
    replacement =
        AdamWOp::create(builder, op.getLoc(), parameter.getType(), parameter,
                        gradient, number(choice.lr), number(choice.beta1),
                        number(choice.beta2), number(choice.epsilon),
                        number(choice.weightDecay), op.getScheduleFactors());
  op->replaceAllUsesWith(replacement);
  op->erase();
}

/// The schedules as an operation holds them; null if there are none.
static ArrayAttr getAttribute(MLIRContext *context,
                              ArrayRef<ScheduleFactor> factors) {
  SmallVector<Attribute> attributes;
  for (const ScheduleFactor &factor : factors)
    attributes.push_back(factor.getAttribute(context));
  return attributes.empty() ? ArrayAttr() : ArrayAttr::get(context, attributes);
}

void SetOptimizerPass::runOnOperation() {
  ModuleOp module = getOperation();
  auto error = [&](const Twine &message) -> LogicalResult {
    return emitError(module.getLoc(), message);
  };
  FailureOr<OptimizerChoice> choice;
  if (!optimizer.empty() && failed(choice = parseOptimizer(optimizer, error)))
    return signalPassFailure();
  FailureOr<SmallVector<ScheduleFactor>> factors;
  if (!schedule.empty() && failed(factors = parseSchedule(schedule, error)))
    return signalPassFailure();
  if (optimizer.empty() && schedule.empty())
    return markAllAnalysesPreserved();

  for (auto trainer : module.getOps<TrainerOp>()) {
    StepOp step = trainer.getStep();
    SmallVector<OptimizerOpInterface> optimizers;
    step.walk([&](OptimizerOpInterface op) { optimizers.push_back(op); });
    if (optimizers.empty()) {
      step.emitOpError() << "has no optimizer to replace; update parameters by "
                            "tacit.sgd or tacit.adamw";
      return signalPassFailure();
    }
    for (OptimizerOpInterface op : optimizers) {
      if (succeeded(factors))
        op.setScheduleFactors(getAttribute(&getContext(), *factors));
      if (succeeded(choice))
        replace(op, *choice);
    }
  }
}
