//===- run_clock.cpp - How long a run has trained -------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/run_clock.h"

namespace tacit {

void RunClock::Start(double before) {
  before_ = before;
  start_ = Clock::now();
  communicator_start_ = communicator_.Now();
}

void RunClock::Pause() {
  paused_ = Clock::now();
  communicator_paused_ = communicator_.Now();
}

void RunClock::Resume() {
  start_ += Clock::now() - paused_;
  communicator_start_ += communicator_.Now() - communicator_paused_;
}

double RunClock::Seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

} // namespace tacit
