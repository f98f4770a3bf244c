//===- exchange.h - A collective in flight ----------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Collectives are coroutines that say what to send and to receive, in order,
/// and wait for one message at a time:
///
///     Steps SwapWithNeighbour(Exchange &exchange, ...) {
///       const auto sent = exchange.Send(neighbour, mine, bytes);
///       co_await exchange.Finish(exchange.Receive(neighbour, theirs, bytes));
///       co_await exchange.Finish(sent);
///     }
///
/// Whoever awaits or makes progress resumes those whose message is there.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_EXCHANGE_H
#define TACIT_RUNTIME_COMM_EXCHANGE_H

#include "runtime/comm/communicator.h"
#include "runtime/comm/scratch.h"
#include "runtime/comm/transport.h"

#include "absl/status/status.h"

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <vector>

namespace tacit {

class Exchange;

/// The coroutine type of collectives. It runs up to its first wait at once,
/// and its frame lives in its exchange.
struct Steps {
  struct promise_type {
    // The arguments of a coroutine are offered to its promise's operator new.
    template <typename... Arguments>
    static void *operator new(size_t bytes, Exchange &exchange,
                              const Arguments &...);
    static void operator delete(void *) {} // The exchange keeps the memory.

    Steps get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  std::coroutine_handle<promise_type> handle;
};

/// One collective of one rank, from its start to its await; then its slot is
/// used for another. Does not move: its coroutine refers to it.
class Exchange {
public:
  Exchange(Transport &transport, ScratchPool &scratch, Traffic &traffic)
      : transport_(transport), scratch_(scratch), traffic_(traffic) {}
  Exchange(const Exchange &) = delete;
  Exchange &operator=(const Exchange &) = delete;
  ~Exchange();

  //===--------------------------------------------------------------------===//
  // What collectives use
  //===--------------------------------------------------------------------===//

  int rank() const { return transport_.rank(); }
  int size() const { return transport_.size(); }
  ScratchPool &scratch() { return scratch_; }

  /// As Transport's PostSend and so on, under the exchange's tag.
  Transport::Request Send(int to, const void *data, size_t bytes);
  Transport::Request Receive(int from, void *data, size_t bytes);
  Transport::Request ReceiveUpTo(int from, void *data, size_t bytes,
                                 size_t *length);

  /// What came in makes no sense: the collective returns after this, and
  /// Continue returns `why`.
  void Fail(absl::Status why);

  /// `co_await exchange.Finish(request)` goes on when `request` is done.
  struct Finished {
    Exchange &exchange;
    bool await_ready() const { return exchange.TestPending(); }
    void await_suspend(std::coroutine_handle<>) const {}
    void await_resume() const {}
  };
  Finished Finish(Transport::Request request) {
    pending_ = request;
    return Finished{*this};
  }

  //===--------------------------------------------------------------------===//
  // What the communicator uses
  //===--------------------------------------------------------------------===//

  /// Begins exchange `number`, all of whose messages have `tag`; `name` must
  /// outlive it.
  /// `observer` is told of its messages; it may be null.
  void Begin(absl::string_view name, uint64_t number, uint32_t tag,
             Purpose purpose, ExchangeObserver *observer);
  /// Takes over what a collective returned when it was called.
  void Adopt(Steps steps);
  /// Goes on if the message waited for is there. Returns whether it was.
  /// Error: the transport's; the exchange is then over.
  absl::StatusOr<bool> Continue();
  /// Ends the exchange, finished or not.
  void End();

  bool running() const { return static_cast<bool>(coroutine_); }
  bool in_use() const { return in_use_; }
  absl::string_view name() const { return name_; }
  uint64_t number() const { return number_; }
  /// Changes whenever a message of the exchange is done.
  uint64_t progress() const { return progress_; }

private:
  friend struct Steps::promise_type;

  /// A message that the observer is told of when it is done.
  struct Watched {
    Transport::Request request;
    int peer;
    uint32_t index; ///< Among those from one peer.
    bool done;
  };
  /// Numbers the message of a request that was just posted.
  uint32_t Number(std::vector<Watched> &watched, Transport::Request request,
                  int peer);
  void TellOfReceipt(Transport::Request request);

  void *FrameMemory(size_t bytes);
  /// Whether the pending request is done. An error counts as not done, and is
  /// found again by Continue.
  bool TestPending();
  void Count(size_t bytes);

  Transport &transport_;
  ScratchPool &scratch_;
  Traffic &traffic_;

  std::coroutine_handle<Steps::promise_type> coroutine_;
  Transport::Request pending_ = 0;
  absl::Status error_;
  absl::string_view name_;
  uint64_t number_ = 0;
  uint64_t progress_ = 0;
  uint32_t tag_ = 0;
  Purpose purpose_ = Purpose::kPayload;
  bool in_use_ = false;
  ExchangeObserver *observer_ = nullptr;
  std::vector<Watched> sent_, received_; // with an observer
  std::byte *frame_ = nullptr;
  size_t frame_bytes_ = 0;
};

template <typename... Arguments>
void *Steps::promise_type::operator new(size_t bytes, Exchange &exchange,
                                        const Arguments &...) {
  return exchange.FrameMemory(bytes);
}

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_EXCHANGE_H
