//===- LowerMath.cpp - Makes arithmetic ready for vectors -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_LOWERMATHPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct LowerMathPass : public tacit::impl::LowerMathPassBase<LowerMathPass> {
  using LowerMathPassBase::LowerMathPassBase;
  void runOnOperation() override;
};
} // namespace

static void addFlags(Operation *op, arith::FastMathFlags flags) {
  auto interface = dyn_cast<arith::ArithFastMathInterface>(op);
  if (!interface)
    return;
  // Conversions between floats may have no flags at all.
  arith::FastMathFlagsAttr attribute = interface.getFastMathFlagsAttr();
  arith::FastMathFlags present =
      attribute ? attribute.getValue() : arith::FastMathFlags::none;
  op->setAttr(interface.getFastMathAttrName(),
              arith::FastMathFlagsAttr::get(op->getContext(), present | flags));
}

/// Lets the sums that a reduction accumulates be reordered. Other sums keep
/// their order: reordering those can cancel what was meant to stay.
static void relaxReductions(linalg::LinalgOp op) {
  if (op.getNumReductionLoops() == 0)
    return;
  Block *body = op.getBlock();
  for (OpOperand &init : op.getDpsInitsMutable()) {
    Value accumulator = body->getArgument(init.getOperandNumber());
    for (Operation *user : accumulator.getUsers())
      if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(user) &&
          user->hasOneUse() && isa<linalg::YieldOp>(*user->getUsers().begin()))
        addFlags(user, arith::FastMathFlags::reassoc);
  }
}

void LowerMathPass::runOnOperation() {
  bool hasMath = false;
  getOperation().walk([&](Operation *op) {
    hasMath = hasMath || isa<math::MathDialect>(op->getDialect());
  });
  if (hasMath) {
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
      // Those that the processor has are better left alone.
      return name != "math.rsqrt" && name != "math.sqrt" && name != "math.cbrt";
    });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
  }
  // After the polynomials, whose operations carry no flags of their own.
  getOperation().walk([](Operation *op) {
    addFlags(op, arith::FastMathFlags::contract);
    if (auto structured = dyn_cast<linalg::LinalgOp>(op))
      relaxReductions(structured);
  });
}
