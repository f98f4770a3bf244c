//===- LearningRate.h - Learning rates as values ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_LEARNINGRATE_H
#define TACIT_PASSES_TRANSFORMS_LEARNINGRATE_H

#include "dialect/Tacit.h"

namespace mlir::tacit {

/// Those factors of `schedule`, which may be null, that change with the step.
SmallVector<ScheduleAttrInterface> getChangingFactors(ArrayAttr schedule);

/// `base` times the changing factors of `schedule` at `step`, an f64. `step`,
/// an i64, may be null if there are none.
Value buildLearningRate(OpBuilder &builder, Location loc, double base,
                        ArrayAttr schedule, Value step);

/// The rate at step `first` over that at step `second`, an f64: the product of
/// the factors' quotients. 1 if none changes.
Value buildRateRatio(OpBuilder &builder, Location loc, ArrayAttr schedule,
                     Value first, Value second);

/// Lets `step` report `rate`, an f64 that it computes, as "lr", unless it
/// reports one already.
void reportLearningRate(StepOp step, Location loc, Value rate);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_LEARNINGRATE_H
