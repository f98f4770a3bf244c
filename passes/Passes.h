//===- Passes.h - Passes and pipelines of Tacit -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

///
/// \file
/// Constructors and registration of every pass that Passes.td declares, and of
/// the pipelines made of them.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_PASSES_H
#define TACIT_PASSES_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace mlir::tacit {

#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

/// Registers every pass and pipeline of Tacit, for tools that take them by
/// name.
void registerTacitPassesAndPipelines();

/// Adds the dialect, and the external models that its passes need, to
/// `registry`.
void registerTacit(DialectRegistry &registry);

} // namespace mlir::tacit

#endif // TACIT_PASSES_PASSES_H
