//===- compression_program.h - A program that compresses --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_TRAIN_COMPRESSION_PROGRAM_H
#define TACIT_TEST_UNIT_TRAIN_COMPRESSION_PROGRAM_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/compress/accumulate.h"
#include "runtime/train/compressions.h"

#include "absl/status/status.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace tacit {

/// A compressor, and an exchange that goes with it.
struct Case {
  const char *name;
  tacit_compressor compressor;
  tacit_payload_algorithm algorithm;
  double parameter;
};

inline constexpr Case kCases[] = {
    {"top_k, all_gather", TACIT_TOP_K, TACIT_PAYLOAD_ALL_GATHER, 0.05},
    {"top_k, gtopk", TACIT_TOP_K, TACIT_PAYLOAD_GTOPK, 0.05},
    {"top_k, ok_topk", TACIT_TOP_K, TACIT_PAYLOAD_OK_TOPK, 0.05},
    {"top_k, dense", TACIT_TOP_K, TACIT_PAYLOAD_DENSE, 0.05},
    {"random_k, all_gather", TACIT_RANDOM_K, TACIT_PAYLOAD_ALL_GATHER, 0.05},
    {"random_k, dense", TACIT_RANDOM_K, TACIT_PAYLOAD_DENSE, 0.05},
    {"threshold, all_gather", TACIT_THRESHOLD, TACIT_PAYLOAD_ALL_GATHER, 0.5},
    {"threshold, dense", TACIT_THRESHOLD, TACIT_PAYLOAD_DENSE, 0.5},
    {"sign, all_gather", TACIT_SIGN, TACIT_PAYLOAD_ALL_GATHER, 0},
    {"bf16, all_gather", TACIT_BF16, TACIT_PAYLOAD_ALL_GATHER, 0},
    {"bf16, dense", TACIT_BF16, TACIT_PAYLOAD_DENSE, 0},
    {"sampled_top_k, all_gather", TACIT_SAMPLED_TOP_K, TACIT_PAYLOAD_ALL_GATHER,
     0.05},
    {"sampled_top_k, dense", TACIT_SAMPLED_TOP_K, TACIT_PAYLOAD_DENSE, 0.05},
    {"powersgd", TACIT_POWERSGD, TACIT_PAYLOAD_DENSE, 2},
};

inline constexpr uint64_t kElements = 1003;

/// A program that is one compression, and nothing else.
struct CompressionProgram {
  CompressionProgram(const Case &of, int ranks) {
    members[0] = {"w", 1000, 25};
    members[1] = {"b", kElements - 1000, 3};
    compression.name = of.name;
    compression.compressor = of.compressor;
    compression.algorithm = of.algorithm;
    compression.num_members = 2;
    compression.members = members;
    compression.parameter = of.parameter;
    compression.elements = kElements;
    compression.capacity = kElements;
    compression.result_capacity = kElements;
    if (of.compressor == TACIT_TOP_K || of.compressor == TACIT_RANDOM_K)
      compression.capacity = SelectedCount(of.parameter, kElements);
    if (of.compressor == TACIT_SAMPLED_TOP_K)
      compression.capacity = tacit_most_of_sampled_top_k(
          SelectedCount(of.parameter, kElements), kElements);
    if (of.compressor >= TACIT_SIGN && of.compressor <= TACIT_POWERSGD) {
      compression.capacity = 1;
      compression.result_capacity = of.algorithm == TACIT_PAYLOAD_DENSE
                                        ? 1
                                        : static_cast<uint64_t>(ranks);
    } else if (of.algorithm == TACIT_PAYLOAD_GTOPK ||
               of.algorithm == TACIT_PAYLOAD_OK_TOPK) {
      compression.result_capacity = compression.capacity;
    }
    program.name = "test";
    program.num_compressions = 1;
    program.compressions = &compression;
  }

  tacit_member members[2];
  tacit_compression compression{};
  tacit_program program{};
};

/// Aligned memory that is large enough for any payload here.
struct alignas(TACIT_ALIGNMENT) Payload {
  std::byte bytes[1 << 16];
};

/// What a rank keeps from one round to the next.
struct RankState {
  RankState() {
    // Columns of Q that do not depend on one another.
    for (size_t i = 0; i < factors.size(); i += 2)
      factors[i] = static_cast<float>(i % 7);
  }

  std::vector<float> residual = std::vector<float>(kElements);
  std::vector<float> factors = std::vector<float>(2 * (25 + 3), 0.5f);
  std::unique_ptr<Payload> payload = std::make_unique<Payload>();
  std::unique_ptr<Payload> result = std::make_unique<Payload>();
};

/// One round: compresses `gradient` into the residual and a payload, exchanges,
/// and expands the mean.
inline absl::Status RunRound(const Case &of, Compressions &compressions,
                             const std::vector<float> &gradient, uint64_t round,
                             RankState &state, std::vector<float> &applied) {
  float *const residual = state.residual.data();
  if (of.compressor == TACIT_POWERSGD)
    return compressions.ExchangeLowRank(0, gradient.data(), residual,
                                        /*scale=*/1, state.factors.data(),
                                        applied.data());
  absl::Status status = compressions.Encode(
      0, gradient.data(), residual, /*scale=*/1, round, state.payload->bytes);
  if (status.ok())
    status = compressions.Exchange(0, state.payload->bytes, state.result->bytes,
                                   residual);
  if (status.ok())
    status = compressions.Decode(0, /*exchanged=*/true, state.result->bytes,
                                 applied.data());
  return status;
}

} // namespace tacit

#endif // TACIT_TEST_UNIT_TRAIN_COMPRESSION_PROGRAM_H
