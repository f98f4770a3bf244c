//===- rank_end.cpp - Between and after rounds ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/rank_run.h"

#include "runtime/report/summary.h"
#include "runtime/train/return_if_error.h"
#include "runtime/train/state_exchange.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <utility>

namespace tacit {

absl::Status RankRun::CheckReplicas() {
  absl::Status difference;
  TACIT_RETURN_IF_ERROR(
      replica_check_.Run(position_.WithinRound(), difference));
  if (difference.ok())
    return difference;
  return AgreedError(absl::Status(
      difference.code(),
      absl::StrCat(difference.message(), " after round ", position_.round)));
}

absl::Status RankRun::Evaluate() {
  clock_.Pause();
  eval_.clear();
  for (const std::unique_ptr<Evaluator> &evaluator : evaluators_) {
    absl::StatusOr<EvalResult> result =
        program_.channel ? evaluator->RunAlone() : evaluator->Run();
    if (!result.ok())
      return result.status();
    eval_.push_back(*std::move(result));
  }
  clock_.Resume();
  evaluated_at_ = position_.step;
  EvalMetrics metrics;
  metrics.round = position_.round;
  metrics.step = position_.step;
  metrics.evaluations = Evaluations();
  metrics.seconds = clock_.Seconds();
  if (options_.virtual_clock)
    metrics.virtual_seconds = clock_.CommunicatorSeconds();
  metrics.bytes_sent = communicator_.traffic().bytes_sent;
  for (const EvalResult &result : eval_) {
    metrics.result = result;
    for (const std::unique_ptr<MetricsFile> &file : metrics_)
      TACIT_RETURN_IF_ERROR(file->Write(metrics));
    if (options_.stop_at_loss && result.name == options_.stop_at_loss->name &&
        result.loss <= options_.stop_at_loss->loss)
      stop_ = stopped_at_loss_ = true;
  }
  return absl::OkStatus();
}

absl::Status RankRun::Save() {
  saved_at_ = position_.step;
  return SaveVariables(rank_, options_.save, position_);
}

/// What a rank sends to all-reduce every parameter as it is, on a ring.
static uint64_t DenseBytes(const tacit_program &program, int ranks) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < program.num_variables; ++i)
    if (program.variables[i].role == TACIT_PARAMETER)
      bytes += static_cast<uint64_t>(NumBytes(program.variables[i].type));
  const auto count = static_cast<uint64_t>(ranks);
  return 2 * bytes * (count - 1) / count;
}

absl::Status RankRun::End() {
  // Before anything is saved: a checkpoint of replicas that differ has no
  // meaning.
  TACIT_RETURN_IF_ERROR(CheckReplicas());
  if (!options_.save.empty() && saved_at_ != position_.step)
    TACIT_RETURN_IF_ERROR(Save());
  const double seconds = clock_.Seconds(),
               virtual_seconds = clock_.CommunicatorSeconds();
  // Whoever interrupts a run does not want to wait for evaluations.
  if (!evaluators_.empty() && !signal_ && evaluated_at_ != position_.step)
    TACIT_RETURN_IF_ERROR(Evaluate());

  const std::optional<double> residual = rank_.compressions().ResidualNorm();
  double largest_residual = std::max(largest_residual_, residual.value_or(0));
  if (program_.num_compressions > 0)
    TACIT_RETURN_IF_ERROR(communicator_.AllReduce(
        "norm of residuals", &largest_residual, 1, TACIT_F64, TACIT_MAX));
  const Traffic mine = communicator_.traffic();
  std::vector<Traffic> traffic(static_cast<size_t>(communicator_.size()));
  TACIT_RETURN_IF_ERROR(communicator_.AllGather("end of the run", &mine,
                                                traffic.data(), sizeof mine));
  TrainResult &result = shared_.result;
  result.seconds = seconds;
  result.traffic = std::move(traffic);
  FillResult(result);
  if (IsRoot())
    PrintSummary(virtual_seconds,
                 residual ? std::optional(largest_residual) : std::nullopt);
  return absl::OkStatus();
}

/// All but `seconds`, `traffic` and `async`.
void RankRun::FillResult(TrainResult &result) const {
  result.rounds = position_.round;
  result.steps = position_.step;
  result.evaluations = Evaluations();
  result.signal = signal_;
  result.stopped_at_loss = stopped_at_loss_;
  result.eval = eval_;
}

/// Of the result, which is filled in. `residual`: the largest norm of one.
void RankRun::PrintSummary(double virtual_seconds,
                           std::optional<double> residual) {
  const TrainResult &result = shared_.result;
  RunSummary summary;
  summary.program = program_.name;
  summary.strategy = program_.strategy;
  summary.state_bytes = program_.state_bytes;
  summary.arena_bytes = program_.arena_bytes;
  summary.first_round = first_round_;
  summary.rounds = result.rounds;
  summary.round_step = position_.round_step;
  summary.evaluations = result.evaluations;
  summary.seconds = result.seconds;
  if (options_.virtual_clock)
    summary.virtual_seconds = virtual_seconds;
  summary.loss = last_loss_;
  summary.rank = communicator_.rank();
  summary.eval = result.eval;
  summary.traffic = result.traffic;
  if (program_.num_compressions > 0)
    summary.compression = {DenseBytes(program_, communicator_.size()),
                           residual};
  summary.async = result.async;
  summary.saved = options_.save;
  if (progress_)
    progress_->Clear();
  if (!options_.summary)
    return;
  std::fputs(FormatSummary(summary).c_str(), options_.summary);
  std::fflush(options_.summary);
}

absl::Status RankRun::GatherTrace() {
  if (!tracer_)
    return absl::OkStatus();
  rank_.Trace(nullptr);
  if (shared_.in_process)
    return absl::OkStatus();
  const size_t me = static_cast<size_t>(communicator_.rank());
  shared_.trace[me].Shift(seconds_behind_);
  const std::string mine = shared_.trace[me].Pack();
  const uint64_t bytes = mine.size();
  std::vector<uint64_t> sizes(shared_.trace.size());
  TACIT_RETURN_IF_ERROR(communicator_.AllGather("sizes of traces", &bytes,
                                                sizes.data(), sizeof bytes));
  for (size_t rank = 1; rank < sizes.size(); ++rank) {
    std::string row = rank == me ? mine : std::string(sizes[rank], '\0');
    TACIT_RETURN_IF_ERROR(communicator_.Broadcast(
        "traces", row.data(), row.size(), static_cast<int>(rank)));
    if (!IsRoot())
      continue;
    absl::StatusOr<TraceRow> unpacked = TraceRow::Unpack(row);
    if (!unpacked.ok())
      return unpacked.status();
    shared_.trace[rank] = *std::move(unpacked);
  }
  shared_.writes_trace = IsRoot();
  return absl::OkStatus();
}

} // namespace tacit
