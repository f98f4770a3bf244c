//===- train.h - The loop that trains ---------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Trains a compiled program on every rank of a world: data, rounds, metrics,
/// evaluation, checkpoints, and the agreements that keep ranks together.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_TRAIN_H
#define TACIT_RUNTIME_TRAIN_TRAIN_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/comm/communicator.h"
#include "runtime/comm/world.h"
#include "runtime/data/dataset.h"
#include "runtime/report/async_summary.h"
#include "runtime/report/metrics.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tacit {

/// One `--eval-data=[NAME=]FORMAT:...`.
struct EvalData {
  std::string name; ///< Empty: "eval".
  std::string data; ///< As for OpenDataSet.
};

/// Splits `[NAME=]FORMAT:...`. A NAME is letters, digits, `_`, `-` and `.`.
EvalData ParseEvalData(absl::string_view text);

/// `--stop-at-loss=NAME:L`: ends the run after the evaluation on NAME whose
/// loss is at most L.
struct StopAtLoss {
  std::string name;
  double loss = 0;
};

/// Error: a text that is not `NAME:L`.
absl::StatusOr<StopAtLoss> ParseStopAtLoss(absl::string_view text);

enum class OnNan {
  kStop,     ///< A loss that is not finite ends the run with an error.
  kContinue, ///< It is reported like any other.
};

/// The options of `tacit-run` that concern training, with its defaults. The
/// same on every rank, which is checked when a run begins.
struct TrainOptions {
  // How long: at most one of three. A run that is resumed counts what its
  // checkpoint has behind it. None: one epoch.
  std::optional<int64_t> rounds; ///< Of each rank; 0 trains nothing.
  std::optional<int64_t> epochs;
  std::optional<int64_t> evaluations; ///< Of gradients, over all ranks.

  // Data.
  std::string data; ///< As for OpenDataSet.
  std::vector<EvalData> eval_data;
  std::optional<uint64_t> seed; ///< None: the checkpoint's, else 0.
  std::optional<bool> shuffle;  ///< None: the checkpoint's, else on.

  // When to evaluate besides at the end, in rounds; 0: never. Of an
  // asynchronous program, in rounds of the first live rank, which evaluates its
  // own replica, also at the end. Others go on meanwhile; its own clock stands
  // still.
  int64_t eval_every = 0;
  std::optional<StopAtLoss> stop_at_loss;

  // Reports.
  std::string metrics; ///< Path of the JSON lines; empty: none.
  bool metrics_all_ranks = false;
  /// Whether Communicator::Now is virtual, and so worth a key of its own.
  bool virtual_clock = false;
  /// Path of the trace, see runtime/report/trace.h; empty: none.
  std::string trace;
  /// Of asynchronous programs: to measure consistency even where ranks are
  /// processes, each of which then keeps copies of views. Where all ranks are
  /// in this process, it is always measured.
  bool measure_consistency = false;
  std::FILE *progress = stderr; ///< Null: no progress line.
  std::FILE *summary = stdout;  ///< Null: no summary.

  // Checkpoints.
  std::string save;
  int64_t save_every = 0; ///< In rounds, of the first live rank where each
                          ///< makes its own; 0: only at the end.
  std::string load;
  std::string load_parameters;

  OnNan on_nan = OnNan::kStop;
  /// Period in rounds of the check that ranks hold the same values; 0: only at
  /// the end.
  int64_t check_replicas = 0;
  /// Nonzero: the number of a signal that asks for the end of the run. Ranks
  /// agree on it, at most one round later, before any of them stops; then the
  /// run ends as if its rounds were done. May be null.
  const std::atomic<int> *stop_signal = nullptr;
};

/// How a run ended.
struct TrainResult {
  int64_t rounds = 0;      ///< Completed since the very start, by each rank.
  int64_t steps = 0;       ///< Local steps, likewise.
  int64_t evaluations = 0; ///< Of gradients, over all ranks.
  double seconds = 0;      ///< Of this run, without its evaluations.
  int signal = 0;          ///< That ended it; 0: none. Exit with 128 + signal.
  bool stopped_at_loss = false;
  std::vector<EvalResult> eval; ///< The last of each data set.
  std::vector<Traffic> traffic; ///< Of each rank, of this run.
  /// Of an asynchronous program, whose `rounds` and `steps` are those of the
  /// first live rank. In other processes than that rank's, none; the rest is
  /// then about this process's rank.
  std::optional<AsyncSummary> async;
};

/// Data sets that an embedding program brings, in place of the options' texts.
struct TrainData {
  std::shared_ptr<const DataSet> train;
  std::vector<std::pair<std::string, std::shared_ptr<const DataSet>>> eval;
};

/// Trains `program`, which LoadProgram has accepted, on every local rank of
/// `world`. Rank 0's process writes checkpoints, metrics and the summary.
///
/// No rank is left waiting: a rank that fails stops all of them, and what is
/// not known to all (a signal, a loss that is not finite, ranks that differ) is
/// agreed on before any rank acts. An error of the latter kind is the same on
/// every rank; AgreedByAllRanks tells, so that one process need print it.
///
/// `data`, if given, is used instead of the data that the options name.
absl::StatusOr<TrainResult> Train(World &world, const tacit_program &program,
                                  const TrainOptions &options,
                                  const TrainData *data = nullptr);

/// Whether every rank returned this same error.
bool AgreedByAllRanks(const absl::Status &status);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_TRAIN_H
