//===- suggest.h - The nearest of the names that are known ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// For messages about a name that is not known: which known one is nearest.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_SUPPORT_SUGGEST_H
#define TACIT_RUNTIME_SUPPORT_SUGGEST_H

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tacit {

/// How many insertions, deletions, replacements and swaps of neighbours turn
/// `a` into `b` (the "optimal string alignment" distance).
inline int EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    last[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1,
                         last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

/// The entry of `known` nearest to `name`, the first of equals; empty if none
/// is near enough to have been meant: more than a third of the longer of the
/// two would have to change, and more than one letter.
inline absl::string_view Nearest(absl::string_view name,
                                 absl::Span<const absl::string_view> known) {
  absl::string_view nearest;
  int least = 0;
  for (absl::string_view candidate : known) {
    const int distance = EditDistance(name, candidate);
    const int longer =
        static_cast<int>(std::max(name.size(), candidate.size()));
    if (distance > std::max(1, longer / 3) || distance >= longer)
      continue;
    if (nearest.empty() || distance < least) {
      nearest = candidate;
      least = distance;
    }
  }
  return nearest;
}

/// The end of a message about an unknown name: `; did you mean 'idx'?` if one
/// is near, else `; known are digits, idx, npy`.
inline std::string DidYouMean(absl::string_view name,
                              absl::Span<const absl::string_view> known) {
  const absl::string_view nearest = Nearest(name, known);
  if (!nearest.empty())
    return "; did you mean '" + std::string(nearest) + "'?";
  std::string all = "; known are ";
  for (size_t i = 0; i < known.size(); ++i)
    all += (i ? ", " : "") + std::string(known[i]);
  return known.empty() ? std::string() : all;
}

} // namespace tacit

#endif // TACIT_RUNTIME_SUPPORT_SUGGEST_H
