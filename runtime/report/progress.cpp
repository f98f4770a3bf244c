//===- progress.cpp - How far a run is ------------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/progress.h"

#include <algorithm>
#include <unistd.h>

namespace tacit {

using namespace std::chrono_literals;

Progress::Progress(std::FILE *stream, int64_t first, int64_t rounds,
                   const char *unit, Clock::time_point (*now)())
    : stream_(stream), first_(first), rounds_(rounds), unit_(unit),
      terminal_(stream && isatty(fileno(stream))), now_(now), start_(now()) {
  next_ = start_ + (terminal_ ? 200ms : 2000ms);
}

/// `95 s`, `12 min`, `3.4 h`.
static void FormatDuration(double seconds, char *text, size_t size) {
  if (seconds < 120)
    std::snprintf(text, size, "%.0f s", seconds);
  else if (seconds < 7200)
    std::snprintf(text, size, "%.0f min", seconds / 60);
  else
    std::snprintf(text, size, "%.1f h", seconds / 3600);
}

void Progress::Update(int64_t round, double loss) {
  if (!stream_)
    return;
  const Clock::time_point now = now_();
  if (now < next_)
    return;
  next_ = now + (terminal_ ? 200ms : 10000ms);
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate =
      static_cast<double>(round - first_) / std::max(seconds, 1e-9);
  char left[32];
  FormatDuration(static_cast<double>(rounds_ - round) / std::max(rate, 1e-9),
                 left, sizeof left);
  std::fprintf(stream_, "%s%s %lld of %lld, loss %.4g, %.4g %ss/s, %s left%s",
               terminal_ ? "\r\033[K" : "", unit_,
               static_cast<long long>(round), static_cast<long long>(rounds_),
               loss, rate, unit_, left, terminal_ ? "" : "\n");
  std::fflush(stream_);
  shown_ = terminal_;
}

void Progress::Clear() {
  if (!shown_)
    return;
  std::fputs("\r\033[K", stream_);
  std::fflush(stream_);
  shown_ = false;
}

} // namespace tacit
