//===- threads.h - The process's one pool of threads ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Loops in parallel on libgomp's pool, which oneDNN uses too.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPUTE_THREADS_H
#define TACIT_RUNTIME_COMPUTE_THREADS_H

#include "absl/status/status.h"

#include <cstdint>

namespace tacit {

/// Sizes the pool. 1 until then, whatever OMP_NUM_THREADS says.
/// Error: fewer than 1 or more than 4096 threads.
absl::Status SetThreads(int threads);

/// What SetThreads was last given.
int Threads();

/// Makes oneDNN use so many threads when called from this thread, and starts
/// them: libgomp keeps number and pool for each thread that opens parallel
/// regions. The pool's threads take no signals.
void UseThreadsHere();

/// Makes the pool's idle threads sleep rather than spin, which would take the
/// cores from other ranks. libgomp reads how to wait from the environment when
/// it is loaded, before main: so if OMP_WAIT_POLICY is not there, this sets it
/// to `passive` and starts the program again, in this process, with the same
/// arguments. A tool calls it first thing in main when it will use more than
/// one thread; a program that embeds the runtime may instead be started with
/// OMP_WAIT_POLICY=passive. Returns if there is nothing to do, or on failure.
void WaitPassively(char *const *argv);

/// Runs `body(context, begin, end)` over pieces of [0, count), one for each
/// thread of the pool at most, and returns when all are done. Piece i of n is
/// [i count / n, (i + 1) count / n): what a body writes does not depend on the
/// number of threads unless the body looks at where its piece begins. Inside
/// another ParallelFor it is one piece. Allocates nothing once the pool runs.
void ParallelFor(int64_t count,
                 void (*body)(void *context, int64_t begin, int64_t end),
                 void *context);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPUTE_THREADS_H
