//===- LocalOptimizerState.cpp - Optimizers when a round ends ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/Counters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "tacit-local-optimizer-state"

namespace mlir::tacit {
#define GEN_PASS_DEF_LOCALOPTIMIZERSTATEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct LocalOptimizerStatePass
    : public tacit::impl::LocalOptimizerStatePassBase<LocalOptimizerStatePass> {
  using LocalOptimizerStatePassBase::LocalOptimizerStatePassBase;
  void runOnOperation() override;
};
} // namespace

/// The variables of the optimizer that the step of `trainer` sets.
static SmallVector<VariableOp> getOptimizerState(TrainerOp trainer) {
  SmallVector<VariableOp> state;
  for (auto variable : trainer.getBody().getOps<VariableOp>()) {
    if (variable.getRole() != Role::optimizer)
      continue;
    for (auto set : trainer.getStep().getBody().getOps<SetOp>())
      if (set.getVariable() == variable.getSymName())
        state.push_back(variable);
  }
  return state;
}

/// What `variable` is after a round; null if it stays.
static Value buildNext(OpBuilder &builder, VariableOp variable, bool average) {
  RankedTensorType type = variable.getTensorType();
  Location loc = variable.getLoc();
  if (!average)
    return arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(builder.getZeroAttr(type)));
  // All ranks have made as many updates.
  if (!isa<FloatType>(type.getElementType()))
    return {};
  Value mine = GetOp::create(builder, loc, type, variable.getSymName());
  return AllReduceOp::create(builder, loc, type, Reduction::mean, mine)
      .getResult(0);
}

void LocalOptimizerStatePass::runOnOperation() {
  if (state != "keep" && state != "reset" && state != "average") {
    emitError(getOperation().getLoc())
        << "tacit-local-optimizer-state: state must be keep, reset or average, "
           "got '"
        << state << "'";
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    EndRoundOp endRound = trainer.getEndRound();
    if (!endRound) {
      trainer.emitOpError() << "has no tacit.end_round at which optimizers "
                               "could be looked after; run tacit-local-update "
                               "first";
      return signalPassFailure();
    }
    if (state == "keep")
      continue;
    OpBuilder builder = atEndOf(endRound.getBody().front());
    SmallVector<VariableOp> variables = getOptimizerState(trainer);
    for (VariableOp variable : variables)
      if (Value next = buildNext(builder, variable, state == "average"))
        SetOp::create(builder, variable.getLoc(), variable.getSymName(), next);
    remark::passed(endRound.getLoc(),
                   remark::RemarkOpts::name("State").category(DEBUG_TYPE))
        << remark::add("{0}s {1} variables of the optimizer", state.getValue(),
                       variables.size());
  }
}
