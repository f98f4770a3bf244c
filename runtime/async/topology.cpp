//===- topology.cpp - Which ranks updates travel between ------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/topology.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <string>

namespace tacit {

template <typename Visit>
void Topology::ForEachEdge(int rank, const Visit &visit) const {
  const int count = ranks();
  switch (kind_) {
  case TACIT_COMPLETE:
    for (int other = 0; other < count; ++other)
      visit(other);
    return;
  case TACIT_RING:
    visit((rank + 1) % count);
    visit((rank + count - 1) % count);
    return;
  case TACIT_EXPONENTIAL:
    for (int distance = 1; distance < count; distance *= 2) {
      visit((rank + distance) % count);
      visit((rank + count - distance) % count);
    }
    return;
  default:
    for (const int other : edges_[static_cast<size_t>(rank)])
      visit(other);
  }
}

std::vector<int> Topology::Neighbours(int rank) const {
  std::vector<bool> reached(live_.size(), false);
  reached[static_cast<size_t>(rank)] = true;
  std::vector<int> found, through = {rank};
  while (!through.empty()) {
    const int at = through.back();
    through.pop_back();
    ForEachEdge(at, [&](int other) {
      if (reached[static_cast<size_t>(other)])
        return;
      reached[static_cast<size_t>(other)] = true;
      // A lost rank joins its neighbours.
      (IsLive(other) ? found : through).push_back(other);
    });
  }
  std::sort(found.begin(), found.end());
  return found;
}

absl::Status Topology::SetEdges(absl::Span<const int32_t> ends) {
  edges_.resize(live_.size());
  for (size_t i = 0; i < ends.size(); i += 2) {
    const int a = ends[i], b = ends[i + 1];
    if (std::min(a, b) < 0 || std::max(a, b) >= ranks())
      return absl::InvalidArgumentError(
          absl::StrCat("edge ", i / 2, ", ", a, "-", b, ", names a rank that ",
                       "there is not: there are ", ranks(), ", from 0"));
    if (a == b)
      return absl::InvalidArgumentError(
          absl::StrCat("edge ", i / 2, ", ", a, "-", b, ", joins a rank to ",
                       "itself; wanted two ranks"));
    edges_[static_cast<size_t>(a)].push_back(b);
    edges_[static_cast<size_t>(b)].push_back(a);
  }
  return absl::OkStatus();
}

absl::Status Topology::CheckConnected() const {
  std::vector<int> part(live_.size(), -1);
  std::vector<std::string> parts;
  for (int first = 0; first < ranks(); ++first) {
    if (part[static_cast<size_t>(first)] >= 0)
      continue;
    std::vector<int> members = {first};
    part[static_cast<size_t>(first)] = first;
    for (size_t i = 0; i < members.size(); ++i)
      ForEachEdge(members[i], [&](int other) {
        if (part[static_cast<size_t>(other)] >= 0)
          return;
        part[static_cast<size_t>(other)] = first;
        members.push_back(other);
      });
    std::sort(members.begin(), members.end());
    parts.push_back(absl::StrCat("{", absl::StrJoin(members, ", "), "}"));
  }
  if (parts.size() == 1)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the topology falls into ", parts.size(), " parts, between which no ",
      "update could travel: ", absl::StrJoin(parts, " "),
      "; wanted edges that join them"));
}

absl::StatusOr<Topology> Topology::Create(const tacit_channel &channel,
                                          int ranks) {
  Topology topology(ranks);
  topology.kind_ = channel.topology;
  if (channel.topology == TACIT_EDGES) {
    absl::Status status =
        topology.SetEdges({channel.edges, size_t{2} * channel.num_edges});
    if (status.ok())
      status = topology.CheckConnected();
    if (!status.ok())
      return absl::Status(status.code(), absl::StrCat("channel '", channel.name,
                                                      "': ", status.message()));
  }
  topology.complete_ = true;
  if (channel.topology != TACIT_COMPLETE)
    for (int rank = 0; rank < ranks && topology.complete_; ++rank)
      topology.complete_ =
          static_cast<int>(topology.Neighbours(rank).size()) == ranks - 1;
  return topology;
}

} // namespace tacit
