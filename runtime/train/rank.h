//===- rank.h - What a compiled program runs on -----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One rank: the object behind the `tacit_rank *` of the ABI.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_RANK_H
#define TACIT_RUNTIME_TRAIN_RANK_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/comm/communicator.h"
#include "runtime/compute/matrix_products.h"
#include "runtime/state/aligned_buffer.h"
#include "runtime/state/state_storage.h"
#include "runtime/train/compressions.h"
#include "runtime/train/run_clock.h"

#include "absl/status/status.h"

namespace tacit {

/// A rank of a program that LoadProgram has accepted: its variables, its arena
/// and its way to the other ranks. The program and the communicator must
/// outlive it. The ABI's functions are its methods in C.
class Rank : private tacit_rank_view {
public:
  Rank(const tacit_program &program, Communicator &communicator);
  Rank(const Rank &) = delete;
  Rank &operator=(const Rank &) = delete;

  /// What entries are called with, and the rank behind it.
  tacit_rank *handle() {
    return reinterpret_cast<tacit_rank *>(static_cast<tacit_rank_view *>(this));
  }
  static Rank &From(tacit_rank *handle) {
    return *static_cast<Rank *>(reinterpret_cast<tacit_rank_view *>(handle));
  }

  const tacit_program &program() const { return program_; }
  Communicator &communicator() { return communicator_; }
  StateStorage &variables() { return variables_; }
  MatrixProducts &products() { return products_; }
  Compressions &compressions() { return compressions_; }
  RunClock &clock() { return clock_; }

  /// Runs one local step, what ends a round, or one evaluation on a batch.
  /// Error: the first that the entry met, with its text.
  absl::Status Step(const tacit_batch &batch);
  absl::Status EndRound();
  absl::Status Evaluate(const tacit_batch &batch);

  /// Keeps the first error's text, and gives its code to compiled code.
  tacit_status Record(absl::Status status);

private:
  absl::Status Call(const tacit_entry &entry, absl::string_view name,
                    const tacit_batch &batch);

  const tacit_program &program_;
  Communicator &communicator_;
  StateStorage variables_;
  AlignedBuffer arena_;
  MatrixProducts products_;
  Compressions compressions_;
  RunClock clock_;
  absl::Status error_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_RANK_H
