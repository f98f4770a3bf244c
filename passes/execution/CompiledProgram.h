//===- CompiledProgram.h - A program in this process ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiles what `tacit-to-cpu` made of a trainer to machine code in memory.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_EXECUTION_COMPILEDPROGRAM_H
#define TACIT_PASSES_EXECUTION_COMPILEDPROGRAM_H

#include "runtime/abi/tacit_abi.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace llvm {
class Module;
class TargetMachine;
namespace orc {
class LLJIT;
} // namespace orc
} // namespace llvm

namespace mlir::tacit {

/// Registers what `CompiledProgram` needs of a context: the translation of the
/// LLVM dialect.
void registerExecution(DialectRegistry &registry);

/// Runs LLVM's optimizations for speed on `module`, for `machine`.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// The machine code of one program, for the processor that this runs on. What
/// the program calls (the functions of tacit_abi.h) is looked up in this
/// process. The code lives as long as this object.
class CompiledProgram {
public:
  /// Compiles `module`, which is in the LLVM dialect and has a `tacit_program`.
  static llvm::Expected<std::unique_ptr<CompiledProgram>>
  create(ModuleOp module);

  ~CompiledProgram();

  /// The program's descriptor; its entries can be called.
  const tacit_program *get() const { return program; }

private:
  CompiledProgram(std::unique_ptr<llvm::orc::LLJIT> jit,
                  const tacit_program *program);

  std::unique_ptr<llvm::orc::LLJIT> jit;
  const tacit_program *program;
};

} // namespace mlir::tacit

#endif // TACIT_PASSES_EXECUTION_COMPILEDPROGRAM_H
