//===- async_summary.h - What asynchrony came to ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The part of a run's summary that is about ranks which do not wait for one
/// another: staleness, waiting, faults, and how far views were apart.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_REPORT_ASYNC_SUMMARY_H
#define TACIT_RUNTIME_REPORT_ASYNC_SUMMARY_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tacit {

/// What was measured of elastic consistency, beside its bound. Distances are
/// |x - v| / lr.
struct ConsistencySummary {
  double measured = 0;   ///< The largest,
  int rank = -1;         ///< seen by this rank, -1: nowhere,
  int64_t step = -1;     ///< at the gradient of this step.
  double gradient = 0;   ///< M: the largest norm of what is sent, by lr.
  double bound = 0;      ///< Infinite: there is none,
  std::string unbounded; ///< and why.
  bool exceeded = false;
  int64_t faults = 0;
  uint64_t views = 0, views_measured = 0;
};

struct AsyncSummary {
  struct LostRank {
    int rank = 0;
    double at = 0; ///< When it was first noticed, on the noticing rank's clock.
    int64_t steps = 0; ///< Of its steps, those that were heard of.
  };

  std::vector<int64_t> steps; ///< By rank: own steps of this run; -1: lost.
  int64_t evaluations = 0; ///< Of gradients, over all ranks, since the start.
  std::optional<int64_t> asked; ///< So many were, if the run ends by them.
  // Of what all ranks applied of others.
  uint64_t applied = 0;
  double staleness_average = 0;
  uint64_t staleness_maximum = 0;
  /// Updates of staleness 0, then of [2^(i-1), 2^i).
  std::vector<uint64_t> histogram;
  uint64_t published = 0;
  uint64_t messages = 0; ///< Updates on links, each receiver counted.
  /// Updates that live ranks never got, each rank's counted; and by rank.
  uint64_t missing = 0;
  std::vector<uint64_t> missing_by_rank;
  /// Seconds by reason, and there by rank.
  std::vector<std::pair<std::string, std::vector<double>>> waited;
  std::vector<LostRank> lost;
  bool damped = false; ///< Ranks need not agree.
  /// Between two ranks' values of one parameter, after draining.
  double replica_difference = 0;
  std::optional<ConsistencySummary> consistency; ///< If it was measured.
};

/// Lines of text for people, each with two spaces in front.
std::string FormatAsync(const AsyncSummary &summary);

} // namespace tacit

#endif // TACIT_RUNTIME_REPORT_ASYNC_SUMMARY_H
