//===- EmitHeaders.h - A program as C and C++ see it ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes the headers that go with an object file.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_EXECUTION_EMITHEADERS_H
#define TACIT_PASSES_EXECUTION_EMITHEADERS_H

#include "passes/execution/EmitObject.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace mlir::tacit {

/// The text of a header for C and C++: the descriptor, sizes of data and
/// parameters, and a typed function for each entry. It includes
/// <tacit/tacit_runtime.h>, and refuses to be compiled with another version of
/// it than the object's.
std::string emitCHeader(const ObjectCode &object);

/// The text of a header for C++20: a class over the same, which throws. It
/// includes `cHeader`, the name of the other one.
std::string emitCppHeader(const ObjectCode &object, llvm::StringRef cHeader);

} // namespace mlir::tacit

#endif // TACIT_PASSES_EXECUTION_EMITHEADERS_H
