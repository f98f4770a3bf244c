//===- OrderLoops.cpp - Orders loops by stride ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_ORDERLOOPSPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct OrderLoopsPass : public tacit::impl::OrderLoopsPassBase<OrderLoopsPass> {
  using OrderLoopsPassBase::OrderLoopsPassBase;
  void runOnOperation() override;
};
} // namespace

/// By how much `expression` grows when loop `loop` makes a step, where all
/// others stand at 0. Exact for linear expressions.
static int64_t growthOf(AffineExpr expression, unsigned loop, unsigned loops) {
  MLIRContext *context = expression.getContext();
  SmallVector<AffineExpr> values(loops, getAffineConstantExpr(0, context));
  auto evaluate = [&](int64_t at) {
    values[loop] = getAffineConstantExpr(at, context);
    auto constant = dyn_cast<AffineConstantExpr>(
        simplifyAffineExpr(expression.replaceDims(values), loops, 0));
    return constant ? constant.getValue() : 0;
  };
  return evaluate(1) - evaluate(0);
}

/// Elements that `operand` moves on by when each loop makes a step.
static SmallVector<int64_t> stridesOf(linalg::GenericOp op,
                                      OpOperand &operand) {
  SmallVector<int64_t> found(op.getNumLoops(), 0);
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type || failed(type.getStridesAndOffset(strides, offset)))
    return found;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  for (auto [result, stride] : llvm::zip(map.getResults(), strides))
    for (unsigned loop = 0; loop < found.size(); ++loop)
      // A stride that is not known is taken as long.
      found[loop] +=
          std::abs(growthOf(result, loop, found.size()) *
                   (ShapedType::isDynamic(stride) ? 1 << 20 : stride));
  return found;
}

/// Loops of `op`, outermost first, in the order that walks memory best.
static SmallVector<unsigned> bestOrder(linalg::GenericOp op) {
  unsigned loops = op.getNumLoops();
  SmallVector<int64_t> jumps(loops, 0);   // Operands with a stride above 1.
  SmallVector<int64_t> longest(loops, 0); // The longest stride.
  for (OpOperand &operand : op->getOpOperands())
    for (auto [loop, stride] : llvm::enumerate(stridesOf(op, operand))) {
      jumps[loop] += stride > 1;
      longest[loop] = std::max(longest[loop], stride);
    }
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  auto isBetterInside = [&](unsigned x, unsigned y) {
    bool xTrivial = extents[x] == 1, yTrivial = extents[y] == 1;
    if (xTrivial != yTrivial)
      return yTrivial;
    if (jumps[x] != jumps[y])
      return jumps[x] < jumps[y];
    bool xParallel = kinds[x] == utils::IteratorType::parallel;
    bool yParallel = kinds[y] == utils::IteratorType::parallel;
    if (xParallel != yParallel)
      return xParallel;
    return x > y;
  };
  unsigned inner = 0;
  for (unsigned loop = 1; loop < loops; ++loop)
    if (isBetterInside(loop, inner))
      inner = loop;
  SmallVector<unsigned> order;
  for (unsigned loop = 0; loop < loops; ++loop)
    if (loop != inner)
      order.push_back(loop);
  llvm::sort(order, [&](unsigned x, unsigned y) {
    return longest[x] != longest[y] ? longest[x] > longest[y] : x < y;
  });
  order.push_back(inner);
  return order;
}

void OrderLoopsPass::runOnOperation() {
  SmallVector<linalg::GenericOp> ops;
  getOperation().walk([&](linalg::GenericOp op) {
    if (op.hasPureBufferSemantics() && op.getNumLoops() > 1)
      ops.push_back(op);
  });
  IRRewriter rewriter(&getContext());
  for (linalg::GenericOp op : ops) {
    SmallVector<unsigned> order = bestOrder(op);
    if (llvm::is_sorted(order))
      continue;
    rewriter.setInsertionPoint(op);
    if (failed(linalg::interchangeGenericOp(rewriter, op, order)))
      return signalPassFailure();
  }
}
