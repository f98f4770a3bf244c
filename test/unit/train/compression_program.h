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

#include <cstddef>

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
};

inline constexpr uint64_t kElements = 1003;

/// A program that is one compression, and nothing else.
struct CompressionProgram {
  CompressionProgram(const Case &of, int ranks) {
    members[0] = {"w", 1000};
    members[1] = {"b", kElements - 1000};
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
    if (of.compressor >= TACIT_SIGN) {
      compression.capacity = 1;
      compression.result_capacity = static_cast<uint64_t>(ranks);
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

} // namespace tacit

#endif // TACIT_TEST_UNIT_TRAIN_COMPRESSION_PROGRAM_H
