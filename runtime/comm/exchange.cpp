//===- exchange.cpp - A collective in flight ------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/exchange.h"

#include "absl/types/span.h"

#include <algorithm>
#include <new>
#include <utility>

namespace tacit {

Exchange::~Exchange() {
  End();
  ::operator delete(frame_);
}

void Exchange::Begin(absl::string_view name, uint64_t number, uint32_t tag,
                     Purpose purpose, ExchangeObserver *observer) {
  name_ = name;
  number_ = number;
  purpose_ = purpose;
  tag_ = tag;
  error_ = absl::OkStatus();
  in_use_ = true;
  observer_ = observer;
  sent_.clear();
  received_.clear();
}

void Exchange::Adopt(Steps steps) {
  // One that has failed already says so when it is continued.
  if (steps.handle.done() && error_.ok())
    steps.handle.destroy();
  else
    coroutine_ = steps.handle;
}

void *Exchange::FrameMemory(size_t bytes) {
  // Every collective's frame fits into the first allocation of a slot, so that
  // a slot may serve first a small one and then a large one.
  static constexpr size_t kUsual = 2048;
  if (bytes > frame_bytes_) {
    ::operator delete(frame_);
    frame_bytes_ = std::max(bytes, kUsual);
    frame_ = static_cast<std::byte *>(::operator new(frame_bytes_));
  }
  return frame_;
}

void Exchange::Count(size_t bytes) {
  if (purpose_ == Purpose::kControl) {
    traffic_.control_bytes += bytes;
    return;
  }
  traffic_.bytes_sent += bytes;
  ++traffic_.messages_sent;
}

Transport::Request Exchange::Send(int to, const void *data, size_t bytes) {
  Count(bytes);
  const Transport::Request request = transport_.PostSend(
      to, tag_,
      absl::MakeConstSpan(static_cast<const std::byte *>(data), bytes),
      purpose_ == Purpose::kControl ? Loss::kNever : Loss::kPossible);
  if (observer_)
    observer_->OnSent(to, number_, Number(sent_, request, to));
  return request;
}

Transport::Request Exchange::Receive(int from, void *data, size_t bytes) {
  const Transport::Request request = transport_.PostReceive(
      from, tag_, absl::MakeSpan(static_cast<std::byte *>(data), bytes));
  if (observer_)
    Number(received_, request, from);
  return request;
}

Transport::Request Exchange::ReceiveUpTo(int from, void *data, size_t bytes,
                                         size_t *length) {
  const Transport::Request request = transport_.PostReceiveUpTo(
      from, tag_, absl::MakeSpan(static_cast<std::byte *>(data), bytes),
      length);
  if (observer_)
    Number(received_, request, from);
  return request;
}

uint32_t Exchange::Number(std::vector<Watched> &watched,
                          Transport::Request request, int peer) {
  uint32_t index = 0;
  for (const Watched &each : watched)
    index += each.peer == peer;
  watched.push_back({request, peer, index, /*done=*/false});
  return index;
}

void Exchange::TellOfReceipt(Transport::Request request) {
  // Numbers of requests are used again once they are done.
  for (Watched &each : received_)
    if (each.request == request && !each.done) {
      each.done = true;
      observer_->OnReceived(each.peer, number_, each.index);
      return;
    }
}

void Exchange::Fail(absl::Status why) { error_ = std::move(why); }

bool Exchange::TestPending() {
  if (!error_.ok())
    return false;
  absl::StatusOr<bool> done = transport_.Test(pending_);
  if (!done.ok()) {
    error_ = std::move(done).status();
    return false;
  }
  progress_ += *done;
  if (observer_ && *done)
    TellOfReceipt(pending_);
  return *done;
}

absl::StatusOr<bool> Exchange::Continue() {
  if (!TestPending()) {
    if (error_.ok())
      return false;
    absl::Status error = error_;
    End();
    return error;
  }
  coroutine_.resume();
  if (coroutine_.done() && error_.ok()) {
    coroutine_.destroy();
    coroutine_ = nullptr;
  }
  return true;
}

void Exchange::End() {
  if (coroutine_)
    coroutine_.destroy();
  coroutine_ = nullptr;
  in_use_ = false;
}

} // namespace tacit
