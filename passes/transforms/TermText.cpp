//===- TermText.cpp - Texts like sgd{lr=0.1}+clip{norm=1} -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/TermText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

static std::string withUnderscores(StringRef name) {
  std::string result = name.str();
  std::replace(result.begin(), result.end(), '-', '_');
  return result;
}

static std::string withDashes(StringRef name) {
  std::string result = name.str();
  std::replace(result.begin(), result.end(), '_', '-');
  return result;
}

static bool isName(StringRef text) {
  return !text.empty() && llvm::isAlpha(text[0]) &&
         llvm::all_of(text, [](char c) {
           return llvm::isAlnum(c) || c == '-' || c == '_';
         });
}

/// Splits `text` where `isSeparator` holds outside braces, without empty
/// pieces if `dropEmpty`. Null if braces do not match.
static std::optional<SmallVector<StringRef>>
splitOutsideBraces(StringRef text, function_ref<bool(char)> isSeparator,
                   bool dropEmpty) {
  SmallVector<StringRef> pieces;
  int depth = 0;
  size_t begin = 0;
  auto add = [&](size_t end) {
    StringRef piece = text.slice(begin, end);
    if (!dropEmpty || !piece.empty())
      pieces.push_back(piece);
    begin = end + 1;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth < 0)
      return std::nullopt;
    if (depth == 0 && isSeparator(text[i]))
      add(i);
  }
  add(text.size());
  return depth == 0 ? std::make_optional(pieces) : std::nullopt;
}

/// Parses one `NAME` or `NAME{key=value ...}`.
static FailureOr<NamedTerm> parseTerm(StringRef text, StringRef what,
                                      TextErrorHandler error) {
  size_t brace = text.find('{');
  StringRef name = text.take_front(brace).trim();
  if (!isName(name)) {
    (void)error(what + " '" + text + "' must start with a name, as in " +
                "NAME{key=value}");
    return failure();
  }
  NamedTerm term{withUnderscores(name), {}};
  if (brace == StringRef::npos)
    return term;
  if (!text.ends_with("}")) {
    (void)error(what + " '" + text + "' must end with its closing brace");
    return failure();
  }
  auto isSpace = [](char c) { return c == ' ' || c == ',' || c == '\t'; };
  auto options = splitOutsideBraces(text.slice(brace + 1, text.size() - 1),
                                    isSpace, /*dropEmpty=*/true);
  if (!options) {
    (void)error(what + " '" + text + "' has braces that do not match");
    return failure();
  }
  for (StringRef option : *options) {
    auto [key, value] = option.split('=');
    if (!isName(key) || value.empty()) {
      (void)error(what + " '" + term.name + "' has '" + option +
                  "' where it takes key=value");
      return failure();
    }
    std::string dashed = withDashes(key);
    if (llvm::any_of(term.options,
                     [&](const NamedOption &o) { return o.key == dashed; })) {
      (void)error(what + " '" + term.name + "' has the option '" + dashed +
                  "' twice");
      return failure();
    }
    term.options.push_back({dashed, value.str()});
  }
  return term;
}

FailureOr<SmallVector<NamedTerm>>
mlir::tacit::parseTerms(StringRef text, StringRef what,
                        TextErrorHandler error) {
  auto pieces = splitOutsideBraces(
      text, [](char c) { return c == '+'; }, /*dropEmpty=*/false);
  if (!pieces) {
    (void)error(what + " '" + text + "' has braces that do not match");
    return failure();
  }
  SmallVector<NamedTerm> terms;
  for (StringRef piece : *pieces) {
    FailureOr<NamedTerm> term = parseTerm(piece.trim(), what, error);
    if (failed(term))
      return failure();
    terms.push_back(std::move(*term));
  }
  return terms;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string mlir::tacit::suggestName(StringRef name,
                                     ArrayRef<StringRef> known) {
  StringRef nearest;
  unsigned least = 0;
  for (StringRef candidate : known) {
    unsigned distance = name.edit_distance(candidate);
    auto longer =
        static_cast<unsigned>(std::max(name.size(), candidate.size()));
    // Farther than that, it was hardly meant.
    if (distance > std::max(2u, longer / 3) || distance >= longer)
      continue;
    if (nearest.empty() || distance < least) {
      nearest = candidate;
      least = distance;
    }
  }
  if (!nearest.empty())
    return ("; did you mean '" + nearest + "'?").str();
  return known.empty() ? "; there are none"
                       : "; known are " + llvm::join(known, ", ");
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

std::optional<int64_t> mlir::tacit::parseBytes(StringRef text) {
  text = text.trim();
  size_t digits = text.find_first_not_of("0123456789.");
  StringRef unit =
      digits == StringRef::npos ? StringRef() : text.substr(digits).ltrim();
  double scale = llvm::StringSwitch<double>(unit)
                     .Cases({"", "B"}, 1)
                     .Cases({"KB", "kB"}, 1e3)
                     .Case("MB", 1e6)
                     .Case("GB", 1e9)
                     .Case("KiB", 1024.0)
                     .Case("MiB", 1024.0 * 1024)
                     .Case("GiB", 1024.0 * 1024 * 1024)
                     .Default(0);
  double number;
  if (scale == 0 || text.take_front(digits).getAsDouble(number) || number < 0)
    return std::nullopt;
  double bytes = number * scale;
  // Beyond 2^53 a double is no longer every whole number.
  if (bytes != std::floor(bytes) || bytes > 9007199254740992.0)
    return std::nullopt;
  return static_cast<int64_t>(bytes);
}

std::optional<bool> mlir::tacit::parseSwitch(StringRef text) {
  if (text == "true" || text == "on")
    return true;
  if (text == "false" || text == "off")
    return false;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// TermReader
//===----------------------------------------------------------------------===//

void TermReader::fail(const Twine &message) {
  // The first message is the one to act on.
  if (!failed)
    (void)error(message);
  failed = true;
}

const std::string *TermReader::read(StringRef key) {
  if (!llvm::is_contained(known, key))
    known.push_back(key);
  for (const NamedOption &option : term.options)
    if (option.key == key)
      return &option.value;
  return nullptr;
}

void TermReader::read(StringRef key, double &value) {
  read(key, value, [](double) { return true; }, "");
}

void TermReader::read(StringRef key, double &value,
                      function_ref<bool(double)> isInRange, StringRef wanted) {
  const std::string *text = read(key);
  if (!text)
    return;
  double number;
  if (StringRef(*text).getAsDouble(number) || !std::isfinite(number) ||
      !isInRange(number))
    return fail("option '" + key + "' of '" + term.name + "' must be a number" +
                (wanted.empty() ? "" : " ") + wanted + ", got '" + *text + "'");
  value = number;
}

void TermReader::read(StringRef key, int64_t &value) {
  const std::string *text = read(key);
  if (!text)
    return;
  int64_t number;
  if (StringRef(*text).getAsInteger(10, number))
    return fail("option '" + key + "' of '" + term.name +
                "' must be a whole number, got '" + *text + "'");
  value = number;
}

void TermReader::read(StringRef key, bool &value) {
  const std::string *text = read(key);
  if (!text)
    return;
  std::optional<bool> parsed = parseSwitch(*text);
  if (!parsed)
    return fail("option '" + key + "' of '" + term.name +
                "' must be on or off, got '" + *text + "'");
  value = *parsed;
}

LogicalResult TermReader::finish() {
  for (const NamedOption &option : term.options)
    if (!llvm::is_contained(known, option.key))
      fail("'" + term.name + "' has no option '" + option.key + "'" +
           suggestName(option.key, known));
  return failure(failed);
}
