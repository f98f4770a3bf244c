//===- rank_async.cpp - Steps that each rank makes for itself -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The loop of asynchronous programs: each step of a rank is a round of its
/// own, and nothing is agreed on between. What all must do together, they meet
/// for; the first live rank calls them. See runtime/async/async_channel.h.
///
//===----------------------------------------------------------------------===//

#include "runtime/train/rank_run.h"

#include "runtime/train/async_outcome.h"
#include "runtime/train/channel_program.h"
#include "runtime/train/return_if_error.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tacit {

// What meetings are for: bits.
static constexpr uint64_t kSave = 1, kAverage = 2;
// Why a run is to end, besides by a signal, which is a positive number.
static constexpr int kLossReached = 0;

//===----------------------------------------------------------------------===//
// The start
//===----------------------------------------------------------------------===//

/// Sets the virtual clocks of all ranks to the same time, which is returned, so
/// that what follows does not depend on what was before. A collective, and so
/// only where no rank is lost.
static absl::StatusOr<double> AlignClocks(Communicator &communicator) {
  // The first all-reduce takes as long as it takes; the second, which all ranks
  // enter within that time of each other, no longer than twice that.
  double entered = communicator.Now();
  TACIT_RETURN_IF_ERROR(communicator.AllReduce("clocks of the ranks", &entered,
                                               1, TACIT_F64, TACIT_MAX));
  double left = communicator.Now();
  TACIT_RETURN_IF_ERROR(communicator.AllReduce("clocks of the ranks", &left, 1,
                                               TACIT_F64, TACIT_MAX));
  const double time = left + 2 * (left - entered);
  communicator.AdvanceTo(time);
  return time;
}

absl::Status RankRun::OpenChannel() {
  if (ranks_at_.steps.empty())
    ranks_at_.steps.assign(static_cast<size_t>(communicator_.size()),
                           position_.step);
  if (!shared_.meter && (shared_.in_process || options_.measure_consistency))
    shared_.meter = MakeMeter(
        program_, communicator_.size(),
        *std::min_element(ranks_at_.steps.begin(), ranks_at_.steps.end()));
  TACIT_RETURN_IF_ERROR(AgreeOnStatus(
      communicator_, "opening of the channel",
      rank_.OpenChannel(shared_.meter.get(),
                        /*meter_hears_arrivals=*/!shared_.in_process,
                        ranks_at_.steps)));
  if (!shared_.in_process)
    return absl::OkStatus();
  const absl::StatusOr<double> time = AlignClocks(communicator_);
  if (!time.ok())
    return time.status();
  communicator_.AdvanceTo(ranks_at_.clock);
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Rounds
//===----------------------------------------------------------------------===//

bool RankRun::IsFirst() const {
  return rank_.channel()->first_live() == communicator_.rank();
}

int64_t RankRun::Evaluations() const {
  if (!program_.channel)
    return position_.evaluations;
  return position_.evaluations +
         rank_.channel()->known_steps() * int64_t{program_.gradients};
}

int64_t RankRun::StepsMade() const {
  return program_.channel && options_.evaluations ? Evaluations()
                                                  : position_.step;
}

bool RankRun::IsAsyncDone() const {
  if (rank_.channel()->stopped())
    return true;
  return options_.evaluations ? Evaluations() >= *options_.evaluations
                              : position_.step >= target_;
}

absl::Status RankRun::AsyncLoop() {
  AsyncChannel &channel = *rank_.channel();
  for (bool finished = false; !finished;) {
    while (!IsAsyncDone()) {
      TACIT_RETURN_IF_ERROR(AsyncRound());
      TACIT_RETURN_IF_ERROR(AfterAsyncRound());
      if (channel.called())
        TACIT_RETURN_IF_ERROR(Meet());
    }
    const absl::StatusOr<bool> end = channel.Finish();
    if (!end.ok())
      return end.status();
    finished = *end;
    if (!finished)
      TACIT_RETURN_IF_ERROR(Meet());
  }
  const std::optional<int> why = channel.stopped();
  signal_ = why.value_or(0);
  stopped_at_loss_ = why == kLossReached;
  return absl::OkStatus();
}

absl::Status RankRun::AsyncRound() {
  BeginRound();
  TACIT_RETURN_IF_ERROR(LocalStep());
  ++position_.round;
  position_.round_step = 0;
  position_.seconds = clock_.TrainingSeconds();
  const double loss = buffers_.Result(loss_, 0);
  if (!std::isfinite(loss) && options_.on_nan == OnNan::kStop) {
    const absl::Status error = absl::OutOfRangeError(absl::StrCat(
        "loss is ", std::isinf(loss) ? "infinite" : "nan", " at step ",
        position_.step, " on rank ", communicator_.rank()));
    // Where all ranks are in one process, none else reports it.
    return shared_.in_process ? AgreedError(error) : error;
  }
  return ReportRound(loss);
}

void RankRun::AddAsyncMetrics(RoundMetrics &metrics) const {
  const StalenessCounts staleness = rank_.channel()->TakeRecentStaleness();
  if (staleness.updates > 0) {
    metrics.staleness_avg = staleness.average();
    metrics.staleness_max = staleness.maximum;
  }
  if (shared_.meter)
    metrics.elastic_gap = shared_.meter->TakeLatest(communicator_.rank());
}

absl::Status RankRun::AfterAsyncRound() {
  AsyncChannel &channel = *rank_.channel();
  if (const int signal = Signal(); signal != 0 && !channel.stopped())
    TACIT_RETURN_IF_ERROR(channel.Stop(signal));
  if (!IsFirst() || channel.stopped())
    return absl::OkStatus();
  const auto due = [&](int64_t period) {
    return period > 0 && position_.round % period == 0;
  };
  if (due(options_.eval_every)) {
    TACIT_RETURN_IF_ERROR(Evaluate());
    if (std::exchange(stop_, false))
      return channel.Stop(kLossReached);
  }
  const uint64_t what = (due(options_.save_every) ? kSave : 0) |
                        (due(program_.channel->resync) ? kAverage : 0);
  return what ? channel.Call(what) : absl::OkStatus();
}

absl::Status RankRun::Meet() {
  const absl::StatusOr<uint64_t> what = rank_.channel()->Meet();
  if (!what.ok())
    return what.status();
  if (*what & kAverage)
    TACIT_RETURN_IF_ERROR(rank_.channel()->Average());
  return *what & kSave ? AsyncSave() : absl::OkStatus();
}

absl::Status RankRun::AsyncSave() {
  const absl::StatusOr<GatheredState> state =
      GatheredState::Gather(rank_, GatheredState::What::kAll);
  return state.ok() ? SaveGathered(*state) : state.status();
}

/// Where ranks stand; rank r's own step in place r, of the first live rank.
absl::Status RankRun::SaveGathered(const GatheredState &state) {
  AsyncChannel &channel = *rank_.channel();
  saved_at_ = position_.step;
  RankPositions at;
  std::string mine(sizeof position_.step, '\0');
  std::memcpy(mine.data(), &position_.step, mine.size());
  const absl::StatusOr<std::vector<std::string>> steps =
      channel.GatherAtFirst(std::move(mine));
  if (!steps.ok())
    return steps.status();
  for (const AsyncReport::LostRank &lost : channel.report().lost)
    at.lost.push_back(lost.rank);
  if (shared_.in_process && at.lost.empty()) {
    // A run that is resumed begins with clocks like these.
    const absl::StatusOr<double> clock = AlignClocks(communicator_);
    if (!clock.ok())
      return clock.status();
    at.clock = *clock;
  }
  if (!state.IsHere() || !IsFirst())
    return absl::OkStatus();
  for (const std::string &bytes : *steps) {
    int64_t step = 0;
    if (bytes.size() == sizeof step)
      std::memcpy(&step, bytes.data(), sizeof step);
    at.steps.push_back(step);
  }
  Position position = position_;
  position.evaluations = Evaluations();
  return state.Save(options_.save, position, at);
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

absl::StatusOr<std::vector<AsyncOutcome>>
RankRun::GatherOutcomes(double seconds) {
  AsyncOutcome mine;
  mine.made = position_.step -
              ranks_at_.steps[static_cast<size_t>(communicator_.rank())];
  mine.seconds = seconds;
  mine.traffic = communicator_.traffic();
  mine.Take(rank_.channel()->report());
  if (shared_.meter)
    mine.Take(shared_.meter->Report());
  const std::optional<double> residual = rank_.compressions().ResidualNorm();
  mine.has_residual = residual.has_value();
  mine.residual = std::max(largest_residual_, residual.value_or(0));
  const absl::StatusOr<std::vector<std::string>> all =
      rank_.channel()->GatherAtFirst(mine.Pack());
  if (!all.ok())
    return all.status();
  std::vector<AsyncOutcome> outcomes;
  for (const std::string &bytes : *all)
    outcomes.push_back(AsyncOutcome::Unpack(bytes));
  // Others know of themselves.
  if (outcomes.empty()) {
    outcomes.resize(static_cast<size_t>(communicator_.size()));
    outcomes[static_cast<size_t>(communicator_.rank())] = mine;
  }
  return outcomes;
}

absl::Status RankRun::GatherAsyncTrace() {
  if (!tracer_)
    return absl::OkStatus();
  rank_.Trace(nullptr);
  if (shared_.in_process)
    return absl::OkStatus();
  TraceRow &row = shared_.trace[static_cast<size_t>(communicator_.rank())];
  row.Shift(seconds_behind_);
  const absl::StatusOr<std::vector<std::string>> rows =
      rank_.channel()->GatherAtFirst(row.Pack());
  if (!rows.ok())
    return rows.status();
  for (size_t rank = 0; rank < rows->size(); ++rank) {
    if ((*rows)[rank].empty()) // of a lost rank
      continue;
    absl::StatusOr<TraceRow> unpacked = TraceRow::Unpack((*rows)[rank]);
    if (!unpacked.ok())
      return unpacked.status();
    shared_.trace[rank] = *std::move(unpacked);
  }
  shared_.writes_trace = !rows->empty();
  return absl::OkStatus();
}

/// Every rank that is not lost is here, and has every update. From here on,
/// ranks go by messages alone: another may be lost at any time.
absl::Status RankRun::AsyncEnd() {
  AsyncChannel &channel = *rank_.channel();
  const double seconds = clock_.Seconds(),
               virtual_seconds = clock_.CommunicatorSeconds();
  const bool save = !options_.save.empty();
  const absl::StatusOr<GatheredState> state = GatheredState::Gather(
      rank_, save ? GatheredState::What::kAll : GatheredState::What::kReplicas);
  if (!state.ok())
    return state.status();
  if (save)
    TACIT_RETURN_IF_ERROR(SaveGathered(*state));
  if (IsFirst() && !evaluators_.empty() && !signal_)
    TACIT_RETURN_IF_ERROR(Evaluate());
  const absl::StatusOr<std::vector<AsyncOutcome>> outcomes =
      GatherOutcomes(seconds);
  if (!outcomes.ok())
    return outcomes.status();
  TACIT_RETURN_IF_ERROR(GatherAsyncTrace());
  if (!IsFirst() && shared_.in_process)
    return absl::OkStatus();

  TrainResult &result = shared_.result;
  FillResult(result);
  result.seconds = seconds;
  double residual = 0;
  for (const AsyncOutcome &outcome : *outcomes) {
    result.traffic.push_back(outcome.traffic);
    residual = std::max(residual, outcome.residual);
  }
  if (!IsFirst())
    return absl::OkStatus();
  result.async =
      Summarize(*outcomes, channel.report(),
                shared_.meter ? &*shared_.meter : nullptr, shared_.in_process);
  result.async->replica_difference = state->LargestDifference();
  result.async->evaluations = result.evaluations;
  result.async->asked = options_.evaluations;
  const bool kept =
      (*outcomes)[static_cast<size_t>(communicator_.rank())].has_residual;
  PrintSummary(virtual_seconds, kept ? std::optional(residual) : std::nullopt);
  return absl::OkStatus();
}

} // namespace tacit
