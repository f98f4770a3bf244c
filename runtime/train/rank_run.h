//===- rank_run.h - One rank's part of a training run -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What each rank does from the first agreement to the last.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_RANK_RUN_H
#define TACIT_RUNTIME_TRAIN_RANK_RUN_H

#include "runtime/async/consistency_meter.h"
#include "runtime/data/sampler.h"
#include "runtime/report/metrics.h"
#include "runtime/report/progress.h"
#include "runtime/report/trace.h"
#include "runtime/state/checkpoint.h"
#include "runtime/state/state_storage.h"
#include "runtime/train/agreement.h"
#include "runtime/train/batch_buffers.h"
#include "runtime/train/evaluator.h"
#include "runtime/train/gathered_state.h"
#include "runtime/train/rank.h"
#include "runtime/train/rank_tracer.h"
#include "runtime/train/replica_check.h"
#include "runtime/train/run_clock.h"
#include "runtime/train/train.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tacit {

/// What the ranks of one process share. They run on one thread.
struct SharedRun {
  SharedRun(const tacit_program &program, const TrainOptions &options,
            const TrainData *brought, bool in_process)
      : program(program), options(options), brought(brought),
        in_process(in_process), writes_trace(in_process) {}

  const tacit_program &program;
  const TrainOptions &options;
  const TrainData *brought; ///< May be null.

  /// Opened, and drawn, by the first rank that needs it.
  std::optional<absl::StatusOr<TrainData>> data;
  std::unique_ptr<StateStorage> initial;
  absl::Status initial_status;

  // Written by every rank alike; by the first live rank, where an asynchronous
  // run ends.
  TrainResult result;
  absl::Status agreed_error;

  const bool in_process; ///< All ranks are.
  /// By rank, if there is a trace: of this process, and, where it writes it, of
  /// all.
  std::vector<TraceRow> trace;
  bool writes_trace;
  /// Of asynchronous programs, if it is wanted; opened by the first rank.
  std::unique_ptr<ConsistencyMeter> meter;
};

struct AsyncOutcome;

class RankRun {
public:
  RankRun(SharedRun &shared, Communicator &communicator);

  /// A collective. Returns an error that only this rank has met; one that all
  /// have agreed on goes to SharedRun::agreed_error.
  absl::Status Run();

private:
  bool IsRoot() const { return communicator_.rank() == 0; }

  // In this order.
  absl::Status RunToTheEnd();
  absl::Status Begin();
  absl::Status Loop();
  absl::Status End();

  // Parts of Begin.
  absl::Status FindPosition();
  absl::Status Prepare();
  absl::Status OpenMetrics();
  absl::Status LoadState();
  absl::Status AgreeOnRows();
  void SetTarget(int64_t steps_per_epoch);
  void OpenProgress();
  absl::Status BeginTrace();
  absl::Status OpenChannel();

  // Parts of Loop.
  absl::Status Round();
  void BeginRound();
  ExchangeTime TimeInExchanges() const;
  absl::Status LocalStep();
  absl::Status StartAgreement(double loss);
  absl::Status AgreeWhereToStop();
  absl::Status EndRound();
  double RoundLoss() const;
  int Signal() const;
  bool IsDone() const;
  absl::Status ReportRound(double loss);
  absl::Status ActOn(const Agreement::Verdict &verdict);
  absl::Status AfterRound();

  // Instead of Loop and End, of asynchronous programs; and parts of these.
  absl::Status AsyncLoop();
  absl::Status AsyncEnd();
  bool IsAsyncDone() const;
  absl::Status AsyncRound();
  absl::Status AfterAsyncRound();
  absl::Status Meet();
  absl::Status AsyncSave();
  absl::Status SaveGathered(const GatheredState &state);
  absl::StatusOr<std::vector<AsyncOutcome>> GatherOutcomes(double seconds);
  absl::Status GatherAsyncTrace();
  void AddAsyncMetrics(RoundMetrics &metrics) const;
  bool IsFirst() const; ///< Of the live ranks.
  /// Gradients of all ranks since the very start, that this rank knows of.
  int64_t Evaluations() const;
  /// What progress is counted by, where a run does not end by rounds.
  int64_t StepsMade() const;

  absl::Status CheckReplicas();
  /// Asynchronous programs': this rank alone, of its own replica.
  absl::Status Evaluate();
  absl::Status Save();
  void FillResult(TrainResult &result) const;
  void PrintSummary(double virtual_seconds, std::optional<double> residual);
  absl::Status GatherTrace();

  SharedRun &shared_;
  const TrainOptions &options_;
  const tacit_program &program_;
  Communicator &communicator_;
  std::optional<RankTracer> tracer_; ///< Before those who tell it.
  double seconds_behind_ = 0;        ///< Of rank 0's clock.
  Rank rank_;
  BatchBuffers buffers_;
  Agreement agreement_;
  ReplicaCheck replica_check_;
  RunClock &clock_; ///< The rank's.

  std::shared_ptr<const DataSet> data_;
  std::optional<Sampler> sampler_;
  std::vector<int64_t> rows_; ///< Of the batch at hand.
  std::vector<std::unique_ptr<Evaluator>> evaluators_;
  std::vector<std::unique_ptr<MetricsFile>> metrics_;
  std::optional<Progress> progress_;

  Position position_;
  RankPositions ranks_at_;  ///< Of the checkpoint that was loaded.
  int64_t first_round_ = 0; ///< Where this run began,
  int64_t target_ = 0;      ///< and where it ends: rounds, or local steps.
  bool ends_by_steps_ = false;
  int64_t steps_per_epoch_ = 1;
  double largest_residual_ = 0; ///< Of the rounds that metrics were written of.
  uint64_t last_selected_ = 0;  ///< At the end of the last round.
  int loss_;                    ///< Numbers of the step's results.
  int lr_;                      ///< -1: the program does not say; and so
  int tau_;                     ///< of the period,
  int period_loss_;             ///< of what it was made of, and
  int round_loss_;              ///< of the losses of a round so far, and
  int round_ended_;             ///< of where rounds end: each step is one.
  std::optional<double> last_loss_;
  Traffic last_traffic_;       ///< At the end of the last round.
  double round_began_ = 0;     ///< On the communicator's clock,
  ExchangeTime time_at_begin_; ///< and what exchanges had taken by then.
  bool stop_ = false;
  int signal_ = 0;
  int64_t stop_at_ =
      -1; ///< The local step within the round at hand to stop at.
  bool stopped_at_loss_ = false;
  int64_t evaluated_at_ = -1; ///< Local steps.
  int64_t saved_at_ = -1;
  std::vector<EvalResult> eval_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_RANK_RUN_H
