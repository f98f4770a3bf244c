//===- json_line.h - A JSON object on one line ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes one flat JSON object into memory of a fixed size.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_REPORT_JSON_LINE_H
#define TACIT_RUNTIME_REPORT_JSON_LINE_H

#include "absl/strings/string_view.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>

namespace tacit {

/// Numbers are the shortest that read back the same, whatever the locale.
/// Allocates nothing. A line has room for some forty keys; names in it are
/// cut to what a line can take.
class JsonLine {
public:
  JsonLine() { Put('{'); }

  void Begin(absl::string_view key) {
    Key(key);
    Put('{');
    first_ = true;
  }
  void End() {
    Put('}');
    first_ = false;
  }

  template <typename Number> void Add(absl::string_view key, Number value) {
    Key(key);
    if constexpr (std::is_floating_point_v<Number>)
      if (!std::isfinite(value)) // JSON has no word for these.
        return Put("null");
    const std::to_chars_result result =
        std::to_chars(text_.data() + size_, text_.data() + text_.size(), value);
    size_ = static_cast<size_t>(result.ptr - text_.data());
  }

  template <typename Number>
  void Add(absl::string_view key, const std::optional<Number> &value) {
    if (value)
      Add(key, *value);
  }

  void AddText(absl::string_view key, absl::string_view value) {
    Key(key);
    Put('"');
    for (const char c : value.substr(0, 256)) {
      if (c == '"' || c == '\\')
        Put('\\');
      Put(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
    Put('"');
  }

  /// The object, closed and with its newline. Called once.
  absl::string_view Finish() {
    Put("}\n");
    return {text_.data(), size_};
  }

private:
  void Key(absl::string_view key) {
    if (!first_)
      Put(", ");
    first_ = false;
    Put('"');
    Put(key);
    Put("\": ");
  }
  void Put(char c) {
    if (size_ < text_.size())
      text_[size_++] = c;
  }
  void Put(absl::string_view text) {
    const size_t bytes = std::min(text.size(), text_.size() - size_);
    std::copy_n(text.data(), bytes, text_.data() + size_);
    size_ += bytes;
  }

  std::array<char, 2048> text_;
  size_t size_ = 0;
  bool first_ = true;
};

} // namespace tacit

#endif // TACIT_RUNTIME_REPORT_JSON_LINE_H
