//===- Contraction.cpp - What a matrix product looks like -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/conversion/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tacit;

/// Takes a product apart into its factors; counts signs in `negated`.
static void collectFactors(Value value, Block *body,
                           SmallVectorImpl<Value> &factors, bool &negated) {
  Operation *op = value.getDefiningOp();
  if (op && op->getBlock() == body) {
    if (auto product = dyn_cast<arith::MulFOp>(op)) {
      collectFactors(product.getLhs(), body, factors, negated);
      collectFactors(product.getRhs(), body, factors, negated);
      return;
    }
    if (auto negation = dyn_cast<arith::NegFOp>(op)) {
      negated = !negated;
      collectFactors(negation.getOperand(), body, factors, negated);
      return;
    }
  }
  factors.push_back(value);
}

/// True if each loop that `map` names is named once, and nothing else.
static bool isProjectedPermutation(AffineMap map) {
  return map.isProjectedPermutation(/*allowZeroInResults=*/false);
}

std::optional<Contraction> mlir::tacit::matchContraction(linalg::LinalgOp op) {
  if (op->getNumRegions() != 1 || op.getNumDpsInits() != 1 ||
      op.hasDynamicShape() || !op->getRegion(0).hasOneBlock())
    return {};
  Block *body = op.getBlock();
  if (body->getNumArguments() != op->getNumOperands())
    return {};
  Contraction found;
  found.op = op;
  found.c = op.getDpsInitOperand(0);
  Value accumulator = body->getArgument(found.c->getOperandNumber());
  if (!isa<FloatType>(accumulator.getType()))
    return {};

  Operation *sum = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!sum || sum->getBlock() != body)
    return {};
  Value term;
  if (isa<arith::AddFOp>(sum) && sum->getOperand(1) == accumulator)
    term = sum->getOperand(0);
  else if (isa<arith::AddFOp, arith::SubFOp>(sum) &&
           sum->getOperand(0) == accumulator)
    term = sum->getOperand(1);
  if (!term || term == accumulator)
    return {};
  found.negated = isa<arith::SubFOp>(sum);

  SmallVector<Value> factors;
  collectFactors(term, body, factors, found.negated);
  for (Value factor : factors) {
    auto argument = dyn_cast<BlockArgument>(factor);
    if (!argument || argument.getOwner() != body) {
      if (Operation *source = factor.getDefiningOp();
          source && source->getBlock() == body)
        return {}; // Computed in the body: no plain product.
      found.scales.push_back(factor);
      continue;
    }
    if (argument == accumulator)
      return {};
    OpOperand *operand = &op->getOpOperand(argument.getArgNumber());
    AffineMap map = op.getMatchingIndexingMap(operand);
    auto shaped = dyn_cast<ShapedType>(operand->get().getType());
    if (!shaped || shaped.getRank() == 0) {
      found.scales.push_back(operand->get());
      continue;
    }
    if (!isProjectedPermutation(map) || found.b)
      return {};
    (found.a ? found.b : found.a) = operand;
  }
  if (!found.b || !isProjectedPermutation(found.mapOf(found.c)))
    return {};
  // Every loop is of A and B, of A and C, of B and C, or of all three; and the
  // two factors are not one elementwise product.
  bool hasOwn = false;
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop) {
    bool inA = found.mapOf(found.a).isFunctionOfDim(loop);
    bool inB = found.mapOf(found.b).isFunctionOfDim(loop);
    bool inC = found.mapOf(found.c).isFunctionOfDim(loop);
    if (inA + inB + inC < 2)
      return {};
    hasOwn = hasOwn || !(inA && inB && inC);
  }
  if (!hasOwn)
    return {};
  return found;
}

bool mlir::tacit::isZero(Value value) {
  return matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero());
}

bool mlir::tacit::isZeroFilled(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return isZero(fill.getInputs()[0]);
  return isZero(value);
}
