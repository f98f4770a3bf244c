//===- threads.cpp - The process's one pool of threads --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compute/threads.h"

#include "runtime/compute/held_signals.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

// libgomp's interface. clang's own OpenMP would be a second pool beside that of
// oneDNN, so nothing is compiled with -fopenmp.
extern "C" {
// NOLINTNEXTLINE(readability-identifier-naming)
void GOMP_parallel(void (*body)(void *), void *context, unsigned threads,
                   unsigned flags);
void omp_set_num_threads(int threads);
int omp_get_num_threads(void);
int omp_get_thread_num(void);
int omp_in_parallel(void);
}

// libgomp is not instrumented, so the thread sanitizer must be told that a
// parallel region begins after what precedes it and ends before what follows.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TACIT_TSAN 1
extern "C" void __tsan_acquire(void *address);
extern "C" void __tsan_release(void *address);
#endif
#endif

namespace tacit {

static int pool_size = 1;

absl::Status SetThreads(int threads) {
  if (threads < 1 || threads > 4096)
    return absl::InvalidArgumentError(absl::StrCat(
        "the number of threads must be from 1 to 4096, not ", threads));
  pool_size = threads;
  UseThreadsHere();
  return absl::OkStatus();
}

int Threads() { return pool_size; }

void UseThreadsHere() {
  omp_set_num_threads(pool_size);
  if (pool_size == 1 || omp_in_parallel())
    return;
  // Starts them, so that they hold signals from the beginning: handlers run on
  // the threads of the program, not in the middle of a product.
  const HeldSignals held;
  GOMP_parallel([](void *) {}, nullptr, static_cast<unsigned>(pool_size), 0);
}

void WaitPassively(char *const *argv) {
  if (std::getenv("OMP_WAIT_POLICY"))
    return;
  if (setenv("OMP_WAIT_POLICY", "passive", 1) == 0)
    execv("/proc/self/exe", argv);
}

namespace {
struct Loop {
  int64_t count;
  void (*body)(void *, int64_t, int64_t);
  void *context;

  static void Enter(void *loop) { static_cast<Loop *>(loop)->RunPiece(); }

  void RunPiece() {
#ifdef TACIT_TSAN
    __tsan_acquire(this);
#endif
    // libgomp may grant fewer threads than were asked for.
    const __int128 pieces = omp_get_num_threads(), i = omp_get_thread_num();
    const int64_t begin = static_cast<int64_t>(i * count / pieces);
    const int64_t end = static_cast<int64_t>((i + 1) * count / pieces);
    if (begin < end)
      body(context, begin, end);
#ifdef TACIT_TSAN
    __tsan_release(this);
#endif
  }
};
} // namespace

void ParallelFor(int64_t count,
                 void (*body)(void *context, int64_t begin, int64_t end),
                 void *context) {
  if (count <= 0)
    return;
  const int64_t threads = std::min<int64_t>(pool_size, count);
  if (threads == 1 || omp_in_parallel())
    return body(context, 0, count);
  Loop loop{count, body, context};
#ifdef TACIT_TSAN
  __tsan_release(&loop);
#endif
  GOMP_parallel(&Loop::Enter, &loop, static_cast<unsigned>(threads), 0);
#ifdef TACIT_TSAN
  __tsan_acquire(&loop);
#endif
}

} // namespace tacit
