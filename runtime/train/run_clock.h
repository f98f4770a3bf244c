//===- run_clock.h - How long a run has trained -----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_RUN_CLOCK_H
#define TACIT_RUNTIME_TRAIN_RUN_CLOCK_H

#include "runtime/comm/communicator.h"

#include <chrono>

namespace tacit {

/// One rank's clocks. They stand still while the run evaluates.
class RunClock {
public:
  explicit RunClock(const Communicator &communicator)
      : communicator_(communicator) {
    Start(0);
  }

  /// Starts anew; earlier runs, which this one goes on from, took `before`
  /// seconds of training.
  void Start(double before);
  void Pause();
  void Resume();

  /// Wall seconds of this run.
  double Seconds() const;
  /// Seconds of this run on the communicator's clock: virtual under the
  /// simulated transport.
  double CommunicatorSeconds() const {
    return communicator_.Now() - communicator_start_;
  }
  /// The same since the very start, earlier runs included.
  double TrainingSeconds() const { return before_ + CommunicatorSeconds(); }

private:
  using Clock = std::chrono::steady_clock;
  const Communicator &communicator_;
  Clock::time_point start_, paused_;
  double before_ = 0;
  double communicator_start_ = 0, communicator_paused_ = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_RUN_CLOCK_H
