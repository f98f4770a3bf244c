//===- state_storage.h - The variables of one rank --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A rank's variables in one flat, aligned allocation, as a program's
/// descriptor lays them out.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_STATE_STATE_STORAGE_H
#define TACIT_RUNTIME_STATE_STATE_STORAGE_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/state/aligned_buffer.h"

#include "absl/status/status.h"
#include "absl/types/span.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tacit {

/// Elements of a tensor: the product of its extents, 1 for a scalar.
int64_t NumElements(const tacit_tensor_type &type);

/// Bytes of a tensor, dense.
int64_t NumBytes(const tacit_tensor_type &type);

/// "parameter", "optimizer", "residual", "outer", "counter", "model_state".
const char *RoleName(tacit_role role);

/// What a checkpoint and messages call a variable: a parameter by its name in
/// the model (`w0`), others by `role/name` (`optimizer/w0.momentum`).
std::string StateName(const tacit_variable &variable);

/// Whether ranks may hold different values of `variable` where a checkpoint is
/// taken: between rounds, or within one.
bool DiffersBetweenRanks(const tacit_variable &variable, bool within_round);

/// The program's variables, which must outlive it.
class StateStorage {
public:
  explicit StateStorage(const tacit_program &program);

  absl::Span<const tacit_variable> variables() const { return variables_; }

  /// All of it, in the descriptor's layout.
  std::byte *data() { return buffer_.data(); }
  size_t size() const { return buffer_.size(); }

  /// The bytes of variable number `index`.
  absl::Span<std::byte> Bytes(size_t index);

  /// Gives every variable its initial value, and zero to those without an
  /// initialiser: a pure function of `seed`, the same on every machine. Entry
  /// n of a variable is drawn by index n of its stream, kInitialStreams plus
  /// its number: parameters are numbered first, in their order, then the
  /// rest, so that a strategy's state does not move a model's first values.
  /// Error: an initialiser that its type cannot take.
  absl::Status Initialize(uint64_t seed);

  /// Gives variables that begin as others do what those hold: once more, if
  /// parameters were loaded after Initialize.
  void CopyInitialValues();

  /// Gives variables that begin with a part of the run's local steps theirs, at
  /// least 1. Error: there is one, and `steps` is not positive.
  absl::Status SetOfRun(int64_t steps);

  /// Variables that have no initialiser, by number.
  std::vector<size_t> WithoutInitializer() const;

private:
  absl::Span<const tacit_variable> variables_;
  AlignedBuffer buffer_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_STATE_STATE_STORAGE_H
