//===- ArithRules.cpp - Differentiation rules of arith ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/ScalarRules.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tacit;

static void add(arith::AddFOp op, Term g, AdjointBuilder &adjoint) {
  adjoint.addGradient(op.getLhs(), g);
  adjoint.addGradient(op.getRhs(), g);
}

static void subtract(arith::SubFOp op, Term g, AdjointBuilder &adjoint) {
  adjoint.addGradient(op.getLhs(), g);
  flowTo(op.getRhs(), adjoint, [&] { return -g; });
}

static void multiply(arith::MulFOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getLhs(), adjoint,
         [&] { return g * primal(adjoint, op.getRhs()); });
  flowTo(op.getRhs(), adjoint,
         [&] { return g * primal(adjoint, op.getLhs()); });
}

static void divide(arith::DivFOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getLhs(), adjoint,
         [&] { return g / primal(adjoint, op.getRhs()); });
  flowTo(op.getRhs(), adjoint, [&] {
    return -(g * primal(adjoint, op.getResult()) /
             primal(adjoint, op.getRhs()));
  });
}

/// x - y trunc(x / y)
static void remainder(arith::RemFOp op, Term g, AdjointBuilder &adjoint) {
  adjoint.addGradient(op.getLhs(), g);
  flowTo(op.getRhs(), adjoint, [&] {
    Term quotient = primal(adjoint, op.getLhs()) / primal(adjoint, op.getRhs());
    return -(g * Term::apply<math::TruncOp>(quotient));
  });
}

static Term negate(Term g, Term) { return -g; }

/// The first operand of a maximum or minimum gets the gradient where it alone
/// decides: the result is beyond the second. So relu'(0) is 0. The comparison
/// reads the result instead of the first operand, which then need not be kept.
template <typename OpTy, arith::CmpFPredicate beyond>
static void extremum(OpTy op, Term g, AdjointBuilder &adjoint) {
  Value first = compare(beyond, primal(adjoint, op.getResult()),
                        primal(adjoint, op.getRhs()));
  flowTo(op.getLhs(), adjoint, [&] { return where(first, g); });
  flowTo(op.getRhs(), adjoint, [&] { return whereNot(first, g); });
}

static void choose(arith::SelectOp op, Term g, AdjointBuilder &adjoint) {
  Value condition = adjoint.getPrimal(op.getCondition());
  if (adjoint.needsGradient(op.getTrueValue()))
    adjoint.addChosenGradient(op.getTrueValue(), where(condition, g));
  if (adjoint.needsGradient(op.getFalseValue()))
    adjoint.addChosenGradient(op.getFalseValue(), whereNot(condition, g));
}

/// The gradient of a cast is cast back.
template <typename OpTy, typename BackTy>
static void castBack(OpTy op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getIn(), adjoint, [&]() -> Value {
    return BackTy::create(adjoint.getBuilder(), adjoint.getLoc(),
                          op.getIn().getType(), Value(g));
  });
}

template <typename OpTy, void (*rule)(OpTy, Term, AdjointBuilder &)>
static void attach(MLIRContext *context) {
  OpTy::template attachInterface<OperandsModel<OpTy, rule>>(*context);
}

void tacit::registerArithDifferentiation(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    constexpr auto greater = arith::CmpFPredicate::OGT;
    constexpr auto less = arith::CmpFPredicate::OLT;
    attach<arith::AddFOp, add>(context);
    attach<arith::SubFOp, subtract>(context);
    attach<arith::MulFOp, multiply>(context);
    attach<arith::DivFOp, divide>(context);
    attach<arith::RemFOp, remainder>(context);
    attach<arith::MaximumFOp, extremum<arith::MaximumFOp, greater>>(context);
    attach<arith::MaxNumFOp, extremum<arith::MaxNumFOp, greater>>(context);
    attach<arith::MinimumFOp, extremum<arith::MinimumFOp, less>>(context);
    attach<arith::MinNumFOp, extremum<arith::MinNumFOp, less>>(context);
    attach<arith::SelectOp, choose>(context);
    attach<arith::ExtFOp, castBack<arith::ExtFOp, arith::TruncFOp>>(context);
    attach<arith::TruncFOp, castBack<arith::TruncFOp, arith::ExtFOp>>(context);
    arith::NegFOp::attachInterface<FromOperandModel<arith::NegFOp, negate>>(
        *context);
    arith::CmpFOp::attachInterface<ZeroDerivativeModel<arith::CmpFOp>>(
        *context);
  });
}
