//===- rank_tracer.cpp - What goes into a rank's trace --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/rank_tracer.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace tacit {

void RankTracer::BeginStep(int64_t step) {
  row_.SetStep(step);
  in_step_ = true;
  compute_begin_ = Now();
}

void RankTracer::EndCompute(double at) {
  if (in_step_ && at > compute_begin_)
    row_.Compute(compute_begin_, at);
}

void RankTracer::EndStep() {
  EndCompute(Now());
  in_step_ = false;
}

void RankTracer::BeginExchange() {
  if (exchanges_++ > 0)
    return;
  exchange_begin_ = Now();
  EndCompute(exchange_begin_);
}

void RankTracer::EndExchange(absl::string_view name) {
  if (--exchanges_ > 0)
    return;
  compute_begin_ = Now();
  row_.Exchange(exchange_begin_, compute_begin_, name);
}

void RankTracer::OnSent(int to, uint64_t exchange, uint32_t index) {
  row_.Sent(Now(), to, {exchange, index, /*one_sided=*/false});
}

void RankTracer::OnReceived(int from, uint64_t exchange, uint32_t index) {
  row_.Received(Now(), from, {exchange, index, /*one_sided=*/false});
}

void RankTracer::OnAwaited(absl::string_view name, double begin, double end) {
  row_.Exchange(begin, end, name);
  if (exchanges_ > 0)
    return;
  EndCompute(begin);
  compute_begin_ = end;
}

void RankTracer::OnWaited(absl::string_view name, double begin, double end) {
  row_.Wait(begin, end, name);
}

void RankTracer::OnView(int64_t step) { row_.View(Now(), step); }

void RankTracer::OnPublish(uint64_t sequence, int64_t step) {
  row_.Publish(Now(), sequence, step);
}

void RankTracer::OnSend(int to, int origin, uint64_t sequence) {
  row_.Sent(Now(), to,
            {static_cast<uint64_t>(origin), sequence, /*one_sided=*/true});
}

void RankTracer::OnArrival(int from, int origin, uint64_t sequence, bool copy) {
  row_.Received(Now(), from,
                {static_cast<uint64_t>(origin), sequence, /*one_sided=*/true});
}

void RankTracer::OnApply(int origin, uint64_t sequence, int64_t step,
                         uint64_t staleness) {
  row_.Apply(Now(), origin, sequence, step, staleness);
}

void RankTracer::OnMissing(int origin, uint64_t sequence) {
  row_.Missing(Now(), origin, sequence);
}

void RankTracer::OnLostRank(int rank) { row_.LostRank(Now(), rank); }

void RankTracer::OnWait(double begin, double end, const char *why) {
  row_.Wait(begin, end, why);
}

void RankTracer::OnProceed(int64_t step, absl::Span<const int> arrived) {
  row_.Proceed(Now(), step, arrived);
}

absl::StatusOr<double> SecondsBehindRankZero(Communicator &communicator) {
  // Each gives an interval; the truth is in all of them.
  constexpr int kLooks = 5;
  double least = -std::numeric_limits<double>::infinity(), most = -least;
  std::vector<double> entered(static_cast<size_t>(communicator.size()));
  std::vector<double> left(entered.size());
  const size_t me = static_cast<size_t>(communicator.rank());
  for (int look = 0; look < kLooks; ++look) {
    const double mine = communicator.Now();
    if (absl::Status status = communicator.AllGather(
            "clocks of the ranks", &mine, entered.data(), sizeof mine);
        !status.ok())
      return status;
    const double end = communicator.Now();
    if (absl::Status status = communicator.AllGather(
            "clocks of the ranks", &end, left.data(), sizeof end);
        !status.ok())
      return status;
    least = std::max(least, entered[0] - left[me]);
    most = std::min(most, left[0] - entered[me]);
  }
  return me == 0 ? 0.0 : (least + most) / 2;
}

} // namespace tacit
