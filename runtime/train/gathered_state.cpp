//===- gathered_state.cpp - All ranks' state, on one of them --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/gathered_state.h"

#include "runtime/train/return_if_error.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

namespace tacit {

static std::string CopyOf(absl::Span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

absl::StatusOr<GatheredState> GatheredState::Gather(Rank &rank, What what) {
  GatheredState state(rank);
  state.here_ = rank.channel()->first_live() == rank.communicator().rank();
  const auto variables = rank.variables().variables();
  state.values_.resize(variables.size());
  for (size_t i = 0; i < variables.size(); ++i) {
    const bool wanted =
        what == What::kAll
            ? DiffersBetweenRanks(variables[i], /*within_round=*/false)
            : HoldsFirst(variables[i]);
    if (!wanted)
      continue;
    absl::StatusOr<std::vector<std::string>> values =
        rank.channel()->GatherAtFirst(CopyOf(rank.variables().Bytes(i)));
    if (!values.ok())
      return values.status();
    state.values_[i] = *std::move(values);
  }
  // The first may have been lost meanwhile.
  state.here_ = rank.channel()->first_live() == rank.communicator().rank();
  return state;
}

/// The largest difference between two of `values` at one of their entries.
static double LargestBetween(const std::vector<std::string> &values) {
  size_t bytes = 0;
  for (const std::string &value : values)
    bytes = std::max(bytes, value.size());
  double largest = 0;
  for (size_t at = 0; at + sizeof(float) <= bytes; at += sizeof(float)) {
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const std::string &value : values) {
      if (value.empty()) // of a lost rank
        continue;
      float entry;
      std::memcpy(&entry, value.data() + at, sizeof entry);
      if (std::isnan(entry))
        return std::numeric_limits<double>::quiet_NaN();
      least = std::min<double>(least, entry);
      most = std::max<double>(most, entry);
    }
    if (most > least)
      largest = std::max(largest, most - least);
  }
  return largest;
}

double GatheredState::LargestDifference() const {
  double largest = 0;
  const auto variables = rank_->variables().variables();
  for (size_t i = 0; i < values_.size(); ++i) {
    // Model state is each rank's own, and need not agree.
    if (!HoldsFirst(variables[i]) || variables[i].role != TACIT_PARAMETER ||
        variables[i].type.dtype != TACIT_F32)
      continue;
    const double difference = LargestBetween(values_[i]);
    if (std::isnan(difference))
      return difference;
    largest = std::max(largest, difference);
  }
  return largest;
}

absl::Status GatheredState::Save(const std::string &path,
                                 const Position &position,
                                 const RankPositions &ranks_at) const {
  StateStorage &storage = rank_->variables();
  const auto variables = storage.variables();
  absl::StatusOr<std::unique_ptr<CheckpointWriter>> writer =
      CheckpointWriter::Create(path, rank_->program(),
                               rank_->communicator().size(), position,
                               ranks_at);
  if (!writer.ok())
    return writer.status();
  for (size_t i = 0; i < variables.size(); ++i) {
    const bool differs =
        DiffersBetweenRanks(variables[i], /*within_round=*/false);
    const bool one = ranks_at.lost.empty()
                         ? !differs || HoldsFirst(variables[i])
                         : IsOfModel(variables[i]);
    if (one)
      TACIT_RETURN_IF_ERROR((*writer)->Append(storage.Bytes(i)));
    if (!differs || !ranks_at.lost.empty())
      continue;
    for (const std::string &value : values_[i])
      TACIT_RETURN_IF_ERROR((*writer)->Append(
          {reinterpret_cast<const std::byte *>(value.data()), value.size()}));
  }
  return (*writer)->Commit();
}

} // namespace tacit
