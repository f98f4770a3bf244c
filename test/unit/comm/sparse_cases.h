//===- sparse_cases.h - Sparse vectors to exchange in tests -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What ranks bring to a sparse exchange, what it does with it on simulated
/// ranks, and the definitions of the algorithms on all ranks' vectors at once.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_COMM_SPARSE_CASES_H
#define TACIT_TEST_UNIT_COMM_SPARSE_CASES_H

#include "runtime/comm/communicator.h"
#include "runtime/comm/sparse_exchange.h"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tacit::sparse_cases {

using SparseVector = std::map<uint64_t, float>;

/// A sparse vector in memory, as payload.h lays it out.
class SparseBuffer {
public:
  SparseBuffer(uint64_t elements, uint64_t capacity);
  void Set(const SparseVector &entries);
  SparseVector Get() const;
  void *data() const { return memory_.get(); }

private:
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  bool wide_;
  uint64_t capacity_;
};

/// How indices and values come about.
enum Kind {
  kRandom,
  kSameIndices,
  kDisjoint,   ///< As far as there are enough elements.
  kTies,       ///< Magnitudes 1 and 2.
  kZeros,      ///< Of either sign, most of them.
  kHugeRange,  ///< 1e-30 to 1e30.
  kCancelling, ///< Ranks 2i and 2i + 1 bring opposite values.
  kKinds
};
extern const char *const kKindNames[kKinds];

/// `count` entries of `elements` elements for each rank.
std::vector<SparseVector> Inputs(Kind kind, int ranks, uint64_t elements,
                                 uint64_t count, uint64_t seed);
/// A residual for each rank, cleared where its input has entries.
std::vector<std::vector<float>> Rests(const std::vector<SparseVector> &inputs,
                                      uint64_t elements, uint64_t seed);

struct Outcome {
  std::vector<SparseVector> outputs;
  std::vector<std::vector<float>> rests;
  std::vector<Traffic> traffic;
  std::vector<double> clocks;
};

/// Runs one exchange on simulated ranks; buffers of `how` are put in. `rests`
/// may be empty.
absl::StatusOr<Outcome> RunSparse(SparseExchange how,
                                  const std::vector<SparseVector> &inputs,
                                  std::vector<std::vector<float>> rests,
                                  const std::string &network = "");

// The definitions, the means of the ranks' vectors, in float and in the order
// that they prescribe.
SparseVector DefineAllGather(const std::vector<SparseVector> &inputs);
SparseVector DefineGtopK(const std::vector<SparseVector> &inputs, uint64_t keep,
                         PutBack put_back,
                         std::vector<std::vector<float>> &rests);
SparseVector DefineOkTopK(const std::vector<SparseVector> &inputs,
                          uint64_t keep,
                          std::vector<std::vector<float>> &rests);

/// Whether two vectors have the same bits.
bool SameBits(const SparseVector &a, const SparseVector &b);
bool SameBits(const std::vector<float> &a, const std::vector<float> &b);

} // namespace tacit::sparse_cases

#endif // TACIT_TEST_UNIT_COMM_SPARSE_CASES_H
