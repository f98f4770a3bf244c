//===- sampler.cpp - Which rows a rank takes at a step --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/sampler.h"

#include "runtime/data/shuffle.h"
#include "runtime/support/random.h"

#include <algorithm>
#include <numeric>

namespace tacit {

Sampler::Sampler(const SamplerOptions &options) : options_(options) {
  if (!options_.own.empty()) {
    options_.rows = static_cast<int64_t>(options_.own.size());
    options_.seed = Random(options_.seed,
                           kRankStreams + static_cast<uint64_t>(options_.rank))
                        .Word(0);
    options_.ranks = 1;
    options_.rank = 0;
  }
  steps_per_epoch_ =
      std::max<int64_t>(1, options_.rows / (options_.batch * options_.ranks));
  if (options_.shuffle)
    permutation_.resize(static_cast<size_t>(options_.rows));
}

void Sampler::RowsOfStep(int64_t step, int64_t *rows) {
  int64_t first = step;
  if (options_.shuffle) {
    const int64_t epoch = step / steps_per_epoch_;
    first = step % steps_per_epoch_;
    if (epoch != epoch_)
      Permute(epoch);
  }
  // The first position, modulo N before it could overflow.
  const int64_t n = options_.rows;
  const unsigned __int128 turn =
      static_cast<unsigned __int128>(first) * options_.ranks + options_.rank;
  int64_t position = static_cast<int64_t>(turn * options_.batch % n);
  for (int64_t j = 0; j < options_.batch; ++j) {
    rows[j] = options_.shuffle ? permutation_[position] : position;
    if (!options_.own.empty())
      rows[j] = options_.own[rows[j]];
    if (++position == n)
      position = 0;
  }
}

void Sampler::Permute(int64_t epoch) {
  std::iota(permutation_.begin(), permutation_.end(), int64_t{0});
  Shuffle(Random(options_.seed, kEpochStreams + static_cast<uint64_t>(epoch)),
          absl::MakeSpan(permutation_));
  epoch_ = epoch;
}

} // namespace tacit
