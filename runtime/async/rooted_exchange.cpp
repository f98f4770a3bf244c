//===- rooted_exchange.cpp - What the first live rank makes for all -------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/rooted_exchange.h"

#include <utility>

namespace tacit {

namespace {

/// The first word of both is the number of the exchange.
enum : uint32_t {
  kContribution = RootedExchange::kFirst,
  kResult,
};
static_assert(kResult == RootedExchange::kLast);

} // namespace

RootedExchange::RootedExchange(UpdateStream &stream, int rank, int ranks)
    : stream_(stream), rank_(rank), contributions_(static_cast<size_t>(ranks)) {
}

static Message New(UpdateStream &stream, uint32_t kind, uint64_t number,
                   size_t bytes, bool control) {
  return stream.NewControl(
      {.kind = kind,
       .words = {number},
       .control_bytes = static_cast<uint32_t>(control ? bytes : 0)},
      bytes);
}

Message RootedExchange::NewContribution(size_t bytes, bool control) {
  return New(stream_, kContribution, number_ + 1, bytes, control);
}

Message RootedExchange::NewResult(size_t bytes, bool control) {
  return New(stream_, kResult, number_, bytes, control);
}

int RootedExchange::root() const {
  int rank = 0;
  while (!stream_.IsLive(rank))
    ++rank;
  return rank;
}

bool RootedExchange::HasAll() const {
  for (int from = 0; from < static_cast<int>(contributions_.size()); ++from) {
    const auto &brought = contributions_[static_cast<size_t>(from)];
    if (stream_.IsLive(from) &&
        (!brought || brought->header().words[0] != number_))
      return false;
  }
  return true;
}

absl::StatusOr<Message> RootedExchange::Run(const Message &mine,
                                            const Wait &wait, Combine combine,
                                            bool last) {
  ++number_;
  result_ = Message();
  contributions_[static_cast<size_t>(rank_)] = mine;
  int brought_to = rank_;
  while (!result_) {
    const int to = root();
    if (to != std::exchange(brought_to, to) && to != rank_)
      if (absl::Status status = stream_.SendControl(to, mine); !status.ok())
        return status;
    if (absl::Status status = wait(
            [&] { return result_ || (to == rank_ ? HasAll() : root() != to); });
        !status.ok())
      return status;
    if (result_ || to != rank_)
      continue;
    for (std::optional<Message> &brought : contributions_)
      if (brought && brought->header().words[0] != number_)
        brought.reset();
    absl::StatusOr<Message> result = combine(contributions_);
    if (!result.ok())
      return result.status();
    result_ = *std::move(result);
    result_from_ = rank_;
  }
  for (std::optional<Message> &brought : contributions_)
    if (brought && brought->header().words[0] <= number_)
      brought.reset();
  // A root that took over has others waiting for what it was given.
  for (int to = 0; to < static_cast<int>(contributions_.size()); ++to)
    if ((last || root() == rank_) && to != rank_ && stream_.IsLive(to))
      if (absl::Status status = stream_.PostControl(to, result_); !status.ok())
        return status;
  if (absl::Status status = wait([&] { return !stream_.has_backlog(); });
      !status.ok())
    return status;
  return result_;
}

absl::Status RootedExchange::OnControl(int from, const Message &message) {
  const uint64_t number = message.header().words[0];
  if (message.header().kind == kResult) {
    if (number == number_ && !result_) {
      result_ = message;
      result_from_ = from;
    }
    return absl::OkStatus();
  }
  if (number == number_ && result_)
    return stream_.PostControl(from, result_);
  contributions_[static_cast<size_t>(from)] = message;
  return absl::OkStatus();
}

absl::Status RootedExchange::OnLost(int rank) {
  // Others may have brought their contributions to it in vain.
  if (!result_ || rank != result_from_ || root() == rank_)
    return absl::OkStatus();
  return stream_.PostControl(root(), result_);
}

} // namespace tacit
