//===- replica_check.cpp - Whether ranks hold the same values -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/replica_check.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace tacit {

uint64_t HashBytes(absl::Span<const std::byte> bytes) {
  // Four lanes, since each waits for its own multiplication. A step is
  // invertible in the word it takes in, so no single word goes unnoticed.
  constexpr uint64_t kFactor = 0x9E3779B97F4A7C15u;
  uint64_t lanes[4] = {1, 2, 3, 4};
  auto step = [](uint64_t lane, uint64_t word) {
    lane = (lane ^ word) * kFactor;
    return lane ^
           (lane >> 32); // Else the highest bits would stay by themselves.
  };
  size_t i = 0;
  for (; i + 32 <= bytes.size(); i += 32) {
    uint64_t words[4];
    std::memcpy(words, bytes.data() + i, 32);
    for (int lane = 0; lane < 4; ++lane)
      lanes[lane] = step(lanes[lane], words[lane]);
  }
  for (int lane = 0; i < bytes.size(); i += 8, ++lane) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min<size_t>(8, bytes.size() - i));
    lanes[lane] = step(lanes[lane], word);
  }
  uint64_t hash = bytes.size();
  for (const uint64_t lane : lanes)
    hash = step(hash, lane);
  return hash;
}

ReplicaCheck::ReplicaCheck(Rank &rank) : rank_(rank) {
  const auto variables = rank.variables().variables();
  for (size_t i = 0; i < variables.size(); ++i)
    if (!DiffersBetweenRanks(variables[i], /*within_round=*/false))
      variables_.push_back(i);
  mine_.resize(variables_.size());
  all_.resize(mine_.size() * static_cast<size_t>(rank.communicator().size()));
}

/// The ranks whose hash is not the one that most have; of equally common ones,
/// the one of the lowest rank counts.
static std::vector<size_t> Minority(absl::Span<const uint64_t> all,
                                    size_t stride, size_t variable) {
  const size_t ranks = all.size() / stride;
  std::map<uint64_t, size_t> count;
  for (size_t rank = 0; rank < ranks; ++rank)
    ++count[all[rank * stride + variable]];
  size_t best = 0;
  for (size_t rank = 1; rank < ranks; ++rank)
    if (count[all[rank * stride + variable]] >
        count[all[best * stride + variable]])
      best = rank;
  std::vector<size_t> minority;
  for (size_t rank = 0; rank < ranks; ++rank)
    if (all[rank * stride + variable] != all[best * stride + variable])
      minority.push_back(rank);
  return minority;
}

absl::Status ReplicaCheck::Run(bool within_round, absl::Status &difference) {
  difference = absl::OkStatus();
  const auto variables = rank_.variables().variables();
  for (size_t i = 0; i < variables_.size(); ++i)
    mine_[i] = DiffersBetweenRanks(variables[variables_[i]], within_round)
                   ? 0
                   : HashBytes(rank_.variables().Bytes(variables_[i]));
  if (absl::Status status = rank_.communicator().AllGather(
          "check of replicas", mine_.data(), all_.data(),
          mine_.size() * sizeof(uint64_t));
      !status.ok())
    return status;
  const size_t stride = mine_.size();
  for (size_t i = 0; i < stride; ++i) {
    bool equal = true;
    for (size_t at = i; at < all_.size(); at += stride)
      equal &= all_[at] == all_[i];
    if (equal)
      continue;
    const std::vector<size_t> minority = Minority(all_, stride, i);
    difference = absl::DataLossError(absl::StrCat(
        "ranks no longer agree: variable '",
        StateName(variables[variables_[i]]), "' differs on rank",
        minority.size() == 1 ? " " : "s ", absl::StrJoin(minority, ", ")));
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

} // namespace tacit
