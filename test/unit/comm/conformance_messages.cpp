//===- conformance_messages.cpp - One-sided messages of every world -------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/comm/conformance_messages.h"

#include "runtime/comm/transport.h"
#include "runtime/support/random.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace tacit::conformance {

#define RETURN_IF_ERROR(expression)                                            \
  do {                                                                         \
    if (absl::Status status_ = (expression); !status_.ok())                    \
      return status_;                                                          \
  } while (false)

static absl::Status Wrong(const std::string &what) {
  return absl::UnknownError(what);
}

//===----------------------------------------------------------------------===//
// Messages whose contents are known
//===----------------------------------------------------------------------===//

static Random ContentsOf(const MessageHeader &header) {
  return Random(header.words[0] * 1000 + header.words[1], header.words[2]);
}

static void Fill(Message &message) {
  const Random random = ContentsOf(message.header());
  const absl::Span<std::byte> bytes = message.MutablePayload();
  for (size_t i = 0; i < bytes.size(); i += 8) {
    const uint64_t word = random.Word(i);
    std::memcpy(&bytes[i], &word, std::min<size_t>(8, bytes.size() - i));
  }
}

static bool HasItsContents(const Message &message) {
  const Random random = ContentsOf(message.header());
  const absl::Span<const std::byte> bytes = message.payload();
  for (size_t i = 0; i < bytes.size(); i += 8) {
    const uint64_t word = random.Word(i);
    if (std::memcmp(&bytes[i], &word, std::min<size_t>(8, bytes.size() - i)))
      return false;
  }
  return true;
}

MessageLog::MessageLog(Communicator &communicator, Inbox &inbox)
    : communicator_(communicator), inbox_(inbox),
      channels_(static_cast<size_t>(communicator.size())),
      sent_(static_cast<size_t>(communicator.size())),
      times_(static_cast<size_t>(communicator.size())) {}

absl::Status MessageLog::Send(int to, size_t bytes) {
  MessageHeader header;
  header.kind = kNumbered;
  header.words = {static_cast<uint64_t>(communicator_.rank()),
                  static_cast<uint64_t>(to), sent(to), bytes};
  Message message = inbox_.New(header, bytes);
  Fill(message);
  RETURN_IF_ERROR(inbox_.Send(to, message, [this](Arrival arrival) {
    return Take(std::move(arrival));
  }));
  ++sent_[static_cast<size_t>(to)];
  times_[static_cast<size_t>(to)].push_back(communicator_.Now());
  return absl::OkStatus();
}

absl::Status MessageLog::Take(Arrival arrival) {
  const auto wrong = [&](const std::string &what) {
    return Wrong(absl::StrCat("from rank ", arrival.from, ": ", what));
  };
  if (arrival.at < last_arrival_ || arrival.at > communicator_.Now())
    return wrong(absl::StrCat("came at ", arrival.at, " after ", last_arrival_,
                              ", taken at ", communicator_.Now()));
  last_arrival_ = arrival.at;
  if (arrival.from < 0 || arrival.from >= communicator_.size() ||
      arrival.from == communicator_.rank())
    return wrong("there is no such rank");
  Channel &channel = channels_[static_cast<size_t>(arrival.from)];
  if (channel.lost > 0)
    return wrong("something came after the news of its loss");
  if (arrival.event == Arrival::kLostRank) {
    ++channel.lost;
    return absl::OkStatus();
  }
  if (!arrival.message)
    return wrong("a message without a header");
  const MessageHeader &header = arrival.message.header();
  channel.arrivals.push_back(arrival.at);
  if (arrival.event == Arrival::kDropped) {
    if (!arrival.message.payload().empty())
      return wrong("a tombstone with a payload");
    ++channel.dropped[header.words[2]];
    return absl::OkStatus();
  }
  if (header.kind == kEnd) {
    channel.wanted = static_cast<int64_t>(header.words[0]);
    ++channel.ends;
    return absl::OkStatus();
  }
  if (header.words[0] != static_cast<uint64_t>(arrival.from) ||
      header.words[1] != static_cast<uint64_t>(communicator_.rank()))
    return wrong(absl::StrCat("a message from ", header.words[0], " to ",
                              header.words[1]));
  if (header.words[3] != arrival.message.payload().size() ||
      !HasItsContents(arrival.message))
    return wrong(absl::StrCat("message ", header.words[2], " of ",
                              header.words[3], " bytes has other contents"));
  ++channel.copies[header.words[2]];
  return absl::OkStatus();
}

absl::Status MessageLog::Receive() {
  return inbox_.Receive(
      [this](Arrival arrival) { return Take(std::move(arrival)); });
}

bool MessageLog::IsDrained() const {
  for (int rank = 0; rank < communicator_.size(); ++rank) {
    const Channel &channel = from(rank);
    const size_t came = channel.copies.size() + channel.dropped.size();
    if (rank != communicator_.rank() && channel.lost == 0 &&
        (channel.ends < drains_ || came < static_cast<size_t>(channel.wanted)))
      return false;
  }
  return true;
}

absl::Status MessageLog::Drain() {
  ++drains_;
  for (int to = 0; to < communicator_.size(); ++to)
    if (to != communicator_.rank())
      RETURN_IF_ERROR(inbox_.Send(
          to, inbox_.New({.kind = kEnd, .words = {sent(to)}}, 0),
          [this](Arrival arrival) { return Take(std::move(arrival)); },
          Loss::kNever));
  for (;;) {
    RETURN_IF_ERROR(Receive());
    if (IsDrained())
      return absl::OkStatus();
    RETURN_IF_ERROR(inbox_.Wait(kNever));
  }
}

/// Every message of every channel came once.
static absl::Status CheckExactlyOnce(Communicator &communicator,
                                     const MessageLog &log) {
  for (int rank = 0; rank < communicator.size(); ++rank) {
    if (rank == communicator.rank())
      continue;
    const MessageLog::Channel &channel = log.from(rank);
    if (static_cast<int64_t>(channel.copies.size()) != channel.wanted)
      return Wrong(absl::StrCat("rank ", rank, " sent ", channel.wanted,
                                " messages, and ", channel.copies.size(),
                                " came"));
    for (const auto &[number, copies] : channel.copies)
      if (copies != 1)
        return Wrong(absl::StrCat("message ", number, " from rank ", rank,
                                  " came ", copies, " times"));
  }
  return absl::OkStatus();
}

static absl::Status Barrier(Communicator &communicator) {
  int32_t ranks = 1;
  return communicator.AllReduce("barrier", &ranks, 1, TACIT_I32, TACIT_SUM);
}

//===----------------------------------------------------------------------===//
// The checks
//===----------------------------------------------------------------------===//

/// Any rank sends to any, whenever it likes, messages of all lengths.
static absl::Status RandomTraffic(Communicator &communicator, Inbox &inbox,
                                  Digest &digest) {
  static constexpr size_t kBytes[] = {0, 1, 63, 64, 1000, 5000, 70000};
  const int ranks = communicator.size(), rank = communicator.rank();
  const Random random(3, static_cast<uint64_t>(rank));
  MessageLog log(communicator, inbox);
  for (uint64_t step = 0; ranks > 1 && step < 100; ++step) {
    int to = static_cast<int>(
        random.Below(3 * step, static_cast<uint64_t>(ranks - 1)));
    to += to >= rank;
    RETURN_IF_ERROR(
        log.Send(to, kBytes[random.Below(3 * step + 1, std::size(kBytes))]));
    if (random.Below(3 * step + 2, 4) == 0)
      RETURN_IF_ERROR(log.Receive());
  }
  RETURN_IF_ERROR(log.Drain());
  for (int from = 0; from < ranks; ++from)
    for (const auto &[number, copies] : log.from(from).copies)
      digest.Add(&number, sizeof(number));
  return CheckExactlyOnce(communicator, log);
}

/// Everyone sends to everyone as fast as it can, more than fits. If a rank that
/// waits for room made none, all would wait for ever.
static absl::Status FullInboxes(Communicator &communicator, Inbox &inbox,
                                Digest &) {
  MessageLog log(communicator, inbox);
  for (int i = 0; i < 100; ++i)
    for (int to = 0; to < communicator.size(); ++to)
      if (to != communicator.rank())
        RETURN_IF_ERROR(log.Send(to, 8000));
  RETURN_IF_ERROR(log.Drain());
  return CheckExactlyOnce(communicator, log);
}

/// The same around a ring, and with messages that no transport sends eagerly.
static absl::Status LargeMessages(Communicator &communicator, Inbox &inbox,
                                  Digest &) {
  MessageLog log(communicator, inbox);
  const int next = (communicator.rank() + 1) % communicator.size();
  for (int i = 0; communicator.size() > 1 && i < 6; ++i)
    RETURN_IF_ERROR(log.Send(next, (size_t{1} << 20) + 13));
  RETURN_IF_ERROR(log.Drain());
  return CheckExactlyOnce(communicator, log);
}

/// A window bounds what can be sent to a rank that takes nothing, and opens
/// again when it does.
static absl::Status Windows(Communicator &communicator, Inbox &inbox,
                            Digest &) {
  const int rank = communicator.rank();
  if (communicator.size() == 1)
    return absl::OkStatus();
  uint64_t fit = 0;
  if (rank == 0) {
    for (;; ++fit) {
      const auto sent = inbox.TrySend(1, inbox.New({.kind = 9}, 100));
      if (!sent.ok())
        return sent.status();
      if (!*sent)
        break;
    }
    const auto again = inbox.TrySend(1, inbox.New({.kind = 9}, 100));
    if (!again.ok() || *again)
      return Wrong("a full channel took one more");
    // Under MPI, up to half of the window may be back and not known to be.
    if (fit > inbox.window() || 2 * fit <= inbox.window())
      return Wrong(
          absl::StrCat(fit, " messages fit into a window of ", inbox.window()));
  }
  RETURN_IF_ERROR(communicator.Broadcast("fit", &fit, sizeof(fit), 0));
  uint64_t taken = 0;
  while (rank == 1 && taken < fit) {
    RETURN_IF_ERROR(inbox.Receive([&](Arrival arrival) {
      if (arrival.from != 0 || arrival.message.header().kind != 9)
        return Wrong("another message");
      ++taken;
      return absl::OkStatus();
    }));
    if (taken < fit)
      RETURN_IF_ERROR(inbox.Wait(kNever));
  }
  RETURN_IF_ERROR(Barrier(communicator));
  MessageLog log(communicator, inbox);
  if (rank == 0)
    for (uint64_t i = 0; i < fit; ++i)
      RETURN_IF_ERROR(log.Send(1, 100));
  RETURN_IF_ERROR(log.Drain());
  return CheckExactlyOnce(communicator, log);
}

/// What came is sent on as it is, all around, without being copied here.
static absl::Status Relays(Communicator &communicator, Inbox &inbox,
                           Digest &digest) {
  const int ranks = communicator.size(), rank = communicator.rank();
  if (ranks == 1)
    return absl::OkStatus();
  const int next = (rank + 1) % ranks, before = (rank + ranks - 1) % ranks;
  MessageHeader header;
  header.kind = kRelayed;
  header.words = {static_cast<uint64_t>(rank), 0, 7, 3000};
  Message mine = inbox.New(header, 3000);
  Fill(mine);
  std::vector<Message> to_send = {mine};
  std::vector<int> came(static_cast<size_t>(ranks));
  const auto take = [&](Arrival arrival) {
    const MessageHeader &got = arrival.message.header();
    if (arrival.from != before || got.kind != kRelayed || got.words[2] != 7 ||
        arrival.message.payload().size() != 3000 ||
        !HasItsContents(arrival.message))
      return Wrong(absl::StrCat("a relayed message from rank ", arrival.from,
                                " has other contents"));
    ++came[got.words[0]];
    if (got.words[0] != static_cast<uint64_t>(next))
      to_send.push_back(std::move(arrival.message));
    return absl::OkStatus();
  };
  const auto all = [&] {
    for (int origin = 0; origin < ranks; ++origin)
      if (origin != rank && came[static_cast<size_t>(origin)] == 0)
        return false;
    return true;
  };
  for (size_t i = 0; i < to_send.size() || !all();) {
    if (i == to_send.size()) {
      RETURN_IF_ERROR(inbox.Wait(kNever));
      RETURN_IF_ERROR(inbox.Receive(take));
      continue;
    }
    const Message message = to_send[i++];
    RETURN_IF_ERROR(inbox.Send(next, message, take));
  }
  for (int origin = 0; origin < ranks; ++origin)
    if (came[static_cast<size_t>(origin)] != (origin != rank))
      return Wrong(absl::StrCat("rank ", origin, "'s message came ",
                                came[static_cast<size_t>(origin)], " times"));
  digest.Add(came.data(), came.size() * sizeof(int));
  return Barrier(communicator);
}

/// Messages and collectives do not get into each other's way.
static absl::Status BesideCollectives(Communicator &communicator, Inbox &inbox,
                                      Digest &digest) {
  const int ranks = communicator.size();
  MessageLog log(communicator, inbox);
  std::vector<float> values(50000, 1.0f);
  for (int step = 0; step < 3; ++step) {
    const auto token = communicator.StartAllReduce(
        "w0", values.data(), values.size(), TACIT_F32, TACIT_MEAN);
    if (!token.ok())
      return token.status();
    for (int to = 0; to < ranks; ++to)
      if (to != communicator.rank())
        RETURN_IF_ERROR(log.Send(to, 500));
    RETURN_IF_ERROR(communicator.Progress());
    RETURN_IF_ERROR(log.Receive());
    RETURN_IF_ERROR(log.Drain());
    RETURN_IF_ERROR(communicator.Await(*token));
    if (values[0] != 1 || values.back() != 1)
      return Wrong("the mean of ones is not 1");
    // Nobody sends of the next step before all have drained this one.
    RETURN_IF_ERROR(Barrier(communicator));
  }
  digest.Add(values.data(), values.size() * sizeof(float));
  return CheckExactlyOnce(communicator, log);
}

/// What is misused says so, and harms nothing.
static absl::Status Misuse(Communicator &communicator, Inbox &inbox, Digest &) {
  const Message message = inbox.New({}, 8);
  for (const int to : {-1, communicator.size(), communicator.rank()})
    if (inbox.TrySend(to, message).status().code() !=
        absl::StatusCode::kInvalidArgument)
      return Wrong(absl::StrCat("could send to rank ", to));
  if (communicator.OpenInbox({}).ok())
    return Wrong("could open an inbox twice");
  if (inbox.live() != communicator.size())
    return Wrong("not all ranks live");
  return Barrier(communicator);
}

const std::vector<MessageCheck> &AllMessageChecks() {
  static const std::vector<MessageCheck> checks = {
      {"RandomTraffic", RandomTraffic},
      {"FullInboxes", FullInboxes},
      {"LargeMessages", LargeMessages},
      {"Windows", Windows},
      {"Relays", Relays},
      {"BesideCollectives", BesideCollectives},
      {"Misuse", Misuse},
  };
  return checks;
}

} // namespace tacit::conformance
