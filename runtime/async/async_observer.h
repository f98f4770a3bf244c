//===- async_observer.h - Who is told what happens to updates ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a channel tells of, as it happens: traces are made of it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_ASYNC_OBSERVER_H
#define TACIT_RUNTIME_ASYNC_ASYNC_OBSERVER_H

#include "absl/types/span.h"

#include <cstdint>

namespace tacit {

/// Told of what one rank does, in the order in which it does. Every method may
/// be called while the rank waits or moves messages along; none may call the
/// channel. Times are those of Communicator::Now().
///
/// From the order of OnView, OnPublish and OnApply of all ranks alone, the
/// staleness of each update can be recomputed: its clock holds, for each
/// origin, how many updates of that the publisher had applied (of its own:
/// published) at its latest OnView before OnPublish.
class AsyncObserver {
public:
  virtual ~AsyncObserver() = default;

  /// The parameters are those at which the gradient of local step `step` is
  /// computed.
  virtual void OnView(int64_t step) {}
  /// This rank's update number `sequence`, the last of whose steps is `step`,
  /// is made, applied, and about to be sent.
  virtual void OnPublish(uint64_t sequence, int64_t step) {}
  /// A copy of an update leaves for rank `to`, written or relayed here.
  virtual void OnSend(int to, int origin, uint64_t sequence) {}
  /// It has come; `copy`: not for the first time.
  virtual void OnArrival(int from, int origin, uint64_t sequence, bool copy) {}
  /// An update of another rank has been applied; `staleness` as of
  /// StalenessMeter.
  virtual void OnApply(int origin, uint64_t sequence, int64_t step,
                       uint64_t staleness) {}
  /// An update is known to exist, and its copy to have been lost on the way
  /// here. It may come by another way.
  virtual void OnMissing(int origin, uint64_t sequence) {}
  /// Nothing will come of this rank any more.
  virtual void OnLostRank(int rank) {}
  /// This rank has waited. `why` as WaitName.
  virtual void OnWait(double begin, double end, const char *why) {}
  /// Elastic scheduling: the rank goes on in step `step` with the gradients of
  /// these other ranks, in rank order.
  virtual void OnProceed(int64_t step, absl::Span<const int> arrived) {}
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_ASYNC_OBSERVER_H
