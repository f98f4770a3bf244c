//===- random_schedules.h - Asynchronous runs drawn from a seed -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_ASYNC_RANDOM_SCHEDULES_H
#define TACIT_TEST_UNIT_ASYNC_RANDOM_SCHEDULES_H

#include "test/unit/async/async_ranks.h"

#include <cstdint>
#include <string>
#include <vector>

namespace async_ranks {

/// Everything a run depends on.
struct Schedule {
  Plan plan;
  bool drops = false;
  std::vector<int> crashing;

  /// For messages.
  std::string Describe() const;
};

/// What schedules have had in them.
struct Varieties {
  int drops = 0, crashes = 0, crossed = 0, copies = 0, found = 0, missing = 0,
      meetings = 0, stops = 0, relayed = 0, waits = 0;
};

/// 2 to 16 ranks, on any topology and network, in few steps.
Schedule DrawSchedule(uint64_t seed);

/// Runs it, and compares what has happened and what is reported with the log:
/// what each rank has published, applied, and never got. Reports failures with
/// the seed.
void RunAndCheck(uint64_t seed, Varieties &varieties);

} // namespace async_ranks

#endif // TACIT_TEST_UNIT_ASYNC_RANDOM_SCHEDULES_H
