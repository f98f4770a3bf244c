//===- MomentumCorrection.cpp - Momentum before compression -----*- C++ -*-===//
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
#include "passes/transforms/ServedVariable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>

#define DEBUG_TYPE "tacit-momentum-correction"

namespace mlir::tacit {
#define GEN_PASS_DEF_MOMENTUMCORRECTIONPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct MomentumCorrectionPass
    : public tacit::impl::MomentumCorrectionPassBase<MomentumCorrectionPass> {
  using MomentumCorrectionPassBase::MomentumCorrectionPassBase;
  void runOnOperation() override;
};
} // namespace

/// Momentum is applied once: before compression, not after it.
static LogicalResult checkOptimizers(StepOp step) {
  WalkResult walk = step.walk([&](OptimizerOpInterface op) {
    bool hasMomentum = false;
    if (auto sgd = dyn_cast<SGDOp>(*op))
      hasMomentum = !sgd.getMomentum().isZero() || sgd.getNesterov();
    else if (auto adamw = dyn_cast<AdamWOp>(*op))
      hasMomentum = !adamw.getBeta1().isZero();
    if (!hasMomentum)
      return WalkResult::advance();
    op.emitOpError() << "has a momentum of its own, and momentum correction "
                        "applies one before compression; leave one of them "
                        "out";
    return WalkResult::interrupt();
  });
  return failure(walk.wasInterrupted());
}

/// momentum * velocity + gradient, in place of the velocity.
static Value buildVelocity(OpBuilder &builder, Location loc, Value velocity,
                           Value gradient, double momentum) {
  return buildElementwise(
      builder, loc, gradient, velocity,
      [&](ImplicitLocOpBuilder &b, ValueRange entries) -> Value {
        Value factor = arith::ConstantOp::create(
            b, b.getF32FloatAttr(static_cast<float>(momentum)));
        Value kept = arith::MulFOp::create(b, factor, entries[1]);
        return arith::AddFOp::create(b, kept, entries[0]);
      });
}

static LogicalResult correct(TrainerOp trainer, CompressOp compress,
                             double momentum) {
  SmallVector<StringRef> names = getServedVariables(compress);
  if (names.empty())
    return compress.emitOpError()
           << "compresses something else than the gradients that optimizers "
              "take, for which momentum correction has no meaning";
  OpBuilder builder(compress);
  Location loc = compress.getLoc();
  SmallVector<Value> velocities;
  SmallVector<VariableOp> variables;
  for (auto [name, gradient] : llvm::zip(names, compress.getInputs())) {
    FailureOr<VariableOp> variable =
        addVariable(trainer, compress, (name + ".velocity").str(),
                    cast<RankedTensorType>(gradient.getType()), Role::residual);
    if (failed(variable))
      return failure();
    variables.push_back(*variable);
    Value old =
        GetOp::create(builder, loc, gradient.getType(), variable->getSymName());
    velocities.push_back(buildVelocity(builder, loc, old, gradient, momentum));
  }
  compress.getInputsMutable().assign(velocities);
  // What is sent takes its momentum along.
  builder.setInsertionPointAfter(compress);
  auto cleared =
      ClearSelectedOp::create(builder, loc, compress.getInputs().getTypes(),
                              compress.getPayload(), velocities);
  for (auto [variable, value] : llvm::zip(variables, cleared.getResults()))
    SetOp::create(builder, loc, variable.getSymName(), value);
  return success();
}

void MomentumCorrectionPass::runOnOperation() {
  if (!(momentum > 0 && momentum < 1)) {
    emitError(getOperation().getLoc())
        << "tacit-momentum-correction: momentum must be above 0 and below 1, "
           "got "
        << momentum.getValue();
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    if (failed(checkOptimizers(trainer.getStep())))
      return signalPassFailure();
    SmallVector<CompressOp> compressors;
    trainer.getStep().walk([&](CompressOp op) { compressors.push_back(op); });
    for (CompressOp compress : compressors)
      if (failed(correct(trainer, compress, momentum)))
        return signalPassFailure();
  }
}
