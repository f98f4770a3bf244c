//===- exchanges.h - The exchanges of one rank ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The Communicator over any Transport: keeps the exchanges in flight.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_EXCHANGES_H
#define TACIT_RUNTIME_COMM_EXCHANGES_H

#include "runtime/comm/communicator.h"
#include "runtime/comm/exchange.h"
#include "runtime/comm/scratch.h"
#include "runtime/comm/transport.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tacit {

/// The collectives of one rank over `transport`, which must outlive it. A
/// Transport carries the messages of one of these.
class Exchanges final : public Communicator {
public:
  /// `timeout`: seconds that an awaited exchange may go without a message.
  Exchanges(Transport &transport, double timeout)
      : transport_(transport), timeout_(timeout) {}

  int rank() const override { return transport_.rank(); }
  int size() const override { return transport_.size(); }
  double Now() const override { return transport_.Now(); }

  absl::StatusOr<tacit_token> StartAllReduce(absl::string_view name,
                                             void *buffer, size_t count,
                                             tacit_dtype dtype,
                                             tacit_reduction reduction,
                                             Purpose purpose) override;
  absl::StatusOr<tacit_token> StartAllGather(absl::string_view name,
                                             const void *input, void *output,
                                             size_t bytes,
                                             Purpose purpose) override;
  absl::StatusOr<tacit_token> StartAllToAll(absl::string_view name,
                                            const void *input, void *output,
                                            size_t bytes,
                                            Purpose purpose) override;
  absl::StatusOr<tacit_token> StartBroadcast(absl::string_view name,
                                             void *buffer, size_t bytes,
                                             int root,
                                             Purpose purpose) override;
  absl::StatusOr<tacit_token> StartSparse(absl::string_view name,
                                          const SparseExchange &sparse,
                                          Purpose purpose) override;
  absl::Status Await(tacit_token token) override;
  absl::StatusOr<bool> Test(tacit_token token) override;
  absl::Status Progress() override;
  absl::StatusOr<Inbox *> OpenInbox(const InboxOptions &options) override;
  void BeginStep(int64_t step) override {
    transport_.BeginStep(step);
    begun_ = step;
  }
  void ChargeCompute(int64_t step) override {
    if (begun_ != step)
      transport_.BeginStep(step);
    begun_.reset();
    if (transport_.crash().ok())
      transport_.Charge(transport_.ComputeSeconds(step));
  }
  void Yield() override { transport_.Yield(); }
  void AdvanceTo(double time) override { transport_.AdvanceTo(time); }
  void Observe(ExchangeObserver *observer) override { observer_ = observer; }
  Traffic traffic() const override { return traffic_; }
  ExchangeTime exchange_time() const override {
    return {time_.awaited, transport_.LateSeconds().value_or(time_.waited)};
  }
  void Abort(const absl::Status &why) override;

  /// Returns when every rank has called this, having no more exchanges to
  /// start.
  absl::Status AwaitEnd();

  /// Error: exchanges were started and not awaited; names the first.
  absl::Status CheckAllAwaited() const;

  /// Where this rank was when another's failure reached it: "waiting in
  /// all_reduce of w0"; empty before that.
  const std::string &interrupted() const { return interrupted_; }

private:
  /// A slot for an exchange that begins now.
  absl::StatusOr<Exchange *> Begin(absl::string_view name, Purpose purpose);
  /// As Begin, with a tag that the caller chose.
  absl::StatusOr<Exchange *> BeginWithTag(absl::string_view name, uint32_t tag,
                                          Purpose purpose);
  /// Runs it up to its first wait, unless nothing needs to be sent.
  tacit_token Launch(Exchange &exchange);
  /// The slot of a token in flight; the error names what was `done` to it.
  absl::StatusOr<uint64_t> SlotOf(tacit_token token,
                                  absl::string_view done) const;
  /// Resumes every exchange whose message is there, once. Returns whether
  /// there was one. `awaited`: the exchange that this rank waits in, if any.
  absl::StatusOr<bool> Advance(const Exchange *awaited);
  /// Tells the observer how long this rank has waited for others, to whom it
  /// came back at `look` after looking in vain since `begin`; `late`: those
  /// seconds of it that the transport knows of, if it can tell.
  void TellOfWait(const Exchange &exchange, double begin, double look,
                  std::optional<double> late) const;
  /// Makes `status` final and ends all exchanges: it has come up in `exchange`.
  /// Tells the others, unless it is another rank's failure.
  absl::Status Fail(const absl::Status &status, const Exchange &exchange,
                    const Exchange *awaited);
  /// The same of an error that has come up while this rank was `doing` so.
  absl::Status FailWhile(const absl::Status &status, absl::string_view doing);
  void EndAll();

  Transport &transport_;
  double timeout_;
  std::optional<int64_t> begun_; ///< What BeginStep has begun.
  ExchangeObserver *observer_ = nullptr;
  Traffic traffic_;
  ExchangeTime time_; // `waited` by this rank's own clock
  ScratchPool scratch_;
  std::deque<Exchange> slots_;      // never move; reused
  std::vector<uint32_t> free_;      // slots, the last one used on top
  std::vector<Exchange *> running_; // in the order of their starts
  uint64_t started_ = 0;
  absl::Status failure_; // final
  std::string interrupted_;
  std::unique_ptr<Inbox> inbox_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_EXCHANGES_H
