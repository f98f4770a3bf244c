//===- SanitizerDefaults.cpp - Options under sanitizers ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// LLVM's bump allocator poisons what is not given out yet, in code compiled
/// with the address sanitizer. Debian's libraries are not, and never lift that
/// from what they give out of an allocator of ours. ASAN_OPTIONS overrides
/// this.
///
//===----------------------------------------------------------------------===//

// The name is the sanitizer's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char *__asan_default_options();
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0";
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
