//===- channel_meetings.cpp - What a channel does between steps -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/apply.h"
#include "runtime/async/channel_core.h"
#include "runtime/async/consistency_meter.h"
#include "runtime/async/meetings.h"
#include "runtime/async/rooted_exchange.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tacit {

absl::Status ChannelCore::Call(uint64_t what) {
  // If there is a bound, nobody can have begun a later step than the one that
  // ends there; nor will, until this rank publishes more: which it does when
  // all know.
  const int64_t ahead = policy_->MostAhead();
  // A meeting that is called already stays where it is: others may be there.
  const int64_t target = ahead < 0              ? -1
                         : meetings_->invited() ? meetings_->target()
                                                : step_ + ahead + 2;
  return meetings_->Call(what, target);
}

absl::Status ChannelCore::AwaitCall() {
  return WaitUntil(WaitReason::kMeeting,
                   [&] { return meetings_->CallIsKnown() || stopped(); });
}

std::optional<uint64_t> ChannelCore::called() const {
  if (held_)
    return held_;
  if (!finishing_ && !stopped() && step_ < meetings_->target())
    return std::nullopt;
  return meetings_->invited();
}

absl::Status ChannelCore::HandOverKeptBack() {
  for (Update &update : kept_back_)
    if (absl::Status status = policy_->Arrived(std::move(update)); !status.ok())
      return status;
  kept_back_.clear();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> ChannelCore::Hold(WaitReason reason) {
  absl::StatusOr<uint64_t> what = meetings_->Hold(
      [&](absl::FunctionRef<bool()> done) { return WaitUntil(reason, done); },
      [&](uint64_t round) {
        keeps_back_ = round > 0;
        return HandOverKeptBack();
      });
  if (!what.ok())
    return what;
  for (const AsyncReport::LostRank &lost : report_.lost)
    TellOfLost(lost.rank);
  keeps_back_ = false;
  absl::Status status = policy_->ApplyAll(environment_.parameters);
  if (status.ok())
    status = HandOverKeptBack();
  if (!status.ok())
    return status;
  return what;
}

absl::StatusOr<uint64_t> ChannelCore::Meet() {
  if (held_) {
    const uint64_t what = *held_;
    held_.reset();
    return what;
  }
  if (!meetings_->invited())
    return absl::FailedPreconditionError(absl::StrCat(
        "rank ", rank_, " goes to a meeting of channel '", channel().name,
        "' that nobody has called: wanted ", "called() first"));
  if (absl::Status status = policy_->Flush(); !status.ok())
    return status;
  return Hold(WaitReason::kMeeting);
}

absl::Status ChannelCore::Stop(int why) { return meetings_->Stop(why); }

std::optional<int> ChannelCore::stopped() const { return meetings_->stopped(); }

absl::StatusOr<bool> ChannelCore::Finish() {
  finishing_ = true;
  if (absl::Status status = policy_->Flush(); !status.ok())
    return status;
  if (meter())
    meter()->Ended(rank_);
  if (absl::Status status = meetings_->TellFinished(); !status.ok())
    return status;
  if (absl::Status status = WaitUntil(WaitReason::kEnd,
                                      [&] {
                                        return meetings_->invited() ||
                                               meetings_->AllFinished() ||
                                               meetings_->begun();
                                      });
      !status.ok())
    return status;
  if (meetings_->invited())
    return false;
  // All have finished. One that was lost may yet have called some of them.
  const absl::StatusOr<uint64_t> what = Hold(WaitReason::kEnd);
  if (!what.ok())
    return what.status();
  if (*what != 0)
    held_ = *what;
  return *what == 0;
}

absl::StatusOr<Message>
ChannelCore::Exchange(const Message &mine,
                      absl::FunctionRef<absl::StatusOr<Message>(
                          const std::vector<std::optional<Message>> &)>
                          combine,
                      bool last) {
  return rooted_->Run(
      mine,
      [&](absl::FunctionRef<bool()> done) {
        return WaitUntil(WaitReason::kMeeting, done);
      },
      combine, last);
}

absl::Status ChannelCore::Average() {
  const size_t bytes = elements_ * sizeof(float);
  Message mine = rooted_->NewContribution(bytes, /*control=*/false);
  std::byte *to = mine.MutablePayload().data();
  for (uint32_t member = 0; member < channel().num_members; ++member) {
    const size_t count = channel().members[member].count * sizeof(float);
    std::memcpy(to, environment_.parameters[member], count);
    to += count;
  }
  const absl::StatusOr<Message> mean = Exchange(
      mine,
      [&](const std::vector<std::optional<Message>> &brought)
          -> absl::StatusOr<Message> {
        Message result = rooted_->NewResult(bytes, /*control=*/false);
        float *sum = reinterpret_cast<float *>(result.MutablePayload().data());
        int count = 0;
        for (const std::optional<Message> &one : brought) {
          if (!one)
            continue;
          const float *values =
              reinterpret_cast<const float *>(one->payload().data());
          if (count++ == 0)
            std::copy_n(values, elements_, sum);
          else
            AddTo(sum, values, elements_);
        }
        Divide(sum, static_cast<float>(count), elements_);
        return result;
      },
      /*last=*/false);
  if (!mean.ok())
    return mean.status();
  const float *const *from =
      MembersOf(reinterpret_cast<const float *>(mean->payload().data()));
  for (uint32_t member = 0; member < channel().num_members; ++member)
    std::copy_n(from[member], channel().members[member].count,
                environment_.parameters[member]);
  view_noted_ = false;
  policy_->Averaged();
  for (int rank = 0; rank < size_; ++rank)
    measured_from_[static_cast<size_t>(rank)] = stream_.known_step(rank) + 1;
  if (meter())
    meter()->Restart(rank_, environment_.parameters);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>>
ChannelCore::GatherAtFirst(std::string mine) {
  Message message = rooted_->NewContribution(mine.size(), /*control=*/true);
  if (!mine.empty())
    std::memcpy(message.MutablePayload().data(), mine.data(), mine.size());
  std::vector<std::string> all;
  const absl::StatusOr<Message> done = Exchange(
      message,
      [&](const std::vector<std::optional<Message>> &brought)
          -> absl::StatusOr<Message> {
        all.resize(brought.size());
        for (size_t rank = 0; rank < brought.size(); ++rank)
          if (brought[rank])
            all[rank].assign(
                reinterpret_cast<const char *>(brought[rank]->payload().data()),
                brought[rank]->payload().size());
        return rooted_->NewResult(0, /*control=*/true);
      },
      /*last=*/true);
  if (!done.ok())
    return done.status();
  return all;
}

} // namespace tacit
