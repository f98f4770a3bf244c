//===- BodyAdjoint.h - The adjoint of a linalg body -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Builds one linalg.generic over the iteration space of a linalg operation,
/// whose body is made of the operation's body.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_DIFFERENTIATION_BODYADJOINT_H
#define TACIT_PASSES_DIFFERENTIATION_BODYADJOINT_H

#include "passes/transforms/differentiation/AdjointBuilder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::tacit {

/// The sweep over the scalars of a body. What it reads becomes an input of the
/// generic, on demand: a body that needs an operand's value twice has one input
/// for it, and one that does not need it has none.
class BodyAdjoint : public AdjointBuilder {
public:
  /// `outer` is the sweep over the block that holds `op`.
  BodyAdjoint(linalg::LinalgOp op, AdjointBuilder &outer);

  /// The entry of `tensor` that `map` says, in the body; `tensor` itself if it
  /// is a scalar.
  Value read(Value tensor, AffineMap map);

  /// The forward value of a scalar of the body: read from the result if the
  /// operation stores it, else computed again.
  Value getPrimal(Value value) override;

  /// Builds the generic that sums `entry`, a value of the body, over all points
  /// of the iteration space that `map` sends to one entry of the result. The
  /// result has the type of `like`. Returns nothing but a constant or an input
  /// where that is all there is to it.
  Value finish(Value entry, AffineMap map, Value like);

  /// The running value of a reduction that a rule asked for, if one did: no
  /// such value is kept.
  BlockArgument getMissing() const { return missing; }

private:
  /// `entry` is the constant `number`: so is its sum.
  Value finishConstant(const APFloat &number, AffineMap map, Value like);
  Value computeAgain(Value value);
  void dropUnused(Value entry);
  /// Adds inputs of the operation until maps determine the iteration space.
  void determineLoops(AffineMap map);
  bool determinesLoops(AffineMap map);

  linalg::LinalgOp op;
  AdjointBuilder &outer;
  Region region;
  Block *body;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  llvm::DenseMap<Value, Value> primals;
  BlockArgument missing;
};

} // namespace mlir::tacit

#endif // TACIT_PASSES_DIFFERENTIATION_BODYADJOINT_H
