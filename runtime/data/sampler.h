//===- sampler.h - Which rows a rank takes at a step ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The order of rows: a pure function of seed, epoch, rank and step.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_SAMPLER_H
#define TACIT_RUNTIME_DATA_SAMPLER_H

#include <cstdint>
#include <vector>

namespace tacit {

struct SamplerOptions {
  int64_t rows = 0;  ///< N, in the whole data set; at least 1.
  int64_t batch = 0; ///< B, rows of one rank's step; at least 1.
  int ranks = 1;     ///< P.
  int rank = 0;
  bool shuffle = true;
  uint64_t seed = 0;
  /// Where a partition has dealt rows: this rank's, at least 1. Then `rows` and
  /// `ranks` are not used.
  std::vector<int64_t> own = {};
};

/// Without shuffling, rank r of P takes at its local step t the rows
/// ((t P + r) B + j) mod N, j = 0..B-1. With it, the same positions of an
/// epoch's own permutation of the rows, t counted from the epoch's start. An
/// epoch is floor(N / (P B)) steps, at least 1.
///
/// The permutation of epoch e: 0, 1, ..., N-1, shuffled (shuffle.h) by the
/// seed's stream 3 2^32 + e (support/random.h).
///
/// A rank with n rows of its own takes those at (t B + j) mod n of them, or of
/// an epoch's own permutation; its seed is then word 0 of the seed's stream
/// 10 2^32 + rank, so that ranks do not go through their rows alike. An epoch
/// is floor(n / B) steps, at least 1, unless the ranks agree on another.
class Sampler {
public:
  explicit Sampler(const SamplerOptions &options);

  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  /// For ranks with different numbers of rows. Before the first step.
  void set_steps_per_epoch(int64_t steps) { steps_per_epoch_ = steps; }

  /// Writes the rows of local step `step` (counted from 0, never restarted)
  /// to `rows`, B of them. Allocates nothing; a step of another epoch than the
  /// last call's makes that epoch's permutation, in O(N).
  void RowsOfStep(int64_t step, int64_t *rows);

private:
  /// Makes the permutation of `epoch` the one at hand.
  void Permute(int64_t epoch);

  SamplerOptions options_;
  int64_t steps_per_epoch_;
  int64_t epoch_ = -1;               ///< Whose permutation is at hand.
  std::vector<int64_t> permutation_; ///< Empty without shuffling.
};

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_SAMPLER_H
