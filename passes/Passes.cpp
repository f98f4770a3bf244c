//===- Passes.cpp - Registers passes and external models --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Conversion.h"
#include "passes/pipelines/Strategy.h"
#include "passes/pipelines/ToCPU.h"
#include "passes/transforms/differentiation/AdjointBuilder.h"

using namespace mlir;

namespace mlir::tacit {

#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

void registerTacitPassesAndPipelines() {
  registerTacitPasses();
  registerTacitPipelines();
  registerToCPUPipeline();
}

void registerTacit(DialectRegistry &registry) {
  registry.insert<TacitDialect>();
  registerConversionExternalModels(registry);
  registerDifferentiationExternalModels(registry);
}

} // namespace mlir::tacit
