//===- DataParallel.cpp - Averages gradients over ranks -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "tacit-data-parallel"

namespace mlir::tacit {
#define GEN_PASS_DEF_DATAPARALLELPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct DataParallelPass
    : public tacit::impl::DataParallelPassBase<DataParallelPass> {
  using DataParallelPassBase::DataParallelPassBase;
  void runOnOperation() override;
};
} // namespace

/// Fails if the gradient of `op` comes out of an exchange.
static LogicalResult checkNotExchanged(OptimizerOpInterface op) {
  Operation *producer = op.getGradientOperand().get().getDefiningOp();
  if (!producer || !producer->hasTrait<Collective>())
    return success();
  InFlightDiagnostic diagnostic =
      op.emitOpError() << "takes a gradient that is exchanged already; run "
                          "tacit-data-parallel once, on a step for one worker";
  diagnostic.attachNote(producer->getLoc()) << "exchanged here";
  return diagnostic;
}

/// Sends the gradients of `step` through an all_reduce each.
static LogicalResult distribute(StepOp step, bool oneRank) {
  SmallVector<OptimizerOpInterface> optimizers;
  step.walk([&](OptimizerOpInterface op) { optimizers.push_back(op); });
  if (optimizers.empty())
    return step.emitOpError() << "has no optimizer, so that there is no "
                                 "gradient to exchange; update parameters by "
                                 "tacit.sgd or tacit.adamw";
  for (OptimizerOpInterface op : optimizers)
    if (failed(checkNotExchanged(op)))
      return failure();

  auto trainer = step->getParentOfType<TrainerOp>();
  if (!oneRank && trainer.getRanks() == std::optional<uint64_t>(1)) {
    remark::missed(step.getLoc(),
                   remark::RemarkOpts::name("OneRank").category(DEBUG_TYPE))
        << "bound to one rank: there is nobody to exchange with";
    return success();
  }

  // A gradient that two optimizers take is exchanged once.
  DenseMap<Value, Value> exchanged;
  int64_t bytes = 0;
  OpBuilder builder(step.getContext());
  for (OptimizerOpInterface op : optimizers) {
    OpOperand &operand = op.getGradientOperand();
    Value gradient = operand.get();
    Value &mean = exchanged[gradient];
    if (!mean) {
      // As early as it can be: right where the gradient is known.
      builder.setInsertionPointAfterValue(gradient);
      mean = AllReduceOp::create(builder, op.getLoc(), gradient.getType(),
                                 Reduction::mean, gradient)
                 .getResult(0);
      auto type = cast<RankedTensorType>(gradient.getType());
      bytes += type.getNumElements() * type.getElementTypeBitWidth() / 8;
    }
    operand.set(mean);
  }
  remark::passed(step.getLoc(),
                 remark::RemarkOpts::name("Exchanged").category(DEBUG_TYPE))
      << remark::add("averages {0} gradients of {1} bytes in all",
                     exchanged.size(), bytes);
  return success();
}

void DataParallelPass::runOnOperation() {
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(distribute(trainer.getStep(), oneRank)))
      return signalPassFailure();
}
