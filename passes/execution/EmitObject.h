//===- EmitObject.h - A program as an object file ---------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiles what `tacit-to-cpu` made of a trainer to an object file that other
/// programs link.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_EXECUTION_EMITOBJECT_H
#define TACIT_PASSES_EXECUTION_EMITOBJECT_H

#include "passes/execution/ProgramFacts.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::tacit {

struct ObjectOptions {
  /// Names what others see of the object, which is one symbol: the descriptor
  /// is `NAME_program`. Empty: by the trainer's name.
  std::string name;
  /// As clang's -march takes: `x86-64-v3`, `znver4`; `native`: this machine's.
  std::string cpu = "native";
};

/// An object file, and what is to be known to use it.
struct ObjectCode {
  std::string name; ///< As in ObjectOptions, an identifier of C.
  llvm::SmallVector<char, 0> bytes;
  ProgramFacts facts;
};

/// Compiles `module`, which is in the LLVM dialect and has a `tacit_program`,
/// to position-independent code: it goes into executables and shared libraries
/// alike, and needs no relocation in its text. The same module and options give
/// the same bytes. Error: a processor that LLVM does not know, a name that is
/// no identifier.
llvm::Expected<ObjectCode> emitObject(ModuleOp module,
                                      const ObjectOptions &options);

} // namespace mlir::tacit

#endif // TACIT_PASSES_EXECUTION_EMITOBJECT_H
