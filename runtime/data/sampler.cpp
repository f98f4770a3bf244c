//===- sampler.cpp - Which rows a rank takes at a step --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/sampler.h"

#include "runtime/support/random.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tacit {

Sampler::Sampler(const SamplerOptions &options) : options_(options) {
  if (options_.shuffle)
    permutation_.resize(static_cast<size_t>(options_.rows));
}

int64_t Sampler::steps_per_epoch() const {
  return std::max<int64_t>(1,
                           options_.rows / (options_.batch * options_.ranks));
}

void Sampler::RowsOfStep(int64_t step, int64_t *rows) {
  int64_t first = step;
  if (options_.shuffle) {
    const int64_t epoch = step / steps_per_epoch();
    first = step % steps_per_epoch();
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
    if (++position == n)
      position = 0;
  }
}

void Sampler::Permute(int64_t epoch) {
  std::iota(permutation_.begin(), permutation_.end(), int64_t{0});
  const Random random(options_.seed,
                      kEpochStreams + static_cast<uint64_t>(epoch));
  const int64_t n = options_.rows;
  for (int64_t i = n - 1; i > 0; --i) {
    const uint64_t j = random.Below(static_cast<uint64_t>(n - 1 - i),
                                    static_cast<uint64_t>(i + 1));
    std::swap(permutation_[i], permutation_[j]);
  }
  epoch_ = epoch;
}

} // namespace tacit
