//===- threshold.h - A threshold that all owners agree on -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Sums lie with several owners. Finds one of them that at least k, and few
/// more, are not smaller than, from what owners tell about some of theirs.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_THRESHOLD_H
#define TACIT_RUNTIME_COMM_THRESHOLD_H

#include "runtime/comm/message_gather.h"
#include "runtime/comm/sparse_exchange.h"

namespace tacit {

/// The place of an entry in the order of magnitudes, and of indices downwards.
template <typename Index> struct Mark {
  Index magnitude; ///< MagnitudeOf the value.
  Index index;

  bool operator>(const Mark &other) const {
    return magnitude > other.magnitude ||
           (magnitude == other.magnitude && index < other.index);
  }
};

/// The longest message that WriteMarks writes.
template <typename Index> size_t MarkBytes(uint64_t keep, int ranks);

/// Writes how many of an owner's entries may be among the `keep` largest, and
/// the marks of those at agreed positions of their order. `workspace` has room
/// for entries.count marks. Returns the bytes.
template <typename Index>
size_t WriteMarks(const Entries<Index> &entries, uint64_t keep, int ranks,
                  Mark<Index> *workspace, std::byte *message);

/// The threshold, from all owners' messages: `keep` entries or more are not
/// below it, and of no owner more than `keep`. It is {0, largest index} if
/// there are fewer in all. Error: what WriteMarks does not write.
template <typename Index>
absl::StatusOr<Mark<Index>>
FindThreshold(Exchange &exchange, MessageGather &gathered, uint64_t keep);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_THRESHOLD_H
