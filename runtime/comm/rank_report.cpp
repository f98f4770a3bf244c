//===- rank_report.cpp - Messages about ranks -----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/rank_report.h"

#include "absl/strings/str_cat.h"

#include <map>
#include <utility>
#include <vector>

namespace tacit {

std::string RankList(absl::Span<const int> ranks) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < ranks.size();) {
    size_t end = i + 1;
    while (end < ranks.size() && ranks[end] == ranks[end - 1] + 1)
      ++end;
    if (end - i < 3)
      end = i + 1;
    parts.push_back(end == i + 1 ? absl::StrCat(ranks[i])
                                 : absl::StrCat(ranks[i], "-", ranks[end - 1]));
    i = end;
  }
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (size_t i = 0; i < parts.size(); ++i)
    absl::StrAppend(&text,
                    i == 0                  ? ""
                    : i + 1 == parts.size() ? " and "
                                            : ", ",
                    parts[i]);
  return text;
}

absl::Status UnequalWindows(int rank, uint32_t window, int other,
                            uint32_t window_of_other) {
  return absl::InvalidArgumentError(
      absl::StrCat("rank ", rank, " opens its inbox with a window of ", window,
                   ", and rank ", other, " with one of ", window_of_other,
                   ": give all ranks the same window"));
}

/// Ranks by what is said of them.
using Groups = std::map<std::string, std::vector<int>>;

static std::string Describe(const RankState &state, bool is_missing) {
  switch (state.kind) {
  case RankState::kEnded:
    return "at the end of the run";
  case RankState::kSilent:
    return "no answer";
  case RankState::kElsewhere:
    return state.name;
  case RankState::kWaiting:
    break;
  }
  std::string text =
      absl::StrCat("waiting in '", state.name, "' (exchange ", state.exchange);
  if (is_missing)
    absl::StrAppend(&text, "; ", state.started, " started");
  return text + ")";
}

/// Alike ranks are named together, in the order of the first of them.
static std::string List(const Groups &groups) {
  std::map<int, std::string> ordered;
  for (const auto &[what, ranks] : groups)
    ordered[ranks.front()] = absl::StrCat(RankList(ranks), " (", what, ")");
  std::string text;
  for (const auto &[first, group] : ordered)
    absl::StrAppend(&text, text.empty() ? "" : ", ", group);
  return text;
}

std::string ListRanks(absl::Span<const RankState> states) {
  Groups groups;
  for (size_t rank = 0; rank < states.size(); ++rank)
    groups[Describe(states[rank], false)].push_back(static_cast<int>(rank));
  return List(groups);
}

std::string ReportMissing(absl::Span<const RankState> states,
                          absl::string_view name, uint64_t exchange) {
  Groups missing, waiting;
  for (size_t rank = 0; rank < states.size(); ++rank) {
    const RankState &state = states[rank];
    const bool is_missing =
        state.kind != RankState::kWaiting || state.started <= exchange;
    (is_missing ? missing : waiting)[Describe(state, is_missing)].push_back(
        static_cast<int>(rank));
  }
  if (!missing.empty())
    return absl::StrCat("missing in '", name, "' (exchange ", exchange,
                        "): ", List(missing));
  return absl::StrCat(
      "no rank is missing in '", name, "' (exchange ", exchange,
      "), but they wait for different messages: ", List(waiting));
}

} // namespace tacit
