//===- Compile.h - From a file of MLIR to a program in memory ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The compiler as the command line tools see it: no MLIR in the interface.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TOOLS_TACIT_RUN_COMPILE_H
#define TACIT_TOOLS_TACIT_RUN_COMPILE_H

#include "runtime/abi/tacit_abi.h"

#include "absl/status/statusor.h"

#include <memory>
#include <string>

namespace tacit {

struct CompileOptions {
  std::string model;     ///< A file of MLIR; "-": standard input.
  std::string strategy;  ///< `ssgd{...}`.
  std::string optimizer; ///< Empty: what the trainer says.
  std::string schedule;  ///< Empty: likewise.
  int ranks = 1;         ///< That will run the program.
};

/// Compiled code and its descriptor, for as long as this lives.
class Compiled {
public:
  virtual ~Compiled() = default;
  virtual const tacit_program *program() const = 0;
  /// Where the model's file declares a data argument, FILE:LINE:COLUMN; empty
  /// if that is not known.
  virtual std::string PlaceOf(const std::string &argument) const = 0;
};

/// Compiles a model for this machine. An error in the model is printed to
/// standard error, with its place there, and the status then has no text.
absl::StatusOr<std::unique_ptr<Compiled>>
Compile(const CompileOptions &options);

} // namespace tacit

#endif // TACIT_TOOLS_TACIT_RUN_COMPILE_H
