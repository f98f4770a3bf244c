//===- programs.h - Programs that fuzzers read ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What fuzzers of MLIR's two formats require of whatever they read.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_FUZZ_PROGRAMS_H
#define TACIT_TEST_FUZZ_PROGRAMS_H

#include <string>
#include <vector>

namespace tacit {

/// The tests' programs, each operation at the top of a file by itself.
struct Programs {
  std::vector<std::string> texts;
  std::vector<std::string> bytecodes;
  /// Pieces of files that the tests want refused.
  std::vector<std::string> refused;
};

/// Those of the `.mlir` files below `folder`, of at most `longest` bytes.
Programs FindPrograms(const std::string &folder, size_t longest);

/// Reads `bytes` as tacit-run and tacit-opt read files, as text or bytecode.
/// Requires of a program that is taken that it can be printed, in both forms,
/// written as bytecode, and read again as the same; and of one that is not,
/// that something is said about it.
void ReadProgram(const std::string &bytes);

} // namespace tacit

#endif // TACIT_TEST_FUZZ_PROGRAMS_H
