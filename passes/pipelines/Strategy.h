//===- Strategy.h - How ranks train together, by name -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A strategy text names how ranks train together: `ssgd`, or
/// `ssgd{bucket-bytes=1MiB overlap=off}`; several, joined by `+`, fill the
/// slots of one plan. This header turns such a text into passes, and puts those
/// that every program needs around them.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_PIPELINES_STRATEGY_H
#define TACIT_PASSES_PIPELINES_STRATEGY_H

#include "passes/transforms/TermText.h"

#include "mlir/Pass/PassManager.h"

#include <optional>
#include <string>

namespace mlir::tacit {

/// The strategy of a program that names none.
inline constexpr StringLiteral kDefaultStrategy = "ssgd";

/// Adds the passes of the strategy `text` to `pm`, which runs on modules. They
/// take a trainer for one worker whose losses are differentiated, and leave one
/// that exchanges. On a text that is malformed, unknown or not available, calls
/// `error` with one line and adds nothing.
LogicalResult buildStrategyPipeline(OpPassManager &pm, StringRef text,
                                    TextErrorHandler error);

/// What decides, with the model, which program is trained.
struct TrainingOptions {
  std::string strategy = kDefaultStrategy.str();
  std::optional<int64_t> ranks = 1; ///< At least 1; none: any, at run time.
  std::string optimizer; ///< As in `tacit-set-optimizer`; empty keeps it.
  std::string schedule;  ///< As in `tacit-set-optimizer`; empty keeps it.
};

/// Adds to `pm`, which runs on modules, every pass from a model, as its author
/// or a front end wrote it, to a step that exchanges, on tensors, with its
/// optimizers expanded: what the lowering takes. Fails like
/// buildStrategyPipeline.
LogicalResult buildTrainingPipeline(OpPassManager &pm,
                                    const TrainingOptions &options,
                                    TextErrorHandler error);

/// Registers the pipelines `tacit-ssgd`, which takes the options of the
/// strategy of that name, and `tacit-train`, which takes TrainingOptions.
void registerTacitPipelines();

} // namespace mlir::tacit

#endif // TACIT_PASSES_PIPELINES_STRATEGY_H
