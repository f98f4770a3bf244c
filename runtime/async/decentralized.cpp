//===- decentralized.cpp - DASGD: every rank applies what has come --------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/decentralized.h"

#include "runtime/async/apply.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace tacit {

static constexpr int64_t kAllSteps = std::numeric_limits<int64_t>::max();

Decentralized::Decentralized(ChannelCore &core) : core_(core) {
  if (core.channel().send_every > 1)
    sum_.resize(core.elements());
}

int64_t Decentralized::MostAhead() const {
  return core_.channel().max_staleness;
}

absl::Status Decentralized::Arrived(Update update) {
  arrived_.push_back(std::move(update));
  return absl::OkStatus();
}

absl::Status Decentralized::WaitForOthers() {
  const int64_t needed = core_.step() - 1 - core_.channel().max_staleness;
  // What holds of a rank goes on holding.
  int rank = 0;
  return core_.WaitUntil(WaitReason::kMaxStaleness, [&] {
    while (rank < core_.size() &&
           (rank == core_.rank() || core_.HasSteps(rank, needed)))
      ++rank;
    return rank == core_.size();
  });
}

absl::Status Decentralized::Collect(float *const *parameters) {
  if (absl::Status status = core_.channel().max_staleness >= 0
                                ? WaitForOthers()
                                : core_.stream().Poll();
      !status.ok())
    return status;
  return Apply(parameters, lock_step() ? core_.step() - 1 : kAllSteps);
}

absl::Status Decentralized::ApplyAll(float *const *parameters) {
  return Apply(parameters, kAllSteps);
}

absl::Status Decentralized::Apply(float *const *parameters, int64_t last) {
  if (lock_step())
    std::sort(arrived_.begin(), arrived_.end(),
              [](const Update &a, const Update &b) {
                return std::tie(a.step, a.origin, a.sequence) <
                       std::tie(b.step, b.origin, b.sequence);
              });
  size_t applied = 0;
  for (; applied < arrived_.size() && arrived_[applied].step <= last; ++applied)
    if (absl::Status status = ApplyOne(parameters, arrived_[applied]);
        !status.ok())
      return status;
  arrived_.erase(arrived_.begin(),
                 arrived_.begin() + static_cast<std::ptrdiff_t>(applied));
  return absl::OkStatus();
}

absl::Status Decentralized::ApplyOne(float *const *parameters,
                                     const Update &update) {
  const absl::StatusOr<const float *> values = core_.Dense(update);
  if (!values.ok())
    return values.status();
  const uint64_t staleness = core_.staleness().Of(update.clock(core_.size()));
  core_.Subtract(
      parameters, *values,
      core_.channel().damping ? 1 / (1 + static_cast<float>(staleness)) : 1.0f);
  core_.Applied(update, staleness);
  return absl::OkStatus();
}

void Decentralized::Accumulate(const float *const *tensors) {
  size_t at = 0;
  for (uint32_t member = 0; member < core_.channel().num_members; ++member) {
    const size_t count = core_.channel().members[member].count;
    if (summed_ == 0)
      std::copy_n(tensors[member], count, sum_.data() + at);
    else
      AddTo(sum_.data() + at, tensors[member], count);
    at += count;
  }
  ++summed_;
}

absl::Status Decentralized::Publish(const tacit_contribution &update,
                                    float *const *parameters) {
  if (core_.channel().send_every > 1) {
    for (uint32_t member = 0; member < core_.channel().num_members; ++member)
      SubtractFrom(parameters[member], update.tensors[member],
                   core_.channel().members[member].count);
    Accumulate(update.tensors);
    lr_ = update.lr;
    if (summed_ < core_.channel().send_every)
      return absl::OkStatus();
    return SendSum(core_.step());
  }
  const absl::StatusOr<Update> sent = core_.Send(update);
  if (!sent.ok())
    return sent.status();
  // This rank subtracts exactly what it sends.
  const absl::StatusOr<const float *> values = core_.Dense(*sent);
  if (!values.ok())
    return values.status();
  core_.Subtract(parameters, *values);
  return absl::OkStatus();
}

absl::Status Decentralized::SendSum(int64_t last_step) {
  const int64_t steps = std::exchange(summed_, 0);
  return core_.SendDense(sum_.data(), last_step, steps, lr_).status();
}

absl::Status Decentralized::Flush() {
  return summed_ == 0 ? absl::OkStatus() : SendSum(core_.step() - 1);
}

} // namespace tacit
