//===- ServedVariable.h - Whose gradient a value is -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_SERVEDVARIABLE_H
#define TACIT_PASSES_TRANSFORMS_SERVEDVARIABLE_H

#include "dialect/Tacit.h"

namespace mlir::tacit {

/// The variable that an optimizer updates by `gradient`; empty if none does.
inline StringRef getServedVariable(Value gradient) {
  for (OpOperand &use : gradient.getUses()) {
    auto optimizer = dyn_cast<OptimizerOpInterface>(use.getOwner());
    if (!optimizer || &optimizer.getGradientOperand() != &use)
      continue;
    if (auto get = optimizer.getParameterValue().getDefiningOp<GetOp>())
      return get.getVariable();
  }
  return {};
}

/// The variables that optimizers update by `gradients`, in order; empty where
/// that is not known of each.
inline SmallVector<StringRef> getServedVariables(ValueRange gradients) {
  SmallVector<StringRef> names;
  for (Value gradient : gradients)
    if (StringRef name = getServedVariable(gradient); !name.empty())
      names.push_back(name);
  if (names.size() != gradients.size())
    names.clear();
  return names;
}

/// The variables whose gradients `compress` takes, in order; empty where that
/// is not known.
inline SmallVector<StringRef> getServedVariables(CompressOp compress) {
  AllReducePayloadOp exchange = compress.getExchange();
  Value payload = exchange ? exchange.getResult() : compress.getPayload();
  SmallVector<Value> gradients;
  for (Operation *user : payload.getUsers())
    if (auto decompress = dyn_cast<DecompressOp>(user))
      llvm::append_range(gradients, decompress.getResults());
  if (gradients.size() != compress.getInputs().size())
    return {};
  return getServedVariables(gradients);
}

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_SERVEDVARIABLE_H
