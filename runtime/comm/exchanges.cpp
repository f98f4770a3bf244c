//===- exchanges.cpp - The exchanges of one rank --------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/exchanges.h"

#include "runtime/comm/all_to_all.h"
#include "runtime/comm/collectives.h"
#include "runtime/comm/gtop_k.h"
#include "runtime/comm/ok_top_k.h"
#include "runtime/comm/reduce.h"
#include "runtime/comm/sparse_all_gather.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tacit {

// A token is the number of the exchange and, in the low bits, its slot plus 1,
// so that 0 is none.
static constexpr int kSlotBits = 16;

// The last tag is that of the end of the run, so that a rank which ends while
// others go on is not taken to be in an exchange with them.
static constexpr uint32_t kTagOfEnd = Transport::kTags - 1;

absl::StatusOr<Exchange *> Exchanges::Begin(absl::string_view name,
                                            Purpose purpose) {
  return BeginWithTag(name, static_cast<uint32_t>(started_ % kTagOfEnd),
                      purpose);
}

absl::StatusOr<Exchange *>
Exchanges::BeginWithTag(absl::string_view name, uint32_t tag, Purpose purpose) {
  if (!failure_.ok())
    return failure_;
  if (free_.empty()) {
    // Tags repeat, and a tag must mean one exchange only.
    if (slots_.size() >= kTagOfEnd)
      return absl::InvalidArgumentError(
          absl::StrCat("cannot start '", name, "': ", slots_.size(),
                       " exchanges are in flight; await some first"));
    free_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back(transport_, scratch_, traffic_);
    free_.reserve(slots_.size());
    running_.reserve(slots_.size());
  }
  Exchange &exchange = slots_[free_.back()];
  exchange.Begin(name, started_++, tag, purpose, observer_);
  return &exchange;
}

tacit_token Exchanges::Launch(Exchange &exchange) {
  const uint64_t slot = free_.back();
  free_.pop_back();
  if (exchange.running())
    running_.push_back(&exchange);
  return exchange.number() << kSlotBits | (slot + 1);
}

absl::StatusOr<tacit_token>
Exchanges::StartAllReduce(absl::string_view name, void *buffer, size_t count,
                          tacit_dtype dtype, tacit_reduction reduction,
                          Purpose purpose) {
  if (absl::Status status = CheckReduction(dtype, reduction); !status.ok())
    return absl::InvalidArgumentError(
        absl::StrCat("'", name, "': ", status.message()));
  absl::StatusOr<Exchange *> exchange = Begin(name, purpose);
  if (!exchange.ok())
    return std::move(exchange).status();
  if (size() > 1 && count > 0)
    (*exchange)->Adopt(
        tacit::AllReduce(**exchange, buffer, count, dtype, reduction));
  return Launch(**exchange);
}

absl::StatusOr<tacit_token>
Exchanges::StartAllGather(absl::string_view name, const void *input,
                          void *output, size_t bytes, Purpose purpose) {
  absl::StatusOr<Exchange *> exchange = Begin(name, purpose);
  if (!exchange.ok())
    return std::move(exchange).status();
  if (bytes > 0) {
    std::byte *own =
        static_cast<std::byte *>(output) + static_cast<size_t>(rank()) * bytes;
    if (own != input)
      std::memcpy(own, input, bytes);
    if (size() > 1)
      (*exchange)->Adopt(tacit::AllGather(**exchange, output, bytes));
  }
  return Launch(**exchange);
}

absl::StatusOr<tacit_token> Exchanges::StartAllToAll(absl::string_view name,
                                                     const void *input,
                                                     void *output, size_t bytes,
                                                     Purpose purpose) {
  absl::StatusOr<Exchange *> exchange = Begin(name, purpose);
  if (!exchange.ok())
    return std::move(exchange).status();
  if (bytes > 0) {
    const size_t own = static_cast<size_t>(rank()) * bytes;
    std::memcpy(static_cast<std::byte *>(output) + own,
                static_cast<const std::byte *>(input) + own, bytes);
    if (size() > 1)
      (*exchange)->Adopt(tacit::AllToAll(**exchange, input, output, bytes));
  }
  return Launch(**exchange);
}

absl::StatusOr<tacit_token> Exchanges::StartBroadcast(absl::string_view name,
                                                      void *buffer,
                                                      size_t bytes, int root,
                                                      Purpose purpose) {
  if (root < 0 || root >= size())
    return absl::InvalidArgumentError(
        absl::StrCat("'", name, "': cannot broadcast from rank ", root,
                     ": wanted 0 to ", size() - 1));
  absl::StatusOr<Exchange *> exchange = Begin(name, purpose);
  if (!exchange.ok())
    return std::move(exchange).status();
  if (size() > 1 && bytes > 0)
    (*exchange)->Adopt(tacit::Broadcast(**exchange, buffer, bytes, root));
  return Launch(**exchange);
}

template <typename Index>
static Steps RunSparse(Exchange &exchange, const SparseExchange &sparse) {
  const SparseOperands<Index> operands(sparse);
  switch (sparse.algorithm) {
  case SparseAlgorithm::kAllGather:
    return SparseAllGather(exchange, operands);
  case SparseAlgorithm::kGtopK:
    return GtopK(exchange, operands);
  case SparseAlgorithm::kOkTopK:
    break;
  }
  return OkTopK(exchange, operands);
}

absl::StatusOr<tacit_token> Exchanges::StartSparse(absl::string_view name,
                                                   const SparseExchange &sparse,
                                                   Purpose purpose) {
  if (absl::Status status = CheckSparseExchange(sparse, size()); !status.ok())
    return absl::Status(status.code(),
                        absl::StrCat("'", name, "': ", status.message()));
  absl::StatusOr<Exchange *> exchange = Begin(name, purpose);
  if (!exchange.ok())
    return std::move(exchange).status();
  (*exchange)->Adopt(NeedsWideIndices(sparse.elements)
                         ? RunSparse<uint64_t>(**exchange, sparse)
                         : RunSparse<uint32_t>(**exchange, sparse));
  return Launch(**exchange);
}

absl::StatusOr<bool> Exchanges::Advance(const Exchange *awaited) {
  bool any = false;
  size_t kept = 0;
  for (size_t i = 0; i < running_.size(); ++i) {
    Exchange *exchange = running_[i];
    absl::StatusOr<bool> moved = exchange->Continue();
    if (!moved.ok())
      return Fail(moved.status(), *exchange, awaited);
    any |= *moved;
    if (exchange->running())
      running_[kept++] = exchange;
  }
  running_.resize(kept);
  return any;
}

void Exchanges::TellOfWait(const Exchange &exchange, double begin, double look,
                           std::optional<double> late) const {
  // What is late is so from the start; then the message is on its way.
  const double end =
      late ? begin + (transport_.LateSeconds().value_or(0) - *late) : look;
  if (end > begin)
    observer_->OnWaited(exchange.name(), begin, std::min(end, look));
}

absl::StatusOr<uint64_t> Exchanges::SlotOf(tacit_token token,
                                           absl::string_view done) const {
  const uint64_t slot = (token & ((1u << kSlotBits) - 1)) - 1;
  if (slot >= slots_.size() || !slots_[slot].in_use() ||
      slots_[slot].number() != token >> kSlotBits)
    return absl::InvalidArgumentError(
        absl::StrCat("rank ", rank(), " ", done, " token ", token,
                     ", which is not in flight: a token is awaited once"));
  return slot;
}

absl::StatusOr<bool> Exchanges::Test(tacit_token token) {
  if (!failure_.ok())
    return failure_;
  const absl::StatusOr<uint64_t> slot = SlotOf(token, "tests");
  if (!slot.ok())
    return slot.status();
  if (slots_[*slot].running())
    if (absl::Status status = Progress(); !status.ok())
      return status;
  return !slots_[*slot].running();
}

absl::Status Exchanges::Await(tacit_token token) {
  if (!failure_.ok())
    return failure_;
  const absl::StatusOr<uint64_t> slot = SlotOf(token, "awaits");
  if (!slot.ok())
    return slot.status();

  Exchange &exchange = slots_[*slot];
  double deadline = kNever;
  uint64_t progress = ~uint64_t{0};
  const double begin = Now();
  double idle_since = kNever; // When the first look in a row found nothing,
  std::optional<double> late; // and what LateSeconds was then.
  while (exchange.running()) {
    const double look = Now();
    const absl::StatusOr<bool> moved = Advance(&exchange);
    if (!moved.ok())
      return moved.status();
    if (*moved) {
      if (observer_ && idle_since < look)
        TellOfWait(exchange, idle_since, look, late);
      time_.waited += std::max(0.0, look - idle_since);
      idle_since = kNever;
      continue;
    }
    if (observer_ && idle_since == kNever)
      late = transport_.LateSeconds();
    idle_since = std::min(idle_since, look);
    if (progress != exchange.progress()) {
      progress = exchange.progress();
      deadline = Now() + timeout_;
    }
    const absl::Status waited = transport_.Wait(
        deadline, Waiting{exchange.name(), exchange.number(), started_});
    if (!waited.ok())
      return Fail(waited, exchange, &exchange);
  }
  exchange.End();
  time_.awaited += Now() - begin;
  if (observer_)
    observer_->OnAwaited(exchange.name(), begin, Now());
  free_.push_back(static_cast<uint32_t>(*slot));
  return absl::OkStatus();
}

absl::Status Exchanges::AwaitEnd() {
  if (inbox_) {
    // Some may be lost, and no collective can end.
    if (!failure_.ok())
      return failure_;
    if (absl::Status status = transport_.channels().EndChannels(timeout_);
        !status.ok())
      return FailWhile(status, "waiting in 'the end of the run'");
    return absl::OkStatus();
  }
  absl::StatusOr<Exchange *> exchange =
      BeginWithTag("the end of the run", kTagOfEnd, Purpose::kControl);
  if (!exchange.ok())
    return std::move(exchange).status();
  --started_; // Ranks may have a different idea of how many there were.
  int32_t ranks = 1;
  if (size() > 1)
    (*exchange)->Adopt(
        tacit::AllReduce(**exchange, &ranks, 1, TACIT_I32, TACIT_SUM));
  return Await(Launch(**exchange));
}

absl::Status Exchanges::Progress() {
  if (!failure_.ok())
    return failure_;
  if (inbox_)
    if (absl::Status status = transport_.channels().MakeProgress();
        !status.ok())
      return FailWhile(status, "busy");
  return Advance(nullptr).status();
}

absl::Status Exchanges::CheckAllAwaited() const {
  const Exchange *first = nullptr;
  for (const Exchange &exchange : slots_)
    if (exchange.in_use() && (!first || exchange.number() < first->number()))
      first = &exchange;
  if (!first)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", first->name(), "' was started and never awaited"));
}

absl::StatusOr<Inbox *> Exchanges::OpenInbox(const InboxOptions &options) {
  if (!failure_.ok())
    return failure_;
  if (options.window < 1)
    return absl::InvalidArgumentError(
        "an inbox with a window of 0 takes no message; wanted at least 1");
  if (inbox_)
    return absl::InvalidArgumentError(
        absl::StrCat("rank ", rank(), " has opened its inbox before"));
  if (absl::Status status = transport_.channels().OpenChannels(options.window);
      !status.ok())
    return status;
  inbox_ = std::make_unique<Inbox>(
      transport_, options, traffic_,
      [this](const absl::Status &status, absl::string_view doing) {
        return FailWhile(status, doing);
      });
  return inbox_.get();
}

void Exchanges::EndAll() {
  for (Exchange &slot : slots_)
    slot.End();
  running_.clear();
}

absl::Status Exchanges::Fail(const absl::Status &status,
                             const Exchange &exchange,
                             const Exchange *awaited) {
  if (status.code() == absl::StatusCode::kAborted)
    return FailWhile(
        status, awaited ? absl::StrCat("waiting in '", awaited->name(), "'")
                        : absl::StrCat("busy during '", exchange.name(), "'"));
  // Who waits too long has said in which exchange.
  if (status.code() != absl::StatusCode::kDeadlineExceeded)
    return FailWhile(
        absl::Status(status.code(), absl::StrCat("'", exchange.name(),
                                                 "': ", status.message())),
        "");
  return FailWhile(status, "");
}

absl::Status Exchanges::FailWhile(const absl::Status &status,
                                  absl::string_view doing) {
  if (!failure_.ok())
    return failure_;
  failure_ = status;
  if (status.code() == absl::StatusCode::kAborted) {
    interrupted_ = std::string(doing);
    failure_ = absl::AbortedError(
        absl::StrCat(status.message(), "; rank ", rank(), " was ", doing));
  } else {
    transport_.Announce(failure_);
  }
  EndAll();
  return failure_;
}

void Exchanges::Abort(const absl::Status &why) {
  if (!failure_.ok() || why.ok())
    return;
  failure_ = absl::Status(
      why.code(), absl::StrCat("rank ", rank(), " failed: ", why.message()));
  transport_.Announce(why);
  EndAll();
}

} // namespace tacit
