//===- low_rank.cpp - An exchange of PowerSGD -----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/low_rank.h"

#include "runtime/compress/powersgd.h"

#include "absl/strings/str_cat.h"

#include <cmath>

namespace tacit {

/// Calls `body(shape, elements before, elements of P before, of Q before)` for
/// each matrix. Returns the elements of all P, and of all Q.
template <typename Body>
static std::pair<uint64_t, uint64_t>
ForEachMatrix(const tacit_compression &compression, const Body &body) {
  uint64_t elements = 0, left = 0, right = 0;
  for (uint32_t i = 0; i < compression.num_members; ++i) {
    const tacit_member &member = compression.members[i];
    const LowRankShape shape{member.count / member.columns, member.columns,
                             static_cast<uint64_t>(compression.parameter)};
    body(shape, elements, left, right);
    elements += shape.elements();
    left += shape.rows * shape.rank;
    right += shape.columns * shape.rank;
  }
  return {left, right};
}

/// Error: a factor of `member` that is not finite, though every rank's matrix
/// is: a sum has overflowed. The same on all ranks.
static absl::Status CheckFactor(const tacit_member &member, const float *factor,
                                uint64_t elements) {
  for (uint64_t i = 0; i < elements; ++i)
    if (!std::isfinite(factor[i]))
      return absl::InvalidArgumentError(absl::StrCat(
          "a factor of '", member.name,
          "', averaged over ranks, is not finite: its gradients are too large "
          "to be multiplied; lower the learning rate or clip gradients"));
  return absl::OkStatus();
}

/// The same for the P (`left`) or the Q of all members.
static absl::Status CheckFactors(const tacit_compression &compression,
                                 const float *factors, bool left) {
  absl::Status status;
  uint32_t number = 0;
  ForEachMatrix(compression, [&](const LowRankShape &shape, uint64_t,
                                 uint64_t p, uint64_t q) {
    const uint64_t lines = left ? shape.rows : shape.columns;
    status.Update(CheckFactor(compression.members[number++],
                              factors + (left ? p : q), lines * shape.rank));
  });
  return status;
}

absl::Status ExchangeLowRank(const tacit_compression &compression,
                             Communicator &communicator,
                             const Accumulation &accumulation,
                             std::vector<float> &left, float *factors,
                             float *means) {
  const float *acc = nullptr;
  if (absl::Status status = Accumulate(accumulation, &acc); !status.ok())
    return status;
  const auto [lefts, rights] = ForEachMatrix(
      compression, [](const LowRankShape &, uint64_t, uint64_t, uint64_t) {});
  left.resize(lefts);
  ForEachMatrix(compression, [&](const LowRankShape &shape, uint64_t at,
                                 uint64_t p, uint64_t q) {
    MultiplyByFactor(acc + at, shape, factors + q, left.data() + p);
  });
  if (absl::Status status =
          communicator.AllReduce(compression.name, left.data(), lefts,
                                 TACIT_F32, TACIT_MEAN, Purpose::kPayload);
      !status.ok())
    return status;
  if (absl::Status status = CheckFactors(compression, left.data(), true);
      !status.ok())
    return status;
  ForEachMatrix(compression, [&](const LowRankShape &shape, uint64_t at,
                                 uint64_t p, uint64_t q) {
    Orthogonalize(shape.rows, shape.rank, left.data() + p);
    MultiplyTransposed(acc + at, shape, left.data() + p, factors + q);
  });
  if (absl::Status status =
          communicator.AllReduce(compression.name, factors, rights, TACIT_F32,
                                 TACIT_MEAN, Purpose::kPayload);
      !status.ok())
    return status;
  if (absl::Status status = CheckFactors(compression, factors, false);
      !status.ok())
    return status;
  float *const residual = accumulation.residual;
  ForEachMatrix(compression, [&](const LowRankShape &shape, uint64_t at,
                                 uint64_t p, uint64_t q) {
    RebuildAndSubtract(shape, left.data() + p, factors + q,
                       residual ? residual + at : nullptr, means + at);
  });
  return absl::OkStatus();
}

} // namespace tacit
