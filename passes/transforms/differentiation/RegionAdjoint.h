//===- RegionAdjoint.h - The adjoint of a region of control flow -*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the rules of loops and branches share: a sweep inside a region, and the
/// choice of what the forward region saves for it and what it computes again.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_DIFFERENTIATION_REGIONADJOINT_H
#define TACIT_PASSES_DIFFERENTIATION_REGIONADJOINT_H

#include "passes/transforms/differentiation/AdjointBuilder.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::tacit {

/// The sweep over the block of a region, built in another region. Forward
/// values are used as they are, as if they could be seen there;
/// ForwardValues then makes that true.
class RegionAdjoint : public AdjointBuilder {
public:
  RegionAdjoint(const OpBuilder &builder, Location loc)
      : AdjointBuilder(builder, loc) {}
  Value getPrimal(Value value) override { return value; }
};

/// The values that `region` reads from outside of it.
SetVector<Value> findCaptured(Region &region);

/// The values of `block` on which `roots` depend, and what it reads for them;
/// the roots themselves too.
llvm::DenseSet<Value> findInfluences(Block &block, ValueRange roots);

/// What an adjoint, built in the region `backward`, uses of the values of the
/// region `forward`. Cheap ones are computed again, from others; the rest has
/// to be saved.
class ForwardValues {
public:
  /// With `recompute`, nothing is ever saved but block arguments.
  ForwardValues(Region &forward, Region &backward, bool recompute);

  /// The values that have to be saved. `free` needs no saving: it can be known
  /// without (the index of a loop).
  SmallVector<Value> findSaved(Value free = {});

  /// Lets the adjoint use what `builder` builds: `read(value)` for what is
  /// saved, and `freeValue` for `free`.
  void resolve(OpBuilder &builder, function_ref<Value(Value)> read,
               Value freeValue = {});

private:
  bool isInside(Value value) const;
  /// Collects the arguments that computing `value` again reads; false if it
  /// takes more than cheap operations.
  bool collectArguments(Value value, SetVector<Value> &arguments) const;
  Value compute(OpBuilder &builder, Value value,
                function_ref<Value(Value)> read);

  Region &forward;
  Region &backward;
  bool recompute;
  Value free;
  llvm::DenseSet<Value> needed;
  SetVector<Value> saved;
  IRMapping resolved;
};

/// The size of `type` in bytes; 0 if it is not known.
int64_t getBytes(Type type);

} // namespace mlir::tacit

#endif // TACIT_PASSES_DIFFERENTIATION_REGIONADJOINT_H
