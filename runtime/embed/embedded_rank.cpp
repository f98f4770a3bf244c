//===- embedded_rank.cpp - A rank that another program drives -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/embed/embedded_rank.h"

#include "runtime/support/suggest.h"
#include "runtime/support/tensor_type.h"
#include "runtime/train/agreed_options.h"
#include "runtime/train/agreement.h"
#include "runtime/train/gathered_state.h"
#include "runtime/train/program.h"
#include "runtime/train/return_if_error.h"
#include "runtime/train/state_exchange.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tacit {

// What meetings are for, a bit: see rank_async.cpp.
static constexpr uint64_t kAverage = 2;

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

EntryBuffers::EntryBuffers(const tacit_entry &entry)
    : entry_(entry), results_(entry.num_results), scalars_(entry.num_results) {
  for (uint32_t i = 0; i < entry.num_results; ++i)
    own_.emplace_back(static_cast<size_t>(NumBytes(entry.results[i].type)));
}

tacit_batch EntryBuffers::Complete(const tacit_batch &batch) {
  for (size_t i = 0; i < results_.size(); ++i) {
    void *brought = batch.results ? batch.results[i] : nullptr;
    results_[i] = brought ? brought : own_[i].data();
  }
  return {batch.arguments, results_.data()};
}

void EntryBuffers::KeepScalars() {
  for (size_t i = 0; i < results_.size(); ++i) {
    const tacit_tensor_type &type = entry_.results[i].type;
    if (NumElements(type) == 1)
      scalars_[i] = ElementAt(type.dtype, results_[i], 0);
  }
}

absl::StatusOr<double> EntryBuffers::Scalar(absl::string_view name) const {
  const auto is_scalar = [&](uint32_t result) {
    return NumElements(entry_.results[result].type) == 1;
  };
  for (uint32_t i = 0; i < entry_.num_results; ++i)
    if (is_scalar(i) && name == entry_.results[i].name)
      return scalars_[i];
  std::vector<absl::string_view> known;
  for (uint32_t i = 0; i < entry_.num_results; ++i)
    if (is_scalar(i))
      known.emplace_back(entry_.results[i].name);
  return absl::InvalidArgumentError(absl::StrCat(
      "the step has no scalar result '", name, "'", DidYouMean(name, known)));
}

absl::Status CheckArguments(const tacit_entry &entry, absl::string_view name,
                            const tacit_batch *batch) {
  if (!batch || (entry.num_arguments > 0 && !batch->arguments))
    return absl::InvalidArgumentError(
        absl::StrCat("the ", name, " is given no ",
                     batch ? "arguments" : "batch", ", which is null"));
  for (uint32_t i = 0; i < entry.num_arguments; ++i)
    if (!batch->arguments[i])
      return absl::InvalidArgumentError(
          absl::StrCat("the ", name, "'s argument '", entry.arguments[i].name,
                       "', ", TypeName(entry.arguments[i].type), ", is null"));
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// The start
//===----------------------------------------------------------------------===//

EmbeddedRank::EmbeddedRank(const tacit_program &program,
                           Communicator &communicator)
    : program_(program), communicator_(communicator),
      rank_(program, communicator), step_(program.step),
      evaluation_(program.evaluate), replica_check_(rank_),
      round_ended_(program.end_round.function
                       ? FindResult(program.step, "round_ended")
                       : -1) {}

absl::StatusOr<std::unique_ptr<EmbeddedRank>>
EmbeddedRank::Create(const tacit_program &program, Communicator &communicator,
                     const EmbeddedOptions &options) {
  // Not make_unique, which has no way to the constructor.
  std::unique_ptr<EmbeddedRank> rank(new EmbeddedRank(program, communicator));
  if (absl::Status status = rank->Begin(options); !status.ok())
    return status;
  return rank;
}

/// What must be alike on every rank for them to make the same exchanges.
static NamedNumbers NumbersOf(const tacit_program &program,
                              const EmbeddedOptions &options) {
  const absl::string_view strategy = program.strategy;
  return {
      {"fingerprint of the program", static_cast<int64_t>(program.fingerprint)},
      {"hash of the strategy",
       static_cast<int64_t>(
           HashBytes({reinterpret_cast<const std::byte *>(strategy.data()),
                      strategy.size()}))},
      {"number of exchanges in the program", program.num_sites},
      {"seed", static_cast<int64_t>(options.seed)},
      {"number of steps of the run", options.steps},
      {"number of steps per epoch", options.steps_per_epoch},
      {"whether there is something to load", !options.load.empty()},
      {"whether there are parameters to load",
       !options.load_parameters.empty()}};
}

absl::Status EmbeddedRank::Begin(const EmbeddedOptions &options) {
  absl::Status difference;
  TACIT_RETURN_IF_ERROR(CompareWithRankZero(
      communicator_, NumbersOf(program_, options), difference));
  if (!difference.ok())
    return AgreedError(difference);
  TACIT_RETURN_IF_ERROR(FindPosition(options));
  rank_.compressions().SetSeed(position_.seed);
  TACIT_RETURN_IF_ERROR(
      AgreeOnStatus(communicator_, "start of the run", Initialize(options)));
  TACIT_RETURN_IF_ERROR(LoadState(options));
  steps_per_epoch_ = std::max<int64_t>(1, options.steps_per_epoch);
  if (program_.channel)
    TACIT_RETURN_IF_ERROR(OpenChannel());
  rank_.clock().Start(position_.seconds);
  return absl::OkStatus();
}

absl::Status EmbeddedRank::FindPosition(const EmbeddedOptions &options) {
  position_.seed = options.seed;
  if (options.load.empty())
    return absl::OkStatus();
  std::string note; // Of options that differ, on purpose.
  absl::StatusOr<Position> loaded =
      LoadPosition(rank_, options.load, note, ranks_at_);
  if (!loaded.ok())
    return loaded.status();
  position_ = *loaded;
  if (program_.channel)
    position_.step = position_.round =
        ranks_at_.steps[static_cast<size_t>(communicator_.rank())];
  return absl::OkStatus();
}

/// What needs no other rank.
absl::Status EmbeddedRank::Initialize(const EmbeddedOptions &options) {
  TACIT_RETURN_IF_ERROR(rank_.variables().Initialize(position_.seed));
  if (!options.load.empty())
    return absl::OkStatus();
  for (const size_t i : rank_.variables().WithoutInitializer()) {
    const tacit_variable &variable = program_.variables[i];
    const bool is_parameter = variable.role == TACIT_PARAMETER;
    if (is_parameter && !options.load_parameters.empty())
      continue;
    return absl::InvalidArgumentError(absl::StrCat(
        RoleName(variable.role), " '", variable.name,
        "' has no value: give it an initialiser in the model, or load it, by "
        "the trainer's option ",
        is_parameter ? "load_parameters" : "load"));
  }
  for (const tacit_variable &variable : rank_.variables().variables())
    if (variable.initializer.kind == TACIT_OF_RUN && options.steps < 1)
      return absl::InvalidArgumentError(absl::StrCat(
          "'", variable.name, "' is to be ", variable.initializer.a,
          " of the run's local steps: say how many there will be, by the "
          "trainer's option steps, or set it in the strategy"));
  return rank_.variables().SetOfRun(options.steps);
}

absl::Status EmbeddedRank::LoadState(const EmbeddedOptions &options) {
  if (!options.load.empty())
    TACIT_RETURN_IF_ERROR(LoadVariables(rank_, options.load, LoadWhat::kAll,
                                        position_.WithinRound()));
  if (!options.load_parameters.empty())
    TACIT_RETURN_IF_ERROR(LoadVariables(rank_, options.load_parameters,
                                        LoadWhat::kParameters,
                                        /*within_round=*/false));
  if (options.load.empty())
    rank_.variables().CopyInitialValues();
  return absl::OkStatus();
}

absl::Status EmbeddedRank::OpenChannel() {
  if (ranks_at_.steps.empty())
    ranks_at_.steps.assign(static_cast<size_t>(communicator_.size()),
                           position_.step);
  return AgreeOnStatus(communicator_, "opening of the channel",
                       rank_.OpenChannel(/*meter=*/nullptr,
                                         /*meter_hears_arrivals=*/false,
                                         ranks_at_.steps));
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

absl::Status EmbeddedRank::Step(const tacit_batch &batch) {
  const tacit_batch whole = step_.Complete(batch);
  rank_.ChargeCompute(position_.step);
  rank_.compressions().SetEpoch(position_.step / steps_per_epoch_);
  TACIT_RETURN_IF_ERROR(rank_.Step(whole));
  step_.KeepScalars();
  stepped_ = true;
  ++position_.step;
  ++position_.round_step;
  if (program_.channel) {
    ++position_.round;
    position_.round_step = 0;
    return AfterAsyncStep();
  }
  position_.evaluations += int64_t{program_.gradients} * communicator_.size();
  const bool ended = round_ended_ < 0 ||
                     ElementAt(program_.step.results[round_ended_].type.dtype,
                               whole.results[round_ended_], 0) != 0;
  return ended ? EndRound() : absl::OkStatus();
}

absl::Status EmbeddedRank::EndRound() {
  if (!position_.WithinRound())
    return absl::OkStatus();
  if (program_.end_round.function)
    TACIT_RETURN_IF_ERROR(rank_.EndRound());
  ++position_.round;
  position_.round_step = 0;
  return absl::OkStatus();
}

absl::Status EmbeddedRank::AfterAsyncStep() {
  AsyncChannel &channel = *rank_.channel();
  const int64_t resync = program_.channel->resync;
  if (resync > 0 && position_.round % resync == 0 &&
      channel.first_live() == communicator_.rank())
    TACIT_RETURN_IF_ERROR(channel.Call(kAverage));
  return channel.called() ? Meet() : absl::OkStatus();
}

absl::Status EmbeddedRank::Meet() {
  const absl::StatusOr<uint64_t> what = rank_.channel()->Meet();
  if (!what.ok())
    return what.status();
  return *what & kAverage ? rank_.channel()->Average() : absl::OkStatus();
}

absl::Status EmbeddedRank::Evaluate(const tacit_batch &batch) {
  rank_.clock().Pause();
  absl::Status status = rank_.Evaluate(evaluation_.Complete(batch));
  rank_.clock().Resume();
  return status;
}

absl::StatusOr<double> EmbeddedRank::Result(absl::string_view name) const {
  if (!stepped_)
    return absl::InvalidArgumentError(
        "no step was made yet whose results could be read");
  return step_.Scalar(name);
}

absl::StatusOr<size_t>
EmbeddedRank::FindVariable(absl::string_view name) const {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < program_.num_variables; ++i) {
    names.push_back(StateName(program_.variables[i]));
    // A rank's own copy of a parameter has its name, too, and comes later.
    if (names.back() == name)
      return i;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "program '", program_.name, "' has no variable '", name, "'",
      DidYouMean(name,
                 std::vector<absl::string_view>(names.begin(), names.end()))));
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

absl::Status EmbeddedRank::Finish() {
  if (!program_.channel) {
    TACIT_RETURN_IF_ERROR(EndRound());
    absl::Status difference;
    TACIT_RETURN_IF_ERROR(
        replica_check_.Run(/*within_round=*/false, difference));
    return difference.ok() ? difference : AgreedError(difference);
  }
  while (!finished_) {
    const absl::StatusOr<bool> finished = rank_.channel()->Finish();
    if (!finished.ok())
      return finished.status();
    finished_ = *finished;
    if (!finished_)
      TACIT_RETURN_IF_ERROR(Meet());
  }
  return absl::OkStatus();
}

absl::Status EmbeddedRank::Save(const std::string &path) {
  position_.seconds = rank_.clock().TrainingSeconds();
  return program_.channel ? SaveGathered(path)
                          : SaveVariables(rank_, path, position_);
}

absl::Status EmbeddedRank::SaveGathered(const std::string &path) {
  AsyncChannel &channel = *rank_.channel();
  const absl::StatusOr<GatheredState> state =
      GatheredState::Gather(rank_, GatheredState::What::kAll);
  if (!state.ok())
    return state.status();
  std::string mine(sizeof position_.step, '\0');
  std::memcpy(mine.data(), &position_.step, mine.size());
  const absl::StatusOr<std::vector<std::string>> steps =
      channel.GatherAtFirst(std::move(mine));
  if (!steps.ok())
    return steps.status();
  if (!state->IsHere())
    return absl::OkStatus();
  RankPositions at;
  for (const AsyncReport::LostRank &lost : channel.report().lost)
    at.lost.push_back(lost.rank);
  for (const std::string &bytes : *steps) {
    int64_t step = 0;
    if (bytes.size() == sizeof step)
      std::memcpy(&step, bytes.data(), sizeof step);
    at.steps.push_back(step);
  }
  Position position = position_;
  position.evaluations += channel.known_steps() * int64_t{program_.gradients};
  return state->Save(path, position, at);
}

} // namespace tacit
