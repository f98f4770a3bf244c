//===- summary.h - What a run came to ---------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The text that ends a run: how well it did, what each rank sent, how long it
/// took.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_REPORT_SUMMARY_H
#define TACIT_RUNTIME_REPORT_SUMMARY_H

#include "runtime/comm/communicator.h"
#include "runtime/report/async_summary.h"
#include "runtime/report/metrics.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tacit {

/// What compression came to.
struct CompressionSummary {
  uint64_t dense_bytes = 0; ///< That a rank would send in a round without it.
  /// The largest norm of a rank's residual that was seen: at the end, and in
  /// each round that metrics were written of. None if nothing is kept.
  std::optional<double> residual_norm;
};

struct RunSummary {
  std::string program;
  std::string strategy;
  int64_t first_round = 0; ///< Where this run began; not 0 if it was resumed.
  int64_t rounds = 0;      ///< Where it ended,
  int64_t round_step = 0;  ///< and after how many local steps of the next.
  int64_t evaluations = 0; ///< Of gradients, over all ranks, since the start.
  double seconds = 0;
  std::optional<double> virtual_seconds;
  std::optional<double> loss; ///< Of the last round, of the rank that writes.
  int rank = 0;               ///< Which that is: the first live one.
  std::vector<EvalResult> eval;
  std::vector<Traffic> traffic; ///< Of each rank.
  std::optional<CompressionSummary> compression;
  std::optional<AsyncSummary> async; ///< Of asynchronous programs.
  std::string saved;                 ///< Path; empty if nothing was saved.
  uint64_t state_bytes = 0; ///< Of each rank: its variables. 0: not known.
  uint64_t arena_bytes = 0; ///< Of each rank: the most that an entry needs.
};

/// Some lines of text, for people. Of many ranks the first few are listed, then
/// the least and the most that any sent.
std::string FormatSummary(const RunSummary &summary);

/// `1.61 GB`: powers of 1000, three digits.
std::string FormatBytes(uint64_t bytes);

} // namespace tacit

#endif // TACIT_RUNTIME_REPORT_SUMMARY_H
