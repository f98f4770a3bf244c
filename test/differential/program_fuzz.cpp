//===- program_fuzz.cpp - Differentiation and lowering, at random ---------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `program_fuzz --seed=S --count=N` makes N random programs from the seeds S,
/// S + 1, ... Their gradients must agree with central differences, and what
/// the optimizing lowering makes of them with plain loops. A failure prints
/// the program and its seed.
///
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace tacit::differential {

static uint64_t firstSeed = 0;
static int64_t count = 20;

TEST(RandomPrograms, GradientsAndLoweringsAgree) {
  constexpr int64_t kAtOnce = 20; // Programs of one module.
  Deviations worst;
  for (int64_t done = 0; done < count; done += kAtOnce)
    checkPrograms(
        makePrograms(firstSeed + done, std::min(kAtOnce, count - done)), worst);
  std::printf("%lld programs of seeds %llu to %llu: gradients within %.2g of "
              "differences (allowed 1e-6), the optimized lowering within %.2g "
              "in f64 (allowed %.2g) and %.2g in f32 (allowed %.2g)\n",
              (long long)count, (unsigned long long)firstSeed,
              (unsigned long long)(firstSeed + count - 1), worst.gradient,
              worst.f64, kAllowedF64, worst.f32, kAllowedF32);
}

} // namespace tacit::differential

/// The number after `name` in `argument`, into `value`.
template <typename T>
static bool parse(const std::string &argument, const std::string &name,
                  T &value) {
  if (argument.rfind(name, 0) != 0)
    return false;
  char *end = nullptr;
  value =
      static_cast<T>(std::strtoull(argument.c_str() + name.size(), &end, 10));
  return end && *end == 0 && argument.size() > name.size();
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i)
    if (!parse(argv[i], "--seed=", tacit::differential::firstSeed) &&
        !parse(argv[i], "--count=", tacit::differential::count)) {
      std::fprintf(stderr,
                   "usage: program_fuzz [--seed=S] [--count=N]; got '%s'\n",
                   argv[i]);
      return 2;
    }
  return RUN_ALL_TESTS();
}
