//===- async_outcome.h - What one rank's part came to -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_ASYNC_OUTCOME_H
#define TACIT_RUNTIME_TRAIN_ASYNC_OUTCOME_H

#include "runtime/async/async_channel.h"
#include "runtime/async/consistency_meter.h"
#include "runtime/comm/traffic.h"
#include "runtime/report/async_summary.h"

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace tacit {

/// What one rank says of itself at the end of an asynchronous run. Sent between
/// ranks as it is.
struct AsyncOutcome {
  int64_t made = -1; ///< Own steps; -1: the rank is lost.
  double seconds = 0;
  Traffic traffic;
  StalenessCounts staleness;
  uint64_t published = 0, applied = 0, missing = 0, messages = 0;
  std::array<double, kWaitReasons> waited = {};
  double residual = 0;       ///< The largest norm of a residual,
  bool has_residual = false; ///< if there are any.
  // Of its process's meter, if it has one.
  bool measures = false, exceeded = false;
  double measured = 0, gradient = 0, bound = 0;
  int64_t measured_rank = -1, measured_step = -1, faults = 0;
  uint64_t views = 0, views_measured = 0;

  void Take(const AsyncReport &report);
  void Take(const ConsistencyReport &report);

  std::string Pack() const;
  /// Of a lost rank, which has brought nothing: as of none.
  static AsyncOutcome Unpack(absl::string_view bytes);
};
static_assert(std::is_trivially_copyable_v<AsyncOutcome>);

/// All of it together, on the first live rank, whose report is `first`.
/// `meter`: of this process; null: nothing was measured. `in_process`: that
/// meter is all ranks'.
AsyncSummary Summarize(absl::Span<const AsyncOutcome> outcomes,
                       const AsyncReport &first, const ConsistencyMeter *meter,
                       bool in_process);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_ASYNC_OUTCOME_H
