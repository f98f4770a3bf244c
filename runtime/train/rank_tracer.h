//===- rank_tracer.h - What goes into a rank's trace ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Watches one rank's exchanges, its channel and its steps, and writes them
/// into its row of the trace. What a step does outside exchanges is computing.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_RANK_TRACER_H
#define TACIT_RUNTIME_TRAIN_RANK_TRACER_H

#include "runtime/async/async_observer.h"
#include "runtime/comm/communicator.h"
#include "runtime/comm/exchange_observer.h"
#include "runtime/report/trace.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <cstdint>

namespace tacit {

/// The communicator and the row must outlive it.
class RankTracer final : public ExchangeObserver, public AsyncObserver {
public:
  RankTracer(Communicator &communicator, TraceRow &row)
      : communicator_(communicator), row_(row) {}

  TraceRow &row() { return row_; }

  void BeginStep(int64_t step);
  void EndStep();

  /// Around a call that is an exchange of its own, such as a channel's.
  void BeginExchange();
  void EndExchange(absl::string_view name);

  // ExchangeObserver
  void OnSent(int to, uint64_t exchange, uint32_t index) override;
  void OnReceived(int from, uint64_t exchange, uint32_t index) override;
  void OnAwaited(absl::string_view name, double begin, double end) override;
  void OnWaited(absl::string_view name, double begin, double end) override;

  // AsyncObserver
  void OnView(int64_t step) override;
  void OnPublish(uint64_t sequence, int64_t step) override;
  void OnSend(int to, int origin, uint64_t sequence) override;
  void OnArrival(int from, int origin, uint64_t sequence, bool copy) override;
  void OnApply(int origin, uint64_t sequence, int64_t step,
               uint64_t staleness) override;
  void OnMissing(int origin, uint64_t sequence) override;
  void OnLostRank(int rank) override;
  void OnWait(double begin, double end, const char *why) override;
  void OnProceed(int64_t step, absl::Span<const int> arrived) override;

private:
  double Now() const { return communicator_.Now(); }
  void EndCompute(double at);

  Communicator &communicator_;
  TraceRow &row_;
  bool in_step_ = false;
  int exchanges_ = 0;         ///< That this rank is in, one within another.
  double exchange_begin_ = 0; ///< Of the outermost.
  double compute_begin_ = 0;
};

/// What to add to this rank's clock to get rank 0's, in seconds. A collective.
/// From when each rank entered and left a few exchanges: rank q cannot leave
/// one before rank 0 has entered it, nor rank 0 before rank q.
absl::StatusOr<double> SecondsBehindRankZero(Communicator &communicator);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_RANK_TRACER_H
