//===- simulated_network.cpp - Ranks and messages in virtual time ---------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/simulated_network.h"

#include "runtime/comm/simulated_rank.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tacit {

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

SimulatedRank::~SimulatedRank() {
  for (const Envelope &message : inbox_) // After a failure.
    if (message.stash)
      ranks_.stashes.Give(message.stash, message.bytes);
}

Transport::Request SimulatedRank::Allocate() {
  if (free_.empty()) {
    free_.push_back(static_cast<Request>(operations_.size()));
    operations_.emplace_back();
    free_.reserve(operations_.size());
    posted_.reserve(operations_.size());
  }
  const Request request = free_.back();
  free_.pop_back();
  operations_[request] = Operation();
  operations_[request].live = true;
  return request;
}

Transport::Request SimulatedRank::PostSend(int to, uint32_t tag,
                                           absl::Span<const std::byte> bytes,
                                           Loss loss) {
  const double begin = std::max(now_, link_free_);
  link_free_ =
      begin + static_cast<double>(bytes.size()) / ranks_.model.bandwidth;
  const Request request = Allocate();
  Operation &operation = operations_[request];
  operation.peer = to;
  operation.tag = tag;
  operation.bytes = bytes.size();
  operation.done = link_free_;
  SimulatedRank &peer = ranks_.rank(to);
  if (!Failure().ok() || !peer.crash_.ok())
    return request;

  // The bytes are there at once; that they are is told at their arrival.
  const double arrival = ArrivalOnStream(to, link_free_, loss);
  for (auto it = peer.posted_.begin(); it != peer.posted_.end(); ++it) {
    const Operation &receive = peer.operations_[*it];
    if (receive.peer != rank_ || receive.tag != tag)
      continue;
    peer.Deliver(*it, rank_, bytes.size(), bytes.data(), now_, arrival);
    peer.posted_.erase(it);
    return request;
  }
  operation.undelivered = true;
  peer.inbox_.push_back({rank_, tag, bytes.size(), now_, arrival, bytes.data(),
                         nullptr, request});
  return request;
}

Transport::Request SimulatedRank::PostReceiveUpTo(int from, uint32_t tag,
                                                  absl::Span<std::byte> bytes,
                                                  size_t *length) {
  const Request request = Allocate();
  Operation &operation = operations_[request];
  operation.peer = from;
  operation.tag = tag;
  operation.data = bytes.data();
  operation.bytes = bytes.size();
  operation.length = length;
  if (!Failure().ok())
    return request;

  for (auto it = inbox_.begin(); it != inbox_.end(); ++it) {
    if (it->from != from || it->tag != tag)
      continue;
    Deliver(request, from, it->bytes, it->data, it->sent, it->arrival);
    if (it->stash)
      ranks_.stashes.Give(it->stash, it->bytes);
    else
      ranks_.rank(from).operations_[it->send].undelivered = false;
    inbox_.erase(it);
    return request;
  }
  posted_.push_back(request);
  return request;
}

void SimulatedRank::Deliver(Request request, int from, size_t bytes,
                            const std::byte *data, double sent,
                            double arrival) {
  Operation &receive = operations_[request];
  receive.got = bytes;
  receive.sent = sent;
  receive.done = arrival;
  receive.dropped = arrival == kNever;
  const bool fits =
      receive.length ? bytes <= receive.bytes : bytes == receive.bytes;
  if (fits && bytes > 0)
    std::memcpy(receive.data, data, bytes);
  if (receive.watched && ranks_.queue.contains(rank_))
    ranks_.queue.Set(
        rank_, std::min(ranks_.queue.time(rank_), std::max(now_, arrival)));
}

void SimulatedRank::Stash(Request send, const Operation &operation) {
  for (Envelope &message : ranks_.rank(operation.peer).inbox_) {
    if (message.from != rank_ || message.stash || message.send != send)
      continue;
    message.stash = ranks_.stashes.Take(message.bytes);
    if (message.bytes > 0)
      std::memcpy(message.stash, message.data, message.bytes);
    message.data = message.stash;
    return;
  }
}

absl::StatusOr<bool> SimulatedRank::Test(Request request) {
  // A rank that is behind might yet send what arrives by now.
  if (Failure().ok() && operations_[request].done == kNever)
    Sleep(now_);
  if (!Failure().ok())
    return Failure();

  Operation &operation = operations_[request];
  if (operation.done > now_) {
    operation.watched = true;
    return false;
  }
  if (operation.undelivered)
    Stash(request, operation);
  const Operation done = operation;
  operation.live = false;
  free_.push_back(request);
  if (done.length && done.got <= done.bytes)
    *done.length = done.got;
  else if (done.data && done.got != done.bytes)
    return absl::InternalError(absl::StrCat(
        "rank ", done.peer, " sent ", done.got, " bytes where rank ", rank_,
        " expected ", done.length ? "at most " : "", done.bytes,
        ": they are in different exchanges"));
  return true;
}

//===----------------------------------------------------------------------===//
// Time
//===----------------------------------------------------------------------===//

void SimulatedRank::Sleep(double time) {
  WakeQueue &queue = ranks_.queue;
  if (time < kNever &&
      (queue.empty() || std::pair(time, rank_) <
                            std::pair(queue.time(queue.top()), queue.top()))) {
    now_ = std::max(now_, time);
    return;
  }
  queue.Set(rank_, time);
  fiber->Pause();
  now_ = std::max(now_, queue.time(rank_));
}

void SimulatedRank::Yield() {
  WakeQueue &queue = ranks_.queue;
  if (queue.empty() || queue.time(queue.top()) > now_)
    return;
  queue.Set(rank_, now_, ++ranks_.turns);
  fiber->Pause();
}

absl::Status SimulatedRank::Wait(double deadline, const Waiting &what) {
  if (!Failure().ok())
    return Failure();
  double time = deadline;
  for (const Operation &operation : operations_)
    if (operation.live && operation.watched)
      time = std::min(time, operation.done);
  waiting = &what;
  const double begin = now_;
  Sleep(std::max(time, now_));
  waiting = nullptr;
  // What has ended the wait; of several, the one that was first to be sent.
  double sent = now_;
  for (const Operation &operation : operations_)
    if (operation.live && operation.watched && operation.done <= now_)
      sent = std::min(sent, operation.sent);
  late_ += std::max(0.0, sent - begin);
  if (!Failure().ok())
    return Failure();
  if (now_ < deadline)
    return absl::OkStatus();
  waiting = &what;
  const std::string missing = ranks_.Missing(&what);
  waiting = nullptr;
  return absl::DeadlineExceededError(
      absl::StrCat("no message until ", now_, " s: ", missing));
}

void SimulatedRank::Announce(const absl::Status &why) {
  if (!crash_.ok())
    return;    // The dead say nothing.
  Sleep(now_); // What others do before now is not affected.
  ranks_.Fail(absl::AbortedError(
                  absl::StrCat("rank ", rank_, " failed: ", why.message())),
              now_);
}

//===----------------------------------------------------------------------===//
// The run
//===----------------------------------------------------------------------===//

SimulatedNetwork::Ranks::Ranks(int ranks, const NetworkModel &model,
                               uint64_t seed)
    : model(model), seed(seed), queue(ranks) {
  for (int rank = 0; rank < ranks; ++rank)
    all.emplace_back(*this, rank, ranks,
                     ComputeTimes(model, ranks, rank, seed));
}

void SimulatedNetwork::Ranks::Fail(const absl::Status &status, double time) {
  if (!failure.ok())
    return;
  failure = status;
  const std::vector<int> sleeping = queue.ranks();
  for (int number : sleeping)
    queue.Set(number, std::max(time, rank(number).Now()));
}

std::string SimulatedNetwork::Ranks::Missing(const Waiting *waiting) const {
  std::vector<RankState> states;
  for (const SimulatedRank &rank : all)
    states.push_back(rank.state());
  for (const SimulatedRank &rank : all)
    rank.ReportDropped(states);
  return waiting ? ReportMissing(states, waiting->name, waiting->exchange)
                 : ListRanks(states);
}

absl::Status SimulatedNetwork::Ranks::Deadlock() const {
  const Waiting *first = nullptr;
  for (const SimulatedRank &rank : all)
    if (rank.waiting && (!first || rank.waiting->exchange < first->exchange))
      first = rank.waiting;
  return absl::DeadlineExceededError(
      absl::StrCat("deadlock: every rank waits and no message is on its way; ",
                   Missing(first)));
}

absl::Status
SimulatedNetwork::Ranks::Run(const std::function<void(Transport &)> &body) {
  for (SimulatedRank &rank : all) {
    absl::StatusOr<std::unique_ptr<Fiber>> fiber =
        Fiber::Create([&rank, &body] { body(rank); });
    if (!fiber.ok())
      return fiber.status();
    rank.fiber = *std::move(fiber);
  }
  for (SimulatedRank &rank : all)
    queue.Set(rank.rank(), 0);
  while (!queue.empty()) {
    if (queue.time(queue.top()) == kNever)
      Fail(Deadlock(), 0);
    SimulatedRank &next = rank(queue.Pop());
    next.fiber->Resume();
    if (next.fiber->done()) {
      next.End();
      next.fiber.reset();
    }
  }
  return absl::OkStatus();
}

SimulatedNetwork::SimulatedNetwork(int ranks, const NetworkModel &model,
                                   uint64_t seed)
    : ranks_(std::make_unique<Ranks>(ranks, model, seed)) {}

SimulatedNetwork::~SimulatedNetwork() = default;

absl::Status
SimulatedNetwork::Run(const std::function<void(Transport &)> &body) {
  return ranks_->Run(body);
}

} // namespace tacit
