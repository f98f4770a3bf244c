//===- rank_rounds.cpp - Rounds that all ranks make together --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/rank_run.h"

#include "runtime/train/return_if_error.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <utility>

namespace tacit {

absl::Status RankRun::Loop() {
  while (!stop_ && !IsDone()) {
    TACIT_RETURN_IF_ERROR(Round());
    position_.seconds = clock_.TrainingSeconds();
    if (!position_.WithinRound())
      TACIT_RETURN_IF_ERROR(AfterRound());
  }
  absl::StatusOr<Agreement::Verdict> verdict = agreement_.Finish();
  if (!verdict.ok())
    return verdict.status();
  return ActOn(*verdict);
}

absl::Status RankRun::LocalStep() {
  if (tracer_)
    tracer_->BeginStep(position_.step);
  if (sampler_) {
    sampler_->RowsOfStep(position_.step, rows_.data());
    for (size_t j = 0; j < rows_.size(); ++j)
      buffers_.CopyRow(*data_, rows_[j], static_cast<int64_t>(j));
  }
  rank_.ChargeCompute(position_.step);
  rank_.compressions().SetEpoch(position_.step / steps_per_epoch_);
  TACIT_RETURN_IF_ERROR(rank_.Step(buffers_.batch()));
  if (tracer_)
    tracer_->EndStep();
  ++position_.step;
  ++position_.round_step;
  if (!program_.channel) // else each rank makes its own
    position_.evaluations += int64_t{program_.gradients} * communicator_.size();
  return absl::OkStatus();
}

int RankRun::Signal() const {
  return options_.stop_signal
             ? options_.stop_signal->load(std::memory_order_relaxed)
             : 0;
}

/// The mean over the steps of the round at hand.
double RankRun::RoundLoss() const {
  const double steps = static_cast<double>(position_.round_step);
  return round_loss_ >= 0 ? buffers_.Result(round_loss_, 0) / steps
                          : buffers_.Result(loss_, 0);
}

/// What this rank has spent in exchanges, a channel's included, and waiting.
ExchangeTime RankRun::TimeInExchanges() const {
  if (!program_.channel)
    return communicator_.exchange_time();
  ExchangeTime time;
  time.awaited = rank_.channel_seconds();
  for (const double seconds : rank_.channel()->report().waited)
    time.waited += seconds;
  return time;
}

void RankRun::BeginRound() {
  round_began_ = communicator_.Now();
  if (!metrics_.empty())
    time_at_begin_ = TimeInExchanges();
}

absl::Status RankRun::Round() {
  BeginRound();
  const bool several = program_.end_round.function;
  while (position_.step != stop_at_) {
    TACIT_RETURN_IF_ERROR(LocalStep());
    // Where a run ends within a round, so does the round.
    if (!several || buffers_.Result(round_ended_, 0) != 0 ||
        (ends_by_steps_ && IsDone()))
      return EndRound();
    communicator_.Yield();
    if (stop_at_ < 0 && Signal() != 0)
      TACIT_RETURN_IF_ERROR(AgreeWhereToStop());
  }
  return absl::OkStatus(); // Within the round.
}

/// Within a round, on a signal: other ranks may be before or behind this one.
/// Waits until it is known where all of them can stop, or that one is at the
/// end of the round.
absl::Status RankRun::AgreeWhereToStop() {
  // Waiting is no part of training: a run that goes on from here does not.
  clock_.Pause();
  TACIT_RETURN_IF_ERROR(StartAgreement(RoundLoss()));
  const absl::StatusOr<Agreement::Verdict> verdict = agreement_.Finish();
  if (!verdict.ok())
    return verdict.status();
  clock_.Resume();
  stop_at_ = verdict->step;
  return ActOn(*verdict);
}

/// Acts on the agreement before, if it is still out.
absl::Status RankRun::StartAgreement(double loss) {
  const absl::StatusOr<Agreement::Verdict> verdict = agreement_.Report(
      position_.step, options_.on_nan == OnNan::kContinue ? 0 : loss, Signal());
  return verdict.ok() ? ActOn(*verdict) : verdict.status();
}

absl::Status RankRun::EndRound() {
  const double loss = RoundLoss();
  const bool several = program_.end_round.function;
  if (several) {
    // One that has been sent a signal has agreed already.
    if (stop_at_ < 0)
      TACIT_RETURN_IF_ERROR(StartAgreement(loss));
    TACIT_RETURN_IF_ERROR(rank_.EndRound());
  }
  ++position_.round;
  position_.round_step = 0;
  TACIT_RETURN_IF_ERROR(ReportRound(loss));
  if (!several)
    return StartAgreement(loss);
  const absl::StatusOr<Agreement::Verdict> verdict = agreement_.Finish();
  return verdict.ok() ? ActOn(*verdict) : verdict.status();
}

absl::Status RankRun::ReportRound(double loss) {
  last_loss_ = loss;
  if (progress_)
    progress_->Update(ends_by_steps_ ? StepsMade() : position_.round, loss);
  const Traffic traffic = communicator_.traffic();
  const Traffic before = std::exchange(last_traffic_, traffic);
  if (metrics_.empty())
    return absl::OkStatus();
  RoundMetrics metrics;
  metrics.rank = communicator_.rank();
  metrics.round = position_.round;
  metrics.step = position_.step;
  metrics.loss = loss;
  if (lr_ >= 0)
    metrics.lr = buffers_.Result(lr_, 0);
  if (tau_ >= 0)
    metrics.tau = static_cast<int64_t>(buffers_.Result(tau_, 0));
  if (period_loss_ >= 0 && buffers_.Result(period_loss_, 0) > 0)
    metrics.period_loss = buffers_.Result(period_loss_, 0);
  metrics.seconds = clock_.Seconds();
  if (options_.virtual_clock)
    metrics.virtual_seconds = clock_.CommunicatorSeconds();
  // One rank alone has a virtual clock that nobody asked for.
  if (options_.virtual_clock || communicator_.size() > 1) {
    const ExchangeTime time = TimeInExchanges();
    metrics.exchange_seconds = time.awaited - time_at_begin_.awaited;
    metrics.wait_seconds = time.waited - time_at_begin_.waited;
    metrics.compute_seconds = std::max(0.0, communicator_.Now() - round_began_ -
                                                *metrics.exchange_seconds);
  }
  metrics.bytes_sent = traffic.bytes_sent - before.bytes_sent;
  metrics.messages_sent = traffic.messages_sent - before.messages_sent;
  metrics.control_bytes = traffic.control_bytes - before.control_bytes;
  if (program_.num_compressions > 0) {
    if (const std::optional<uint64_t> all = rank_.compressions().Selected())
      metrics.selected = *all - std::exchange(last_selected_, *all);
    metrics.residual_norm = rank_.compressions().ResidualNorm();
    largest_residual_ =
        std::max(largest_residual_, metrics.residual_norm.value_or(0));
  }
  if (program_.channel)
    AddAsyncMetrics(metrics);
  for (const std::unique_ptr<MetricsFile> &file : metrics_)
    TACIT_RETURN_IF_ERROR(file->Write(metrics));
  return absl::OkStatus();
}

absl::Status RankRun::ActOn(const Agreement::Verdict &verdict) {
  if (verdict.bad_rank >= 0)
    return AgreedError(absl::OutOfRangeError(absl::StrCat(
        "loss is ", verdict.infinite ? "infinite" : "nan", " at step ",
        verdict.step, " on rank ", verdict.bad_rank)));
  if (verdict.signal != 0) {
    signal_ = verdict.signal;
    stop_ = true;
  }
  return absl::OkStatus();
}

absl::Status RankRun::AfterRound() {
  auto due = [&](int64_t period) {
    return period > 0 && position_.round % period == 0;
  };
  const bool check = due(options_.check_replicas),
             evaluate = due(options_.eval_every),
             save = due(options_.save_every);
  if (!check && !evaluate && !save)
    return absl::OkStatus();
  // A model that is not finite must not replace the last good checkpoint.
  absl::StatusOr<Agreement::Verdict> verdict = agreement_.Finish();
  if (!verdict.ok())
    return verdict.status();
  TACIT_RETURN_IF_ERROR(ActOn(*verdict));
  if (check || save)
    TACIT_RETURN_IF_ERROR(CheckReplicas());
  if (save)
    TACIT_RETURN_IF_ERROR(Save());
  if (evaluate && !signal_)
    TACIT_RETURN_IF_ERROR(Evaluate());
  return absl::OkStatus();
}

} // namespace tacit
