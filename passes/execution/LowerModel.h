//===- LowerModel.h - From a file of MLIR to the LLVM dialect ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads a model and runs every pass that makes a program of it: what the tools
/// that compile have in common.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_EXECUTION_LOWERMODEL_H
#define TACIT_PASSES_EXECUTION_LOWERMODEL_H

#include "passes/pipelines/Strategy.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace mlir::tacit {

/// A program in the LLVM dialect, with its `tacit_program`, and the context
/// that it lives in.
struct LoweredModel {
  explicit LoweredModel(const DialectRegistry &registry)
      : context(registry, MLIRContext::Threading::DISABLED) {}

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  /// Where the model's file declares each data argument, FILE:LINE:COLUMN.
  llvm::StringMap<std::string> places;
};

/// Lowers the model in `file`; "-" is standard input. An error in the model is
/// printed to standard error, with its place there; the error that is returned
/// then has no text.
llvm::Expected<std::unique_ptr<LoweredModel>>
lowerModel(const std::string &file, const TrainingOptions &options);

} // namespace mlir::tacit

#endif // TACIT_PASSES_EXECUTION_LOWERMODEL_H
