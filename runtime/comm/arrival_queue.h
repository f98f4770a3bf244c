//===- arrival_queue.h - A simulated rank's inbox ---------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What is on its way to a simulated rank, or has arrived, in order of arrival.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_ARRIVAL_QUEUE_H
#define TACIT_RUNTIME_COMM_ARRIVAL_QUEUE_H

#include "runtime/comm/channels.h"
#include "runtime/comm/transport.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace tacit {

/// An arrival, and whether taking it makes room in its channel: of two copies
/// of a message, only the first in time does.
struct ComingArrival {
  Arrival arrival;
  bool makes_room = false;
};

/// A heap by time of arrival, then sender, then number, then order of Add: the
/// same for every run. Makes no allocation once it has held as many.
class ArrivalQueue {
public:
  /// When the first arrives; kNever if there is none.
  double next() const {
    return heap_.empty() ? kNever : heap_.front().coming.arrival.at;
  }

  void Add(ComingArrival coming) {
    heap_.push_back({std::move(coming), added_++});
    std::push_heap(heap_.begin(), heap_.end(), After);
  }

  /// Takes the first, which there is.
  ComingArrival Take() {
    std::pop_heap(heap_.begin(), heap_.end(), After);
    ComingArrival coming = std::move(heap_.back().coming);
    heap_.pop_back();
    return coming;
  }

  /// When the last of `from` arrives; 0 if there is none.
  double LastOf(int from) const {
    double last = 0;
    for (const Entry &entry : heap_)
      if (entry.coming.arrival.from == from)
        last = std::max(last, entry.coming.arrival.at);
    return last;
  }

  /// Forgets everything, and gives the memory back.
  void Clear() { std::vector<Entry>().swap(heap_); }

private:
  struct Entry {
    ComingArrival coming;
    uint64_t added;
  };
  static auto Key(const Entry &entry) {
    const Arrival &arrival = entry.coming.arrival;
    return std::tuple(arrival.at, arrival.from, arrival.sequence, entry.added);
  }
  static bool After(const Entry &a, const Entry &b) { return Key(a) > Key(b); }

  std::vector<Entry> heap_;
  uint64_t added_ = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_ARRIVAL_QUEUE_H
