//===- period.h - AdaComm's period ------------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_PERIOD_H
#define TACIT_RUNTIME_TRAIN_PERIOD_H

#include "absl/status/statusor.h"

#include <cstdint>

namespace tacit {

/// What AdaComm makes the next period of (Wang and Joshi, "Adaptive
/// communication strategies to achieve the best error-runtime trade-off in
/// local-update SGD", MLSys 2019, section 4).
struct PeriodRule {
  int64_t period = 1;    ///< Until now.
  int64_t initial = 1;   ///< tau_0
  double loss = 0;       ///< Of the interval's last round, mean over ranks.
  double first_loss = 0; ///< Of the first round.
  double ratio = 1;      ///< lr_0 / lr of the next step.
};

/// ceil(sqrt(ratio * loss / first_loss) * initial), in double; or half of the
/// period, rounded up, where that is no less than it. At least 1. Error: a
/// first loss or a ratio that is not positive and finite; a loss that is below
/// 0 or not finite.
absl::StatusOr<int64_t> NextPeriod(const PeriodRule &rule);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_PERIOD_H
