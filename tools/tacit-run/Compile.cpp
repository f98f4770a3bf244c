//===- Compile.cpp - From a file of MLIR to a program in memory -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/tacit-run/Compile.h"

#include "passes/execution/CompiledProgram.h"
#include "passes/execution/LowerModel.h"

#include "absl/status/status.h"

namespace tacit {
namespace {

class CompiledModel final : public Compiled {
public:
  CompiledModel(std::unique_ptr<mlir::tacit::CompiledProgram> code,
                llvm::StringMap<std::string> places)
      : code_(std::move(code)), places_(std::move(places)) {}
  const tacit_program *program() const override { return code_->get(); }
  std::string PlaceOf(const std::string &argument) const override {
    return places_.lookup(argument);
  }

private:
  std::unique_ptr<mlir::tacit::CompiledProgram> code_;
  llvm::StringMap<std::string> places_;
};

} // namespace

absl::StatusOr<std::unique_ptr<Compiled>>
Compile(const CompileOptions &options) {
  mlir::tacit::TrainingOptions training;
  training.strategy = options.strategy;
  training.ranks = options.ranks;
  training.optimizer = options.optimizer;
  training.schedule = options.schedule;
  auto model = mlir::tacit::lowerModel(options.model, training);
  if (!model)
    return absl::InvalidArgumentError(llvm::toString(model.takeError()));
  auto code = mlir::tacit::CompiledProgram::create(*(*model)->module);
  if (!code)
    return absl::InternalError(llvm::toString(code.takeError()));
  return std::make_unique<CompiledModel>(std::move(*code),
                                         std::move((*model)->places));
}

} // namespace tacit
