//===- DescriptorBuilder.h - Constants in the ABI's layout ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes the structs of runtime/abi/tacit_abi.h as constant globals.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_CONVERSION_DESCRIPTORBUILDER_H
#define TACIT_PASSES_CONVERSION_DESCRIPTORBUILDER_H

#include "dialect/Tacit.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::tacit {

/// What an entry takes or hands back.
struct NamedTensor {
  std::string name;
  ShapedType type;
  int64_t classes = 0; ///< As in tacit_named_tensor.
};

/// An entry of the program, or the lack of one.
struct EntryDescription {
  LLVM::LLVMFuncOp function; ///< Null if there is none.
  SmallVector<NamedTensor> arguments;
  SmallVector<NamedTensor> results;
};

/// What the descriptor says beside what the program operation holds.
struct ProgramDescription {
  std::string strategy;
  uint64_t arenaBytes = 0;
  EntryDescription step;
  EntryDescription endRound;
  EntryDescription evaluate;
};

/// The code of an element type, or failure if the runtime has none.
FailureOr<int32_t> dtypeOf(Type element);

/// The offset of each variable of `program` in the state, and behind the last
/// the size of all.
SmallVector<uint64_t> stateOffsets(ProgramOp program);

/// Creates the constant `tacit_program` and all that it points at. Fails on an
/// element type that the runtime does not have.
LogicalResult buildDescriptor(ProgramOp program,
                              const ProgramDescription &description);

} // namespace mlir::tacit

#endif // TACIT_PASSES_CONVERSION_DESCRIPTORBUILDER_H
