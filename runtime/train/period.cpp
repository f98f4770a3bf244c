//===- period.cpp - AdaComm's period --------------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/period.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

namespace tacit {

static bool IsPositive(double value) {
  return value > 0 && std::isfinite(value);
}

absl::StatusOr<int64_t> NextPeriod(const PeriodRule &rule) {
  const auto refuse = [](absl::string_view what, double value) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the period cannot be adapted: ", what, " is ", value,
        ", and must be positive and finite; use a constant period, by pasgd"));
  };
  if (!IsPositive(rule.first_loss))
    return refuse("the mean loss of the first round", rule.first_loss);
  // A loss may have become 0: then the period is 1.
  if (!(rule.loss >= 0) || !std::isfinite(rule.loss))
    return absl::InvalidArgumentError(absl::StrCat(
        "the period cannot be adapted: the mean loss of the round is ",
        rule.loss,
        ", and must be finite and not below 0; use a constant "
        "period, by pasgd"));
  if (!IsPositive(rule.ratio))
    return refuse("the first learning rate over that of the next step",
                  rule.ratio);
  const double wanted =
      std::ceil(std::sqrt(rule.ratio * rule.loss / rule.first_loss) *
                static_cast<double>(rule.initial));
  if (wanted >= static_cast<double>(rule.period))
    return std::max<int64_t>(1, rule.period / 2 + rule.period % 2);
  return std::max<int64_t>(1, static_cast<int64_t>(wanted));
}

} // namespace tacit
