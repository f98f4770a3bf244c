//===- agreement.h - What ranks must decide together ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Tells every rank of a signal, or of a loss that is not finite, before any
/// of them acts on it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_AGREEMENT_H
#define TACIT_RUNTIME_TRAIN_AGREEMENT_H

#include "runtime/comm/communicator.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>

namespace tacit {

/// An all-reduce of three numbers a round. Where each step is a round, it is
/// started at the end of one and awaited at the end of the next, so that the
/// time it takes is hidden behind a step; what it found is then a round old, on
/// all ranks alike. With rounds of several steps, it is started when a round's
/// steps are done, and awaited when the round has ended. There, a rank that is
/// sent a signal reports, and waits, at once: where all are sent it, the
/// largest of their steps is where all stop; one that has gone on to the end of
/// the round has reported its last step, and all go on to there.
class Agreement {
public:
  /// What the ranks found in one round. At rest if neither is set.
  struct Verdict {
    int64_t step = 0;      ///< The largest that a rank had done.
    int bad_rank = -1;     ///< The first whose loss was not finite, or -1.
    bool infinite = false; ///< Its loss was infinite rather than nan.
    int signal = 0;        ///< The largest that any rank was sent, or 0.
  };

  explicit Agreement(Communicator &communicator)
      : communicator_(communicator) {}

  /// Starts the agreement of a round, whose loss here was `loss` after local
  /// step `step`: returns the verdict on the one before, if it is still out.
  absl::StatusOr<Verdict> Report(int64_t step, double loss, int signal);

  /// Waits for the verdict on the last round that was reported.
  absl::StatusOr<Verdict> Finish();

private:
  Communicator &communicator_;
  std::optional<tacit_token> token_;
  int64_t values_[3] = {0, 0, 0};
};

/// A collective: every rank calls it with what it met. OK if all of them did;
/// else the error of the first that failed, alike on every rank and marked as
/// AgreedError. `name` is used in messages.
absl::Status AgreeOnStatus(Communicator &communicator, absl::string_view name,
                           const absl::Status &mine);

/// Marks an error that every rank has: it ends the run, but needs no rank to
/// stop the others.
absl::Status AgreedError(absl::Status status);
bool IsAgreedError(const absl::Status &status);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_AGREEMENT_H
