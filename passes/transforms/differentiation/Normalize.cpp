//===- Normalize.cpp - What differentiation expects of a function -*- C++ -*-=//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/Normalize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::tacit;

namespace {
/// An elementwise generic of one constant becomes a constant tensor, which
/// upstream's patterns then move into the bodies that read it. Not where it
/// starts a reduction: there a fill is wanted.
struct FoldConstantGeneric : public OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getNumResults() != 1 || op.getNumReductionLoops() != 0)
      return rewriter.notifyMatchFailure(op, "not elementwise");
    auto type = dyn_cast<RankedTensorType>(op.getResultTypes()[0]);
    Attribute number;
    auto yield = cast<linalg::YieldOp>(op.getBlock()->getTerminator());
    if (!type || !type.hasStaticShape() ||
        !matchPattern(yield.getOperand(0), m_Constant(&number)))
      return rewriter.notifyMatchFailure(op, "not a constant");
    for (OpOperand &use : op.getResult(0).getUses()) {
      auto user = dyn_cast<linalg::LinalgOp>(use.getOwner());
      if (!user || user.isDpsInit(&use))
        return rewriter.notifyMatchFailure(op, "not only read by linalg");
    }
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, DenseElementsAttr::get(type, number));
    return success();
  }
};

/// Operations that are made of others, such as linalg.softmax, become those.
struct DecomposeAggregate
    : public OpInterfaceRewritePattern<linalg::AggregatedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::AggregatedOpInterface op,
                                PatternRewriter &rewriter) const override {
    FailureOr<SmallVector<Value>> results = op.decomposeOperation(rewriter);
    if (failed(results))
      return rewriter.notifyMatchFailure(op, "cannot be decomposed");
    rewriter.replaceOp(op, *results);
    return success();
  }
};
} // namespace

LogicalResult tacit::normalizeForDifferentiation(func::FuncOp function,
                                                 RunPipelineFn runPipeline) {
  OpPassManager fold(func::FuncOp::getOperationName());
  fold.addPass(createConvertElementwiseToLinalgPass());
  fold.addPass(createLinalgFoldUnitExtentDimsPass());
  fold.addPass(createCanonicalizerPass());
  fold.addPass(createCSEPass());
  if (failed(runPipeline(fold)))
    return failure();

  // With a control function that forbids it, the patterns fuse no operations,
  // which would compute again what rules want to read.
  RewritePatternSet patterns(function.getContext());
  linalg::populateElementwiseOpsFusionPatterns(
      patterns, [](OpOperand *) { return false; });
  patterns.add<DecomposeAggregate, FoldConstantGeneric>(function.getContext());
  if (failed(applyPatternsGreedily(function, std::move(patterns))))
    return failure();
  return cleanUpAfterDifferentiation(function, runPipeline);
}

LogicalResult tacit::cleanUpAfterDifferentiation(func::FuncOp function,
                                                 RunPipelineFn runPipeline) {
  OpPassManager cleanUp(func::FuncOp::getOperationName());
  cleanUp.addPass(createCanonicalizerPass());
  cleanUp.addPass(createCSEPass());
  return runPipeline(cleanUp);
}
