//===- BindRanks.cpp - Fixes the number of ranks -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_BINDRANKSPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct BindRanksPass : public tacit::impl::BindRanksPassBase<BindRanksPass> {
  using BindRanksPassBase::BindRanksPassBase;
  void runOnOperation() override;
};
} // namespace

/// `type` with `ranks` as its leading extent.
static RankedTensorType bindType(Type type, int64_t ranks) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  shape[0] = ranks;
  return tensor.clone(shape);
}

/// Gives results of `op`, which other operations know by their old types, the
/// bound types.
static void bindResults(ResultRange results, int64_t ranks) {
  if (results.empty())
    return;
  OpBuilder builder(results[0].getContext());
  builder.setInsertionPointAfterValue(results[0]);
  for (OpResult result : results) {
    Type old = result.getType();
    result.setType(bindType(old, ranks));
    if (result.getType() == old)
      continue;
    auto cast = tensor::CastOp::create(builder, result.getLoc(), old, result);
    result.replaceAllUsesExcept(cast, cast);
  }
}

static void bindOutputs(Operation *op, MutableOperandRange outputs,
                        int64_t ranks) {
  OpBuilder builder(op);
  for (OpOperand &output : outputs) {
    Type bound = bindType(output.get().getType(), ranks);
    if (bound != output.get().getType())
      output.set(
          tensor::CastOp::create(builder, op->getLoc(), bound, output.get()));
  }
}

/// Gives every all_gather in `trainer` its static extent.
static void bindGathers(TrainerOp trainer, int64_t ranks) {
  trainer.walk([&](AllGatherOp op) {
    bindOutputs(op, op.getOutputsMutable(), ranks);
    bindResults(op.getResults(), ranks);
  });
  trainer.walk([&](StartOp op) {
    if (op.getKind() != ExchangeKind::all_gather)
      return;
    bindOutputs(op, op.getOutputsMutable(), ranks);
    for (Value held : op.getHeld())
      held.setType(bindType(held.getType(), ranks));
    // Only awaits of this token take what is held.
    for (Operation *user : op.getToken().getUsers())
      if (auto await = dyn_cast<AwaitOp>(user))
        bindResults(await->getResults(), ranks);
  });
}

static LogicalResult bind(TrainerOp trainer, int64_t ranks) {
  std::optional<uint64_t> present = trainer.getRanks();
  if (present && static_cast<int64_t>(*present) != ranks)
    return trainer.emitOpError()
           << "is bound to " << *present << " ranks and cannot be bound to "
           << ranks << "; leave `ranks` out of the model";
  trainer.setRanks(ranks);
  bindGathers(trainer, ranks);
  return success();
}

void BindRanksPass::runOnOperation() {
  if (ranks < 1) {
    emitError(getOperation().getLoc())
        << "tacit-bind-ranks: ranks must be at least 1, got "
        << ranks.getValue();
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(bind(trainer, ranks)))
      return signalPassFailure();
  // Folds the number of ranks, casts, and exchanges of one rank.
  RewritePatternSet patterns(&getContext());
  AllReduceOp::getCanonicalizationPatterns(patterns, &getContext());
  BroadcastOp::getCanonicalizationPatterns(patterns, &getContext());
  tensor::EmptyOp::getCanonicalizationPatterns(patterns, &getContext());
  tensor::CastOp::getCanonicalizationPatterns(patterns, &getContext());
  if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
    signalPassFailure();
}
