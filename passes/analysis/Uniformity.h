//===- Uniformity.h - Which values are the same on every rank ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A collective that one rank reaches and another does not leaves the first
/// waiting. Whether ranks reach it is decided by the values that control flow
/// tests; this analysis says which values are equal on every rank.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_ANALYSIS_UNIFORMITY_H
#define TACIT_PASSES_ANALYSIS_UNIFORMITY_H

#include "dialect/Tacit.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tacit {

/// A unit attribute of a `tacit.variable` that ranks may hold different values
/// of. `tacit-verify-uniform` sets it.
inline constexpr StringLiteral kPerRankAttrName = "tacit.per_rank";
/// The same of one that ranks hold different values of within a round of local
/// steps, and the same value between rounds.
inline constexpr StringLiteral kPerRankInRoundAttrName =
    "tacit.per_rank_in_round";

/// The values of a trainer's step, and of what ends its rounds, that are equal
/// on every rank, each time they are computed.
///
/// Constants, the number of ranks and the results of collectives are. The
/// rank's number, its clock and its batch are not, nor is anything computed
/// from them, or chosen by control flow that they decide. A variable is if
/// every value that the step sets is, since all ranks start with rank 0's. What
/// is unknown counts as different.
///
/// The result holds until the step changes. Calls are expected to be inlined; a
/// call's results count as different if its operands do, or if its callee asks
/// for the rank.
class UniformityAnalysis {
public:
  explicit UniformityAnalysis(TrainerOp trainer);

  /// True if `value`, of the trainer's step, is equal on every rank.
  bool isUniform(Value value) const { return !causes.contains(value); }

  /// True if all ranks hold the same value of `variable` between steps.
  bool isUniform(VariableOp variable) const {
    return !variableCauses.contains(variable.getSymName());
  }

  /// True if all ranks hold the same value of `variable` between rounds: local
  /// steps may set different ones, as long as what ends a round sets the same.
  bool isUniformBetweenRounds(VariableOp variable) const;

  /// The set by which `variable`, which is not uniform, first differs.
  SetOp getCause(VariableOp variable) const {
    return variableCauses.lookup(variable.getSymName());
  }

  /// If ranks may disagree on whether they reach `op`, or how often, the value
  /// that decides it; null if they agree.
  Value getDecidingValue(Operation *op) const { return decidedBy.lookup(op); }

  /// Where the difference between ranks comes from.
  struct Origin {
    Value source; ///< The first value that differs: all others follow from it.
    /// Sets by which the difference passes through variables, the last first.
    SmallVector<SetOp> sets;
  };

  /// Of `value`, which is not uniform: the way back to where ranks begin to
  /// differ.
  Origin getOrigin(Value value) const;

private:
  class Solver;

  /// Of each value that is not uniform: the value that makes it so, or null if
  /// it is a source itself.
  DenseMap<Value, Value> causes;
  /// Of each variable that is not uniform: the set that makes it so.
  llvm::StringMap<SetOp> variableCauses;
  /// Operations that not all ranks reach alike, and what decides that.
  DenseMap<Operation *, Value> decidedBy;
};

} // namespace mlir::tacit

#endif // TACIT_PASSES_ANALYSIS_UNIFORMITY_H
