//===- MathRules.cpp - Differentiation rules of math ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/ScalarRules.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

#include <numbers>

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// Functions of one operand, from their result
//===----------------------------------------------------------------------===//

static Term exponential(Term g, Term r) { return g * r; }
static Term exponential2(Term g, Term r) { return g * (std::numbers::ln2 * r); }
static Term exponentialMinus1(Term g, Term r) { return g * (r + 1.0); }
static Term squareRoot(Term g, Term r) { return 0.5 * g / r; }
static Term reciprocalRoot(Term g, Term r) { return -0.5 * g * (r * r * r); }
static Term cubeRoot(Term g, Term r) { return g / (3.0 * (r * r)); }
static Term tangent(Term g, Term r) { return g * (r * r + 1.0); }
static Term hyperbolicTangent(Term g, Term r) { return g * (1.0 - r * r); }

//===----------------------------------------------------------------------===//
// Functions of one operand, from the operand
//===----------------------------------------------------------------------===//

template <typename OpTy> static Term of(Term x) { return Term::apply<OpTy>(x); }

static Term logarithm(Term g, Term x) { return g / x; }
static Term logarithm2(Term g, Term x) { return g / (std::numbers::ln2 * x); }
static Term logarithm10(Term g, Term x) { return g / (std::numbers::ln10 * x); }
static Term logarithm1p(Term g, Term x) { return g / (x + 1.0); }
static Term sine(Term g, Term x) { return g * of<math::CosOp>(x); }
static Term cosine(Term g, Term x) { return -(g * of<math::SinOp>(x)); }
static Term hyperbolicSine(Term g, Term x) { return g * of<math::CoshOp>(x); }
static Term hyperbolicCosine(Term g, Term x) { return g * of<math::SinhOp>(x); }
static Term arcSine(Term g, Term x) {
  return g / of<math::SqrtOp>(1.0 - x * x);
}
static Term arcCosine(Term g, Term x) { return -arcSine(g, x); }
static Term arcTangent(Term g, Term x) { return g / (x * x + 1.0); }
static Term areaSine(Term g, Term x) {
  return g / of<math::SqrtOp>(x * x + 1.0);
}
static Term areaCosine(Term g, Term x) {
  return g / of<math::SqrtOp>(x * x - 1.0);
}
static Term areaTangent(Term g, Term x) { return g / (1.0 - x * x); }
static Term errorFunction(Term g, Term x) {
  return g * (2.0 * std::numbers::inv_sqrtpi * of<math::ExpOp>(-(x * x)));
}
static Term complementaryError(Term g, Term x) { return -errorFunction(g, x); }

/// At 0 the gradient is 0.
static Term absolute(Term g, Term x) {
  Term zero(x, 0.0);
  return select(compare(arith::CmpFPredicate::OGT, x, zero), g,
                where(compare(arith::CmpFPredicate::OLT, x, zero), -g));
}

//===----------------------------------------------------------------------===//
// Functions of several operands
//===----------------------------------------------------------------------===//

/// x^y. At x = 0 the gradient to y is 0, not 0 log 0.
static void power(math::PowFOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getLhs(), adjoint, [&] {
    Term x = primal(adjoint, op.getLhs()), y = primal(adjoint, op.getRhs());
    return g * (y * Term::apply<math::PowFOp>(x, y - 1.0));
  });
  flowTo(op.getRhs(), adjoint, [&] {
    Term x = primal(adjoint, op.getLhs()), r = primal(adjoint, op.getResult());
    Value atZero = compare(arith::CmpFPredicate::OEQ, x, Term(x, 0.0));
    return whereNot(atZero, g * (r * of<math::LogOp>(x)));
  });
}

/// x^n with an integer n. At n = 0 the gradient is 0, not 0 x^-1.
static void integerPower(math::FPowIOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getLhs(), adjoint, [&]() -> Value {
    OpBuilder &builder = adjoint.getBuilder();
    Location loc = adjoint.getLoc();
    Term x = primal(adjoint, op.getLhs());
    Value n = adjoint.getPrimal(op.getRhs());
    TypedAttr oneAttr = builder.getIntegerAttr(getElementTypeOrSelf(n), 1);
    if (auto tensor = dyn_cast<ShapedType>(n.getType()))
      oneAttr = DenseElementsAttr::get(tensor, oneAttr);
    Value one = arith::ConstantOp::create(builder, loc, oneAttr);
    Value less = builder.createOrFold<arith::SubIOp>(loc, n, one);
    Term factor(adjoint, arith::SIToFPOp::create(builder, loc, x.getType(), n));
    Term lower(adjoint, math::FPowIOp::create(builder, loc, x, less));
    Value constant =
        compare(arith::CmpFPredicate::OEQ, factor, Term(factor, 0.0));
    return whereNot(constant, g * (factor * lower));
  });
}

/// The angle of (x, y), as atan2(y, x).
static void angle(math::Atan2Op op, Term g, AdjointBuilder &adjoint) {
  Term y = primal(adjoint, op.getLhs()), x = primal(adjoint, op.getRhs());
  Term scaled = g / (x * x + y * y);
  flowTo(op.getLhs(), adjoint, [&] { return scaled * x; });
  flowTo(op.getRhs(), adjoint, [&] { return -(scaled * y); });
}

/// |x| with the sign of y, which is constant wherever it has a derivative.
static void copySign(math::CopySignOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getLhs(), adjoint, [&] {
    Term x = primal(adjoint, op.getLhs()), y = primal(adjoint, op.getRhs());
    Term one(x, 1.0);
    return g * (Term::apply<math::CopySignOp>(one, x) *
                Term::apply<math::CopySignOp>(one, y));
  });
}

/// a b + c
static void multiplyAdd(math::FmaOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getA(), adjoint, [&] { return g * primal(adjoint, op.getB()); });
  flowTo(op.getB(), adjoint, [&] { return g * primal(adjoint, op.getA()); });
  adjoint.addGradient(op.getC(), g);
}

/// minimum(maximum(x, lowest), highest), with the rule of these at ties: a
/// bound takes the gradient wherever the result equals it.
static void clamp(math::ClampFOp op, Term g, AdjointBuilder &adjoint) {
  Term r = primal(adjoint, op.getResult());
  Value below =
      compare(arith::CmpFPredicate::OLT, r, primal(adjoint, op.getMax()));
  Value above =
      compare(arith::CmpFPredicate::OGT, r, primal(adjoint, op.getMin()));
  flowTo(op.getValue(), adjoint, [&] { return where(above, where(below, g)); });
  flowTo(op.getMin(), adjoint,
         [&] { return whereNot(above, where(below, g)); });
  flowTo(op.getMax(), adjoint, [&] { return whereNot(below, g); });
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

template <typename OpTy, Term (*formula)(Term, Term)>
static void fromResult(MLIRContext *context) {
  OpTy::template attachInterface<FromResultModel<OpTy, formula>>(*context);
}

template <typename OpTy, Term (*formula)(Term, Term)>
static void fromOperand(MLIRContext *context) {
  OpTy::template attachInterface<FromOperandModel<OpTy, formula>>(*context);
}

template <typename OpTy, void (*rule)(OpTy, Term, AdjointBuilder &)>
static void ofSeveral(MLIRContext *context) {
  OpTy::template attachInterface<OperandsModel<OpTy, rule>>(*context);
}

template <typename... OpTys> static void zeroDerivative(MLIRContext *context) {
  (OpTys::template attachInterface<ZeroDerivativeModel<OpTys>>(*context), ...);
}

void tacit::registerMathDifferentiation(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    fromResult<math::ExpOp, exponential>(context);
    fromResult<math::Exp2Op, exponential2>(context);
    fromResult<math::ExpM1Op, exponentialMinus1>(context);
    fromResult<math::SqrtOp, squareRoot>(context);
    fromResult<math::RsqrtOp, reciprocalRoot>(context);
    fromResult<math::CbrtOp, cubeRoot>(context);
    fromResult<math::TanOp, tangent>(context);
    fromResult<math::TanhOp, hyperbolicTangent>(context);

    fromOperand<math::LogOp, logarithm>(context);
    fromOperand<math::Log2Op, logarithm2>(context);
    fromOperand<math::Log10Op, logarithm10>(context);
    fromOperand<math::Log1pOp, logarithm1p>(context);
    fromOperand<math::SinOp, sine>(context);
    fromOperand<math::CosOp, cosine>(context);
    fromOperand<math::SinhOp, hyperbolicSine>(context);
    fromOperand<math::CoshOp, hyperbolicCosine>(context);
    fromOperand<math::AsinOp, arcSine>(context);
    fromOperand<math::AcosOp, arcCosine>(context);
    fromOperand<math::AtanOp, arcTangent>(context);
    fromOperand<math::AsinhOp, areaSine>(context);
    fromOperand<math::AcoshOp, areaCosine>(context);
    fromOperand<math::AtanhOp, areaTangent>(context);
    fromOperand<math::ErfOp, errorFunction>(context);
    fromOperand<math::ErfcOp, complementaryError>(context);
    fromOperand<math::AbsFOp, absolute>(context);

    ofSeveral<math::PowFOp, power>(context);
    ofSeveral<math::FPowIOp, integerPower>(context);
    ofSeveral<math::Atan2Op, angle>(context);
    ofSeveral<math::CopySignOp, copySign>(context);
    ofSeveral<math::FmaOp, multiplyAdd>(context);
    ofSeveral<math::ClampFOp, clamp>(context);

    zeroDerivative<math::FloorOp, math::CeilOp, math::RoundOp,
                   math::RoundEvenOp, math::TruncOp, math::IsFiniteOp,
                   math::IsInfOp, math::IsNaNOp, math::IsNormalOp>(context);
  });
}
