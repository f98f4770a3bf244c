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
                     Purpose purpose) {
  name_ = name;
  number_ = number;
  purpose_ = purpose;
  tag_ = tag;
  error_ = absl::OkStatus();
  in_use_ = true;
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
  return transport_.PostSend(
      to, tag_,
      absl::MakeConstSpan(static_cast<const std::byte *>(data), bytes),
      purpose_ == Purpose::kControl ? Loss::kNever : Loss::kPossible);
}

Transport::Request Exchange::Receive(int from, void *data, size_t bytes) {
  return transport_.PostReceive(
      from, tag_, absl::MakeSpan(static_cast<std::byte *>(data), bytes));
}

Transport::Request Exchange::ReceiveUpTo(int from, void *data, size_t bytes,
                                         size_t *length) {
  return transport_.PostReceiveUpTo(
      from, tag_, absl::MakeSpan(static_cast<std::byte *>(data), bytes),
      length);
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
