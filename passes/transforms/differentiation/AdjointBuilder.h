//===- AdjointBuilder.h - The reverse sweep over a block --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a differentiation rule works with: the gradients known so far, the
/// values of the forward computation, and a place to build. One sweep serves
/// the tensors of a function, another the scalars of a linalg body.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_DIFFERENTIATION_ADJOINTBUILDER_H
#define TACIT_PASSES_DIFFERENTIATION_ADJOINTBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace mlir::tacit {

/// Reverse mode over the operations of one block. Gradients are never explicit
/// zeros: no gradient is a null value.
class AdjointBuilder {
public:
  virtual ~AdjointBuilder() = default;

  /// Finds the values of `block` that depend on `variables` and on which
  /// `roots` depend: only these get gradients. An operation between the two
  /// that has no rule is an error.
  LogicalResult findActive(Block &block, ValueRange variables,
                           ValueRange roots);

  /// Runs the rules of the operations of `block` from the last to the first.
  /// Before, the gradients of the roots must be added.
  LogicalResult sweep(Block &block);

  /// True if rules have to say what flows to `value`.
  bool needsGradient(Value value) const { return active.contains(value); }

  /// The gradient of the loss with respect to `value`, of the type of `value`;
  /// null if it is zero.
  Value getGradient(Value value);

  /// Adds `contribution`, of the type of `value`, to the gradient of `value`.
  /// A null contribution or a `value` without gradient is ignored.
  void addGradient(Value value, Value contribution);

  /// The same for a gradient that is zero where `value` was not chosen. There
  /// the derivative may be infinite and still must not count: rules further on
  /// do not multiply zeros.
  void addChosenGradient(Value value, Value contribution);

  /// True if all that flows to `value` comes from choices.
  bool isChosen(Value value) const {
    return contributions.contains(value) && !always.contains(value);
  }

  /// The gradient of `value` on top of `sum`, which is updated in place where
  /// only a slice of it changes.
  Value accumulateGradient(Value value, Value sum);

  /// What the forward computation gave `value`, usable where the adjoint is
  /// built.
  virtual Value getPrimal(Value value) = 0;

  /// Where the adjoint is built.
  OpBuilder &getBuilder() { return builder; }
  /// The location of the operation whose rule runs.
  Location getLoc() const { return loc; }

protected:
  AdjointBuilder(const OpBuilder &builder, Location loc)
      : builder(builder), loc(loc) {}

  OpBuilder builder;
  Location loc;

private:
  llvm::DenseSet<Value> active;
  /// Contributions not yet summed.
  llvm::DenseMap<Value, SmallVector<Value>> contributions;
  /// Those to which something flows that comes from no choice.
  llvm::DenseSet<Value> always;
  /// The result of the operation whose rule runs, if it may not have been
  /// chosen.
  Value chosen;
};

/// A floating-point value of an adjoint, scalar or tensor, with the arithmetic
/// that formulas are written in. Neutral constants fold away.
class Term {
public:
  Term(AdjointBuilder &adjoint, Value value)
      : adjoint(&adjoint), value(value) {}
  /// `number` as a value of the type of `like`.
  Term(Term like, double number);

  operator Value() const { return value; }
  AdjointBuilder &getAdjoint() const { return *adjoint; }
  Type getType() const { return value.getType(); }

  Term operator-() const;

  /// `OpTy` applied to `operands`, the first of which gives the type.
  template <typename OpTy, typename... Terms>
  static Term apply(Term first, Terms... rest) {
    AdjointBuilder &adjoint = first.getAdjoint();
    SmallVector<Value> operands = {first, rest...};
    return Term(adjoint, adjoint.getBuilder().createOrFold<OpTy>(
                             adjoint.getLoc(), first.getType(), operands));
  }

private:
  AdjointBuilder *adjoint;
  Value value;
};

Term operator+(Term a, Term b);
Term operator-(Term a, Term b);
Term operator*(Term a, Term b);
Term operator/(Term a, Term b);
inline Term operator+(Term a, double b) { return a + Term(a, b); }
inline Term operator-(double a, Term b) { return Term(b, a) - b; }
inline Term operator-(Term a, double b) { return a - Term(a, b); }
inline Term operator*(double a, Term b) { return b * Term(b, a); }
inline Term operator/(double a, Term b) { return Term(b, a) / b; }

/// `number` as a constant of `type`, a float or a tensor of floats; the extents
/// that `type` leaves open are those of `like`.
Value buildNumber(OpBuilder &builder, Location loc, Type type, double number,
                  Value like);

/// A tensor of the shape of `like` (a tensor) without a value.
Value buildEmptyLike(OpBuilder &builder, Location loc, Value like);

/// A tensor of zeros of the shape of `like`, to be accumulated into.
Value buildZerosLike(OpBuilder &builder, Location loc, Value like);

/// The sum of what flows to one value, all of its type.
Value buildGradientSum(OpBuilder &builder, Location loc,
                       ArrayRef<Value> contributions);

/// The sum of `sum` and `contributions`; those that are zero but for a slice
/// change no more than that slice.
Value buildAccumulation(OpBuilder &builder, Location loc, Value sum,
                        ArrayRef<Value> contributions);

/// True if `value` is defined in `region`, at any depth. Regions that belong to
/// no operation yet have no ancestors.
bool isDefinedIn(Value value, Region &region);

/// Calls `visit` for every value that `op` reads: its operands, and what its
/// regions read from outside of it.
void forEachRead(Operation *op, function_ref<void(Value)> visit);

/// True for floats and tensors of floats: what has a gradient.
bool isFloatLike(Type type);

/// If all entries of the tensor `value` are one constant, that constant.
std::optional<APFloat> getSplat(Value value);

void registerArithDifferentiation(DialectRegistry &registry);
void registerMathDifferentiation(DialectRegistry &registry);
void registerTensorDifferentiation(DialectRegistry &registry);
void registerLinalgDifferentiation(DialectRegistry &registry);
void registerControlFlowDifferentiation(DialectRegistry &registry);

/// Registers the rules of arith, math, tensor, linalg and scf.
void registerDifferentiationExternalModels(DialectRegistry &registry);

} // namespace mlir::tacit

#include "passes/transforms/differentiation/DifferentiableOpInterface.h.inc"

#endif // TACIT_PASSES_DIFFERENTIATION_ADJOINTBUILDER_H
