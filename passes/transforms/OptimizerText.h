//===- OptimizerText.h - Optimizers and schedules by name -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What texts such as `sgd{lr=0.1 momentum=0.9}` and `step{every=100
/// gamma=0.1}` say, before there is a model that they are given to.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_OPTIMIZERTEXT_H
#define TACIT_PASSES_TRANSFORMS_OPTIMIZERTEXT_H

#include "passes/transforms/TermText.h"

namespace mlir::tacit {

/// An optimizer, with every number in the range that its operation takes.
struct OptimizerChoice {
  enum class Kind { SGD, AdamW };
  Kind kind = Kind::SGD;
  double lr = 0.1;
  double momentum = 0.0;
  bool nesterov = false;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weightDecay = 0.0;
};

/// One factor of a learning-rate schedule: see the attributes of schedules.
struct ScheduleFactor {
  enum class Kind { Step, Cosine, WarmUp };
  Kind kind = Kind::Step;
  int64_t steps = 0; ///< Of step: `every`.
  double gamma = 0.0;
  double lowest = 0.0; ///< `final` of cosine.

  Attribute getAttribute(MLIRContext *context) const;
};

/// Parses `sgd{...}` or `adamw{...}`; a malformed one is one call of `error`.
FailureOr<OptimizerChoice> parseOptimizer(StringRef text,
                                          TextErrorHandler error);

/// Parses schedules joined by `+`. Factors are to be multiplied; `constant` is
/// none.
FailureOr<SmallVector<ScheduleFactor>> parseSchedule(StringRef text,
                                                     TextErrorHandler error);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_OPTIMIZERTEXT_H
