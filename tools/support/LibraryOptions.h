//===- LibraryOptions.h - Options that are not a tool's own -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Keeps what LLVM's libraries register out of the command lines of users.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TOOLS_SUPPORT_LIBRARYOPTIONS_H
#define TACIT_TOOLS_SUPPORT_LIBRARYOPTIONS_H

#include "llvm/Support/CommandLine.h"

#include <vector>

namespace tacit {

/// LLVM's libraries register hundreds of options of their own, which a user of
/// a tool has no use for, and some of which have our options' names. To be
/// called before the tool's options exist.
inline void RemoveOptionsOfLibraries() {
  std::vector<llvm::cl::Option *> others;
  for (auto &entry : llvm::cl::getRegisteredOptions())
    if (!entry.first.starts_with("help") && entry.first != "version")
      others.push_back(entry.second);
  for (llvm::cl::Option *option : others)
    option->removeArgument();
}

} // namespace tacit

#endif // TACIT_TOOLS_SUPPORT_LIBRARYOPTIONS_H
