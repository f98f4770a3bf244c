//===- rank.cpp - What a compiled program runs on -------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/rank.h"

#include "runtime/train/channel_program.h"

#include "absl/strings/str_cat.h"

#include <utility>

namespace tacit {

Rank::Rank(const tacit_program &program, Communicator &communicator)
    : tacit_rank_view{}, program_(program), communicator_(communicator),
      variables_(program), arena_(program.arena_bytes),
      compressions_(program, communicator), clock_(communicator) {
  tacit_rank_view::state = variables_.data();
  tacit_rank_view::arena = arena_.data();
  tacit_rank_view::rank = communicator.rank();
  tacit_rank_view::ranks = communicator.size();
}

absl::Status Rank::Codec::Decode(const void *payload, float *dense) {
  return rank_.compressions_.Decode(
      static_cast<uint32_t>(rank_.program_.channel->compression),
      /*exchanged=*/false, payload, dense);
}

absl::Status Rank::OpenChannel(ConsistencyMeter *meter,
                               bool meter_hears_arrivals,
                               absl::Span<const int64_t> first_steps) {
  const tacit_channel &channel = *program_.channel;
  members_.clear();
  for (const size_t variable : MembersOf(program_))
    members_.push_back(
        reinterpret_cast<float *>(variables_.Bytes(variable).data()));
  const AsyncChannel::Environment environment = {
      .channel = channel,
      .communicator = communicator_,
      .parameters = members_.data(),
      .codec = channel.compression >= 0 ? &codec_ : nullptr,
      .observer = tracer_,
      .meter = meter,
      .meter_hears_arrivals = meter_hears_arrivals,
      .first_steps = first_steps};
  absl::StatusOr<std::unique_ptr<AsyncChannel>> opened =
      AsyncChannel::Open(environment);
  if (!opened.ok())
    return opened.status();
  channel_ = *std::move(opened);
  return absl::OkStatus();
}

absl::Status
Rank::InChannel(absl::string_view name,
                absl::FunctionRef<absl::Status(AsyncChannel &)> body) {
  if (!channel_)
    return absl::InvalidArgumentError(
        absl::StrCat("program '", program_.name, "' calls ", name,
                     program_.channel ? " before its channel is open"
                                      : " without a channel"));
  if (tracer_)
    tracer_->BeginExchange();
  const double begin = communicator_.Now();
  absl::Status status = body(*channel_);
  channel_seconds_ += communicator_.Now() - begin;
  if (tracer_)
    tracer_->EndExchange(name);
  return status;
}

absl::Status Rank::Progress() {
  if (channel_)
    if (absl::Status status = channel_->Progress(); !status.ok())
      return status;
  return communicator_.Progress();
}

void Rank::Trace(RankTracer *tracer) {
  tracer_ = tracer;
  communicator_.Observe(tracer);
}

void Rank::ChargeCompute(int64_t step) {
  step_to_charge_ = step;
  const tacit_channel *channel = program_.channel;
  if (channel && channel->scheduler == TACIT_DECENTRALIZED)
    communicator_.BeginStep(step * int64_t{program_.gradients});
  else
    ChargeAfterCollect();
}

void Rank::ChargeAfterCollect() {
  if (!step_to_charge_)
    return;
  const int64_t gradients = program_.gradients;
  for (int64_t batch = 0; batch < gradients; ++batch)
    communicator_.ChargeCompute(*step_to_charge_ * gradients + batch);
  step_to_charge_.reset();
}

absl::Status Rank::Step(const tacit_batch &batch) {
  return Call(program_.step, "step", batch);
}

absl::Status Rank::EndRound() {
  const tacit_batch nothing = {nullptr, nullptr};
  return Call(program_.end_round, "end of a round", nothing);
}

absl::Status Rank::Evaluate(const tacit_batch &batch) {
  return Call(program_.evaluate, "evaluation", batch);
}

absl::Status Rank::Call(const tacit_entry &entry, absl::string_view name,
                        const tacit_batch &batch) {
  if (!entry.function)
    return absl::InvalidArgumentError(
        absl::StrCat("program '", program_.name, "' has no ", name));
  const tacit_status status = entry.function(handle(), &batch);
  if (status == TACIT_OK)
    return absl::OkStatus();
  if (!error_.ok())
    return error_;
  return absl::InternalError(absl::StrCat("the ", name, " of program '",
                                          program_.name, "' returned code ",
                                          status));
}

tacit_status CodeOf(const absl::Status &status) {
  switch (status.code()) {
  case absl::StatusCode::kOk:
    return TACIT_OK;
  case absl::StatusCode::kInvalidArgument:
  case absl::StatusCode::kOutOfRange:
  case absl::StatusCode::kNotFound:
  case absl::StatusCode::kFailedPrecondition:
    return TACIT_INVALID;
  case absl::StatusCode::kDeadlineExceeded:
    return TACIT_TIMEOUT;
  case absl::StatusCode::kAborted:
  case absl::StatusCode::kCancelled:
  case absl::StatusCode::kUnavailable:
    return TACIT_PEER_FAILED;
  default:
    return TACIT_INTERNAL;
  }
}

tacit_status Rank::Record(absl::Status status) {
  const tacit_status code = CodeOf(status);
  if (!status.ok() && error_.ok())
    error_ = std::move(status);
  return code;
}

} // namespace tacit
