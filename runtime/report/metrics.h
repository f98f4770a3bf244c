//===- metrics.h - What a run says in JSON lines ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Metrics of rounds and evaluations, one JSON object on each line of a file.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_REPORT_METRICS_H
#define TACIT_RUNTIME_REPORT_METRICS_H

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tacit {

/// One round of one rank. `round` and `step` count what is completed; traffic
/// is this round's, seconds run from the start without evaluations.
struct RoundMetrics {
  int rank = 0;
  int64_t round = 0;
  int64_t step = 0;
  double loss = 0; ///< Written as null if it is not finite.
  std::optional<double> lr;
  double seconds = 0;
  std::optional<double> virtual_seconds;
  // This round's, of the virtual clock if there is one: in its exchanges, of
  // these in waiting for other ranks (ExchangeTime), and in all else.
  std::optional<double> compute_seconds, exchange_seconds, wait_seconds;
  uint64_t bytes_sent = 0;
  uint64_t messages_sent = 0;
  uint64_t control_bytes = 0;
  // Of runs that compress: the L2 norm of this rank's residual after the
  // exchange, and the entries that it chose before any merging.
  std::optional<double> residual_norm;
  std::optional<uint64_t> selected;
  // Of asynchronous runs: of the updates of others that were applied since the
  // line before, if any were; and the latest |x - v| / lr of this rank that was
  // measured since.
  std::optional<double> staleness_avg;
  std::optional<uint64_t> staleness_max;
  std::optional<double> elastic_gap;
  std::optional<int64_t> tau; ///< The period that this round used,
  /// and, once it was adapted, the loss that it was made of.
  std::optional<double> period_loss;
};

/// What an evaluation found, the same on every rank.
struct EvalResult {
  std::string name;
  int64_t rows = 0;
  double loss = 0;                ///< Mean over rows.
  std::optional<double> accuracy; ///< If the program says what is correct.
};

/// An evaluation, with totals of the run so far.
struct EvalMetrics {
  EvalResult result;
  int64_t round = 0;
  int64_t step = 0;
  int64_t evaluations = 0; ///< Of gradients, over all ranks.
  double seconds = 0;
  std::optional<double> virtual_seconds;
  uint64_t bytes_sent = 0; ///< By the rank that writes.
};

/// `out.rank3.jsonl` for `out.jsonl` and rank 3.
std::string RankMetricsPath(absl::string_view path, int rank);

class MetricsFile {
public:
  /// Error: a file that cannot be written.
  static absl::StatusOr<std::unique_ptr<MetricsFile>>
  Create(const std::string &path);
  ~MetricsFile();
  MetricsFile(const MetricsFile &) = delete;
  MetricsFile &operator=(const MetricsFile &) = delete;

  /// A line is with the system when this returns. Allocates nothing.
  absl::Status Write(const RoundMetrics &metrics);
  absl::Status Write(const EvalMetrics &metrics);

private:
  MetricsFile(std::string path, int file)
      : path_(std::move(path)), file_(file) {}
  absl::Status WriteLine(const char *line, size_t bytes);

  std::string path_;
  int file_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_REPORT_METRICS_H
