//===- progress.h - How far a run is ----------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A line that tells whoever watches how far a run is.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_REPORT_PROGRESS_H
#define TACIT_RUNTIME_REPORT_PROGRESS_H

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace tacit {

/// On a terminal one line that is rewritten, at most five times a second.
/// Elsewhere a line after two seconds, and then every ten: a short run says
/// nothing there. Allocates nothing.
class Progress {
public:
  using Clock = std::chrono::steady_clock;

  /// `stream` may be null: says nothing. `rounds` is where the run will end,
  /// `first` where it begins. `now` tells the time. `unit` is what is counted.
  Progress(std::FILE *stream, int64_t first, int64_t rounds,
           const char *unit = "round", Clock::time_point (*now)() = Clock::now);
  ~Progress() { Clear(); }

  /// After a round. `loss` is rank 0's.
  void Update(int64_t round, double loss);

  /// Takes the line off a terminal, before something else is printed.
  void Clear();

private:
  std::FILE *stream_;
  int64_t first_;
  int64_t rounds_;
  const char *unit_;
  bool terminal_;
  bool shown_ = false; ///< A line stands on the terminal.
  Clock::time_point (*now_)();
  Clock::time_point start_;
  Clock::time_point next_; ///< When to speak again.
};

} // namespace tacit

#endif // TACIT_RUNTIME_REPORT_PROGRESS_H
