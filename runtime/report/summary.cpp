//===- summary.cpp - What a run came to -----------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/summary.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include <algorithm>

namespace tacit {

// More ranks than this are not listed one by one.
static constexpr size_t kListedRanks = 16;

std::string FormatBytes(uint64_t bytes) {
  static constexpr const char *kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000)
    return absl::StrCat(bytes, " B");
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  while (value >= 999.5) {
    value /= 1000;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return absl::StrFormat("%.*f %s", decimals, value, kUnits[unit]);
}

static std::string FormatSeconds(double seconds) {
  return seconds < 100 ? absl::StrFormat("%.3g s", seconds)
                       : absl::StrFormat("%.0f s", seconds);
}

static std::string FormatTraffic(const Traffic &traffic) {
  return absl::StrFormat("%s in %d messages, and %s of control",
                         FormatBytes(traffic.bytes_sent), traffic.messages_sent,
                         FormatBytes(traffic.control_bytes));
}

static void AppendTraffic(const std::vector<Traffic> &traffic,
                          std::string &text) {
  if (traffic.size() <= kListedRanks) {
    for (size_t rank = 0; rank < traffic.size(); ++rank)
      absl::StrAppendFormat(&text, "  rank %d sent %s\n", rank,
                            FormatTraffic(traffic[rank]));
    return;
  }
  const auto [least, most] = std::minmax_element(
      traffic.begin(), traffic.end(), [](const Traffic &a, const Traffic &b) {
        return a.bytes_sent < b.bytes_sent;
      });
  absl::StrAppendFormat(&text, "  rank 0 sent %s\n",
                        FormatTraffic(traffic.front()));
  absl::StrAppendFormat(&text, "  least: rank %d sent %s\n",
                        least - traffic.begin(), FormatTraffic(*least));
  absl::StrAppendFormat(&text, "  most: rank %d sent %s\n",
                        most - traffic.begin(), FormatTraffic(*most));
}

/// What the ranks sent in a round on average, against a dense exchange.
static void AppendCompression(const RunSummary &summary, std::string &text) {
  const int64_t rounds = summary.rounds - summary.first_round;
  if (!summary.compression || summary.traffic.empty() || rounds < 1)
    return;
  double bytes = 0, messages = 0;
  for (const Traffic &traffic : summary.traffic) {
    bytes += static_cast<double>(traffic.bytes_sent);
    messages += static_cast<double>(traffic.messages_sent);
  }
  const double times =
      static_cast<double>(rounds) * static_cast<double>(summary.traffic.size());
  absl::StrAppendFormat(&text, "  per round and rank: %s in %.3g messages",
                        FormatBytes(static_cast<uint64_t>(bytes / times)),
                        messages / times);
  if (bytes > 0)
    absl::StrAppendFormat(
        &text, "; a dense exchange sends %s, %.4g times as much",
        FormatBytes(summary.compression->dense_bytes),
        static_cast<double>(summary.compression->dense_bytes) * times / bytes);
  absl::StrAppend(&text, "\n");
  if (summary.compression->residual_norm)
    absl::StrAppendFormat(&text, "  largest norm of a residual: %.4g\n",
                          *summary.compression->residual_norm);
}

std::string FormatSummary(const RunSummary &summary) {
  const size_t ranks = summary.traffic.size();
  const int64_t run = summary.rounds - summary.first_round;
  std::string text = absl::StrFormat(
      "%s with %s on %d rank%s: %d round%s", summary.program, summary.strategy,
      ranks, ranks == 1 ? "" : "s", run, run == 1 ? "" : "s");
  if (summary.round_step > 0)
    absl::StrAppendFormat(&text, ", stopped after %d local step%s of the next,",
                          summary.round_step,
                          summary.round_step == 1 ? "" : "s");
  absl::StrAppend(&text, " in ", FormatSeconds(summary.seconds));
  if (summary.virtual_seconds)
    absl::StrAppendFormat(&text, ", %.4g s of virtual time",
                          *summary.virtual_seconds);
  if (summary.first_round > 0)
    absl::StrAppendFormat(&text, ", now at round %d", summary.rounds);
  if (summary.loss)
    absl::StrAppendFormat(&text, "; last loss of rank %d: %.4g", summary.rank,
                          *summary.loss);
  text += "\n";
  for (const EvalResult &eval : summary.eval) {
    absl::StrAppendFormat(&text, "  %s: loss %.4g", eval.name, eval.loss);
    if (eval.accuracy)
      absl::StrAppendFormat(&text, ", accuracy %.2f%%", 100 * *eval.accuracy);
    absl::StrAppendFormat(&text, " on %d rows\n", eval.rows);
  }
  AppendTraffic(summary.traffic, text);
  AppendCompression(summary, text);
  if (summary.async)
    text += FormatAsync(*summary.async);
  if (!summary.saved.empty())
    absl::StrAppend(&text, "  saved ", summary.saved, "\n");
  if (summary.state_bytes > 0)
    absl::StrAppendFormat(
        &text, "  memory of each rank: %s of state, %s of working memory\n",
        FormatBytes(summary.state_bytes), FormatBytes(summary.arena_bytes));
  return text;
}

} // namespace tacit
