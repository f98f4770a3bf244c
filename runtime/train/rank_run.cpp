//===- rank_run.cpp - One rank's part of a training run -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/rank_run.h"

#include "runtime/train/agreed_options.h"
#include "runtime/train/channel_program.h"
#include "runtime/train/epoch.h"
#include "runtime/train/program.h"
#include "runtime/train/return_if_error.h"
#include "runtime/train/run_data.h"
#include "runtime/train/state_exchange.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstring>
#include <utility>

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
  rank_.Trace(nullptr);
  if (progress_)
    progress_->Clear();
  // With an open channel, ranks go by themselves, and none waits for an error.
  if (!IsAgreedError(status) || rank_.channel())
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
  if (program_.channel) {
    TACIT_RETURN_IF_ERROR(AsyncLoop());
    return AsyncEnd();
  }
  TACIT_RETURN_IF_ERROR(Loop());
  TACIT_RETURN_IF_ERROR(End());
  return GatherTrace();
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
  TACIT_RETURN_IF_ERROR(BeginTrace());
  if (program_.channel)
    TACIT_RETURN_IF_ERROR(OpenChannel());
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
  absl::StatusOr<Position> loaded =
      LoadPosition(rank_, options_.load, note, ranks_at_);
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
  if (program_.channel)
    position_.step = position_.round =
        ranks_at_.steps[static_cast<size_t>(communicator_.rank())];
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
    const bool of_model =
        variable.role == TACIT_PARAMETER || variable.role == TACIT_MODEL_STATE;
    if (!options_.load.empty() ||
        (!options_.load_parameters.empty() && of_model))
      continue;
    return absl::InvalidArgumentError(absl::StrCat(
        RoleName(variable.role), " '", variable.name,
        "' has no value: give it an initialiser in the model, or load it with "
        "--load",
        of_model ? "-parameters=FILE" : "=FILE"));
  }
  if (IsRoot() && !options_.trace.empty())
    TACIT_RETURN_IF_ERROR(WriteTrace(options_.trace, {})); // while it is early
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
  OpenProgress();
  if (options_.progress && first_round_ > 0 && IsDone())
    std::fprintf(
        options_.progress,
        "note: %s has %lld rounds behind it and the run ends at round "
        "%lld, counted from its very start: nothing is left to train\n",
        options_.load.c_str(), static_cast<long long>(first_round_),
        static_cast<long long>(target_));
  return absl::OkStatus();
}

/// In what the run ends by: of asynchronous ones, what all ranks share out.
void RankRun::OpenProgress() {
  if (program_.channel && options_.evaluations)
    progress_.emplace(options_.progress, position_.evaluations,
                      *options_.evaluations, "evaluation");
  else
    progress_.emplace(options_.progress,
                      ends_by_steps_ ? position_.step : first_round_, target_,
                      ends_by_steps_ && program_.end_round.function ? "step"
                                                                    : "round");
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

/// From here on what the rank does goes into the trace.
absl::Status RankRun::BeginTrace() {
  if (options_.trace.empty())
    return absl::OkStatus();
  if (!shared_.in_process) {
    const absl::StatusOr<double> behind = SecondsBehindRankZero(communicator_);
    if (!behind.ok())
      return behind.status();
    seconds_behind_ = *behind;
  }
  shared_.trace.resize(static_cast<size_t>(communicator_.size()));
  tracer_.emplace(communicator_,
                  shared_.trace[static_cast<size_t>(communicator_.rank())]);
  rank_.Trace(&*tracer_);
  return absl::OkStatus();
}

bool RankRun::IsDone() const {
  return (ends_by_steps_ ? position_.step : position_.round) >= target_;
}

} // namespace tacit
