//===- communicator.h - What a rank says to the others ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Collectives of one rank, started and awaited, over any Transport.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_COMMUNICATOR_H
#define TACIT_RUNTIME_COMM_COMMUNICATOR_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/comm/exchange_observer.h"
#include "runtime/comm/inbox.h"
#include "runtime/comm/sparse_exchange.h"
#include "runtime/comm/traffic.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>

namespace tacit {

/// Where a rank's time has gone since the start, in seconds of its clock.
struct ExchangeTime {
  /// In awaiting exchanges, waiting included.
  double awaited = 0;
  /// Of these, in waiting for other ranks. Under the simulated transport: until
  /// the message that was missing was sent. A real clock cannot tell a message
  /// on its way from one that is late: there, all time without a message.
  double waited = 0;
};

/// Whether an exchange counts as payload or as control in Traffic. A simulated
/// network drops no messages of control, which would end runs that can do
/// without some of their payload.
enum class Purpose { kPayload, kControl };

/// The collectives of one rank. Every rank of a world calls the same
/// collectives in the same order; awaiting may happen in another order.
///
/// Results are bitwise equal on all ranks, and the same whatever the
/// transport. A failure is final: it is returned by every later call, and it
/// says which rank failed and in which exchange.
class Communicator {
public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// Seconds since the world began: virtual under the simulated transport.
  virtual double Now() const = 0;

  /// Starts an all-reduce in place on `count` elements. `name` is used in
  /// messages and must outlive the exchange. Makes no allocation once the
  /// pool of requests has grown to the most that were ever in flight.
  virtual absl::StatusOr<tacit_token>
  StartAllReduce(absl::string_view name, void *buffer, size_t count,
                 tacit_dtype dtype, tacit_reduction reduction,
                 Purpose purpose = Purpose::kPayload) = 0;

  /// Starts an all-gather of `bytes` bytes from each rank into `output`, in
  /// rank order. `input` may be the rank's own place in `output`.
  virtual absl::StatusOr<tacit_token>
  StartAllGather(absl::string_view name, const void *input, void *output,
                 size_t bytes, Purpose purpose = Purpose::kPayload) = 0;

  /// Starts an all-to-all: block q of `input`, of `bytes` bytes, becomes block
  /// p of rank q's `output`, where p is this rank. Both hold a block for each
  /// rank, and do not overlap. Equivalent to MPI_Alltoall.
  virtual absl::StatusOr<tacit_token>
  StartAllToAll(absl::string_view name, const void *input, void *output,
                size_t bytes, Purpose purpose = Purpose::kPayload) = 0;

  /// Starts a broadcast in place of `bytes` bytes from `root`.
  virtual absl::StatusOr<tacit_token>
  StartBroadcast(absl::string_view name, void *buffer, size_t bytes, int root,
                 Purpose purpose = Purpose::kPayload) = 0;

  /// Starts an exchange of sparse vectors. Makes no allocation either, once
  /// exchanges of its kind and sizes have run. Error: CheckSparseExchange.
  virtual absl::StatusOr<tacit_token>
  StartSparse(absl::string_view name, const SparseExchange &sparse,
              Purpose purpose = Purpose::kPayload) = 0;

  /// Returns when the exchange is finished; waits at most the world's timeout.
  virtual absl::Status Await(tacit_token token) = 0;

  /// Moves exchanges in flight along, as Progress, and returns whether this one
  /// is finished: awaiting it will not wait. Its token is still to be awaited.
  virtual absl::StatusOr<bool> Test(tacit_token token) = 0;

  /// Moves exchanges in flight along, without waiting.
  virtual absl::Status Progress() = 0;

  /// Opens this rank's inbox for one-sided messages; once. The communicator
  /// owns it. Error: a window of 0; a failure.
  virtual absl::StatusOr<Inbox *> OpenInbox(const InboxOptions &options) = 0;

  /// Local step `step`, counted from 0, begins: the pause that the network
  /// model wants before it. Nothing under a real clock. A rank that is to crash
  /// there is gone: every later call returns kUnavailable, which its body is to
  /// return, and which is no failure of the others.
  virtual void BeginStep(int64_t step) = 0;

  /// Charges the compute time of local step `step` to the virtual clock, and
  /// begins the step first, unless BeginStep has.
  virtual void ChargeCompute(int64_t step) = 0;

  /// Lets other ranks of this process take their turn.
  virtual void Yield() = 0;

  /// Moves a virtual clock on to `time`, if it is not there yet. Nothing under
  /// a real one.
  virtual void AdvanceTo(double time) = 0;

  /// Tells `observer`, which must outlive its use, of all collectives from now
  /// on; null: nobody. Costs nothing without one.
  virtual void Observe(ExchangeObserver *observer) = 0;

  virtual Traffic traffic() const = 0;
  virtual ExchangeTime exchange_time() const = 0;

  /// Tells every other rank that this one has failed, so that none waits for
  /// it. Later calls on any rank return `why`, with this rank's number. No
  /// exchange refers to its buffers afterwards.
  virtual void Abort(const absl::Status &why) = 0;

  // Start and await at once.
  absl::Status AllReduce(absl::string_view name, void *buffer, size_t count,
                         tacit_dtype dtype, tacit_reduction reduction,
                         Purpose purpose = Purpose::kControl);
  absl::Status AllGather(absl::string_view name, const void *input,
                         void *output, size_t bytes,
                         Purpose purpose = Purpose::kControl);
  absl::Status AllToAll(absl::string_view name, const void *input, void *output,
                        size_t bytes, Purpose purpose = Purpose::kControl);
  absl::Status Broadcast(absl::string_view name, void *buffer, size_t bytes,
                         int root, Purpose purpose = Purpose::kControl);
  absl::Status Sparse(absl::string_view name, const SparseExchange &sparse,
                      Purpose purpose = Purpose::kPayload);
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_COMMUNICATOR_H
