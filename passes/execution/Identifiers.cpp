//===- Identifiers.cpp - Names for programs in C and C++ ------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/execution/Identifiers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::tacit;

/// Of C++20, which has those of C but for the first line.
static constexpr llvm::StringLiteral kKeywords[] = {
    "restrict",     "alignas",   "alignof",       "and",
    "and_eq",       "asm",       "auto",          "bitand",
    "bitor",        "bool",      "break",         "case",
    "catch",        "char",      "char16_t",      "char32_t",
    "char8_t",      "class",     "co_await",      "co_return",
    "co_yield",     "compl",     "concept",       "const",
    "const_cast",   "consteval", "constexpr",     "constinit",
    "continue",     "decltype",  "default",       "delete",
    "do",           "double",    "dynamic_cast",  "else",
    "enum",         "explicit",  "export",        "extern",
    "false",        "float",     "for",           "friend",
    "goto",         "if",        "inline",        "int",
    "long",         "mutable",   "namespace",     "new",
    "noexcept",     "not",       "not_eq",        "nullptr",
    "operator",     "or",        "or_eq",         "private",
    "protected",    "public",    "register",      "reinterpret_cast",
    "requires",     "return",    "short",         "signed",
    "sizeof",       "static",    "static_assert", "static_cast",
    "struct",       "switch",    "template",      "this",
    "thread_local", "throw",     "true",          "try",
    "typedef",      "typeid",    "typename",      "union",
    "unsigned",     "using",     "virtual",       "void",
    "volatile",     "wchar_t",   "while",         "xor",
    "xor_eq"};

std::string mlir::tacit::toIdentifier(llvm::StringRef name) {
  std::string text;
  for (char c : name)
    text.push_back(llvm::isAlnum(c) ? c : '_');
  // Two underscores, and one before a capital, are the implementation's.
  for (size_t at; (at = text.find("__")) != std::string::npos;)
    text.erase(at, 1);
  if (text.empty() || !llvm::isAlpha(text.front()))
    text = "m" + text;
  if (llvm::is_contained(kKeywords, text))
    text += "_";
  return text;
}

Identifiers::Identifiers(llvm::ArrayRef<llvm::StringRef> taken) {
  for (llvm::StringRef name : taken)
    this->taken.insert(name.lower());
}

std::string Identifiers::make(llvm::StringRef name) {
  const std::string first = toIdentifier(name);
  std::string text = first;
  for (int number = 2; !taken.insert(llvm::StringRef(text).lower()).second;
       ++number)
    text = first + "_" + std::to_string(number);
  return text;
}
