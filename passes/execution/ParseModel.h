//===- ParseModel.h - Reads a file of MLIR as a model -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// For tools that take models of users: what is wrong with one is said in terms
/// of models, not of MLIR's tools.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_EXECUTION_PARSEMODEL_H
#define TACIT_PASSES_EXECUTION_PARSEMODEL_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/SourceMgr.h"

#include <string>

namespace mlir::tacit {

/// Parses the model in `sources`; null, with a message, if it is none, or has
/// operations of dialects that models are not written in.
OwningOpRef<ModuleOp> parseModel(llvm::SourceMgr &sources,
                                 MLIRContext &context);

/// Where each data argument of a model is declared, as FILE:LINE:COLUMN, by
/// name.
llvm::StringMap<std::string> findDataArguments(ModuleOp model);

} // namespace mlir::tacit

#endif // TACIT_PASSES_EXECUTION_PARSEMODEL_H
