//===- ToCPU.cpp - From a training step to machine code ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The staged lowering. After each stage a check makes sure that nothing of it
/// is left.
///
//===----------------------------------------------------------------------===//

#include "passes/pipelines/ToCPU.h"

#include "passes/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::tacit;

static void verifyStage(OpPassManager &manager, StringRef stage) {
  VerifyStagePassOptions options;
  options.stage = stage.str();
  manager.addPass(createVerifyStagePass(options));
}

/// Tensors: what is fused, and what stays a matrix product.
static void addTensorPasses(OpPassManager &manager, int64_t minWork) {
  OpPassManager &functions = manager.nest<func::FuncOp>();
  // Of what was differentiated there is none; evaluations are as written.
  functions.addPass(createConvertElementwiseToLinalgPass());
  // While all four extents are there.
  RaiseConvolutionPassOptions convolutions;
  convolutions.minWork = minWork;
  functions.addPass(createRaiseConvolutionPass(convolutions));
  functions.addPass(createLinalgFoldUnitExtentDimsPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  functions.addPass(createFuseElementwisePass());
  functions.addPass(createInferClassesPass());
  functions.addPass(createFuseUpdatePass());
  functions.addPass(createCSEPass());
}

/// Buffers: where everything lies, and who computes it.
static void addBufferPasses(OpPassManager &manager, int64_t minWork) {
  manager.addPass(createBufferizePass());
  // Parts of a buffer that are taken twice are one, and copies onto themselves
  // are none.
  OpPassManager &functions = manager.nest<func::FuncOp>();
  functions.addPass(createCSEPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  verifyStage(manager, "buffers");
  ConvertContractionPassOptions options;
  options.minWork = minWork;
  manager.nest<func::FuncOp>().addPass(createConvertContractionPass(options));
  manager.addPass(createOutlineKernelsPass());
  manager.addPass(createPlanArenaPass());
  manager.addPass(createConvertExchangePass());
  verifyStage(manager, "calls");
}

/// Loops, branches, LLVM.
static void addLLVMPasses(OpPassManager &manager, StringRef strategy) {
  OpPassManager &functions = manager.nest<func::FuncOp>();
  functions.addPass(createOrderLoopsPass());
  functions.addPass(createLowerMathPass());
  manager.addPass(createParallelizeKernelsPass());
  OpPassManager &loops = manager.nest<func::FuncOp>();
  loops.addPass(createConvertLinalgToLoopsPass());
  loops.addPass(memref::createExpandStridedMetadataPass());
  loops.addPass(createLowerAffinePass());
  loops.addPass(createSCFToControlFlowPass());
  loops.addPass(createCheckStatusPass());
  loops.addPass(createCanonicalizerPass());
  loops.addPass(createCSEPass());
  manager.addPass(tacit::createConvertToLLVMPass());
  manager.addPass(createCallPoolPass());
  EmitProgramPassOptions options;
  options.strategy = strategy.str();
  manager.addPass(createEmitProgramPass(options));
  verifyStage(manager, "llvm");
}

void mlir::tacit::buildToCPUPipeline(OpPassManager &manager,
                                     const ToCPUOptions &options) {
  manager.addPass(createOutlinePass());
  manager.addPass(createLowerCompressionPass());
  verifyStage(manager, "exchange");
  addTensorPasses(manager, options.minWork);
  addBufferPasses(manager, options.minWork);
  addLLVMPasses(manager, options.strategy);
}

void mlir::tacit::registerToCPUPipeline() {
  PassPipelineRegistration<ToCPUOptions>(
      "tacit-to-cpu", "Lower a trainer to LLVM for the CPU",
      [](OpPassManager &manager, const ToCPUOptions &options) {
        buildToCPUPipeline(manager, options);
      });
}
