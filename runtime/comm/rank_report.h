//===- rank_report.h - Messages about ranks ---------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How messages name several ranks, and what is said of those that are missing.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_RANK_REPORT_H
#define TACIT_RUNTIME_COMM_RANK_REPORT_H

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <cstdint>
#include <string>

namespace tacit {

/// `rank 2`, `ranks 0 and 2`, `ranks 0, 2-511 and 600`. `ranks` is in order.
std::string RankList(absl::Span<const int> ranks);

/// The error of two ranks whose channels have other windows.
absl::Status UnequalWindows(int rank, uint32_t window, int other,
                            uint32_t window_of_other);

/// Where one rank stands while others wait.
struct RankState {
  enum Kind {
    kWaiting,   ///< In an exchange.
    kEnded,     ///< Its body has returned.
    kSilent,    ///< It does not answer: it computes, is stopped, or is gone.
    kElsewhere, ///< In no exchange, but where `name` says.
  };
  Kind kind = kSilent;
  uint64_t exchange = 0; ///< Waits in this one,
  std::string name;      ///< of this name,
  uint64_t started = 0;  ///< and has started so many.
};

/// Given the `states` of all ranks while some wait in exchange
/// `exchange`: which ranks are missing there and why, or, if none is, where
/// every rank waits.
std::string ReportMissing(absl::Span<const RankState> states,
                          absl::string_view name, uint64_t exchange);

/// Where every rank is, given the `states` of all: `rank 0 (waiting for a
/// message), rank 1 (at the end of the run)`.
std::string ListRanks(absl::Span<const RankState> states);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_RANK_REPORT_H
