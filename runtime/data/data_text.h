//===- data_text.h - FORMAT:key=value,... taken apart -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The text that names a data set, `FORMAT:key=value,...`, taken apart.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_DATA_TEXT_H
#define TACIT_RUNTIME_DATA_DATA_TEXT_H

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tacit {

/// The rows [begin, end) of a data set.
struct RowRange {
  int64_t begin = 0;
  int64_t end = -1; ///< -1: to the last row.
};

/// A data text in its parts. A value runs to the next comma, so it holds none;
/// it may hold `=` and `:`. Errors quote the whole text.
class DataText {
public:
  /// Error: no format, a part that is not `key=value`, an empty value, a key
  /// given twice.
  static absl::StatusOr<DataText> Parse(absl::string_view text);

  const std::string &format() const { return format_; }

  /// Error: a key that is neither in `known` nor one of those that every format
  /// takes, `partition` and `uneven` (names the nearest).
  absl::Status CheckKeys(absl::Span<const absl::string_view> known) const;

  /// Null if `key` is not given.
  const std::string *Find(absl::string_view key) const;

  /// The integer under `key`, or `otherwise` if it is not given.
  /// Error: not an integer, or less than `least`.
  absl::StatusOr<int64_t> Integer(absl::string_view key, int64_t least,
                                  int64_t otherwise) const;

  /// The number under `key`, or `otherwise`. Error: not finite, or <= 0.
  absl::StatusOr<double> Positive(absl::string_view key,
                                  double otherwise) const;

  /// `rows=A:B`, or all. Error: not of that form, or not 0 <= A < B.
  absl::StatusOr<RowRange> Rows() const;

  /// `range` with its end filled in, for a set of `rows` rows.
  /// Error: no rows at all, or a range that ends after them.
  absl::StatusOr<RowRange> Fit(const RowRange &range, int64_t rows) const;

  /// `data 'TEXT': MESSAGE`.
  absl::Status Error(absl::string_view message) const;

private:
  std::string text_;
  std::string format_;
  std::vector<std::pair<std::string, std::string>> values_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_DATA_TEXT_H
