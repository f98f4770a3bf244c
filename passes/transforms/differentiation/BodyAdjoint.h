//===- BodyAdjoint.h - The adjoint of a linalg body -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Builds linalg.generics over the iteration space of a linalg operation, whose
/// bodies are made of the operation's body.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_DIFFERENTIATION_BODYADJOINT_H
#define TACIT_PASSES_DIFFERENTIATION_BODYADJOINT_H

#include "passes/transforms/differentiation/AdjointBuilder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::tacit {

/// The sweep over the scalars of a body, in a block that belongs to no
/// operation yet. What is read there becomes an input of those generics that
/// need it.
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
  /// where that is all there is to it. What one call stores, later calls read
  /// instead of computing it again.
  Value finish(Value entry, AffineMap map, Value like);

  /// The adjoint of a lookup: sums `entry` over all points of the iteration
  /// space into the entry that `indices`, values of the operation's body, say
  /// there of a tensor like `like`. A loop, since points may meet in one entry.
  Value scatter(Value entry, ValueRange indices, Value like);

  /// The running value of a reduction that a rule asked for, if one did: no
  /// such value is kept.
  BlockArgument getMissing() const { return missing; }

private:
  /// Where a value of the body can be read.
  struct Stored {
    Value tensor;
    AffineMap map;
  };
  /// A generic to be: the part of the body that one entry needs.
  struct Extract {
    Region region;
    IRMapping mapping;
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
  };

  /// The sum of `entry` if it is a constant, or null.
  Value finishConstant(Value entry, AffineMap map, Value like);
  Value computeAgain(Value value);
  void extract(Value value, Extract &part);
  /// Adds inputs of the operation until maps determine the iteration space.
  void determineLoops(AffineMap map, Extract &part);

  linalg::LinalgOp op;
  AdjointBuilder &outer;
  Region region;
  Block *body;
  llvm::DenseMap<Value, Value> primals;
  llvm::DenseMap<Value, Stored> stored; ///< Arguments of the body among them.
  BlockArgument missing;
};

} // namespace mlir::tacit

#endif // TACIT_PASSES_DIFFERENTIATION_BODYADJOINT_H
