//===- Inline.cpp - Inlines calls inside trainers -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Inliner.h"
#include "mlir/Transforms/InliningUtils.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_INLINEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct InlinePass : public tacit::impl::InlinePassBase<InlinePass> {
  using InlinePassBase::InlinePassBase;
  void runOnOperation() override;
};

/// Inlines the calls of one trainer, callees first.
class TrainerInliner {
public:
  explicit TrainerInliner(TrainerOp trainer)
      : trainer(trainer), interface(trainer.getContext()) {}

  LogicalResult run();

private:
  /// Inlines all calls in `root`, a function or a step or an evaluation.
  LogicalResult inlineCallsIn(Operation *root);
  LogicalResult inlineCall(func::CallOp call);

  TrainerOp trainer;
  InlinerInterface interface;
  SymbolTableCollection symbols;
  /// Functions without calls.
  DenseSet<Operation *> finished;
  /// Functions whose calls are being inlined: one that calls these recurses.
  SetVector<Operation *> active;
};
} // namespace

LogicalResult TrainerInliner::inlineCall(func::CallOp call) {
  auto callee =
      symbols.lookupNearestSymbolFrom<func::FuncOp>(call, call.getCalleeAttr());
  if (!callee || callee.isDeclaration())
    return call.emitOpError()
           << "calls '@" << call.getCallee()
           << "', which has no body here; a trainer holds all that it uses";
  if (active.contains(callee))
    return call.emitOpError() << "calls '@" << call.getCallee()
                              << "' recursively; use a loop (scf.for) instead";
  if (failed(inlineCallsIn(callee)))
    return failure();
  InlinerConfig config;
  return mlir::inlineCall(interface, config.getCloneCallback(), call, callee,
                          &callee.getBody(), /*shouldCloneInlinedRegion=*/true)
                 .succeeded()
             ? LogicalResult(success())
             : LogicalResult(call.emitOpError("cannot be inlined"));
}

LogicalResult TrainerInliner::inlineCallsIn(Operation *root) {
  if (!finished.insert(root).second)
    return success();
  active.insert(root);
  SmallVector<func::CallOp> calls;
  root->walk([&](func::CallOp call) { calls.push_back(call); });
  for (func::CallOp call : calls) {
    if (failed(inlineCall(call)))
      return failure();
    call.erase();
  }
  active.pop_back();
  return success();
}

LogicalResult TrainerInliner::run() {
  for (Operation &op : trainer.getBody().front())
    if (isa<func::FuncOp, StepOp, EndRoundOp, EvaluateOp>(op) &&
        failed(inlineCallsIn(&op)))
      return failure();
  // Functions that only others called are of no use any more.
  for (auto function :
       llvm::make_early_inc_range(trainer.getBody().getOps<func::FuncOp>()))
    if (function.isPrivate() &&
        SymbolTable::symbolKnownUseEmpty(function, trainer))
      function.erase();
  return success();
}

void InlinePass::runOnOperation() {
  WalkResult result = getOperation().walk([&](TrainerOp trainer) {
    return failed(TrainerInliner(trainer).run()) ? WalkResult::interrupt()
                                                 : WalkResult::advance();
  });
  if (result.wasInterrupted())
    signalPassFailure();
}
