//===- ClipGradients.cpp - Bounds the norm of the gradient -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/MapVector.h"

#include <cmath>

namespace mlir::tacit {
#define GEN_PASS_DEF_CLIPGRADIENTSPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct ClipGradientsPass
    : public tacit::impl::ClipGradientsPassBase<ClipGradientsPass> {
  using ClipGradientsPassBase::ClipGradientsPassBase;
  void runOnOperation() override;
};
} // namespace

/// The sum of the squares of `gradient`, an f64.
static Value buildSquaredNorm(ImplicitLocOpBuilder &b, Value gradient) {
  auto type = cast<RankedTensorType>(gradient.getType());
  Type f64 = b.getF64Type();
  Value zero = arith::ConstantOp::create(b, b.getF64FloatAttr(0));
  Value empty = tensor::EmptyOp::create(b, ArrayRef<int64_t>(), f64);
  Value start = linalg::FillOp::create(b, zero, empty).getResult(0);
  SmallVector<AffineMap> maps = {
      b.getMultiDimIdentityMap(type.getRank()),
      AffineMap::get(type.getRank(), 0, b.getContext())};
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::reduction);
  auto sum = linalg::GenericOp::create(
      b, start.getType(), gradient, start, maps, iterators,
      [&](OpBuilder &inner, Location loc, ValueRange entries) {
        Value wide = entries[0];
        if (wide.getType() != f64)
          wide = arith::ExtFOp::create(inner, loc, f64, wide);
        Value square = arith::MulFOp::create(inner, loc, wide, wide);
        Value next = arith::AddFOp::create(inner, loc, entries[1], square);
        linalg::YieldOp::create(inner, loc, next);
      });
  return tensor::ExtractOp::create(b, sum.getResult(0), ValueRange());
}

/// `gradient` times `factor`, an f64, in place.
static Value buildScaled(ImplicitLocOpBuilder &b, Value gradient,
                         Value factor) {
  auto type = cast<RankedTensorType>(gradient.getType());
  if (type.getElementType() != factor.getType())
    factor = arith::TruncFOp::create(b, type.getElementType(), factor);
  return buildElementwise(
      b, b.getLoc(), ValueRange(), gradient,
      [&](ImplicitLocOpBuilder &inner, ValueRange entries) -> Value {
        return arith::MulFOp::create(inner, entries[0], factor);
      });
}

static LogicalResult clip(StepOp step, double norm) {
  SmallVector<OptimizerOpInterface> optimizers(
      step.getBody().getOps<OptimizerOpInterface>());
  if (optimizers.empty())
    return step.emitOpError() << "has no optimizer, so that there is no "
                                 "gradient to clip; update parameters by "
                                 "tacit.sgd or tacit.adamw";
  // A gradient that two optimizers take counts once.
  llvm::MapVector<Value, Value> scaled;
  for (OptimizerOpInterface op : optimizers) {
    Value gradient = op.getGradientOperand().get();
    scaled.insert({gradient, Value()});
    Operation *producer = gradient.getDefiningOp();
    if (producer && !producer->isBeforeInBlock(optimizers.front()))
      return op.emitOpError()
             << "takes a gradient that is computed after the first update, but "
                "clipping needs all gradients before it; compute gradients "
                "first";
  }

  ImplicitLocOpBuilder b(step.getLoc(), optimizers.front());
  Value total;
  for (auto &[gradient, value] : scaled) {
    Value squared = buildSquaredNorm(b, gradient);
    total = total ? Value(arith::AddFOp::create(b, total, squared)) : squared;
  }
  // A norm of 0 gives infinity, and that a factor of 1; a NaN stays one.
  Value limit = arith::ConstantOp::create(b, b.getF64FloatAttr(norm));
  Value one = arith::ConstantOp::create(b, b.getF64FloatAttr(1));
  Value ratio = arith::DivFOp::create(b, limit, math::SqrtOp::create(b, total));
  Value factor = arith::MinimumFOp::create(b, ratio, one);
  for (auto &[gradient, value] : scaled)
    value = buildScaled(b, gradient, factor);
  for (OptimizerOpInterface op : optimizers) {
    OpOperand &operand = op.getGradientOperand();
    operand.set(scaled.lookup(operand.get()));
  }
  return success();
}

void ClipGradientsPass::runOnOperation() {
  if (!std::isfinite(norm) || norm <= 0) {
    emitError(getOperation().getLoc())
        << "tacit-clip-gradients: norm must be above 0 and finite, got "
        << norm.getValue();
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    double largest = norm;
    if (perRank) {
      if (!trainer.getRanks()) {
        trainer.emitOpError()
            << "has no number of ranks, by whose square root "
               "norms are divided; run tacit-bind-ranks first";
        return signalPassFailure();
      }
      largest /= std::sqrt(static_cast<double>(*trainer.getRanks()));
    }
    if (failed(clip(trainer.getStep(), largest)))
      return signalPassFailure();
  }
}
