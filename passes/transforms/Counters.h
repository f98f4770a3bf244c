//===- Counters.h - Scalars that count steps --------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_COUNTERS_H
#define TACIT_PASSES_TRANSFORMS_COUNTERS_H

#include "dialect/Tacit.h"

namespace mlir::tacit {

/// The variable that counts a trainer's local steps.
inline constexpr StringLiteral kStepCounter = "step";
/// The variable that counts the exchanges of compressors that draw random
/// numbers.
inline constexpr StringLiteral kExchangeCounter = "exchange";

/// The variable that counts the local steps that schedules see, where those are
/// not all that there are.
inline constexpr StringLiteral kScheduleCounter = "schedule_step";

/// What the schedules of `trainer` go by: kScheduleCounter if it is there.
StringRef getScheduleCounter(TrainerOp trainer);

/// Adds a variable of zeros behind those that there are. Fails, at `op`, which
/// needs it, if the name is taken.
FailureOr<VariableOp> addVariable(TrainerOp trainer, Operation *op,
                                  StringRef name, RankedTensorType type,
                                  Role role);

/// What the counter `name` of `trainer` holds at the start of the body that
/// `op`, which needs it, is in, an i64. The first call adds the variable, which
/// then goes up by 1 each time that this body runs, or, if it counts steps,
/// with each step; the others, of other passes too, find it. Fails, at `op`, if
/// the name is taken by something else.
FailureOr<Value> getCounter(TrainerOp trainer, Operation *op, StringRef name);

/// Reads `variable`, a scalar i64, at the start of `body`, of a step or of what
/// ends a round, and adds 1 at its end. Returns the value before, or the one
/// after.
Value readAndIncrement(Block &body, VariableOp variable, bool readAfter);

/// Reads `variable`, a scalar, at the start of `body`; finds what was read
/// there before.
Value readScalar(Block &body, VariableOp variable);
/// Sets `variable`, a scalar, to `value` where `builder` is.
void setScalar(OpBuilder &builder, Location loc, VariableOp variable,
               Value value);

/// Where operations go that come last in `body`.
OpBuilder atEndOf(Block &body);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_COUNTERS_H
