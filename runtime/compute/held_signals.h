//===- held_signals.h - A scope that no signal interrupts -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Keeps signals from a thread while it runs code that cannot bear them.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPUTE_HELD_SIGNALS_H
#define TACIT_RUNTIME_COMPUTE_HELD_SIGNALS_H

#include <csignal>

namespace tacit {

/// Signals that arrive at this thread wait until the end of the scope, except
/// those that the thread's own instructions raise. Threads that are started
/// within it hold signals for good.
///
/// oneDNN's sgemm needs this until version 3.11: its generated code points the
/// stack pointer at memory from the heap, where a handler's frame then destroys
/// what lies below (https://github.com/uxlfoundation/oneDNN/issues/4845).
class HeldSignals {
public:
  HeldSignals() {
    sigset_t held;
    sigfillset(&held);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
      sigdelset(&held, own);
    pthread_sigmask(SIG_SETMASK, &held, &before_);
  }
  ~HeldSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals &) = delete;
  HeldSignals &operator=(const HeldSignals &) = delete;

private:
  sigset_t before_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMPUTE_HELD_SIGNALS_H
