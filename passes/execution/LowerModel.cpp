//===- LowerModel.cpp - From a file of MLIR to the LLVM dialect -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/execution/LowerModel.h"

#include "dialect/Tacit.h"
#include "passes/Passes.h"
#include "passes/conversion/Conversion.h"
#include "passes/execution/CompiledProgram.h"
#include "passes/execution/ParseModel.h"
#include "passes/pipelines/ToCPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/Extensions/AllExtensions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::tacit;

/// Only what models are written in; passes load what they lower to. Every
/// dialect of MLIR would cost a tenth of a second.
static void registerDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, bufferization::BufferizationDialect,
                  func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                  scf::SCFDialect, tensor::TensorDialect>();
  mlir::func::registerAllExtensions(registry);
  registerTacit(registry);
  registerConversionExternalModels(registry);
  registerExecution(registry);
}

static llvm::Error addPasses(PassManager &manager,
                             const TrainingOptions &options) {
  std::string message;
  LogicalResult result =
      buildTrainingPipeline(manager, options, [&](const Twine &text) {
        message = text.str();
        return failure();
      });
  if (failed(result))
    return llvm::createStringError(message);
  ToCPUOptions lowering;
  lowering.strategy = options.strategy;
  buildToCPUPipeline(manager, lowering);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<LoweredModel>>
mlir::tacit::lowerModel(const std::string &file,
                        const TrainingOptions &options) {
  DialectRegistry registry;
  registerDialects(registry);
  auto model = std::make_unique<LoweredModel>(registry);
  // A message points at its place in the model; the operation's own text, which
  // may be a whole module, helps nobody.
  model->context.printOpOnDiagnostic(false);

  PassManager manager(&model->context, ModuleOp::getOperationName());
  manager.enableVerifier(false);
  if (llvm::Error error = addPasses(manager, options))
    return std::move(error);

  llvm::SourceMgr sources;
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> text =
      llvm::MemoryBuffer::getFileOrSTDIN(file, /*IsText=*/true);
  if (!text)
    return llvm::createStringError("cannot read the model '" + file +
                                   "': " + text.getError().message());
  sources.AddNewSourceBuffer(std::move(*text), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &model->context);

  model->module = parseModel(sources, model->context);
  if (!model->module)
    return llvm::createStringError("");
  model->places = findDataArguments(*model->module);
  if (failed(manager.run(*model->module)))
    return llvm::createStringError("");
  return model;
}
