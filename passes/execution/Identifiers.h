//===- Identifiers.h - Names for programs in C and C++ ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Makes identifiers of the names in a model, which may be `layer0.weight`.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_EXECUTION_IDENTIFIERS_H
#define TACIT_PASSES_EXECUTION_IDENTIFIERS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace mlir::tacit {

/// `name`, if it is an identifier and no keyword of C or C++; else something
/// like it that is.
std::string toIdentifier(llvm::StringRef name);

/// Identifiers that differ from each other, in capitals too.
class Identifiers {
public:
  /// Takes some that are not to be given out.
  explicit Identifiers(llvm::ArrayRef<llvm::StringRef> taken = {});

  /// toIdentifier(name), with a number behind it if that has been given out.
  std::string make(llvm::StringRef name);

private:
  llvm::StringSet<> taken;
};

} // namespace mlir::tacit

#endif // TACIT_PASSES_EXECUTION_IDENTIFIERS_H
