//===- draws.h - Numbers drawn one after the other --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_SUPPORT_DRAWS_H
#define TACIT_TEST_UNIT_SUPPORT_DRAWS_H

#include "runtime/support/random.h"

#include <cstdint>
#include <vector>

namespace tacit {

/// Numbers of one seed and stream, one after the other: what random tests are
/// made of.
class Draws {
public:
  Draws(uint64_t seed, uint64_t stream) : random_(seed, stream) {}
  int Below(int bound) {
    return static_cast<int>(random_.Below(n_++, static_cast<uint64_t>(bound)));
  }
  bool OneIn(int count) { return Below(count) == 0; }
  template <typename T> T Of(const std::vector<T> &values) {
    return values[static_cast<size_t>(Below(static_cast<int>(values.size())))];
  }

private:
  const Random random_;
  uint64_t n_ = 0;
};

} // namespace tacit

#endif // TACIT_TEST_UNIT_SUPPORT_DRAWS_H
