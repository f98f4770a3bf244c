//===- wake_queue.h - Which rank goes on next -------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Ranks in the order of the times at which they go on.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_WAKE_QUEUE_H
#define TACIT_RUNTIME_COMM_WAKE_QUEUE_H

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

namespace tacit {

/// A binary heap of ranks by (time, turn, rank) that knows where each rank is,
/// so that a rank can be moved forward. Makes no allocation after construction.
class WakeQueue {
public:
  explicit WakeQueue(int ranks)
      : places_(static_cast<size_t>(ranks), kNowhere),
        times_(static_cast<size_t>(ranks)), turns_(static_cast<size_t>(ranks)) {
    heap_.reserve(static_cast<size_t>(ranks));
  }

  bool empty() const { return heap_.empty(); }
  int top() const { return heap_.front(); }
  double time(int rank) const { return times_[static_cast<size_t>(rank)]; }
  bool contains(int rank) const {
    return places_[static_cast<size_t>(rank)] != kNowhere;
  }
  /// All of them, in no order.
  const std::vector<int> &ranks() const { return heap_; }

  /// Adds `rank`, or moves it to `time`; of ranks at one time, those with a
  /// lower `turn` come first.
  void Set(int rank, double time, uint64_t turn = 0) {
    times_[static_cast<size_t>(rank)] = time;
    turns_[static_cast<size_t>(rank)] = turn;
    size_t place = places_[static_cast<size_t>(rank)];
    if (place == kNowhere) {
      place = heap_.size();
      heap_.push_back(rank);
      places_[static_cast<size_t>(rank)] = place;
    }
    Sink(Rise(place));
  }

  int Pop() {
    const int rank = heap_.front();
    Swap(0, heap_.size() - 1);
    heap_.pop_back();
    places_[static_cast<size_t>(rank)] = kNowhere;
    if (!heap_.empty())
      Sink(0);
    return rank;
  }

private:
  static constexpr size_t kNowhere = ~size_t{0};

  std::tuple<double, uint64_t, int> Key(int rank) const {
    return {time(rank), turns_[static_cast<size_t>(rank)], rank};
  }
  bool Before(size_t a, size_t b) const {
    return Key(heap_[a]) < Key(heap_[b]);
  }
  void Swap(size_t a, size_t b) {
    std::swap(heap_[a], heap_[b]);
    places_[static_cast<size_t>(heap_[a])] = a;
    places_[static_cast<size_t>(heap_[b])] = b;
  }
  size_t Rise(size_t place) {
    for (; place > 0 && Before(place, (place - 1) / 2); place = (place - 1) / 2)
      Swap(place, (place - 1) / 2);
    return place;
  }
  void Sink(size_t place) {
    for (;;) {
      size_t least = place;
      for (size_t child = 2 * place + 1;
           child <= 2 * place + 2 && child < heap_.size(); ++child)
        if (Before(child, least))
          least = child;
      if (least == place)
        return;
      Swap(place, least);
      place = least;
    }
  }

  std::vector<int> heap_;
  std::vector<size_t> places_;  // by rank
  std::vector<double> times_;   // by rank
  std::vector<uint64_t> turns_; // by rank
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_WAKE_QUEUE_H
