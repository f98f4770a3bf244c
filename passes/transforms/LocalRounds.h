//===- LocalRounds.h - Rounds of several local steps ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the passes that write `tacit.end_round` agree on.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_LOCALROUNDS_H
#define TACIT_PASSES_TRANSFORMS_LOCALROUNDS_H

#include "dialect/Tacit.h"

namespace mlir::tacit {

/// The variable that holds the period, and the one that counts the steps of the
/// round at hand.
inline constexpr StringLiteral kPeriod = "tau";
inline constexpr StringLiteral kRoundPosition = "round_position";

/// The parameters that the step of `trainer` sets, in the order of variables.
SmallVector<VariableOp> getTrainedParameters(TrainerOp trainer);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_LOCALROUNDS_H
