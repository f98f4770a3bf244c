//===- fiber.h - Several stacks on one thread -------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Fibers: functions with stacks of their own that take turns on one thread.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_FIBER_H
#define TACIT_RUNTIME_COMM_FIBER_H

#include "absl/status/statusor.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace tacit {

/// A function that can be left in the middle and entered again there. Tells the
/// address and thread sanitizers of every switch.
class Fiber {
public:
  /// Room on a fiber's stack; oneDNN is called there. Pages that are never
  /// touched cost nothing.
  static constexpr size_t kStackBytes = size_t{1} << 20;

  /// Prepares `body` to run at the first Resume. It must return, and must not
  /// throw. Error: no memory for its stack.
  static absl::StatusOr<std::unique_ptr<Fiber>>
  Create(std::function<void()> body);

  virtual ~Fiber() = default;

  /// Called from outside: runs the body until it pauses or returns.
  virtual void Resume() = 0;
  /// Called from within the body: goes back to where Resume was called.
  virtual void Pause() = 0;
  /// Whether the body has returned.
  virtual bool done() const = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_FIBER_H
