//===- simulated_channels.cpp - Messages that nobody asked for ------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One-sided messages of simulated ranks, and ranks that crash or pause.
///
//===----------------------------------------------------------------------===//

#include "runtime/comm/simulated_rank.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tacit {

// The news that a rank is lost comes after all of its messages.
static constexpr uint64_t kAfterAll = std::numeric_limits<uint64_t>::max();

//===----------------------------------------------------------------------===//
// Channels
//===----------------------------------------------------------------------===//

const absl::Status &SimulatedRank::Failure() const {
  return crash_.ok() ? ranks_.failure : crash_;
}

MessagePool &SimulatedRank::messages() { return ranks_.messages; }

absl::Status SimulatedRank::OpenChannels(uint32_t window) {
  for (const SimulatedRank &rank : ranks_.all)
    if (rank.window_ > 0 && rank.window_ != window)
      return UnequalWindows(rank_, window, rank.rank_, rank.window_);
  window_ = window;
  const size_t ranks = static_cast<size_t>(size_);
  not_taken_.resize(ranks);
  sent_.resize(ranks);
  lost_.resize(ranks);
  for (const SimulatedRank &rank : ranks_.all)
    if (!rank.crash_.ok())
      TellOfCrash(rank);
  return absl::OkStatus();
}

bool SimulatedRank::IsOpen(int to) const {
  // That a rank has crashed is not known before the news of it.
  const SimulatedRank &peer = ranks_.rank(to);
  return !lost_[static_cast<size_t>(to)] && !(peer.ended && peer.crash_.ok());
}

bool SimulatedRank::HasRoom(int to) const {
  // A rank that has no inbox yet has taken nothing.
  const std::vector<uint32_t> &not_taken = ranks_.rank(to).not_taken_;
  return !IsOpen(to) || not_taken.empty() ||
         not_taken[static_cast<size_t>(rank_)] < window_;
}

void SimulatedRank::Wake(double time) {
  if (ranks_.queue.contains(rank_))
    ranks_.queue.Set(rank_,
                     std::min(ranks_.queue.time(rank_), std::max(now_, time)));
}

void SimulatedRank::Add(ComingArrival coming) {
  if (receiving_)
    Wake(coming.arrival.at);
  arrivals_.Add(std::move(coming));
}

absl::StatusOr<bool> SimulatedRank::TrySend(int to, const Message &message,
                                            Loss loss) {
  // A rank that is behind may have made room by now.
  if (Failure().ok())
    Sleep(now_);
  if (!Failure().ok())
    return Failure();
  if (!IsOpen(to))
    return true;
  if (!HasRoom(to))
    return false;

  const double begin = std::max(now_, link_free_);
  link_free_ = begin + static_cast<double>(message.wire().size()) /
                           ranks_.model.bandwidth;
  const uint64_t number = sent_[static_cast<size_t>(to)]++;
  MessageFate fate;
  if (ranks_.model.has_fates())
    fate = MessageFates(ranks_.model, size_, rank_, to, TrafficKind::kOneSided,
                        ranks_.seed)
               .Of(number);
  SimulatedRank &peer = ranks_.rank(to);
  peer.not_taken_.resize(static_cast<size_t>(size_));
  ++peer.not_taken_[static_cast<size_t>(rank_)];
  if (!peer.crash_.ok())
    return true; // Nobody is there, which this rank does not know yet.

  const double first = link_free_ + ranks_.model.latency + fate.delay;
  const double second = link_free_ + ranks_.model.latency + fate.second_delay;
  ComingArrival coming;
  coming.makes_room = true;
  coming.arrival.from = rank_;
  coming.arrival.sequence = number;
  coming.arrival.at = first;
  if (loss == Loss::kPossible && fate.dropped) {
    coming.arrival.event = Arrival::kDropped;
    coming.arrival.message = ranks_.messages.New(message.header(), 0);
  } else {
    coming.arrival.message = message;
    if (loss == Loss::kPossible && fate.duplicated) {
      ComingArrival copy = coming;
      copy.arrival.at = second;
      (second < first ? coming : copy).makes_room = false;
      peer.Add(std::move(copy));
    }
  }
  peer.Add(std::move(coming));
  return true;
}

absl::StatusOr<bool> SimulatedRank::TakeArrival(Arrival &arrival) {
  // A rank that is behind might yet send what arrives by now.
  if (Failure().ok())
    Sleep(now_);
  if (!Failure().ok())
    return Failure();
  if (arrivals_.next() > now_)
    return false;
  ComingArrival coming = arrivals_.Take();
  arrival = std::move(coming.arrival);
  const size_t from = static_cast<size_t>(arrival.from);
  if (arrival.event == Arrival::kLostRank)
    lost_[from] = true;
  if (coming.makes_room) {
    --not_taken_[from];
    SimulatedRank &sender = ranks_.rank(arrival.from);
    if (sender.full_ == rank_)
      sender.Wake(now_);
  }
  return true;
}

absl::Status SimulatedRank::WaitForArrival(double deadline, int full) {
  if (!Failure().ok())
    return Failure();
  if (arrivals_.next() <= now_ || (full >= 0 && HasRoom(full)))
    return absl::OkStatus();
  receiving_ = true;
  full_ = full;
  Sleep(std::max(now_, std::min(deadline, arrivals_.next())));
  receiving_ = false;
  full_ = -1;
  return Failure();
}

void SimulatedRank::End() {
  ended = true;
  if (!crash_.ok())
    return;
  arrivals_.Clear();
  for (SimulatedRank &rank : ranks_.all)
    if (rank.full_ == rank_)
      rank.Wake(now_);
}

//===----------------------------------------------------------------------===//
// Faults
//===----------------------------------------------------------------------===//

double SimulatedRank::ArrivalOnStream(int to, double left, Loss loss) {
  const double arrival = left + ranks_.model.latency;
  if (!ranks_.model.has_fates())
    return arrival;
  streams_.resize(static_cast<size_t>(size_));
  Stream &stream = streams_[static_cast<size_t>(to)];
  const MessageFate fate = MessageFates(ranks_.model, size_, rank_, to,
                                        TrafficKind::kStream, ranks_.seed)
                               .Of(stream.sent++);
  if (loss == Loss::kPossible && fate.dropped)
    return kNever;
  stream.last_arrival = std::max(stream.last_arrival, arrival + fate.delay);
  return stream.last_arrival;
}

void SimulatedRank::BeginStep(int64_t step) {
  // A step may be computed in several parts.
  if (!crash_.ok() || step == last_step_)
    return;
  last_step_ = step;
  for (const Pause &pause : ranks_.model.pauses)
    if (pause.rank == rank_ && pause.step == step)
      now_ += pause.seconds;
  for (const tacit::Crash &crash : ranks_.model.crashes)
    if (crash.rank == rank_ && crash.step == step)
      Crash(step);
}

void SimulatedRank::Crash(int64_t step) {
  crash_time_ = now_;
  crash_ = absl::UnavailableError(absl::StrCat(
      "rank ", rank_, " crashed at ", now_, " s, before its local step ", step,
      ", as the network model says"));
  // What it has sent is on its way; its memory goes.
  for (Request request = 0; request < operations_.size(); ++request)
    if (operations_[request].live && operations_[request].undelivered)
      Stash(request, operations_[request]);
  posted_.clear();
  arrivals_.Clear();
  for (SimulatedRank &rank : ranks_.all)
    if (rank.window_ > 0 && !rank.ended && rank.crash_.ok())
      rank.TellOfCrash(*this);
}

void SimulatedRank::TellOfCrash(const SimulatedRank &rank) {
  ComingArrival coming;
  coming.arrival.event = Arrival::kLostRank;
  coming.arrival.from = rank.rank_;
  coming.arrival.sequence = kAfterAll;
  coming.arrival.at = std::max({now_, rank.crash_time_ + ranks_.model.latency,
                                arrivals_.LastOf(rank.rank_)});
  Add(std::move(coming));
}

//===----------------------------------------------------------------------===//
// What is said of ranks
//===----------------------------------------------------------------------===//

RankState SimulatedRank::state() const {
  RankState state;
  if (!crash_.ok()) {
    state.kind = RankState::kElsewhere;
    state.name = absl::StrCat("crashed at ", crash_time_,
                              " s, before its local step ", last_step_);
  } else if (ended) {
    state.kind = RankState::kEnded;
  } else if (waiting) {
    state.kind = RankState::kWaiting;
    state.exchange = waiting->exchange;
    state.name = std::string(waiting->name);
    state.started = waiting->started;
  } else if (receiving_) {
    state.kind = RankState::kElsewhere;
    state.name = full_ < 0 ? "waiting for a message"
                           : absl::StrCat("waiting for room at rank ", full_);
  }
  return state;
}

void SimulatedRank::ReportDropped(std::vector<RankState> &states) const {
  if (ended || !crash_.ok())
    return;
  const auto report = [&](int from) {
    RankState &state = states[static_cast<size_t>(from)];
    if (!ranks_.rank(from).crash_.ok())
      return;
    state.kind = RankState::kElsewhere;
    state.name = absl::StrCat("its message to rank ", rank_, " was dropped");
  };
  for (const Operation &operation : operations_)
    if (operation.live && operation.dropped)
      report(operation.peer);
  for (const Envelope &message : inbox_)
    if (message.arrival == kNever)
      report(message.from);
}

} // namespace tacit
