//===- ProgramFacts.h - What a descriptor says ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the descriptor of a program that is compiled for some other process:
/// what headers and messages say of it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_EXECUTION_PROGRAMFACTS_H
#define TACIT_PASSES_EXECUTION_PROGRAMFACTS_H

#include "runtime/abi/tacit_abi.h"

#include <cstdint>
#include <string>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::tacit {

/// As tacit_named_tensor.
struct TensorFacts {
  std::string name;
  tacit_dtype dtype = TACIT_F32;
  std::vector<int64_t> shape;

  int64_t elements() const;
};

/// As tacit_variable.
struct VariableFacts {
  TensorFacts tensor;
  tacit_role role = TACIT_PARAMETER;
  tacit_sharing sharing = TACIT_SHARED;
  uint64_t offset = 0;

  /// A parameter, and no rank's own copy of one.
  bool isParameter() const;
};

/// As tacit_entry.
struct EntryFacts {
  bool present = false;
  std::vector<TensorFacts> arguments, results;

  /// The first extent of the arguments; 0 if there are none.
  int64_t batchRows() const;
};

/// As tacit_program.
struct ProgramFacts {
  uint32_t abiVersion = 0;
  std::string name, strategy;
  int64_t ranks = 0;
  uint64_t stateBytes = 0, arenaBytes = 0;
  bool asynchronous = false; ///< Has a channel.
  std::vector<VariableFacts> variables;
  EntryFacts step, endRound, evaluate;
};

/// What the constant `tacit_program` of `module` says, which has a data layout.
ProgramFacts readProgramFacts(llvm::Module &module);

} // namespace mlir::tacit

#endif // TACIT_PASSES_EXECUTION_PROGRAMFACTS_H
