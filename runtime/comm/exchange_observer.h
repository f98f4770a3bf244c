//===- exchange_observer.h - Who watches exchanges --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a communicator tells of its collectives: traces are made of it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_EXCHANGE_OBSERVER_H
#define TACIT_RUNTIME_COMM_EXCHANGE_OBSERVER_H

#include "absl/strings/string_view.h"

#include <cstdint>

namespace tacit {

/// Told of one rank's collectives while they happen. Must not call the
/// communicator. Exchanges are numbered in the order in which they are started,
/// which is the same on every rank; `index` counts the messages of an exchange
/// from one rank to another, in the order in which both post them: so that
/// (sender, receiver, exchange, index) is one message. Times are
/// Communicator::Now().
class ExchangeObserver {
public:
  virtual ~ExchangeObserver() = default;

  /// A message leaves for rank `to`.
  virtual void OnSent(int to, uint64_t exchange, uint32_t index) = 0;
  /// A message from rank `from` is found to be here.
  virtual void OnReceived(int from, uint64_t exchange, uint32_t index) = 0;
  /// The rank has been in an exchange, awaiting its end.
  virtual void OnAwaited(absl::string_view name, double begin, double end) = 0;
  /// There, it waited for others, as ExchangeTime::waited counts it.
  virtual void OnWaited(absl::string_view name, double begin, double end) = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_EXCHANGE_OBSERVER_H
