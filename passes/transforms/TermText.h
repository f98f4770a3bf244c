//===- TermText.h - Texts like sgd{lr=0.1}+clip{norm=1} ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Optimizers, schedules and strategies are named on the command line by terms:
/// `NAME` or `NAME{key=value key=value}`, joined by `+`. In names and keys,
/// dashes and underscores are the same.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_PASSES_TRANSFORMS_TERMTEXT_H
#define TACIT_PASSES_TRANSFORMS_TERMTEXT_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace mlir::tacit {

/// Takes a message about a text, and returns failure.
using TextErrorHandler = function_ref<LogicalResult(const Twine &)>;

/// One `key=value` of a term.
struct NamedOption {
  std::string key; ///< With dashes, whatever was written.
  std::string value;
};

/// One `NAME{...}` of a text.
struct NamedTerm {
  std::string name; ///< With underscores, whatever was written.
  SmallVector<NamedOption> options;
};

/// Parses terms joined by `+`. `what`, such as "optimizer", says in messages
/// what is parsed.
FailureOr<SmallVector<NamedTerm>> parseTerms(StringRef text, StringRef what,
                                             TextErrorHandler error);

/// The end of a message about an unknown name: "; did you mean 'sgd'?" if one
/// of `known` is near, else "; known are adamw, sgd".
std::string suggestName(StringRef name, ArrayRef<StringRef> known);

/// Reads the options of one term. Every option is read by one call; `finish`
/// then fails on those that no call asked for, and on what failed before.
class TermReader {
public:
  TermReader(const NamedTerm &term, TextErrorHandler error)
      : term(term), error(error) {}

  /// The text of option `key`; null if it is not given.
  const std::string *read(StringRef key);
  /// Each of these leaves `value` alone if the option is not given, or does not
  /// read as what it must be; then `finish` fails.
  void read(StringRef key, double &value);
  /// The same for a number in a range; `wanted` says which, as in "above 0".
  void read(StringRef key, double &value, function_ref<bool(double)> isInRange,
            StringRef wanted);
  void read(StringRef key, int64_t &value);
  /// `true`, `on`, `false` or `off`.
  void read(StringRef key, bool &value);

  LogicalResult finish();

private:
  void fail(const Twine &message);

  const NamedTerm &term;
  TextErrorHandler error;
  SmallVector<StringRef> known;
  bool failed = false;
};

/// A number of bytes, at least 0: `25MiB`, `100KB`, `4096`. Null if it is not
/// one.
std::optional<int64_t> parseBytes(StringRef text);

/// A switch: `true`, `on`, `false` or `off`. Null if it is not one.
std::optional<bool> parseSwitch(StringRef text);

} // namespace mlir::tacit

#endif // TACIT_PASSES_TRANSFORMS_TERMTEXT_H
