//===- apply_benchmark.cpp - Updates applied, beside memory's speed -------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What applying an update costs beside loops that do nothing but move as much
/// memory: `apply_benchmark ELEMENTS UPDATES ROUNDS THREADS`. Every round runs
/// each loop for a while, in turn; updates are taken from UPDATES vectors, one
/// after the other, as those are that arrive. Prints a line of JSON for each
/// loop: bytes that one pass moves, and each round's median seconds of a pass.
///
//===----------------------------------------------------------------------===//

#include "runtime/async/apply.h"
#include "runtime/compress/pieces.h"
#include "runtime/state/aligned_buffer.h"
#include "runtime/support/random.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

using namespace tacit;
using Clock = std::chrono::steady_clock;

// Seconds of a loop's turn.
static constexpr double kTurn = 0.05;

// Plain loops get the machine's widest vectors as well, so that what differs
// is not those.
#if defined(__x86_64__) && defined(__linux__)
#define EACH_MACHINE                                                           \
  __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define EACH_MACHINE
#endif

EACH_MACHINE static void Subtract(float *__restrict w,
                                  const float *__restrict u, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i)
    w[i] -= u[i];
}

EACH_MACHINE static void Triad(float *__restrict a, const float *__restrict b,
                               const float *__restrict c, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i)
    a[i] = b[i] + 0.5F * c[i];
}

// Of bits, since a sum of floats may not be reordered.
EACH_MACHINE static uint64_t Read(const uint32_t *u, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; ++i)
    sum += u[i];
  return sum;
}

namespace {

/// A loop over a model, with the update of its turn.
struct Loop {
  const char *name;
  uint64_t bytes_of_element;
  std::function<void(const float *)> pass;
  std::vector<double> medians;
};

} // namespace

static std::vector<double> Turn(const Loop &loop,
                                const std::vector<const float *> &updates,
                                uint64_t &next) {
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  Clock::time_point before = begin, after = begin;
  do {
    loop.pass(updates[next++ % updates.size()]);
    after = Clock::now();
    times.push_back(std::chrono::duration<double>(after - before).count());
    before = after;
  } while (times.size() < 4 ||
           std::chrono::duration<double>(after - begin).count() < kTurn);
  // The first pass brings the model back into caches.
  times.erase(times.begin());
  return times;
}

static int Measure(uint64_t elements, uint64_t count, int rounds) {
  AlignedBuffer model(elements * sizeof(float)),
      result(elements * sizeof(float)),
      arrived(elements * count * sizeof(float));
  auto *w = reinterpret_cast<float *>(model.data());
  auto *a = reinterpret_cast<float *>(result.data());
  auto *u = reinterpret_cast<float *>(arrived.data());
  const Random random(1, 0);
  for (uint64_t i = 0; i < elements; ++i)
    w[i] = a[i] = static_cast<float>(random.Normal(i));
  for (uint64_t i = 0; i < elements * count; ++i)
    u[i] = 1.0e-6F * w[i % elements];
  std::vector<const float *> updates;
  for (uint64_t i = 0; i < count; ++i)
    updates.push_back(u + i * elements);

  volatile uint64_t seen = 0;
  const auto parts = [elements](const auto &body) {
    ParallelElements(elements, 64, body);
  };
  Loop loops[] = {
      {"SubtractFrom",
       12,
       [&](const float *from) { SubtractFrom(w, from, elements); },
       {}},
      {"SubtractScaled",
       12,
       [&](const float *from) { SubtractScaled(w, 0.5F, from, elements); },
       {}},
      {"SubtractMean",
       12,
       [&](const float *from) { SubtractMean(w, 0.1F, from, 4, elements); },
       {}},
      {"w -= u",
       12,
       [&](const float *from) {
         parts([&](uint64_t begin, uint64_t end) {
           Subtract(w + begin, from + begin, end - begin);
         });
       },
       {}},
      {"triad",
       12,
       [&](const float *from) {
         parts([&](uint64_t begin, uint64_t end) {
           Triad(a + begin, w + begin, from + begin, end - begin);
         });
       },
       {}},
      {"read",
       4,
       [&](const float *from) {
         parts([&](uint64_t begin, uint64_t end) {
           seen = Read(reinterpret_cast<const uint32_t *>(from) + begin,
                       end - begin);
         });
       },
       {}},
  };
  uint64_t next = 0;
  for (int round = -1; round < rounds; ++round)
    for (Loop &loop : loops) {
      std::vector<double> times = Turn(loop, updates, next);
      std::sort(times.begin(), times.end());
      if (round >= 0)
        loop.medians.push_back(times[times.size() / 2]);
    }
  for (const Loop &loop : loops) {
    std::printf(
        "{\"name\": \"%s\", \"bytes\": %llu, \"seconds\": [", loop.name,
        static_cast<unsigned long long>(loop.bytes_of_element * elements));
    for (size_t i = 0; i < loop.medians.size(); ++i)
      std::printf("%s%.9f", i ? ", " : "", loop.medians[i]);
    std::printf("]}\n");
  }
  return 0;
}

int main(int argc, char **argv) {
  WaitPassively(argv);
  const auto number = [&](int i) {
    return argc == 5 ? std::strtod(argv[i], nullptr) : 0;
  };
  if (!(number(1) >= 1) || !(number(2) >= 1) || !(number(3) >= 1)) {
    std::fprintf(stderr, "usage: %s ELEMENTS UPDATES ROUNDS THREADS\n",
                 argv[0]);
    return 2;
  }
  if (const absl::Status status = SetThreads(static_cast<int>(number(4)));
      !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 1;
  }
  return Measure(static_cast<uint64_t>(number(1)),
                 static_cast<uint64_t>(number(2)), static_cast<int>(number(3)));
}
