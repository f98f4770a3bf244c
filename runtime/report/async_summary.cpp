//===- async_summary.cpp - What asynchrony came to ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/async_summary.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include <algorithm>
#include <cmath>

namespace tacit {

// More ranks than this are not listed one by one.
static constexpr size_t kListedRanks = 16;

/// `0: 12, 1: 30, 2-3: 41`, without empty ends.
static std::string FormatHistogram(const std::vector<uint64_t> &histogram) {
  size_t end = histogram.size();
  while (end > 0 && histogram[end - 1] == 0)
    --end;
  std::string text;
  for (size_t i = 0; i < end; ++i) {
    const uint64_t first = i == 0 ? 0 : uint64_t{1} << (i - 1);
    const uint64_t last = i == 0 ? 0 : (uint64_t{1} << i) - 1;
    absl::StrAppend(&text, text.empty() ? "" : ", ", first);
    if (last > first)
      absl::StrAppend(&text, "-", last);
    absl::StrAppend(&text, ": ", histogram[i]);
  }
  return text;
}

static void AppendSteps(const AsyncSummary &summary, std::string &text) {
  int64_t least = -1, most = -1;
  for (const int64_t steps : summary.steps) {
    if (steps < 0)
      continue;
    least = least < 0 ? steps : std::min(least, steps);
    most = std::max(most, steps);
  }
  if (least == most)
    return;
  absl::StrAppendFormat(&text, "  ranks made from %d to %d steps", least, most);
  if (summary.steps.size() <= kListedRanks) {
    text += ":";
    for (const int64_t steps : summary.steps)
      absl::StrAppend(&text, " ", steps < 0 ? "lost" : absl::StrCat(steps));
  }
  text += "\n";
}

/// A rank begins a step while it has heard of too few of all ranks'.
static void AppendEvaluations(const AsyncSummary &summary, std::string &text) {
  if (!summary.asked)
    return;
  absl::StrAppendFormat(&text,
                        "  %d gradient evaluations of all ranks, %d asked for",
                        summary.evaluations, *summary.asked);
  if (summary.evaluations > *summary.asked)
    text += ": ranks hear late of each other's";
  text += "\n";
}

static void AppendStaleness(const AsyncSummary &summary, std::string &text) {
  absl::StrAppendFormat(&text,
                        "  %d updates in %d messages, applied %d times\n",
                        summary.published, summary.messages, summary.applied);
  if (summary.applied == 0)
    return;
  absl::StrAppendFormat(&text,
                        "  staleness: %.4g on average, %d at most (%s)\n",
                        summary.staleness_average, summary.staleness_maximum,
                        FormatHistogram(summary.histogram));
}

/// Of each reason for which any rank waited.
static void AppendWaiting(const AsyncSummary &summary, std::string &text) {
  for (const auto &[why, seconds] : summary.waited) {
    const auto most = std::max_element(seconds.begin(), seconds.end());
    if (most == seconds.end() || *most <= 0)
      continue;
    absl::StrAppend(&text, "  waited for ", why, ":");
    if (seconds.size() > kListedRanks) {
      double sum = 0;
      for (const double each : seconds)
        sum += each;
      absl::StrAppendFormat(&text,
                            " %.3g s on average, rank %d longest, %.3g s\n",
                            sum / static_cast<double>(seconds.size()),
                            most - seconds.begin(), *most);
      continue;
    }
    for (size_t rank = 0; rank < seconds.size(); ++rank)
      absl::StrAppendFormat(&text, "%s rank %d %.3g s", rank == 0 ? "" : ",",
                            rank, seconds[rank]);
    text += "\n";
  }
}

static void AppendFaults(const AsyncSummary &summary, std::string &text) {
  for (const AsyncSummary::LostRank &lost : summary.lost)
    absl::StrAppendFormat(&text,
                          "  rank %d was lost: noticed at %.4g s, after %d of "
                          "its steps\n",
                          lost.rank, lost.at, lost.steps);
  if (summary.missing == 0)
    return;
  absl::StrAppendFormat(&text, "  %d update%s never came", summary.missing,
                        summary.missing == 1 ? "" : "s");
  if (summary.missing_by_rank.size() <= kListedRanks)
    for (size_t rank = 0; rank < summary.missing_by_rank.size(); ++rank)
      absl::StrAppendFormat(&text, "%s %d to rank %d", rank == 0 ? ":" : ",",
                            summary.missing_by_rank[rank], rank);
  text += "\n";
}

static void AppendConsistency(const ConsistencySummary &found,
                              std::string &text) {
  absl::StrAppendFormat(&text, "  consistency: |x - v| / lr was at most %.4g",
                        found.measured);
  if (found.rank >= 0)
    absl::StrAppendFormat(&text, ", on rank %d at step %d", found.rank,
                          found.step);
  if (!std::isfinite(found.bound))
    absl::StrAppend(&text, "; unbounded: ",
                    found.unbounded.empty() ? "no bound is known"
                                            : found.unbounded);
  else if (found.exceeded)
    absl::StrAppendFormat(&text, "; EXCEEDS its bound %.4g", found.bound);
  else
    absl::StrAppendFormat(&text, "; the bound is %.4g", found.bound);
  if (std::isfinite(found.bound) && found.measured > 0)
    absl::StrAppendFormat(&text, ", %.4g times as much",
                          found.bound / found.measured);
  absl::StrAppendFormat(&text, " (M = %.4g", found.gradient);
  if (found.faults > 0)
    absl::StrAppendFormat(&text, ", f = %d", found.faults);
  if (found.views_measured < found.views)
    absl::StrAppendFormat(&text, "; %d of %d views measured",
                          found.views_measured, found.views);
  text += ")\n";
}

std::string FormatAsync(const AsyncSummary &summary) {
  std::string text;
  AppendSteps(summary, text);
  AppendEvaluations(summary, text);
  AppendStaleness(summary, text);
  AppendWaiting(summary, text);
  AppendFaults(summary, text);
  absl::StrAppendFormat(
      &text, "  replicas differ by %.3g at most, with every update in them%s\n",
      summary.replica_difference,
      summary.damped ? "; damped, they need not agree" : "");
  if (summary.consistency)
    AppendConsistency(*summary.consistency, text);
  return text;
}

} // namespace tacit
