//===- mpi_transport.cpp - Messages through MPI ---------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/mpi_transport.h"
#include "runtime/comm/mpi_error.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

#include <sched.h>
#include <sys/prctl.h>

namespace tacit {

static constexpr int32_t kControlTag = Transport::kTags;
static constexpr int32_t kMessageTag = Transport::kTags + 1;
static constexpr int32_t kNoteTag = Transport::kTags + 2;

// Seconds that others get to answer, to hear of a failure, and to leave.
static constexpr double kAnswerSeconds = 1;
static constexpr double kFlushSeconds = 2;
static constexpr double kLeaveSeconds = 2;
// Seconds that a launcher gets to read what ranks have written.
static constexpr double kOutputSeconds = 0.05;

enum ControlKind : uint32_t {
  kFailed,
  kWhere,
  kHere,
  kElsewhere, // Here, but in no exchange.
  kLeaving,
  kInbox, // Opened; how to watch the process.
  kAlive,
};

/// A send or a receive that has been posted.
struct MpiTransport::Operation {
  uint64_t handle = 0; ///< MPI's; 0: done, or never begun.
  int32_t error = 0;   ///< Of posting it.
  int peer = 0;
  size_t bytes = 0;
  bool receives = false;
  bool live = false;
  size_t *length = nullptr; ///< Of a receive up to `bytes`: where it goes.
};

/// What travels on the control tag; all of the same size.
struct MpiTransport::Control {
  uint32_t kind;
  int32_t from;
  uint64_t exchange; ///< As in Waiting, and so
  uint64_t started;
  char text[488]; ///< The name, or the failure's text.
};

struct MpiTransport::ControlSend {
  Control message;
  int to = 0;
  uint64_t handle = 0;
};

struct MpiTransport::Unwanted {
  std::vector<std::byte> bytes;
  uint64_t handle = 0;
};

MpiTransport::MpiTransport(const tacit_mpi_plugin &plugin, int rank, int ranks,
                           bool has_core, double silence,
                           bool watches_processes)
    : plugin_(plugin), rank_(rank), ranks_(ranks), has_core_(has_core),
      begin_(std::chrono::steady_clock::now()),
      incoming_(std::make_unique<Control>()), silence_(silence),
      watches_processes_(watches_processes), met_(static_cast<size_t>(ranks)) {
  prctl(PR_SET_TIMERSLACK, 1000); // By default, every sleep takes 50 us more.
  ListenForControl();
}

MpiTransport::~MpiTransport() = default;

double MpiTransport::Now() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                       begin_)
      .count();
}

//===----------------------------------------------------------------------===//
// Messages of exchanges
//===----------------------------------------------------------------------===//

Transport::Request MpiTransport::Post(int peer, size_t bytes, bool receives,
                                      int32_t error, uint64_t handle) {
  if (free_.empty()) {
    free_.push_back(static_cast<Request>(operations_.size()));
    operations_.emplace_back();
    free_.reserve(operations_.size());
  }
  const Request request = free_.back();
  free_.pop_back();
  operations_[request] = {handle, error, peer, bytes, receives, true};
  return request;
}

Transport::Request MpiTransport::PostSend(int to, uint32_t tag,
                                          absl::Span<const std::byte> bytes,
                                          Loss) {
  uint64_t handle = 0;
  int32_t error = 0;
  if (failure_.ok())
    error = plugin_.send(bytes.data(), bytes.size(), to,
                         static_cast<int32_t>(tag), &handle);
  return Post(to, bytes.size(), /*receives=*/false, error, handle);
}

Transport::Request MpiTransport::PostReceive(int from, uint32_t tag,
                                             absl::Span<std::byte> bytes) {
  uint64_t handle = 0;
  int32_t error = 0;
  if (failure_.ok())
    error = plugin_.receive(bytes.data(), bytes.size(), from,
                            static_cast<int32_t>(tag), &handle);
  return Post(from, bytes.size(), /*receives=*/true, error, handle);
}

Transport::Request MpiTransport::PostReceiveUpTo(int from, uint32_t tag,
                                                 absl::Span<std::byte> bytes,
                                                 size_t *length) {
  const Request request = PostReceive(from, tag, bytes);
  operations_[request].length = length;
  return request;
}

absl::Status MpiTransport::Error(int32_t error,
                                 const Operation &operation) const {
  return absl::InternalError(absl::StrCat(
      "MPI failed ", operation.receives ? "to receive " : "to send ",
      operation.bytes, " bytes ", operation.receives ? "from" : "to", " rank ",
      operation.peer, ": ", DescribeError(plugin_, error)));
}

absl::StatusOr<bool> MpiTransport::Test(Request request) {
  if (!failure_.ok())
    return GiveUp();
  Operation &operation = operations_[request];
  int32_t done = 1, error = operation.error;
  uint64_t got = operation.bytes;
  // A send that was done at once has no request.
  if (error == 0 && operation.handle != 0)
    error = plugin_.test(&operation.handle, &done, &got);
  if (error == 0 && !done) {
    // A rank that only makes progress hears of failures here.
    if (++idle_polls_ % 64 == 0)
      PollControl();
    if (!failure_.ok())
      return GiveUp();
    return false;
  }
  const Operation finished = operation;
  operation = Operation();
  free_.push_back(request);
  idle_polls_ = 0;
  last_done_ = Now();
  if (error != 0)
    return Error(error, finished);
  if (finished.length && got <= finished.bytes)
    *finished.length = got;
  else if (finished.receives && got != finished.bytes)
    return absl::InternalError(absl::StrCat(
        "rank ", finished.peer, " sent ",
        got == TACIT_MPI_TOO_LONG ? std::string("more") : absl::StrCat(got),
        " bytes where rank ", rank_, " expected ",
        finished.length ? "at most " : "", finished.bytes,
        ": they are in different exchanges"));
  return true;
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

void MpiTransport::Pause() {
  static constexpr int kSpins = 32;
  static constexpr double kYieldSeconds = 2e-4;
  static constexpr timespec kShort = {0, 30000}, kLong = {0, 50000};
  if (!has_core_) {
    // Whoever yields, or sleeps for so little that it never gives up the core,
    // competes with processes that compute, and is back a time slice later.
    // Whoever sleeps is woken in time.
    if (idle_polls_ > 1)
      nanosleep(&kShort, nullptr);
  } else if (idle_polls_ > kSpins) {
    if (Now() - last_done_ < kYieldSeconds)
      sched_yield();
    else
      nanosleep(&kLong, nullptr);
  }
}

absl::Status MpiTransport::Wait(double deadline, const Waiting &waiting) {
  waiting_ = &waiting;
  PollControl();
  if (!asking_.empty())
    Answer();
  absl::Status status;
  if (failure_.ok() && Now() >= deadline) {
    const std::string missing = FindMissing(waiting);
    status = absl::DeadlineExceededError(absl::StrCat(
        "no message for ", std::round((Now() - last_done_) * 10) / 10,
        " s: ", missing));
  }
  if (!failure_.ok())
    status = GiveUp();
  if (status.ok())
    Pause();
  waiting_ = nullptr;
  return status;
}

template <typename Done>
void MpiTransport::PollUntil(double seconds, Done done) {
  const double deadline = Now() + seconds;
  while (!done() && Now() < deadline) {
    PollControl();
    if (!failure_.ok())
      Discard();
    sched_yield();
  }
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

void MpiTransport::ListenForControl() {
  if (ranks_ > 1)
    plugin_.receive(incoming_.get(), sizeof(Control), TACIT_MPI_ANY_RANK,
                    kControlTag, &listening_);
}

void MpiTransport::SendControl(int to, uint32_t kind, absl::string_view text) {
  ControlSend &send = outgoing_.emplace_back();
  Control &message = send.message;
  send.to = to;
  std::memset(&message, 0, sizeof(message));
  message.kind = kind;
  message.from = rank_;
  if (waiting_) {
    message.exchange = waiting_->exchange;
    message.started = waiting_->started;
  }
  text = text.substr(0, sizeof(message.text) - 1);
  std::memcpy(message.text, text.data(), text.size());
  plugin_.send(&message, sizeof(message), to, kControlTag, &send.handle);
}

void MpiTransport::PollControl() {
  if (silent_)
    return;
  while (listening_ != 0) {
    int32_t done = 0;
    uint64_t bytes = 0;
    if (plugin_.test(&listening_, &done, &bytes) != 0 || !done)
      break;
    const Control message = *incoming_;
    ListenForControl();
    Handle(message);
  }
  for (auto it = outgoing_.begin(); it != outgoing_.end();) {
    int32_t done = 1;
    uint64_t bytes = 0;
    if (it->handle != 0 && plugin_.test(&it->handle, &done, &bytes) != 0)
      done = 1; // Its receiver is gone.
    it = done ? outgoing_.erase(it) : std::next(it);
  }
  PollChannels();
}

void MpiTransport::Handle(const Control &message) {
  if (channels_)
    channels_->Hear(message.from, Now());
  switch (message.kind) {
  case kFailed:
    if (failure_.ok())
      failure_ = absl::AbortedError(
          absl::StrCat("rank ", message.from, " failed: ", message.text));
    return;
  case kWhere:
    asking_.push_back(message.from);
    return;
  case kHere:
    if (!states_.empty())
      states_[static_cast<size_t>(message.from)] = {
          RankState::kWaiting, message.exchange, message.text, message.started};
    return;
  case kElsewhere:
    if (!states_.empty())
      states_[static_cast<size_t>(message.from)] = {RankState::kElsewhere, 0,
                                                    message.text, 0};
    return;
  case kLeaving:
    ++leaving_;
    if (channels_)
      channels_->MarkEnded(message.from);
    return;
  case kInbox:
    met_[static_cast<size_t>(message.from)] = message.text;
    if (channels_)
      Meet(message.from, message.text);
    return;
  case kAlive:
    return; // It was heard.
  }
}

void MpiTransport::AnswerDoing(absl::string_view doing) {
  for (int rank : asking_)
    SendControl(rank, kElsewhere, doing);
  asking_.clear();
}

void MpiTransport::Answer() {
  for (int rank : asking_)
    SendControl(rank, kHere, waiting_->name);
  asking_.clear();
}

std::string MpiTransport::FindMissing(const Waiting &waiting) {
  states_.assign(static_cast<size_t>(ranks_), RankState());
  states_[static_cast<size_t>(rank_)] = {RankState::kWaiting, waiting.exchange,
                                         std::string(waiting.name),
                                         waiting.started};
  for (int rank = 0; rank < ranks_; ++rank)
    if (rank != rank_)
      SendControl(rank, kWhere, "");
  PollUntil(kAnswerSeconds, [&] {
    Answer(); // Others ask as well.
    return !failure_.ok() ||
           std::none_of(states_.begin(), states_.end(),
                        [](const RankState &state) {
                          return state.kind == RankState::kSilent;
                        });
  });
  const std::string missing =
      ReportMissing(states_, waiting.name, waiting.exchange);
  states_.clear();
  return missing;
}

//===----------------------------------------------------------------------===//
// One-sided messages
//===----------------------------------------------------------------------===//

MessagePool &MpiTransport::messages() { return channels_->messages(); }

absl::Status MpiTransport::OpenChannels(uint32_t window) {
  if (channels_)
    return absl::FailedPreconditionError(
        "this process has opened an inbox in an earlier run; a world of "
        "processes carries one-sided messages in one run");
  channels_ = std::make_unique<MpiChannels>(plugin_, rank_, ranks_, window,
                                            kMessageTag, kNoteTag);
  const std::string text =
      absl::StrCat(window, " ", watches_processes_ ? ProcessWatch::Self() : "");
  for (int rank = 0; rank < ranks_; ++rank)
    if (rank != rank_) {
      SendControl(rank, kInbox, text);
      channels_->Hear(rank, Now());
      if (const std::string &met = met_[static_cast<size_t>(rank)];
          !met.empty())
        Meet(rank, met);
    }
  return failure_;
}

void MpiTransport::Meet(int rank, absl::string_view text) {
  const size_t blank = text.find(' ');
  uint32_t window = 0;
  if (!absl::SimpleAtoi(text.substr(0, blank), &window) ||
      window != channels_->window()) {
    if (failure_.ok())
      failure_ = UnequalWindows(rank_, channels_->window(), rank, window);
    return;
  }
  channels_->Meet(rank, text.substr(blank + 1), Now());
}

void MpiTransport::PollChannels() {
  if (!channels_ || silent_ || !failure_.ok())
    return;
  const double now = Now();
  const absl::StatusOr<bool> any = channels_->Progress(now);
  if (!any.ok()) {
    Announce(any.status());
    return;
  }
  if (*any) {
    idle_polls_ = 0;
    last_done_ = now;
  }
  wanted_.clear();
  channels_->Watch(now, silence_, wanted_);
  for (int rank : wanted_)
    SendControl(rank, kAlive, "");
}

bool MpiTransport::IsOpen(int to) const { return channels_->IsOpen(to); }

bool MpiTransport::any_lost() const {
  return channels_ && channels_->any_lost();
}

absl::Status MpiTransport::MakeProgress() {
  PollControl();
  return failure_.ok() ? absl::OkStatus() : GiveUp();
}

absl::StatusOr<bool> MpiTransport::TrySend(int to, const Message &message,
                                           Loss) {
  if (!failure_.ok())
    return GiveUp();
  absl::StatusOr<bool> sent = channels_->TrySend(to, message);
  if (!sent.ok() || *sent)
    return sent;
  if (absl::Status status = MakeProgress(); !status.ok())
    return status;
  return channels_->TrySend(to, message);
}

absl::StatusOr<bool> MpiTransport::TakeArrival(Arrival &arrival) {
  if (!failure_.ok())
    return GiveUp();
  if (!channels_->HasArrival())
    if (absl::Status status = MakeProgress(); !status.ok())
      return status;
  return channels_->TakeArrival(arrival);
}

absl::Status MpiTransport::WaitForArrival(double deadline, int full) {
  ++idle_polls_;
  if (absl::Status status = MakeProgress(); !status.ok())
    return status;
  if (!asking_.empty())
    AnswerDoing(full < 0 ? "waiting for a message"
                         : absl::StrCat("waiting for room at rank ", full));
  if (!channels_->HasArrival() && !(full >= 0 && channels_->HasRoom(full)) &&
      Now() < deadline)
    Pause();
  return absl::OkStatus();
}

absl::Status MpiTransport::EndChannels(double timeout) {
  channels_->Ignore();
  bool told = false;
  last_done_ = Now();
  for (;;) {
    ++idle_polls_;
    if (absl::Status status = MakeProgress(); !status.ok())
      return status;
    if (!asking_.empty())
      AnswerDoing("at the end of the run");
    // Others receive what this rank has sent as long as it has not left.
    if (!told && channels_->AllSent()) {
      told = true;
      for (int rank = 0; rank < ranks_; ++rank)
        if (rank != rank_ && !channels_->IsLost(rank))
          SendControl(rank, kLeaving, "");
    }
    const std::vector<int> remaining = channels_->Remaining();
    const auto is_on_its_way = [this](const ControlSend &send) {
      return !channels_->IsLost(send.to);
    };
    if (told && remaining.empty() &&
        std::none_of(outgoing_.begin(), outgoing_.end(), is_on_its_way))
      return absl::OkStatus();
    if (Now() - last_done_ > timeout)
      return absl::DeadlineExceededError(absl::StrCat(
          "no message for ", std::round(timeout * 10) / 10,
          " s: missing in 'the end of the run': ", RankList(remaining)));
    Pause();
  }
}

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

absl::Status MpiTransport::GiveUp() {
  if (given_up_)
    return failure_;
  given_up_ = true;
  // A send cannot be taken back, and MPI reads its buffer whenever it is called
  // until somebody has received it. So all ranks receive what was on its way.
  for (Operation &operation : operations_)
    if (operation.live && operation.receives && operation.handle != 0)
      plugin_.cancel(operation.handle);
  const auto over = [&](Operation &operation) {
    int32_t done = 1;
    uint64_t bytes = 0;
    if (operation.live && operation.handle != 0 &&
        plugin_.test(&operation.handle, &done, &bytes) == 0 && !done)
      return false;
    operation.live = false;
    return true;
  };
  bool all_over = false;
  PollUntil(kFlushSeconds, [&] {
    all_over = std::all_of(operations_.begin(), operations_.end(), over);
    all_over &= !channels_ || channels_->Cancel();
    return all_over && outgoing_.empty();
  });
  // Some rank takes nothing in: it was killed, or computes. Every call of MPI
  // could read what the caller is about to free.
  silent_ = !all_over;
  return failure_;
}

void MpiTransport::Discard() {
  if (silent_)
    return;
  int32_t found = 0, from = 0, tag = 0;
  uint64_t bytes = 0;
  // A control message has a receive of its own.
  while (plugin_.probe(TACIT_MPI_ANY_TAG, &found, &from, &tag, &bytes) == 0 &&
         found && tag != kControlTag) {
    Unwanted &message = unwanted_.emplace_back();
    message.bytes.resize(bytes);
    plugin_.receive(message.bytes.data(), bytes, from, tag, &message.handle);
  }
  for (auto it = unwanted_.begin(); it != unwanted_.end();) {
    int32_t done = 1;
    if (it->handle != 0 && plugin_.test(&it->handle, &done, &bytes) != 0)
      done = 1; // Its sender is gone.
    it = done ? unwanted_.erase(it) : std::next(it);
  }
}

void MpiTransport::Announce(const absl::Status &why) {
  if (!failure_.ok())
    return;
  failure_ = absl::AbortedError(
      absl::StrCat("rank ", rank_, " failed: ", why.message()));
  for (int rank = 0; rank < ranks_; ++rank)
    if (rank != rank_)
      SendControl(rank, kFailed, why.message());
  GiveUp().IgnoreError();
}

void MpiTransport::Close() {
  PollUntil(kFlushSeconds, [&] { return outgoing_.empty(); });
  if (listening_ != 0)
    plugin_.cancel(listening_);
  int32_t done = listening_ == 0;
  uint64_t bytes = 0;
  while (!done && plugin_.test(&listening_, &done, &bytes) == 0)
    ;
  while (channels_ && !channels_->Cancel())
    ;
}

void MpiTransport::Leave() {
  for (int rank = 0; rank < ranks_ && !silent_; ++rank)
    if (rank != rank_)
      SendControl(rank, kLeaving, "");
  PollUntil(kLeaveSeconds,
            [&] { return outgoing_.empty() && leaving_ == ranks_ - 1; });
  // A launcher that hears that one rank has ended may drop what others wrote.
  PollUntil(kOutputSeconds, [] { return false; });
}

} // namespace tacit
