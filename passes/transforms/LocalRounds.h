//===- LocalRounds.h - Rounds of several local steps ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the passes that write `tacit.end_round` have in common.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_LOCALROUNDS_H
#define TACIT_PASSES_TRANSFORMS_LOCALROUNDS_H

#include "dialect/Tacit.h"

namespace mlir::tacit {

/// The variable that adds up the losses of the round at hand, an f64.
inline constexpr StringLiteral kRoundLoss = "round_loss";

/// The parameters that the step of `trainer` sets, in the order of variables.
SmallVector<VariableOp> getTrainedParameters(TrainerOp trainer);

/// Makes rounds of `period` steps each: the step counts them in @round_position
/// and adds up their losses in @round_loss, which it reports, with "tau" and
/// "round_ended"; what ends a round begins the next. What else it does goes
/// before that. Fails if rounds have an end already, steps exchange, or
/// steps set no parameter; `pass` is for messages.
FailureOr<EndRoundOp> addRounds(TrainerOp trainer, int64_t period,
                                StringRef pass);

/// A variable of the type of `like`, named after it with `suffix`, that begins
/// with its value. Fails, at `op`, if the name is taken.
FailureOr<VariableOp> addCopy(TrainerOp trainer, Operation *op, VariableOp like,
                              StringRef suffix, Role role);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_LOCALROUNDS_H
