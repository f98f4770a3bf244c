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
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
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

/// Takes lookups out of a branch in the body of a linalg operation, as
/// exporters write concatenations: where the branch is not taken, the index is
/// 0, which is always an entry, and the result is not used.
struct HoistLookups : public OpRewritePattern<scf::IfOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(scf::IfOp op,
                                PatternRewriter &rewriter) const override {
    if (!op->getParentOfType<linalg::LinalgOp>())
      return rewriter.notifyMatchFailure(op, "not in the body of a linalg op");
    bool changed = false;
    for (Region *region : {&op.getThenRegion(), &op.getElseRegion()})
      if (!region->empty())
        changed |= hoistFrom(*region, op, rewriter);
    return success(changed);
  }

private:
  /// True for an entry of a tensor that has one.
  static bool isLookup(Operation *op) {
    auto lookup = dyn_cast<tensor::ExtractOp>(op);
    if (!lookup)
      return false;
    RankedTensorType type = lookup.getTensor().getType();
    return type.hasStaticShape() && type.getNumElements() > 0;
  }

  static bool hoistFrom(Region &region, scf::IfOp op,
                        PatternRewriter &rewriter) {
    bool changed = false;
    for (Operation &inner :
         llvm::make_early_inc_range(region.front().without_terminator())) {
      if (llvm::any_of(inner.getOperands(), [&](Value operand) {
            return region.isAncestor(operand.getParentRegion());
          }))
        continue;
      bool computesIndex = isPure(&inner) && inner.getNumRegions() == 0 &&
                           llvm::all_of(inner.getResultTypes(),
                                        llvm::IsaPred<IntegerType, IndexType>);
      if (!computesIndex && !isLookup(&inner))
        continue;
      rewriter.moveOpBefore(&inner, op);
      changed = true;
      if (computesIndex)
        continue;
      auto lookup = cast<tensor::ExtractOp>(inner);
      rewriter.setInsertionPoint(lookup);
      Location loc = lookup.getLoc();
      Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
      SmallVector<Value> indices;
      for (Value index : lookup.getIndices()) {
        bool taken = &region == &op.getThenRegion();
        indices.push_back(arith::SelectOp::create(
            rewriter, loc, op.getCondition(), taken ? index : zero,
            taken ? zero : index));
      }
      rewriter.modifyOpInPlace(
          lookup, [&] { lookup.getIndicesMutable().assign(indices); });
    }
    return changed;
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
  patterns.add<DecomposeAggregate, FoldConstantGeneric, HoistLookups>(
      function.getContext());
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
