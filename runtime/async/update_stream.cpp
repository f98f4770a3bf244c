//===- update_stream.cpp - Updates reach every live rank once -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/update_stream.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

namespace tacit {

namespace {

/// Kinds of messages that are no control messages.
enum : uint32_t {
  kUpdate = 1,  ///< Words as of WordsOf.
  kMissing = 2, ///< The same; no payload.
  kHeard = 3,   ///< Payload: HeardOf, one for each of some origins.
};

/// What the sender of a kHeard has heard of an origin.
struct HeardOf {
  uint64_t origin;
  uint64_t heard; ///< Updates without a gap.
  int64_t step;   ///< Of the last of these.
};

} // namespace

static bool Never() { return false; }

static std::array<uint64_t, 4> WordsOf(const Update &update) {
  return {static_cast<uint64_t>(update.origin) |
              static_cast<uint64_t>(update.steps) << 32,
          update.sequence, static_cast<uint64_t>(update.step),
          std::bit_cast<uint64_t>(update.lr)};
}

static Update FromWords(const std::array<uint64_t, 4> &words) {
  Update update;
  update.origin = static_cast<int>(words[0] & 0xFFFFFFFF);
  update.steps = static_cast<int64_t>(words[0] >> 32);
  update.sequence = words[1];
  update.step = static_cast<int64_t>(words[2]);
  update.lr = std::bit_cast<double>(words[3]);
  return update;
}

bool SeenNumbers::Contains(uint64_t number) const {
  return number < prefix_ ||
         std::binary_search(beyond_.begin(), beyond_.end(), number);
}

bool SeenNumbers::Add(uint64_t number) {
  if (number < prefix_)
    return false;
  if (number > prefix_) {
    const auto place = std::lower_bound(beyond_.begin(), beyond_.end(), number);
    if (place != beyond_.end() && *place == number)
      return false;
    beyond_.insert(place, number);
    return true;
  }
  ++prefix_;
  size_t joined = 0;
  while (joined < beyond_.size() && beyond_[joined] == prefix_) {
    ++prefix_;
    ++joined;
  }
  beyond_.erase(beyond_.begin(),
                beyond_.begin() + static_cast<std::ptrdiff_t>(joined));
  return true;
}

//===----------------------------------------------------------------------===//
// What is known of updates
//===----------------------------------------------------------------------===//

uint32_t UpdateStream::WindowFor(const Topology &topology) {
  // A link of a sparse graph carries the updates of many ranks in each step.
  static constexpr uint32_t kLeast = 16, kMost = 256;
  if (topology.complete())
    return kLeast;
  return std::clamp(4 * static_cast<uint32_t>(topology.ranks()), kLeast, kMost);
}

UpdateStream::UpdateStream(Inbox &inbox, Topology topology, int rank,
                           absl::Span<const int64_t> first_steps,
                           AsyncObserver &observer, Client &client)
    : inbox_(inbox), topology_(std::move(topology)), rank_(rank),
      observer_(observer), client_(client),
      neighbours_(topology_.Neighbours(rank)),
      origins_(static_cast<size_t>(topology_.ranks())),
      links_(static_cast<size_t>(topology_.ranks())) {
  for (size_t origin = 0; origin < first_steps.size(); ++origin)
    origins_[origin].heard_step = origins_[origin].known_step =
        first_steps[origin] - 1;
}

bool UpdateStream::IsMissing(int origin, uint64_t sequence) const {
  const std::vector<uint64_t> &missing = of(origin).missing;
  return std::binary_search(missing.begin(), missing.end(), sequence);
}

bool UpdateStream::Hear(const Update &update) {
  Origin &known = of(update.origin);
  if (update.sequence < known.heard)
    return false;
  known.known_step = std::max(known.known_step, update.step);
  if (update.sequence > known.heard) {
    const std::pair<uint64_t, int64_t> entry(update.sequence, update.step);
    const auto place = std::lower_bound(
        known.beyond.begin(), known.beyond.end(), entry,
        [](const auto &a, const auto &b) { return a.first < b.first; });
    if (place != known.beyond.end() && place->first == update.sequence)
      return false;
    known.beyond.insert(place, entry);
    return true;
  }
  ++known.heard;
  known.heard_step = std::max(known.heard_step, update.step);
  size_t joined = 0;
  for (; joined < known.beyond.size() &&
         known.beyond[joined].first == known.heard;
       ++joined) {
    ++known.heard;
    known.heard_step = std::max(known.heard_step, known.beyond[joined].second);
  }
  known.beyond.erase(known.beyond.begin(),
                     known.beyond.begin() +
                         static_cast<std::ptrdiff_t>(joined));
  return true;
}

//===----------------------------------------------------------------------===//
// Sending
//===----------------------------------------------------------------------===//

Update UpdateStream::New(int64_t step, int64_t steps, double lr, size_t bytes) {
  Update update;
  update.origin = rank_;
  update.sequence = published_;
  update.step = step;
  update.steps = steps;
  update.lr = lr;
  const size_t whole = (bytes + 3) / 4 * 4 + 4 * origins_.size();
  update.message =
      inbox_.New({.kind = kUpdate,
                  .words = WordsOf(update),
                  .control_bytes = static_cast<uint32_t>(whole - bytes)},
                 whole);
  return update;
}

void UpdateStream::Sent(int to, const Message &message) {
  ++link(to).sent;
  if (message.header().kind != kUpdate)
    return;
  ++updates_sent_;
  const Update update = FromWords(message.header().words);
  observer_.OnSend(to, update.origin, update.sequence);
}

absl::StatusOr<bool> UpdateStream::TrySend(int to, const Queued &queued) {
  absl::StatusOr<bool> sent = inbox_.TrySend(to, queued.message, queued.loss);
  if (sent.ok() && *sent)
    Sent(to, queued.message);
  return sent;
}

/// Waits for room, and no longer than until `enough`.
absl::Status UpdateStream::Send(int to, const Queued &queued,
                                absl::FunctionRef<bool()> enough, bool *sent) {
  bool stopped = false;
  const absl::Status status = inbox_.Send(
      to, queued.message,
      [&](Arrival arrival) {
        absl::Status status = Take(std::move(arrival));
        stopped = status.ok() && enough();
        return stopped ? absl::CancelledError() : status;
      },
      queued.loss);
  *sent = status.ok();
  if (stopped)
    return absl::OkStatus();
  if (*sent)
    Sent(to, queued.message);
  return status;
}

absl::Status UpdateStream::Publish(const Update &update) {
  if (absl::Status status = SendBacklog(); !status.ok())
    return status;
  // Ranks may be lost, and others become neighbours, while this waits.
  const uint64_t number = ++published_;
  for (size_t i = 0; i < neighbours_.size();) {
    const int to = neighbours_[i];
    if (link(to).last_published == number) {
      ++i;
      continue;
    }
    link(to).last_published = number;
    ++activity_;
    bool sent = false;
    if (absl::Status status =
            Send(to, {update.message, Loss::kPossible}, Never, &sent);
        !status.ok())
      return status;
    i = 0;
  }
  Hear(update);
  return absl::OkStatus();
}

absl::Status UpdateStream::SendControl(int to, const Message &message) {
  bool sent = false;
  return Send(to, {message, Loss::kNever}, Never, &sent);
}

absl::Status UpdateStream::PostControl(int to, const Message &message) {
  return Post(to, {message, Loss::kNever});
}

absl::Status UpdateStream::Post(int to, Queued queued) {
  if (link(to).count == 0) {
    const absl::StatusOr<bool> sent = TrySend(to, queued);
    if (!sent.ok() || *sent)
      return sent.status();
  }
  PushBacklog(to, std::move(queued));
  return absl::OkStatus();
}

absl::Status UpdateStream::Relay(const Message &message, int except,
                                 Loss loss) {
  const int origin = FromWords(message.header().words).origin;
  for (const int to : neighbours_) {
    if (to == except || to == origin)
      continue;
    ++activity_;
    if (absl::Status status = Post(to, {message, loss}); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// The backlog
//===----------------------------------------------------------------------===//

void UpdateStream::PushBacklog(int to, Queued queued) {
  Link &full = link(to);
  if (full.count == full.backlog.size()) {
    std::rotate(full.backlog.begin(),
                full.backlog.begin() + static_cast<std::ptrdiff_t>(full.first),
                full.backlog.end());
    full.first = 0;
    full.backlog.resize(std::max<size_t>(4, 2 * full.count));
  }
  full.backlog[(full.first + full.count++) % full.backlog.size()] =
      std::move(queued);
  ++backlogged_;
}

UpdateStream::Queued UpdateStream::PopBacklog(int to) {
  Link &full = link(to);
  Queued queued = std::move(full.backlog[full.first]);
  full.first = (full.first + 1) % full.backlog.size();
  --full.count;
  --backlogged_;
  return queued;
}

int UpdateStream::FirstBacklogged() const {
  for (size_t to = 0; to < links_.size() && backlogged_ > 0; ++to)
    if (links_[to].count > 0)
      return static_cast<int>(to);
  return -1;
}

absl::Status UpdateStream::TryBacklog() {
  for (int to = FirstBacklogged(); to >= 0 && to < topology_.ranks(); ++to)
    while (link(to).count > 0) {
      const absl::StatusOr<bool> sent =
          TrySend(to, link(to).backlog[link(to).first]);
      if (!sent.ok())
        return sent.status();
      if (!*sent)
        break;
      PopBacklog(to);
    }
  return absl::OkStatus();
}

absl::Status UpdateStream::SendBacklog() {
  return WaitUntil([this] { return !has_backlog(); },
                   std::numeric_limits<double>::infinity(), [] { return 0.0; });
}

absl::Status UpdateStream::WaitUntil(absl::FunctionRef<bool()> enough,
                                     double deadline,
                                     absl::FunctionRef<double()> now) {
  for (;;) {
    if (absl::Status status = Poll(); !status.ok())
      return status;
    if (enough() || now() >= deadline)
      return absl::OkStatus();
    // Nothing wakes a rank up that waits both for room and for a time.
    const int full = FirstBacklogged();
    if (full < 0 || deadline < std::numeric_limits<double>::infinity()) {
      if (absl::Status status = inbox_.Wait(deadline); !status.ok())
        return status;
      continue;
    }
    Queued queued = PopBacklog(full);
    bool sent = false;
    if (absl::Status status = Send(full, queued, enough, &sent); !status.ok())
      return status;
    if (!sent && IsLive(full))
      PushBacklog(full, std::move(queued));
  }
}

//===----------------------------------------------------------------------===//
// Receiving
//===----------------------------------------------------------------------===//

absl::Status UpdateStream::Poll() {
  if (absl::Status status = inbox_.Receive(
          [this](Arrival arrival) { return Take(std::move(arrival)); });
      !status.ok())
    return status;
  return has_backlog() ? TryBacklog() : absl::OkStatus();
}

absl::Status UpdateStream::Take(Arrival arrival) {
  if (arrival.event == Arrival::kLostRank)
    return TakeLost(arrival.from);
  const MessageHeader &header = arrival.message.header();
  const bool again = !link(arrival.from).came.Add(arrival.sequence);
  if (header.kind >= kFirstControlKind)
    return again ? absl::OkStatus()
                 : client_.OnControl(arrival.from, arrival.message);
  if (header.kind == kHeard)
    return TakeHeard(arrival);
  const Update update = FromWords(header.words);
  if ((header.kind != kUpdate && header.kind != kMissing) ||
      update.origin >= topology_.ranks())
    return absl::InternalError(absl::StrCat(
        "rank ", arrival.from, " sent a message of kind ", header.kind,
        " about rank ", update.origin, ", which is no update: wanted the ",
        "same version of Tacit on all ranks"));
  if (header.kind == kUpdate && arrival.event == Arrival::kMessage)
    return TakeUpdate(arrival);
  return HearMissing(update, arrival.from);
}

absl::Status UpdateStream::TakeUpdate(const Arrival &arrival) {
  Update update = FromWords(arrival.message.header().words);
  bool was_missing = false;
  bool copy = update.origin == rank_ || !Hear(update);
  if (copy && IsMissing(update.origin, update.sequence)) {
    std::vector<uint64_t> &missing = of(update.origin).missing;
    missing.erase(
        std::lower_bound(missing.begin(), missing.end(), update.sequence));
    --missing_;
    was_missing = true;
    copy = false;
  }
  observer_.OnArrival(arrival.from, update.origin, update.sequence, copy);
  if (copy)
    return absl::OkStatus();
  update.message = arrival.message;
  if (absl::Status status = client_.OnUpdate(std::move(update), was_missing);
      !status.ok() || topology_.complete())
    return status;
  return Relay(arrival.message, arrival.from, Loss::kPossible);
}

absl::Status UpdateStream::HearMissing(const Update &update, int from) {
  if (update.origin == rank_ || !Hear(update))
    return absl::OkStatus();
  std::vector<uint64_t> &missing = of(update.origin).missing;
  missing.insert(
      std::lower_bound(missing.begin(), missing.end(), update.sequence),
      update.sequence);
  ++missing_;
  client_.OnMissing(update);
  if (topology_.complete())
    return absl::OkStatus();
  return Relay(inbox_.New({.kind = kMissing, .words = WordsOf(update)}, 0),
               from, Loss::kNever);
}

absl::Status UpdateStream::TakeHeard(const Arrival &arrival) {
  const absl::Span<const std::byte> bytes = arrival.message.payload();
  for (size_t at = 0; at + sizeof(HeardOf) <= bytes.size();
       at += sizeof(HeardOf)) {
    HeardOf entry;
    std::memcpy(&entry, bytes.data() + at, sizeof(entry));
    if (entry.origin >= origins_.size())
      return absl::InternalError(
          absl::StrCat("rank ", arrival.from, " has heard of rank ",
                       entry.origin, ", which there is not"));
    Update update;
    update.origin = static_cast<int>(entry.origin);
    // Only of all together it is known how many steps they are of.
    const Origin known = of(update.origin);
    int64_t steps = entry.step - known.heard_step;
    update.step = known.heard_step;
    for (uint64_t n = known.heard; n < entry.heard; ++n) {
      update.sequence = n;
      update.steps = n + 1 == entry.heard ? std::max<int64_t>(1, steps) : 1;
      update.step = n + 1 == entry.heard ? entry.step : update.step + 1;
      steps -= update.steps;
      if (absl::Status status = HearMissing(update, arrival.from); !status.ok())
        return status;
    }
  }
  return absl::OkStatus();
}

//===----------------------------------------------------------------------===//
// Lost ranks
//===----------------------------------------------------------------------===//

absl::Status UpdateStream::TellHeard(int to, absl::Span<const int> origins) {
  const size_t bytes = origins.size() * sizeof(HeardOf);
  Message message = inbox_.New(
      {.kind = kHeard, .control_bytes = static_cast<uint32_t>(bytes)}, bytes);
  HeardOf *entries =
      reinterpret_cast<HeardOf *>(message.MutablePayload().data());
  for (const int origin : origins)
    *entries++ = {static_cast<uint64_t>(origin), heard(origin),
                  heard_step(origin)};
  ++activity_;
  if (absl::Status status = Post(to, {message, Loss::kNever}); !status.ok())
    return status;
  for (const int origin : origins)
    for (const auto &[sequence, step] : of(origin).beyond) {
      ++activity_;
      Update update;
      update.origin = origin;
      update.sequence = sequence;
      update.step = step;
      const Message notice =
          inbox_.New({.kind = kMissing, .words = WordsOf(update)}, 0);
      if (absl::Status status = Post(to, {notice, Loss::kNever}); !status.ok())
        return status;
    }
  return absl::OkStatus();
}

absl::Status UpdateStream::TakeLost(int rank) {
  topology_.Lose(rank);
  while (link(rank).count > 0)
    PopBacklog(rank);
  const std::vector<int> before =
      std::exchange(neighbours_, topology_.Neighbours(rank_));
  observer_.OnLostRank(rank);
  if (absl::Status status = client_.OnLost(rank); !status.ok())
    return status;
  std::vector<int> origins = {rank};
  if (!topology_.complete()) {
    origins.resize(origins_.size());
    std::iota(origins.begin(), origins.end(), 0);
  }
  for (const int to : neighbours_)
    if (topology_.complete() ||
        !std::binary_search(before.begin(), before.end(), to))
      if (absl::Status status = TellHeard(to, origins); !status.ok())
        return status;
  return absl::OkStatus();
}

} // namespace tacit
