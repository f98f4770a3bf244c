//===- VerifyStage.cpp - Checks what a stage leaves -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_VERIFYSTAGEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct VerifyStagePass
    : public tacit::impl::VerifyStagePassBase<VerifyStagePass> {
  using VerifyStagePassBase::VerifyStagePassBase;
  void runOnOperation() override;
};
} // namespace

static bool isTensor(Type type) { return isa<TensorType>(type); }

/// Of the families program, gradient, optimizer and compression.
static bool isOfProgram(Operation *op) {
  return isa<TrainerOp, StepOp, EndRoundOp, EvaluateOp, GetOp, SetOp,
             NextBatchOp, ReportOp, YieldOp, ValueAndGradOp,
             OptimizerOpInterface, AccumulateResidualOp, CompressOp,
             AllReducePayloadOp, DecompressOp, ClearSelectedOp,
             AllReduceLowRankOp>(op);
}

static bool isOnTensors(Operation *op) {
  return llvm::any_of(op->getOperandTypes(), isTensor) ||
         llvm::any_of(op->getResultTypes(), isTensor);
}

static bool isOfTacit(Operation *op) {
  return isa<TacitDialect>(op->getDialect()) &&
         !isa<ProgramOp, VariableOp, ChannelOp>(op);
}

static bool isNotLLVM(Operation *op) {
  return !isa<ModuleOp>(op) && !isa<LLVM::LLVMDialect>(op->getDialect());
}

/// Whether an operation must be gone when `stage` is reached; null if there is
/// no such stage.
static std::function<bool(Operation *)> leftoverOf(StringRef stage) {
  if (stage == "exchange")
    return isOfProgram;
  if (stage == "buffers")
    return [](Operation *op) { return isOfProgram(op) || isOnTensors(op); };
  if (stage == "calls")
    return [](Operation *op) { return isOfTacit(op) || isOnTensors(op); };
  if (stage == "llvm")
    return isNotLLVM;
  return nullptr;
}

void VerifyStagePass::runOnOperation() {
  std::function<bool(Operation *)> isLeftover = leftoverOf(stage);
  if (!isLeftover) {
    getOperation().emitError()
        << "tacit-verify-stage: there is no stage '" << stage
        << "'; stages are exchange, buffers, calls and llvm";
    return signalPassFailure();
  }
  WalkResult result =
      getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
        if (!isLeftover(op))
          return WalkResult::advance();
        op->emitError() << "'" << op->getName()
                        << "' is left over, but the lowering has reached the "
                           "stage '"
                        << stage << "'";
        return WalkResult::interrupt();
      });
  if (result.wasInterrupted())
    signalPassFailure();
}
