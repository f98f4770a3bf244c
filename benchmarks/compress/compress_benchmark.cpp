//===- compress_benchmark.cpp - Tacit's side of benchmarks/compress -------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Top-k with error feedback on normally distributed gradients, or only
/// `residual += gradient`, which it cannot be faster than, in turn with other
/// programs. The lines that it speaks are described in
/// benchmarks/common/peer.py.
///
//===----------------------------------------------------------------------===//

#include "runtime/compress/pieces.h"
#include "runtime/compress/sampled_top_k.h"
#include "runtime/compress/top_k.h"
#include "runtime/state/aligned_buffer.h"
#include "runtime/support/random.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

using namespace tacit;
using Clock = std::chrono::steady_clock;

static double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Runs `step` for about `seconds` and prints its times.
static void Measure(const std::function<void()> &step, double seconds) {
  std::vector<double> times;
  const Clock::time_point begin = Clock::now();
  while (times.size() < 3 || SecondsSince(begin) < seconds) {
    const Clock::time_point before = Clock::now();
    step();
    times.push_back(SecondsSince(before));
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"median\": %.9f, \"least\": %.9f, \"count\": %zu}\n",
              times[times.size() / 2], times[0], times.size());
  std::fflush(stdout);
}

/// What the compiler makes of the loop: without it the sum could not be
/// vectorized.
static void AddTo(float *__restrict residual, const float *__restrict gradient,
                  uint64_t begin, uint64_t end) {
  for (uint64_t i = begin; i < end; ++i)
    residual[i] += gradient[i];
}

static int Serve(const std::string &mode, uint64_t elements, double density) {
  AlignedBuffer residual(elements * sizeof(float));
  AlignedBuffer gradients[2] = {AlignedBuffer(elements * sizeof(float)),
                                AlignedBuffer(elements * sizeof(float))};
  auto *acc = reinterpret_cast<float *>(residual.data());
  for (uint64_t g = 0; g < 2; ++g) {
    const Random random(g, 0);
    for (uint64_t i = 0; i < elements; ++i)
      reinterpret_cast<float *>(gradients[g].data())[i] =
          static_cast<float>(random.Normal(i));
  }
  const uint64_t entries = SelectedCount(density, elements);
  const uint64_t capacity = MostOfSampledTopK(entries, elements);
  AlignedBuffer payload(SparseBytes(elements, capacity));
  const auto selected = ViewSparse<uint32_t>(payload.data(), capacity);
  SelectionWorkspace workspace;
  absl::Status status;
  uint64_t turn = 0;
  const std::function<void()> step = [&] {
    const auto *gradient =
        reinterpret_cast<const float *>(gradients[turn++ % 2].data());
    const Accumulation accumulation = {acc, gradient, 1, elements};
    if (mode == "exact")
      status.Update(TopK(accumulation, entries, workspace, selected));
    else if (mode == "sampled")
      status.Update(SampledTopK(accumulation, entries, workspace, selected));
    else
      ParallelElements(elements, 16, [&](uint64_t begin, uint64_t end) {
        AddTo(acc, gradient, begin, end);
      });
  };
  const Clock::time_point begin = Clock::now();
  step();
  const double first = SecondsSince(begin);
  for (int i = 0; i < 5; ++i)
    step();
  std::printf("ready {\"first_step_seconds\": %.4f, \"selected\": %llu}\n",
              first, static_cast<unsigned long long>(*selected.count));
  std::fflush(stdout);
  for (std::string word; std::cin >> word && word == "go";) {
    double seconds = 0;
    std::cin >> seconds;
    Measure(step, seconds);
  }
  if (status.ok())
    return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

int main(int argc, char **argv) {
  WaitPassively(argv);
  std::string mode = "exact";
  double elements = 1e6, density = 0.01;
  int threads = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--mode=", 7) == 0) {
      mode = argv[i] + 7;
    } else if (std::strncmp(argv[i], "--elements=", 11) == 0) {
      elements = std::strtod(argv[i] + 11, nullptr);
    } else if (std::strncmp(argv[i], "--density=", 10) == 0) {
      density = std::strtod(argv[i] + 10, nullptr);
    } else if (std::strncmp(argv[i], "--threads=", 10) == 0) {
      threads = static_cast<int>(std::strtol(argv[i] + 10, nullptr, 10));
    } else {
      std::fprintf(stderr,
                   "usage: %s [--mode=exact|sampled|accumulate] [--elements=N] "
                   "[--density=R] [--threads=N]\n",
                   argv[0]);
      return 2;
    }
  }
  // The cores that the peers are bound to.
  cpu_set_t cores;
  CPU_ZERO(&cores);
  for (int core = 0; core < threads; ++core)
    CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof(cores), &cores);
  if (const absl::Status status = SetThreads(threads); !status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 1;
  }
  return Serve(mode, static_cast<uint64_t>(elements), density);
}
