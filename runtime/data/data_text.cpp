//===- data_text.cpp - FORMAT:key=value,... taken apart -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/data_text.h"

#include "runtime/support/suggest.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include <algorithm>
#include <cmath>

namespace tacit {

absl::StatusOr<DataText> DataText::Parse(absl::string_view text) {
  DataText result;
  result.text_ = std::string(text);
  const size_t colon = text.find(':');
  result.format_ = std::string(text.substr(0, colon));
  if (result.format_.empty())
    return result.Error("names no format; write FORMAT:key=value,..., such as "
                        "digits:count=60000");
  if (colon == absl::string_view::npos || colon + 1 == text.size())
    return result;
  for (absl::string_view part : absl::StrSplit(text.substr(colon + 1), ',')) {
    const size_t equals = part.find('=');
    if (equals == absl::string_view::npos || equals == 0)
      return result.Error(
          absl::StrCat("got '", part, "' where key=value was wanted"));
    const absl::string_view key = part.substr(0, equals);
    const absl::string_view value = part.substr(equals + 1);
    if (value.empty())
      return result.Error(absl::StrCat("key '", key, "' has no value"));
    if (result.Find(key))
      return result.Error(absl::StrCat("key '", key, "' is given twice"));
    result.values_.emplace_back(key, value);
  }
  return result;
}

absl::Status
DataText::CheckKeys(absl::Span<const absl::string_view> known) const {
  std::vector<absl::string_view> all(known.begin(), known.end());
  all.insert(all.end(), {"partition", "uneven"});
  for (const auto &[key, value] : values_)
    if (std::find(all.begin(), all.end(), key) == all.end())
      return Error(
          absl::StrCat("unknown key '", key, "'", DidYouMean(key, all)));
  return absl::OkStatus();
}

const std::string *DataText::Find(absl::string_view key) const {
  for (const auto &[name, value] : values_)
    if (name == key)
      return &value;
  return nullptr;
}

absl::StatusOr<int64_t> DataText::Integer(absl::string_view key, int64_t least,
                                          int64_t otherwise) const {
  const std::string *value = Find(key);
  if (!value)
    return otherwise;
  int64_t number = 0;
  if (!absl::SimpleAtoi(*value, &number) || number < least)
    return Error(absl::StrCat("got ", key, "=", *value,
                              ", wanted an integer of at least ", least));
  return number;
}

absl::StatusOr<double> DataText::Positive(absl::string_view key,
                                          double otherwise) const {
  const std::string *value = Find(key);
  if (!value)
    return otherwise;
  double number = 0;
  if (!absl::SimpleAtod(*value, &number) || !std::isfinite(number) ||
      number <= 0)
    return Error(absl::StrCat("got ", key, "=", *value,
                              ", wanted a number greater than 0"));
  return number;
}

absl::StatusOr<RowRange> DataText::Rows() const {
  const std::string *value = Find("rows");
  RowRange range;
  if (!value)
    return range;
  const std::vector<absl::string_view> ends = absl::StrSplit(*value, ':');
  if (ends.size() != 2 || !absl::SimpleAtoi(ends[0], &range.begin) ||
      !absl::SimpleAtoi(ends[1], &range.end) || range.begin < 0 ||
      range.end <= range.begin)
    return Error(absl::StrCat("got rows=", *value,
                              ", wanted rows=A:B with 0 <= A < B (B is not "
                              "included), such as rows=0:8000"));
  return range;
}

absl::StatusOr<RowRange> DataText::Fit(const RowRange &range,
                                       int64_t rows) const {
  if (rows < 1)
    return Error("holds no rows, wanted at least 1");
  if (range.end > rows)
    return Error(absl::StrCat("got rows=", range.begin, ":", range.end, " of ",
                              rows, " rows, wanted an end of at most ", rows));
  return RowRange{range.begin, range.end < 0 ? rows : range.end};
}

absl::Status DataText::Error(absl::string_view message) const {
  return absl::InvalidArgumentError(
      absl::StrCat("data '", text_, "': ", message));
}

} // namespace tacit
