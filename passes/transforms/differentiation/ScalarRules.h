//===- ScalarRules.h - How rules of scalar ops are written ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Models of the interface that need nothing but a formula. In formulas, `g` is
/// the gradient of the result, `r` the result, `x` an operand.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_DIFFERENTIATION_SCALARRULES_H
#define TACIT_PASSES_DIFFERENTIATION_SCALARRULES_H

#include "passes/transforms/differentiation/AdjointBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tacit {

/// The forward value of `value`, to compute with.
inline Term primal(AdjointBuilder &adjoint, Value value) {
  return Term(adjoint, adjoint.getPrimal(value));
}

/// What flows to `operand` is `formula()`, built only if it is needed.
inline void flowTo(Value operand, AdjointBuilder &adjoint,
                   function_ref<Value()> formula) {
  if (adjoint.needsGradient(operand))
    adjoint.addGradient(operand, formula());
}

inline Value compare(arith::CmpFPredicate predicate, Term a, Term b) {
  AdjointBuilder &adjoint = a.getAdjoint();
  return adjoint.getBuilder().createOrFold<arith::CmpFOp>(adjoint.getLoc(),
                                                          predicate, a, b);
}

inline Term select(Value condition, Term a, Term b) {
  AdjointBuilder &adjoint = a.getAdjoint();
  return Term(adjoint, adjoint.getBuilder().createOrFold<arith::SelectOp>(
                           adjoint.getLoc(), condition, a, b));
}

/// `g` where `condition` holds, else zero.
inline Term where(Value condition, Term g) {
  return select(condition, g, Term(g, 0.0));
}

/// `g` where `condition` does not hold, else zero.
inline Term whereNot(Value condition, Term g) {
  return select(condition, Term(g, 0.0), g);
}

/// A rule that says for itself what flows to each operand.
template <typename OpTy, void (*rule)(OpTy, Term, AdjointBuilder &)>
struct OperandsModel
    : public DifferentiableOpInterface::ExternalModel<OperandsModel<OpTy, rule>,
                                                      OpTy> {
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    if (Value g = adjoint.getGradient(op->getResult(0)))
      rule(cast<OpTy>(op), Term(adjoint, g), adjoint);
    return success();
  }
};

/// A function of one operand whose gradient is `formula(g, x)`.
template <typename OpTy, Term (*formula)(Term g, Term x)>
struct FromOperandModel : public DifferentiableOpInterface::ExternalModel<
                              FromOperandModel<OpTy, formula>, OpTy> {
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    Value x = op->getOperand(0);
    Value g = adjoint.getGradient(op->getResult(0));
    if (g)
      flowTo(x, adjoint,
             [&] { return formula(Term(adjoint, g), primal(adjoint, x)); });
    return success();
  }
};

/// A function of one operand whose gradient is `formula(g, r)`: nothing has to
/// be computed again.
template <typename OpTy, Term (*formula)(Term g, Term r)>
struct FromResultModel : public DifferentiableOpInterface::ExternalModel<
                             FromResultModel<OpTy, formula>, OpTy> {
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    Value r = op->getResult(0);
    if (Value g = adjoint.getGradient(r))
      flowTo(op->getOperand(0), adjoint,
             [&] { return formula(Term(adjoint, g), primal(adjoint, r)); });
    return success();
  }
};

/// An operation whose results do not change with its operands, wherever they
/// have a derivative.
template <typename OpTy>
struct ZeroDerivativeModel
    : public DifferentiableOpInterface::ExternalModel<ZeroDerivativeModel<OpTy>,
                                                      OpTy> {
  bool hasZeroDerivative(Operation *) const { return true; }
  LogicalResult buildAdjoint(Operation *, AdjointBuilder &) const {
    return success();
  }
};

} // namespace mlir::tacit

#endif // TACIT_PASSES_DIFFERENTIATION_SCALARRULES_H
