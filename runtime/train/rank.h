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
#include "runtime/async/async_channel.h"
#include "runtime/comm/communicator.h"
#include "runtime/compute/convolutions.h"
#include "runtime/compute/matrix_products.h"
#include "runtime/state/aligned_buffer.h"
#include "runtime/state/state_storage.h"
#include "runtime/train/compressions.h"
#include "runtime/train/rank_tracer.h"
#include "runtime/train/run_clock.h"

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tacit {

/// The code of the ABI for a status.
tacit_status CodeOf(const absl::Status &status);

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
  Convolutions &convolutions() { return convolutions_; }
  Compressions &compressions() { return compressions_; }
  RunClock &clock() { return clock_; }

  /// Opens the program's channel, which it has; once, and on every rank.
  /// `meter` may be null; `meter_hears_arrivals`: see AsyncChannel.
  /// `first_steps`: by rank, the steps made before.
  absl::Status OpenChannel(ConsistencyMeter *meter, bool meter_hears_arrivals,
                           absl::Span<const int64_t> first_steps);
  /// Null before that, and of programs without one.
  AsyncChannel *channel() const { return channel_.get(); }
  /// What compiled code asks of the channel, timed and traced as `name`. Error:
  /// there is no channel; what `body` returns.
  absl::Status InChannel(absl::string_view name,
                         absl::FunctionRef<absl::Status(AsyncChannel &)> body);
  /// Seconds spent there so far.
  double channel_seconds() const { return channel_seconds_; }
  /// Moves along what is on its way.
  absl::Status Progress();

  /// Writes what this rank does from now on into a trace; null: not any more.
  void Trace(RankTracer *tracer);
  RankTracer *tracer() { return tracer_; }

  /// Charges the compute time of local step `step` to the clock, before the
  /// step runs. Where a step begins by collecting updates, that is done when it
  /// has: between the parameters' view and their gradient, time passes. Pauses
  /// and crashes come before both.
  void ChargeCompute(int64_t step);
  /// Charges what was left until updates are collected.
  void ChargeAfterCollect();

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

  /// Updates of the channel, by the program's compressor.
  class Codec final : public PayloadCodec {
  public:
    explicit Codec(Rank &rank) : rank_(rank) {}
    absl::Status Decode(const void *payload, float *dense) override;

  private:
    Rank &rank_;
  };

  const tacit_program &program_;
  Communicator &communicator_;
  StateStorage variables_;
  AlignedBuffer arena_;
  MatrixProducts products_;
  Convolutions convolutions_;
  Compressions compressions_;
  RunClock clock_;
  RankTracer *tracer_ = nullptr;
  Codec codec_{*this};
  std::vector<float *> members_; ///< Of the channel, in the state.
  std::unique_ptr<AsyncChannel> channel_;
  double channel_seconds_ = 0;
  std::optional<int64_t> step_to_charge_;
  absl::Status error_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_RANK_H
