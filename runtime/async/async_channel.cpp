//===- async_channel.cpp - Training that waits for nobody -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/async_channel.h"

#include "runtime/async/bucket_elastic.h"
#include "runtime/async/channel_core.h"
#include "runtime/async/decentralized.h"
#include "runtime/async/elastic.h"

#include "absl/strings/str_cat.h"

#include <memory>
#include <utility>

namespace tacit {

const char *WaitName(WaitReason reason) {
  switch (reason) {
  case WaitReason::kMaxStaleness:
    return "max_staleness";
  case WaitReason::kMaxDelay:
    return "max_delay";
  case WaitReason::kScheduler:
    return "scheduler";
  case WaitReason::kRoom:
    return "room";
  case WaitReason::kMeeting:
    return "meeting";
  case WaitReason::kEnd:
    break;
  }
  return "end";
}

static absl::Status NotOfThisPolicy(const char *what) {
  return absl::FailedPreconditionError(absl::StrCat(
      what, " is called on a channel of another scheduler: wanted a program ",
      "whose operations are those of its channel"));
}

absl::Status ExchangePolicy::Collect(float *const *parameters) {
  return NotOfThisPolicy("tacit_collect");
}
absl::Status ExchangePolicy::Publish(const tacit_contribution &update,
                                     float *const *parameters) {
  return NotOfThisPolicy("tacit_publish");
}
absl::Status ExchangePolicy::Await(const tacit_contribution &gradient,
                                   float *const *parameters) {
  return NotOfThisPolicy("tacit_elastic_await");
}

static absl::Status Check(const AsyncChannel::Environment &environment) {
  const tacit_channel &channel = environment.channel;
  const auto error = [&](const auto &...text) {
    return absl::InvalidArgumentError(
        absl::StrCat("channel '", channel.name, "': ", text...));
  };
  if (channel.compression >= 0 && !environment.codec)
    return error("its payloads are compressed, and nothing decodes them");
  if (!environment.first_steps.empty() &&
      environment.first_steps.size() !=
          static_cast<size_t>(environment.communicator.size()))
    return error("got the first steps of ", environment.first_steps.size(),
                 " ranks, wanted those of ", environment.communicator.size());
  if (channel.scheduler != TACIT_DECENTRALIZED)
    return absl::OkStatus();
  if (channel.max_staleness >= 0 &&
      channel.max_staleness < channel.send_every - 1)
    return error("a max_staleness of ", channel.max_staleness,
                 " with updates sent every ", channel.send_every,
                 " steps: ranks would wait for steps that are not sent; ",
                 "wanted at least ", channel.send_every - 1);
  if (channel.compression >= 0 && channel.send_every > 1)
    return error(
        "compressed payloads of ", channel.send_every,
        " steps have no sum: wanted send_every = 1, or no compression");
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<AsyncChannel>>
AsyncChannel::Open(const Environment &environment) {
  if (absl::Status status = Check(environment); !status.ok())
    return status;
  if (environment.channel.scheduler != TACIT_DECENTRALIZED &&
      environment.channel.granularity == TACIT_BY_BUCKET)
    return OpenBucketElastic(environment);
  absl::StatusOr<Topology> topology =
      Topology::Create(environment.channel, environment.communicator.size());
  if (!topology.ok())
    return topology.status();
  const absl::StatusOr<Inbox *> inbox = environment.communicator.OpenInbox(
      {.window = UpdateStream::WindowFor(*topology)});
  if (!inbox.ok())
    return inbox.status();
  auto core =
      std::make_unique<ChannelCore>(environment, **inbox, *std::move(topology));
  switch (environment.channel.scheduler) {
  case TACIT_DECENTRALIZED:
    core->SetPolicy(std::make_unique<Decentralized>(*core));
    break;
  case TACIT_NORM_BOUNDED:
  case TACIT_VARIANCE_BOUNDED:
    core->SetPolicy(CreateElastic(*core));
    break;
  default:
    return absl::InvalidArgumentError(
        absl::StrCat("channel '", environment.channel.name, "': scheduler ",
                     environment.channel.scheduler, " is not known"));
  }
  return core;
}

} // namespace tacit
