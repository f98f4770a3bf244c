//===- rank_run.cpp - One rank's part of a training run -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/rank_run.h"

#include "runtime/report/summary.h"
#include "runtime/train/agreed_options.h"
#include "runtime/train/epoch.h"
#include "runtime/train/program.h"
#include "runtime/train/run_data.h"
#include "runtime/train/state_exchange.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstring>
#include <utility>

// Returns from the calling function if `expression` is an error.
#define TACIT_RETURN_IF_ERROR(expression)                                      \
  if (absl::Status status_ = (expression); !status_.ok())                      \
  return status_

namespace tacit {

RankRun::RankRun(SharedRun &shared, Communicator &communicator)
    : shared_(shared), options_(shared.options), program_(shared.program),
      communicator_(communicator), rank_(shared.program, communicator),
      buffers_(shared.program.step), agreement_(communicator),
      replica_check_(rank_), clock_(rank_.clock()),
      loss_(FindResult(shared.program.step, "loss")),
      lr_(FindResult(shared.program.step, "lr")),
      tau_(FindResult(shared.program.step, "tau")),
      period_loss_(FindResult(shared.program.step, "period_loss")),
      round_loss_(FindResult(shared.program.step, "round_loss")),
      round_ended_(FindResult(shared.program.step, "round_ended")) {}

absl::Status RankRun::Run() {
  absl::Status status = RunToTheEnd();
  if (progress_)
    progress_->Clear();
  if (!IsAgreedError(status))
    return status;
  // Every rank is here: nobody needs to be stopped. An agreement may be in
  // flight.
  if (absl::StatusOr<Agreement::Verdict> last = agreement_.Finish(); !last.ok())
    return last.status();
  shared_.agreed_error = std::move(status);
  return absl::OkStatus();
}

absl::Status RankRun::RunToTheEnd() {
  TACIT_RETURN_IF_ERROR(Begin());
  TACIT_RETURN_IF_ERROR(Loop());
  return End();
}

//===----------------------------------------------------------------------===//
// Before the first round
//===----------------------------------------------------------------------===//

absl::Status RankRun::Begin() {
  absl::Status difference;
  TACIT_RETURN_IF_ERROR(CompareWithRankZero(
      communicator_, NumbersOf(program_, options_), difference));
  if (!difference.ok())
    return AgreedError(difference);
  TACIT_RETURN_IF_ERROR(FindPosition());
  rank_.compressions().SetSeed(position_.seed);
  TACIT_RETURN_IF_ERROR(
      AgreeOnStatus(communicator_, "start of the run", Prepare()));
  TACIT_RETURN_IF_ERROR(LoadState());
  TACIT_RETURN_IF_ERROR(AgreeOnRows());
  clock_.Start(position_.seconds);
  last_traffic_ = communicator_.traffic();
  return absl::OkStatus();
}

absl::Status RankRun::FindPosition() {
  position_.seed = options_.seed.value_or(0);
  position_.shuffle = options_.shuffle.value_or(true);
  if (options_.load.empty())
    return absl::OkStatus();
  std::string note;
  absl::StatusOr<Position> loaded = LoadPosition(rank_, options_.load, note);
  if (!loaded.ok())
    return loaded.status();
  if (!note.empty() && options_.progress)
    std::fprintf(options_.progress, "note: %s\n", note.c_str());
  if (options_.seed && *options_.seed != loaded->seed)
    return AgreedError(absl::InvalidArgumentError(absl::StrCat(
        "--seed=", *options_.seed, " contradicts ", options_.load,
        ", whose run has seed ", loaded->seed,
        "; leave --seed out, or take only parameters, by --load-parameters")));
  if (options_.shuffle && *options_.shuffle != (loaded->shuffle != 0))
    return AgreedError(absl::InvalidArgumentError(absl::StrCat(
        "--shuffle=", *options_.shuffle ? "on" : "off", " contradicts ",
        options_.load, ", whose run has it ", loaded->shuffle ? "on" : "off",
        "; leave --shuffle out, or take only parameters, by "
        "--load-parameters")));
  position_ = *loaded;
  first_round_ = position_.round;
  return absl::OkStatus();
}

/// All that needs no other rank, and that any of them may fail at.
absl::Status RankRun::Prepare() {
  if (!shared_.data)
    shared_.data =
        OpenRunData(program_, options_, shared_.brought, position_.seed);
  if (!shared_.data->ok())
    return shared_.data->status();
  const TrainData &data = **shared_.data;
  data_ = data.train;
  for (const auto &[name, set] : data.eval)
    evaluators_.push_back(std::make_unique<Evaluator>(name, set, rank_));

  if (!shared_.initial) {
    shared_.initial = std::make_unique<StateStorage>(program_);
    shared_.initial_status = shared_.initial->Initialize(position_.seed);
  }
  TACIT_RETURN_IF_ERROR(shared_.initial_status);
  std::memcpy(rank_.variables().data(), shared_.initial->data(),
              shared_.initial->size());

  for (const size_t i : rank_.variables().WithoutInitializer()) {
    const tacit_variable &variable = program_.variables[i];
    if (!options_.load.empty() ||
        (!options_.load_parameters.empty() && variable.role == TACIT_PARAMETER))
      continue;
    return absl::InvalidArgumentError(absl::StrCat(
        RoleName(variable.role), " '", variable.name,
        "' has no value: give it an initialiser in the model, or load it with "
        "--load",
        variable.role == TACIT_PARAMETER ? "-parameters=FILE" : "=FILE"));
  }
  return OpenMetrics();
}

absl::Status RankRun::OpenMetrics() {
  if (options_.metrics.empty())
    return absl::OkStatus();
  std::vector<std::string> paths;
  if (IsRoot())
    paths.push_back(options_.metrics);
  if (options_.metrics_all_ranks)
    paths.push_back(RankMetricsPath(options_.metrics, communicator_.rank()));
  for (const std::string &path : paths) {
    absl::StatusOr<std::unique_ptr<MetricsFile>> file =
        MetricsFile::Create(path);
    if (!file.ok())
      return file.status();
    metrics_.push_back(*std::move(file));
  }
  return absl::OkStatus();
}

absl::Status RankRun::LoadState() {
  if (!options_.load.empty())
    TACIT_RETURN_IF_ERROR(LoadVariables(rank_, options_.load, LoadWhat::kAll,
                                        position_.WithinRound()));
  if (!options_.load_parameters.empty())
    TACIT_RETURN_IF_ERROR(LoadVariables(rank_, options_.load_parameters,
                                        LoadWhat::kParameters,
                                        /*within_round=*/false));
  if (options_.load.empty())
    rank_.variables().CopyInitialValues();
  return absl::OkStatus();
}

/// Ranks may have different rows to train on, see epoch.h; but evaluations are
/// shared out by row.
absl::Status RankRun::AgreeOnRows() {
  NamedNumbers numbers;
  for (const std::unique_ptr<Evaluator> &evaluator : evaluators_)
    numbers.emplace_back(absl::StrCat("number of rows of the data set '",
                                      evaluator->name(), "'"),
                         evaluator->rows());
  absl::Status difference;
  TACIT_RETURN_IF_ERROR(
      CompareWithRankZero(communicator_, numbers, difference));
  if (!difference.ok())
    return AgreedError(difference);

  int64_t steps_per_epoch = 1;
  if (const int64_t batch = BatchRows(program_.step); batch > 0) {
    SamplerOptions sampler;
    sampler.batch = batch;
    sampler.shuffle = position_.shuffle != 0;
    sampler.seed = position_.seed;
    std::string note;
    TACIT_RETURN_IF_ERROR(
        AgreeOnEpoch(communicator_, *data_, sampler, sampler_, note));
    rows_.resize(static_cast<size_t>(batch));
    steps_per_epoch = sampler_->steps_per_epoch();
    if (IsRoot() && options_.progress)
      std::fputs(note.c_str(), options_.progress);
  }
  steps_per_epoch_ = steps_per_epoch;
  SetTarget(steps_per_epoch);
  if (options_.load.empty())
    if (absl::Status status = rank_.variables().SetOfRun(
            ends_by_steps_ || !program_.end_round.function ? target_ : 0);
        !status.ok())
      return AgreedError(status); // All ranks meet it.
  if (!IsRoot())
    return absl::OkStatus();
  progress_.emplace(options_.progress,
                    ends_by_steps_ ? position_.step : first_round_, target_,
                    ends_by_steps_ && program_.end_round.function ? "step"
                                                                  : "round");
  if (options_.progress && first_round_ > 0 && IsDone())
    std::fprintf(
        options_.progress,
        "note: %s has %lld rounds behind it and the run ends at round "
        "%lld, counted from its very start: nothing is left to train\n",
        options_.load.c_str(), static_cast<long long>(first_round_),
        static_cast<long long>(target_));
  return absl::OkStatus();
}

void RankRun::SetTarget(int64_t steps_per_epoch) {
  if (options_.rounds) {
    target_ = *options_.rounds;
    return;
  }
  ends_by_steps_ = true;
  if (options_.evaluations) {
    const int64_t per_step = communicator_.size() * int64_t{program_.gradients};
    const int64_t left =
        std::max<int64_t>(0, *options_.evaluations - position_.evaluations);
    target_ = position_.step + (left + per_step - 1) / per_step;
  } else {
    target_ = options_.epochs.value_or(1) * steps_per_epoch;
  }
}

bool RankRun::IsDone() const {
  return (ends_by_steps_ ? position_.step : position_.round) >= target_;
}

//===----------------------------------------------------------------------===//
// Rounds
//===----------------------------------------------------------------------===//

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
  if (sampler_) {
    sampler_->RowsOfStep(position_.step, rows_.data());
    for (size_t j = 0; j < rows_.size(); ++j)
      buffers_.CopyRow(*data_, rows_[j], static_cast<int64_t>(j));
  }
  for (uint32_t batch = 0; batch < program_.gradients; ++batch)
    communicator_.ChargeCompute(position_.step * program_.gradients + batch);
  rank_.compressions().SetEpoch(position_.step / steps_per_epoch_);
  TACIT_RETURN_IF_ERROR(rank_.Step(buffers_.batch()));
  ++position_.step;
  ++position_.round_step;
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

absl::Status RankRun::Round() {
  round_began_ = communicator_.Now();
  time_at_begin_ = communicator_.exchange_time();
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
    progress_->Update(ends_by_steps_ ? position_.step : position_.round, loss);
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
    const ExchangeTime time = communicator_.exchange_time();
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

//===----------------------------------------------------------------------===//
// Between and after rounds
//===----------------------------------------------------------------------===//

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
    absl::StatusOr<EvalResult> result = evaluator->Run();
    if (!result.ok())
      return result.status();
    eval_.push_back(*std::move(result));
  }
  clock_.Resume();
  evaluated_at_ = position_.step;
  EvalMetrics metrics;
  metrics.round = position_.round;
  metrics.step = position_.step;
  metrics.evaluations = position_.evaluations;
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
  if (IsRoot()) {
    RunSummary summary;
    summary.program = program_.name;
    summary.strategy = program_.strategy;
    summary.first_round = first_round_;
    summary.rounds = position_.round;
    summary.round_step = position_.round_step;
    summary.evaluations = position_.evaluations;
    summary.seconds = seconds;
    if (options_.virtual_clock)
      summary.virtual_seconds = virtual_seconds;
    summary.loss = last_loss_;
    summary.eval = eval_;
    summary.traffic = traffic;
    if (program_.num_compressions > 0)
      summary.compression = {DenseBytes(program_, communicator_.size()),
                             residual ? std::optional(largest_residual)
                                      : std::nullopt};
    summary.saved = options_.save;
    progress_->Clear();
    if (options_.summary) {
      std::fputs(FormatSummary(summary).c_str(), options_.summary);
      std::fflush(options_.summary);
    }
  }
  result.rounds = position_.round;
  result.steps = position_.step;
  result.evaluations = position_.evaluations;
  result.seconds = seconds;
  result.signal = signal_;
  result.stopped_at_loss = stopped_at_loss_;
  result.eval = eval_;
  result.traffic = std::move(traffic);
  return absl::OkStatus();
}

} // namespace tacit
