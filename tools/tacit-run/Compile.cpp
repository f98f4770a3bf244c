//===- Compile.cpp - From a file of MLIR to a program in memory -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tacit-run/Compile.h"

#include "dialect/Tacit.h"
#include "passes/Passes.h"
#include "passes/conversion/Conversion.h"
#include "passes/execution/CompiledProgram.h"
#include "passes/pipelines/Strategy.h"
#include "passes/pipelines/ToCPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/Extensions/AllExtensions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/SourceMgr.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

using namespace mlir;

namespace tacit {
namespace {

class CompiledModel final : public Compiled {
public:
  explicit CompiledModel(std::unique_ptr<mlir::tacit::CompiledProgram> code)
      : code_(std::move(code)) {}
  const tacit_program *program() const override { return code_->get(); }

private:
  std::unique_ptr<mlir::tacit::CompiledProgram> code_;
};

} // namespace

/// Only what models are written in; passes load what they lower to. Every
/// dialect of MLIR would cost a tenth of a second.
static void RegisterDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, bufferization::BufferizationDialect,
                  func::FuncDialect, linalg::LinalgDialect, math::MathDialect,
                  scf::SCFDialect, tensor::TensorDialect>();
  mlir::func::registerAllExtensions(registry);
  mlir::tacit::registerTacit(registry);
  mlir::tacit::registerConversionExternalModels(registry);
  mlir::tacit::registerExecution(registry);
}

static absl::Status AddPasses(PassManager &manager,
                              const CompileOptions &options) {
  mlir::tacit::TrainingOptions training;
  training.strategy = options.strategy;
  training.ranks = options.ranks;
  training.optimizer = options.optimizer;
  training.schedule = options.schedule;
  std::string message;
  LogicalResult result = mlir::tacit::buildTrainingPipeline(
      manager, training, [&](const Twine &text) {
        message = text.str();
        return failure();
      });
  if (failed(result))
    return absl::InvalidArgumentError(message);
  mlir::tacit::ToCPUOptions lowering;
  lowering.strategy = options.strategy;
  mlir::tacit::buildToCPUPipeline(manager, lowering);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Compiled>>
Compile(const CompileOptions &options) {
  DialectRegistry registry;
  RegisterDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  // A message points at its place in the model; the operation's own text, which
  // may be a whole module, helps nobody.
  context.printOpOnDiagnostic(false);

  PassManager manager(&context, ModuleOp::getOperationName());
  manager.enableVerifier(false);
  if (absl::Status status = AddPasses(manager, options); !status.ok())
    return status;

  llvm::SourceMgr sources;
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> file =
      llvm::MemoryBuffer::getFileOrSTDIN(options.model, /*IsText=*/true);
  if (!file)
    return absl::NotFoundError(absl::StrCat("cannot read the model '",
                                            options.model,
                                            "': ", file.getError().message()));
  sources.AddNewSourceBuffer(std::move(*file), llvm::SMLoc());
  SourceMgrDiagnosticHandler diagnostics(sources, &context);

  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module || failed(manager.run(*module)))
    return absl::InvalidArgumentError("");

  llvm::Expected<std::unique_ptr<mlir::tacit::CompiledProgram>> code =
      mlir::tacit::CompiledProgram::create(*module);
  if (!code)
    return absl::InternalError(llvm::toString(code.takeError()));
  return std::make_unique<CompiledModel>(std::move(*code));
}

} // namespace tacit
