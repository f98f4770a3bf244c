//===- async_outcome.cpp - What one rank's part came to -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/async_outcome.h"

#include <algorithm>
#include <cstring>

namespace tacit {

void AsyncOutcome::Take(const AsyncReport &report) {
  staleness = report.staleness;
  published = report.published;
  applied = report.applied;
  missing = report.missing;
  messages = report.messages;
  waited = report.waited;
}

void AsyncOutcome::Take(const ConsistencyReport &report) {
  measures = true;
  exceeded = report.exceeded();
  measured = report.measured;
  gradient = report.gradient;
  bound = report.bound;
  measured_rank = report.rank;
  measured_step = report.step;
  faults = report.faults;
  views = report.views;
  views_measured = report.views_measured;
}

std::string AsyncOutcome::Pack() const {
  return {reinterpret_cast<const char *>(this), sizeof *this};
}

AsyncOutcome AsyncOutcome::Unpack(absl::string_view bytes) {
  AsyncOutcome outcome;
  if (bytes.size() == sizeof outcome)
    std::memcpy(static_cast<void *>(&outcome), bytes.data(), sizeof outcome);
  return outcome;
}

/// Of meters that each saw its own process's views, the one that saw the most;
/// a meter that found its bound exceeded goes before all others.
static ConsistencySummary Join(absl::Span<const AsyncOutcome> outcomes,
                               const ConsistencyMeter &meter, bool in_process) {
  const ConsistencyReport report = meter.Report();
  AsyncOutcome worst;
  worst.Take(report);
  ConsistencySummary summary;
  summary.unbounded = report.unbounded;
  summary.views = report.views;
  summary.views_measured = report.views_measured;
  if (!in_process) {
    summary.views = summary.views_measured = 0;
    for (const AsyncOutcome &outcome : outcomes) {
      summary.views += outcome.views;
      summary.views_measured += outcome.views_measured;
      if (outcome.measures && std::pair(outcome.exceeded, outcome.measured) >
                                  std::pair(worst.exceeded, worst.measured))
        worst = outcome;
    }
  }
  summary.measured = worst.measured;
  summary.rank = static_cast<int>(worst.measured_rank);
  summary.step = worst.measured_step;
  summary.gradient = worst.gradient;
  summary.bound = worst.bound;
  summary.exceeded = worst.exceeded;
  summary.faults = worst.faults;
  return summary;
}

AsyncSummary Summarize(absl::Span<const AsyncOutcome> outcomes,
                       const AsyncReport &first, const ConsistencyMeter *meter,
                       bool in_process) {
  AsyncSummary summary;
  StalenessCounts staleness;
  for (const AsyncOutcome &outcome : outcomes) {
    summary.steps.push_back(outcome.made);
    summary.published += outcome.published;
    summary.applied += outcome.applied;
    summary.messages += outcome.messages;
    summary.missing += outcome.missing;
    summary.missing_by_rank.push_back(outcome.missing);
    staleness.Add(outcome.staleness);
  }
  summary.staleness_average = staleness.average();
  summary.staleness_maximum = staleness.maximum;
  summary.histogram.assign(staleness.histogram.begin(),
                           staleness.histogram.end());
  for (size_t reason = 0; reason < kWaitReasons; ++reason) {
    std::vector<double> seconds;
    for (const AsyncOutcome &outcome : outcomes)
      seconds.push_back(outcome.waited[reason]);
    summary.waited.emplace_back(WaitName(static_cast<WaitReason>(reason)),
                                std::move(seconds));
  }
  for (const AsyncReport::LostRank &lost : first.lost)
    summary.lost.push_back({lost.rank, lost.at, lost.steps});
  summary.damped = first.damped;
  if (meter)
    summary.consistency = Join(outcomes, *meter, in_process);
  return summary;
}

} // namespace tacit
