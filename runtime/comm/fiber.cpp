//===- fiber.cpp - Several stacks on one thread ---------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/fiber.h"

#include "runtime/comm/sanitizers.h"

#include "absl/strings/str_cat.h"

#include <boost/context/detail/fcontext.hpp>

#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#ifdef TACIT_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef TACIT_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace tacit {

namespace {

/// A stack with a page below it that must not be touched, so that an overflow
/// is a fault and not a corruption.
class Stack {
public:
  Stack() = default;
  Stack(const Stack &) = delete;
  Stack &operator=(const Stack &) = delete;
  ~Stack() {
    if (base_)
      munmap(base_, kGuard + Fiber::kStackBytes);
  }

  absl::Status Map() {
    void *base =
        mmap(nullptr, kGuard + Fiber::kStackBytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED || mprotect(base, kGuard, PROT_NONE) != 0)
      return absl::ResourceExhaustedError(
          absl::StrCat("no memory for a rank's stack: ", std::strerror(errno)));
    base_ = static_cast<std::byte *>(base);
    return absl::OkStatus();
  }

  std::byte *bottom() const { return base_ + kGuard; }
  std::byte *top() const { return bottom() + Fiber::kStackBytes; }

private:
  static constexpr size_t kGuard = size_t{64} << 10; // a multiple of any page
  std::byte *base_ = nullptr;
};

/// What the sanitizers must hear before and after each switch.
class Switches {
public:
#ifdef TACIT_THREAD_SANITIZER
  Switches() : fiber_(__tsan_create_fiber(0)) {}
  ~Switches() { __tsan_destroy_fiber(fiber_); }
#else
  Switches() = default;
#endif
  Switches(const Switches &) = delete;
  Switches &operator=(const Switches &) = delete;

  void BeforeEntering(const Stack &stack) {
#ifdef TACIT_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&outside_fake_, stack.bottom(),
                                   Fiber::kStackBytes);
#endif
#ifdef TACIT_THREAD_SANITIZER
    outside_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber_, 0);
#endif
  }
  void AfterReturning() {
#ifdef TACIT_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(outside_fake_, nullptr, nullptr);
#endif
  }
  void AfterEntering() {
#ifdef TACIT_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(inside_fake_, &outside_bottom_,
                                    &outside_bytes_);
#endif
  }
  void BeforeReturning(bool for_good) {
#ifdef TACIT_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(for_good ? nullptr : &inside_fake_,
                                   outside_bottom_, outside_bytes_);
#endif
#ifdef TACIT_THREAD_SANITIZER
    __tsan_switch_to_fiber(outside_, 0);
#endif
  }

private:
#ifdef TACIT_ADDRESS_SANITIZER
  void *outside_fake_ = nullptr, *inside_fake_ = nullptr;
  const void *outside_bottom_ = nullptr;
  size_t outside_bytes_ = 0;
#endif
#ifdef TACIT_THREAD_SANITIZER
  void *fiber_;
  void *outside_ = nullptr;
#endif
};

// boost::context::fiber is not used: its destructor and the return from its
// function run code on a stack that the sanitizers have been told is left.
class BoostFiber final : public Fiber {
public:
  explicit BoostFiber(std::function<void()> body) : body_(std::move(body)) {}

  absl::Status Prepare() {
    if (absl::Status status = stack_.Map(); !status.ok())
      return status;
    inside_ = boost::context::detail::make_fcontext(stack_.top(), kStackBytes,
                                                    &BoostFiber::Enter);
    return absl::OkStatus();
  }

  void Resume() override {
    assert(!done_ && "a fiber whose body has returned cannot go on");
    switches_.BeforeEntering(stack_);
    inside_ = boost::context::detail::jump_fcontext(inside_, this).fctx;
    switches_.AfterReturning();
  }

  void Pause() override {
    switches_.BeforeReturning(/*for_good=*/false);
    outside_ = boost::context::detail::jump_fcontext(outside_, nullptr).fctx;
    switches_.AfterEntering();
  }

  bool done() const override { return done_; }

private:
  static void Enter(boost::context::detail::transfer_t from) {
    BoostFiber *fiber = static_cast<BoostFiber *>(from.data);
    fiber->outside_ = from.fctx;
    fiber->switches_.AfterEntering();
    fiber->body_();
    fiber->done_ = true;
    fiber->switches_.BeforeReturning(/*for_good=*/true);
    boost::context::detail::jump_fcontext(fiber->outside_, nullptr);
  }

  std::function<void()> body_;
  Stack stack_;
  Switches switches_;
  boost::context::detail::fcontext_t inside_ = nullptr, outside_ = nullptr;
  bool done_ = false;
};

} // namespace

absl::StatusOr<std::unique_ptr<Fiber>>
Fiber::Create(std::function<void()> body) {
  auto fiber = std::make_unique<BoostFiber>(std::move(body));
  if (absl::Status status = fiber->Prepare(); !status.ok())
    return status;
  return fiber;
}

} // namespace tacit
