//===- step_benchmark.cpp - Tacit's side of benchmarks/step ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Runs the compiled training step of a model on one rank, or only the matrix
/// products that it calls, in turn with other programs. The lines that it
/// speaks are described in benchmarks/common/peer.py.
///
/// The products alone are what the step cannot be faster than: they are
/// recorded during one step, with their operands, and then called again in
/// their order.
///
//===----------------------------------------------------------------------===//

#include "runtime/comm/world.h"
#include "runtime/compute/threads.h"
#include "runtime/data/dataset.h"
#include "runtime/train/batch_buffers.h"
#include "runtime/train/program.h"
#include "runtime/train/rank.h"
#include "tools/tacit-run/Compile.h"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

using namespace tacit;
using Clock = std::chrono::steady_clock;

using Product = decltype(&tacit_gemm_f32);

namespace {
struct Recorded {
  uint32_t flags;
  int64_t m, n, k;
  float alpha;
  const float *a;
  int64_t lda;
  const float *b;
  int64_t ldb;
  float beta;
  float *c;
  int64_t ldc;
};
} // namespace

static std::vector<Recorded> recorded;
static bool recording = false;

static Product RuntimeProduct() {
  static const auto product =
      reinterpret_cast<Product>(dlsym(RTLD_NEXT, "tacit_gemm_f32"));
  return product;
}

/// Stands before the runtime's function of that name: compiled code is linked
/// to the first that the process has. Only --calls-alone is built with it in
/// use.
extern "C" tacit_status tacit_gemm_f32(tacit_rank *rank, uint32_t flags,
                                       int64_t m, int64_t n, int64_t k,
                                       float alpha, const float *a, int64_t lda,
                                       const float *b, int64_t ldb, float beta,
                                       float *c, int64_t ldc) {
  if (recording)
    recorded.push_back({flags, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc});
  return RuntimeProduct()(rank, flags, m, n, k, alpha, a, lda, b, ldb, beta, c,
                          ldc);
}

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

static absl::Status Serve(const tacit_program &program,
                          Communicator &communicator, bool calls_alone,
                          Clock::time_point begin) {
  Rank rank(program, communicator);
  if (absl::Status status = rank.variables().Initialize(0); !status.ok())
    return status;
  BatchBuffers buffers(program.step);
  absl::StatusOr<std::unique_ptr<DataSet>> data = OpenDataSet(
      "synthetic:", {program.step.arguments, program.step.num_arguments}, 0);
  if (!data.ok())
    return data.status();
  const int64_t rows = BatchRows(program.step);
  for (int64_t row = 0; row < rows; ++row)
    buffers.CopyRow(**data, row % (*data)->rows(), row);

  recording = calls_alone;
  if (absl::Status status = rank.Step(buffers.batch()); !status.ok())
    return status;
  recording = false;
  const double first = SecondsSince(begin);

  const std::function<void()> whole = [&] {
    rank.Step(buffers.batch()).IgnoreError();
  };
  const std::function<void()> calls = [&] {
    for (const Recorded &r : recorded)
      RuntimeProduct()(rank.handle(), r.flags, r.m, r.n, r.k, r.alpha, r.a,
                       r.lda, r.b, r.ldb, r.beta, r.c, r.ldc);
  };
  const std::function<void()> &step = calls_alone ? calls : whole;
  for (int i = 0; i < 20; ++i)
    step();
  std::printf("ready {\"first_step_seconds\": %.4f, \"products\": %zu}\n",
              first, recorded.size());
  std::fflush(stdout);
  for (std::string word; std::cin >> word && word == "go";) {
    double seconds = 0;
    std::cin >> seconds;
    Measure(step, seconds);
  }
  return absl::OkStatus();
}

static absl::Status Main(const std::string &model, int threads,
                         bool calls_alone, Clock::time_point begin) {
  if (absl::Status status = SetThreads(threads); !status.ok())
    return status;
  CompileOptions options;
  options.model = model;
  options.strategy = "ssgd";
  absl::StatusOr<std::unique_ptr<Compiled>> compiled = Compile(options);
  if (!compiled.ok())
    return compiled.status();
  absl::StatusOr<const tacit_program *> program =
      LoadProgram((*compiled)->program());
  if (!program.ok())
    return program.status();
  absl::StatusOr<std::unique_ptr<World>> world = CreateSimulatedWorld({});
  if (!world.ok())
    return world.status();
  return (*world)->Run([&](Communicator &communicator) {
    return Serve(**program, communicator, calls_alone, begin);
  });
}

int main(int argc, char **argv) {
  const Clock::time_point begin = Clock::now();
  std::string model;
  int threads = 1;
  bool calls_alone = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--model=", 8) == 0) {
      model = argv[i] + 8;
    } else if (std::strncmp(argv[i], "--threads=", 10) == 0) {
      threads = std::atoi(argv[i] + 10);
    } else if (std::strcmp(argv[i], "--calls-alone") == 0) {
      calls_alone = true;
    } else {
      std::fprintf(stderr,
                   "usage: %s --model=F [--threads=N] [--calls-alone]\n",
                   argv[0]);
      return 2;
    }
  }
  const absl::Status status = Main(model, threads, calls_alone, begin);
  if (status.ok())
    return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
