//===- replica_check.h - Whether ranks hold the same values -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compares the variables that must be equal on every rank.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_REPLICA_CHECK_H
#define TACIT_RUNTIME_TRAIN_REPLICA_CHECK_H

#include "runtime/train/rank.h"

#include "absl/status/status.h"
#include "absl/types/span.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tacit {

/// A hash of all bytes; two that differ in eight aligned bytes never collide.
uint64_t HashBytes(absl::Span<const std::byte> bytes);

class ReplicaCheck {
public:
  explicit ReplicaCheck(Rank &rank);

  /// A collective: every rank calls it; `within_round` says where. Sets
  /// `difference`, alike on all of them, to an error that names a variable and
  /// the ranks whose value is not that of most; to OK if there is none. Returns
  /// the exchange's own error.
  absl::Status Run(bool within_round, absl::Status &difference);

private:
  Rank &rank_;
  std::vector<size_t> variables_; ///< Numbers of those that must be equal.
  std::vector<uint64_t> mine_;
  std::vector<uint64_t> all_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_REPLICA_CHECK_H
