//===- channel_core.cpp - What all policies of a channel share ------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/channel_core.h"

#include "runtime/async/apply.h"
#include "runtime/async/consistency_meter.h"
#include "runtime/async/meetings.h"
#include "runtime/async/rooted_exchange.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tacit {

static size_t ElementsOf(const tacit_channel &channel) {
  size_t elements = 0;
  for (uint32_t member = 0; member < channel.num_members; ++member)
    elements += channel.members[member].count;
  return elements;
}

static std::vector<int64_t> FirstSteps(const AsyncChannel::Environment &e) {
  std::vector<int64_t> steps(e.first_steps.begin(), e.first_steps.end());
  steps.resize(static_cast<size_t>(e.communicator.size()), 0);
  return steps;
}

ChannelCore::ChannelCore(const Environment &environment, Inbox &inbox,
                         Topology topology)
    : environment_(environment), rank_(environment.communicator.rank()),
      size_(environment.communicator.size()),
      elements_(ElementsOf(environment.channel)),
      observer_(environment.observer ? *environment.observer : no_observer_),
      staleness_(size_), counted_from_(FirstSteps(environment)),
      measured_from_(counted_from_), inbox_(inbox),
      stream_(inbox, std::move(topology), rank_, counted_from_, observer_,
              *this),
      meetings_(std::make_unique<Meetings>(stream_, rank_, size_)),
      rooted_(std::make_unique<RootedExchange>(stream_, rank_, size_)),
      step_(first_step(rank_)), view_(static_cast<size_t>(size_), 0) {
  report_.damped = channel().damping != 0;
  members_.resize(channel().num_members);
  if (channel().compression >= 0)
    decoded_.resize(elements_);
  if (meter())
    meter()->Begin(environment.parameters);
}

ChannelCore::~ChannelCore() = default;

void ChannelCore::SetPolicy(std::unique_ptr<ExchangePolicy> policy) {
  policy_ = std::move(policy);
}

//===----------------------------------------------------------------------===//
// Of policies
//===----------------------------------------------------------------------===//

void ChannelCore::CountWait(WaitReason reason, double begin, double end) {
  if (!(end > begin))
    return;
  report_.waited[static_cast<size_t>(reason)] += end - begin;
  observer_.OnWait(begin, end, WaitName(reason));
}

absl::Status ChannelCore::WaitUntil(WaitReason reason,
                                    absl::FunctionRef<bool()> done,
                                    double deadline) {
  if (absl::Status status = stream_.Poll(); !status.ok() || done())
    return status;
  const double begin = Now();
  absl::Status status =
      stream_.WaitUntil(done, deadline, [this] { return Now(); });
  CountWait(reason, begin, Now());
  return status;
}

bool ChannelCore::HasSteps(int of, int64_t step) const {
  if (stream_.heard_step(of) >= step || !IsLive(of) || stopped())
    return true;
  const std::optional<uint64_t> stands_at = meetings_->StandsAt(of);
  return stands_at && stream_.heard(of) >= *stands_at;
}

absl::StatusOr<Update> ChannelCore::SendAt(Update update) {
  const absl::Span<std::byte> bytes = update.message.MutablePayload();
  std::memcpy(bytes.data() + bytes.size() - 4 * view_.size(), view_.data(),
              4 * view_.size());
  observer_.OnPublish(update.sequence, update.step);
  const double waited = inbox_.counts().room_seconds;
  if (absl::Status status = stream_.Publish(update); !status.ok())
    return status;
  const double end = Now();
  CountWait(WaitReason::kRoom, end - (inbox_.counts().room_seconds - waited),
            end);
  staleness_.Count(rank_);
  ++report_.published;
  return update;
}

absl::StatusOr<Update>
ChannelCore::Send(const tacit_contribution &contribution) {
  const size_t bytes = contribution.payload ? channel().payload_bytes
                                            : elements_ * sizeof(float);
  Update update = stream_.New(step_, 1, contribution.lr, bytes);
  std::byte *to = update.message.MutablePayload().data();
  if (contribution.payload) {
    std::memcpy(to, contribution.payload, bytes);
    return SendAt(std::move(update));
  }
  for (uint32_t member = 0; member < channel().num_members; ++member) {
    const size_t count = channel().members[member].count * sizeof(float);
    std::memcpy(to, contribution.tensors[member], count);
    to += count;
  }
  return SendAt(std::move(update));
}

absl::StatusOr<Update> ChannelCore::SendDense(const float *values,
                                              int64_t last_step, int64_t steps,
                                              double lr) {
  const size_t bytes = elements_ * sizeof(float);
  Update update = stream_.New(last_step, steps, lr, bytes);
  std::memcpy(update.message.MutablePayload().data(), values, bytes);
  return SendAt(std::move(update));
}

absl::StatusOr<const float *> ChannelCore::Dense(const Update &update) {
  if (channel().compression < 0)
    return static_cast<const float *>(update.payload());
  if (absl::Status status =
          environment_.codec->Decode(update.payload(), decoded_.data());
      !status.ok())
    return status;
  return decoded_.data();
}

const float *const *ChannelCore::MembersOf(const float *values) {
  for (uint32_t member = 0; member < channel().num_members; ++member) {
    members_[member] = values;
    values += channel().members[member].count;
  }
  return members_.data();
}

void ChannelCore::Subtract(float *const *parameters, const float *values,
                           float factor) {
  const float *const *from = MembersOf(values);
  for (uint32_t member = 0; member < channel().num_members; ++member) {
    const size_t count = channel().members[member].count;
    if (factor == 1)
      SubtractFrom(parameters[member], from[member], count);
    else
      SubtractScaled(parameters[member], factor, from[member], count);
  }
}

void ChannelCore::Applied(const Update &update, uint64_t staleness) {
  staleness_.Count(update.origin);
  staleness_.Record(staleness);
  ++report_.applied;
  --waiting_updates_;
  view_noted_ = false;
  observer_.OnApply(update.origin, update.sequence, update.step, staleness);
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

void ChannelCore::NoteView() {
  view_noted_ = true;
  const absl::Span<const uint32_t> clock = staleness_.clock();
  std::copy(clock.begin(), clock.end(), view_.begin());
  observer_.OnView(step_);
}

void ChannelCore::MeasureView(double lr, float *const *parameters) {
  if (meter())
    meter()->View(rank_, step_, parameters, lr);
}

absl::Status
ChannelCore::MeasureUpdate(const tacit_contribution &contribution) {
  if (!meter())
    return absl::OkStatus();
  ConsistencyMeter::Update update;
  update.origin = rank_;
  update.step = step_;
  update.lr = contribution.lr;
  if (is_gradient())
    update.scale = contribution.lr / policy_->Divisor();
  update.sent = contribution.tensors;
  update.rest = contribution.rest;
  if (contribution.payload) {
    if (absl::Status status =
            environment_.codec->Decode(contribution.payload, decoded_.data());
        !status.ok())
      return status;
    update.sent = MembersOf(decoded_.data());
  }
  meter()->Published(update);
  return absl::OkStatus();
}

absl::Status ChannelCore::Collect(float *const *parameters) {
  if (absl::Status status = policy_->Collect(parameters); !status.ok())
    return status;
  NoteView();
  return absl::OkStatus();
}

absl::Status ChannelCore::Publish(const tacit_contribution &update,
                                  float *const *parameters) {
  if (!view_noted_)
    NoteView();
  absl::Status status = AwaitCall();
  MeasureView(update.lr, parameters);
  if (status.ok())
    status = MeasureUpdate(update);
  if (status.ok())
    status = policy_->Publish(update, parameters);
  ++step_;
  view_noted_ = false;
  return status;
}

absl::Status ChannelCore::Await(const tacit_contribution &gradient,
                                float *const *parameters) {
  if (!view_noted_)
    NoteView();
  absl::Status status = AwaitCall();
  MeasureView(gradient.lr, parameters);
  if (status.ok())
    status = policy_->Await(gradient, parameters);
  // Afterwards, as only then the number of ranks is known that share the step.
  if (status.ok())
    status = MeasureUpdate(gradient);
  if (!status.ok())
    return status;
  ++step_;
  view_noted_ = false;
  return absl::OkStatus();
}

absl::Status ChannelCore::Progress() {
  // What waits to be applied takes memory: others are to wait, too, if it is
  // much.
  const uint64_t most =
      uint64_t{inbox_.window()} * static_cast<uint64_t>(std::max(1, size_ - 1));
  return waiting_updates_ < most ? stream_.Poll()
                                 : environment_.communicator.Progress();
}

//===----------------------------------------------------------------------===//
// Receiving
//===----------------------------------------------------------------------===//

void ChannelCore::MeasureArrival(const Update &update) {
  if (!meter() || !environment_.meter_hears_arrivals ||
      channel().compression >= 0)
    return;
  ConsistencyMeter::Update told;
  told.origin = update.origin;
  told.step = update.step;
  told.steps = update.steps;
  told.lr = update.lr;
  if (is_gradient())
    told.scale = update.lr / inbox_.live();
  told.sent = MembersOf(static_cast<const float *>(update.payload()));
  meter()->Published(told);
}

absl::Status ChannelCore::OnUpdate(Update update, bool was_missing) {
  ++waiting_updates_;
  if (!was_missing)
    MeasureArrival(update);
  else if (meter())
    meter()->Missed(rank_, -update.steps);
  if (!keeps_back_)
    return policy_->Arrived(std::move(update));
  kept_back_.push_back(std::move(update));
  return absl::OkStatus();
}

void ChannelCore::OnMissing(const Update &update) {
  observer_.OnMissing(update.origin, update.sequence);
  if (meter()) {
    meter()->Missed(rank_, update.steps);
    if (environment_.meter_hears_arrivals)
      meter()->Skipped(update.origin, update.step - update.steps + 1,
                       update.step);
  }
  policy_->Missing(update);
}

void ChannelCore::TellOfLost(int rank) {
  if (meter())
    meter()->HeardOfLost(rank_, rank,
                         stream_.known_step(rank) + 1 -
                             measured_from_[static_cast<size_t>(rank)]);
}

absl::Status ChannelCore::OnLost(int rank) {
  report_.lost.push_back({rank, Now(), 0});
  meetings_->OnLost(rank);
  policy_->Lost(rank);
  if (meter())
    meter()->Ended(rank);
  TellOfLost(rank);
  return rooted_->OnLost(rank);
}

absl::Status ChannelCore::OnControl(int from, const Message &message) {
  return message.header().kind <= Meetings::kLast
             ? meetings_->OnControl(from, message)
             : rooted_->OnControl(from, message);
}

//===----------------------------------------------------------------------===//
// What is known
//===----------------------------------------------------------------------===//

int ChannelCore::first_live() const {
  int rank = 0;
  while (!IsLive(rank))
    ++rank;
  return rank;
}

int64_t ChannelCore::known_steps() const {
  int64_t steps = step_ - first_step(rank_);
  for (int rank = 0; rank < size_; ++rank)
    if (rank != rank_)
      steps += stream_.known_step(rank) + 1 - first_step(rank);
  return steps;
}

AsyncReport ChannelCore::report() const {
  AsyncReport report = report_;
  report.staleness = staleness_.total();
  report.missing = stream_.missing();
  report.messages = stream_.updates_sent();
  for (AsyncReport::LostRank &lost : report.lost)
    lost.steps = stream_.known_step(lost.rank) + 1 - first_step(lost.rank);
  return report;
}

} // namespace tacit
