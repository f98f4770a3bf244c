//===- ToCPU.h - From a training step to machine code -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pipeline `tacit-to-cpu`.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_PIPELINES_TOCPU_H
#define TACIT_PASSES_PIPELINES_TOCPU_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <string>

namespace mlir::tacit {

/// Options of `tacit-to-cpu`.
struct ToCPUOptions : public PassPipelineOptions<ToCPUOptions> {
  PassOptions::Option<std::string> strategy{
      *this, "strategy",
      llvm::cl::desc("The text that chose the passes, for the descriptor"),
      llvm::cl::init("")};
  PassOptions::Option<int64_t> minWork{
      *this, "min-work",
      llvm::cl::desc("Fewest multiplications for which a call of the runtime "
                     "pays"),
      llvm::cl::init(4096)};
};

/// Adds the passes that take a trainer without gradients and optimizers to the
/// LLVM dialect, with the descriptor `tacit_program`.
void buildToCPUPipeline(OpPassManager &manager, const ToCPUOptions &options);

void registerToCPUPipeline();

} // namespace mlir::tacit

#endif // TACIT_PASSES_PIPELINES_TOCPU_H
