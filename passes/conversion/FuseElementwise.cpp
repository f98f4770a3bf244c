//===- FuseElementwise.cpp - Fuses elementwise operations -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct FuseElementwisePass
    : public tacit::impl::FuseElementwisePassBase<FuseElementwisePass> {
  using FuseElementwisePassBase::FuseElementwisePassBase;
  void runOnOperation() override;
};
} // namespace

/// True if `op` only moves entries.
static bool onlyMoves(linalg::GenericOp op) {
  auto yield = cast<linalg::YieldOp>(op.getBody()->getTerminator());
  if (&op.getBody()->front() != yield || yield.getNumOperands() != 1)
    return false;
  auto argument = dyn_cast<BlockArgument>(yield.getOperand(0));
  return argument && argument.getOwner() == op.getBody() &&
         argument.getArgNumber() < op.getNumDpsInputs();
}

static int64_t iterationsOf(linalg::LinalgOp op) {
  int64_t count = 1;
  for (int64_t extent : op.getStaticLoopRanges())
    count *= ShapedType::isDynamic(extent) ? 1 : extent;
  return count;
}

/// Roughly, an entry's cost in cycles of one lane.
static int64_t costOf(linalg::GenericOp op) {
  int64_t cost = 0;
  op.getBody()->walk([&](Operation *nested) {
    if (isa<linalg::YieldOp>(nested))
      return;
    if (isa<math::MathDialect>(nested->getDialect()))
      cost += 16;
    else if (isa<arith::DivFOp, arith::RemFOp>(nested))
      cost += 8;
    else if (nested->getNumRegions() != 0 || isa<tensor::ExtractOp>(nested))
      cost += 16;
    else
      cost += 1;
  });
  return cost;
}

/// Entries that `op` reads, each operand counted once.
static int64_t entriesRead(linalg::GenericOp op) {
  int64_t count = 0;
  for (OpOperand *operand : op.getDpsInputOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand->get().getType());
        type && type.hasStaticShape())
      count += type.getNumElements();
  return count;
}

/// True if computing `producer` inside `consumer`, instead of reading
/// `operand`, reads no more: all that is large and not read anyway is one
/// tensor in the place of another.
static bool readsNoMore(linalg::GenericOp consumer, linalg::GenericOp producer,
                        OpOperand *operand) {
  AffineMap written =
      producer.getMatchingIndexingMap(producer.getDpsInitOperand(0));
  if (!written.isPermutation())
    return false;
  AffineMap toProducer = inversePermutation(written).compose(
      consumer.getMatchingIndexingMap(operand));
  int64_t small = iterationsOf(producer) / 8;
  int64_t fresh = 0;
  for (OpOperand *input : producer.getDpsInputOperands()) {
    auto type = dyn_cast<RankedTensorType>(input->get().getType());
    if (!type || (type.hasStaticShape() && type.getNumElements() <= small))
      continue;
    AffineMap map = producer.getMatchingIndexingMap(input).compose(toProducer);
    fresh +=
        llvm::none_of(consumer.getDpsInputOperands(), [&](OpOperand *other) {
          return other->get() == input->get() &&
                 consumer.getMatchingIndexingMap(other) == map;
        });
  }
  return fresh <= 1;
}

/// True if every user of `value` can compute it for itself.
static bool canVanish(Value value) {
  return llvm::all_of(value.getUsers(), [](Operation *user) {
    auto generic = dyn_cast<linalg::GenericOp>(user);
    return generic && !matchContraction(generic);
  });
}

/// Decides whether the producer of `operand` is computed inside its consumer.
static bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer)
    return false;
  bool moves = onlyMoves(producer);
  if (matchContraction(consumer)) {
    // Transposition becomes part of a contraction's maps. Nothing else would
    // leave it a matrix product.
    return moves && !consumer.isDpsInit(operand) &&
           producer.getMatchingIndexingMap(producer.getDpsInputOperand(0))
               .isPermutation();
  }
  if (moves)
    return true;

  int64_t times = 1; // How often an entry would be computed.
  int64_t users = 0;
  DenseSet<Operation *> seen;
  for (Operation *user : operand->get().getUsers())
    users += seen.insert(user).second;
  if (int64_t entries = iterationsOf(producer))
    times = iterationsOf(consumer) / entries * users;
  if (times <= 1)
    return true;
  // Computed more than once: only what costs little, and reads less than
  // reading its result would.
  if (times == users && costOf(producer) <= 8 && canVanish(operand->get()) &&
      readsNoMore(consumer, producer, operand))
    return true;
  auto result = cast<RankedTensorType>(operand->get().getType());
  return costOf(producer) <= 4 && result.hasStaticShape() &&
         entriesRead(producer) * 4 <= result.getNumElements();
}

/// Writes named operations as generics, so that fusion sees their bodies.
static LogicalResult generalize(func::FuncOp function) {
  SmallVector<linalg::LinalgOp> named;
  function.walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::GenericOp, linalg::FillOp>(op))
      named.push_back(op);
  });
  IRRewriter rewriter(function.getContext());
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::generalizeNamedOp(rewriter, op)))
      return op.emitOpError("has no form as linalg.generic");
  }
  return success();
}

void FuseElementwisePass::runOnOperation() {
  if (failed(generalize(getOperation())))
    return signalPassFailure();
  MLIRContext *context = &getContext();
  RewritePatternSet patterns(context);
  linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
  linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
  linalg::GenericOp::getCanonicalizationPatterns(patterns, context);
  linalg::FillOp::getCanonicalizationPatterns(patterns, context);
  tensor::EmptyOp::getCanonicalizationPatterns(patterns, context);
  context->getLoadedDialect<linalg::LinalgDialect>()
      ->getCanonicalizationPatterns(patterns);
  // Top down, so that chains are fused from their beginning.
  if (failed(applyPatternsGreedily(
          getOperation(), std::move(patterns),
          GreedyRewriteConfig().setUseTopDownTraversal(true))))
    signalPassFailure();
}
