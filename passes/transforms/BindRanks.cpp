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

void BindRanksPass::runOnOperation() {
  if (ranks < 1) {
    getOperation().emitError()
        << "tacit-bind-ranks: ranks must be at least 1, got " << ranks;
    return signalPassFailure();
  }
  Builder builder(&getContext());
  getOperation().walk([&](TrainerOp trainer) {
    trainer.setRanksAttr(builder.getI64IntegerAttr(ranks));
  });
  RewritePatternSet patterns(&getContext());
  AllReduceOp::getCanonicalizationPatterns(patterns, &getContext());
  BroadcastOp::getCanonicalizationPatterns(patterns, &getContext());
  if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
    signalPassFailure();
}
