//===- topology.h - Which ranks updates travel between ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The graph along whose edges updates travel, and what is left of it when
/// ranks are lost.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_TOPOLOGY_H
#define TACIT_RUNTIME_ASYNC_TOPOLOGY_H

#include "runtime/abi/tacit_abi.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include <vector>

namespace tacit {

/// An undirected, connected graph of ranks.
///
/// **Losing ranks.** Live ranks are neighbours if an edge joins them, or a path
/// all of whose inner ranks are lost: so a graph that was connected stays
/// connected among the live ones, and what is left does not depend on the order
/// in which ranks were lost.
class Topology {
public:
  /// That of a channel between `ranks` ranks. Error: an edge to a rank that
  /// there is not, or from a rank to itself; a graph that is not connected:
  /// names its parts.
  static absl::StatusOr<Topology> Create(const tacit_channel &channel,
                                         int ranks);

  int ranks() const { return static_cast<int>(live_.size()); }

  /// Whether at first every two ranks are neighbours, so that nothing needs
  /// to be relayed.
  bool complete() const { return complete_; }

  /// The live neighbours of a rank, in rank order, without itself.
  std::vector<int> Neighbours(int rank) const;

  /// Takes a rank out.
  void Lose(int rank) { live_[static_cast<size_t>(rank)] = false; }
  bool IsLive(int rank) const { return live_[static_cast<size_t>(rank)]; }

private:
  Topology(int ranks) : live_(static_cast<size_t>(ranks), true) {}

  /// Calls `visit` for each rank at the other end of an edge of `rank`, lost
  /// ones too; one may come twice.
  template <typename Visit>
  void ForEachEdge(int rank, const Visit &visit) const;
  absl::Status SetEdges(absl::Span<const int32_t> ends);
  absl::Status CheckConnected() const;

  std::vector<bool> live_;
  tacit_topology kind_ = TACIT_COMPLETE;
  bool complete_ = true;
  std::vector<std::vector<int>> edges_; ///< By rank; of TACIT_EDGES.
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_TOPOLOGY_H
