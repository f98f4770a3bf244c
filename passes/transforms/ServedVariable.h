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

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::tacit {

/// The end of the names of variables that hold what a round began with.
inline constexpr StringLiteral kAnchorSuffix = ".anchor";

/// The variable that an optimizer updates by `gradient`, or whose new value it
/// is; empty if there is none. What updates an anchor serves its variable.
inline StringRef getServedVariable(Value gradient) {
  for (OpOperand &use : gradient.getUses()) {
    auto optimizer = dyn_cast<OptimizerOpInterface>(use.getOwner());
    if (auto set = dyn_cast<SetOp>(use.getOwner()))
      return set.getVariable();
    // Scaled on its way.
    if (auto scaled = dyn_cast<linalg::GenericOp>(use.getOwner());
        scaled && scaled->getNumResults() == 1)
      if (StringRef name = getServedVariable(scaled.getResult(0));
          !name.empty())
        return name;
    if (!optimizer || &optimizer.getGradientOperand() != &use)
      continue;
    if (auto get = optimizer.getParameterValue().getDefiningOp<GetOp>()) {
      StringRef name = get.getVariable();
      name.consume_back(kAnchorSuffix);
      return name;
    }
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
  for (Operation *user : compress.getPayload().getUsers())
    if (isa<ContributionOpInterface>(user))
      return user->getParentOfType<TrainerOp>().getChannel().getMemberNames();
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
