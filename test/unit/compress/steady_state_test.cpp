//===- steady_state_test.cpp - That compressing allocates nothing ---------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Counts every allocation of the process, by standing in for malloc.
///
//===----------------------------------------------------------------------===//

#include "runtime/compress/bf16.h"
#include "runtime/compress/decompress.h"
#include "runtime/compress/powersgd.h"
#include "runtime/compress/qsgd.h"
#include "runtime/compress/random_k.h"
#include "runtime/compress/sampled_top_k.h"
#include "runtime/compress/sign.h"
#include "runtime/compress/threshold.h"
#include "test/unit/compress/vectors.h"

#include <atomic>
#include <cstdlib>

// glibc's own functions, under the names that it keeps for this purpose.
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static std::atomic<int64_t> allocations = 0;

void *malloc(size_t bytes) {
  ++allocations;
  return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes) {
  ++allocations;
  return __libc_calloc(count, bytes);
}
void *realloc(void *old, size_t bytes) {
  ++allocations;
  return __libc_realloc(old, bytes);
}
void *memalign(size_t alignment, size_t bytes) {
  ++allocations;
  return __libc_memalign(alignment, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
  return memalign(alignment, bytes);
}
}

namespace tacit {
namespace {

TEST(SteadyState, AllocatesNothing) {
  const size_t count = 200000, k = 2000;
  std::vector<std::vector<float>> gradients;
  for (const std::string &kind : Kinds())
    if (kind != "range") // Its norm is more than a float holds.
      gradients.push_back(MakeVector(kind, count, 1));
  std::vector<float> residual(count), dense(count);
  Entries<uint32_t> entries(count);
  std::vector<uint8_t> payload(Bf16Bytes(count)); // the longest
  const LowRankShape shape = {500, 400, 2};
  std::vector<float> p(1000), q = MakeVector("normal", 800, 1);
  for (const int threads : {1, 2}) {
    const WithThreads with(threads);
    SelectionWorkspace selection;
    RandomIndexWorkspace indices;
    const auto step = [&](const std::vector<float> &gradient, uint64_t number) {
      const Accumulation all = {residual.data(), gradient.data(), 1, count};
      bool fine = TopK(all, k, selection, entries.view).ok();
      DecompressSparse(entries.view, count, 1, dense.data());
      fine &= SampledTopK(all, k, selection, entries.view).ok();
      fine &= RandomK(all, 1, number, k, indices, entries.view).ok();
      fine &= SelectFromThreshold(all, 2, entries.view).ok();
      AddDecompressedSparse(entries.view, count, 1, dense.data());
      fine &= CompressSign(all, payload.data()).ok();
      AddDecompressedSign(payload.data(), count, 1, dense.data());
      fine &= CompressBf16(all, payload.data()).ok();
      DecompressBf16(payload.data(), count, dense.data());
      fine &= CompressQsgd(gradient.data(), count, 255, {1, number, 0},
                           payload.data())
                  .ok();
      DecompressQsgd(payload.data(), count, 255, dense.data());
      MultiplyByFactor(residual.data(), shape, q.data(), p.data());
      Orthogonalize(shape.rows, shape.rank, p.data());
      MultiplyTransposed(residual.data(), shape, p.data(), q.data());
      RebuildAndSubtract(shape, p.data(), q.data(), residual.data(),
                         dense.data());
      return fine;
    };
    ASSERT_TRUE(step(gradients[0], 0));
    const int64_t before = allocations;
    bool fine = true;
    for (uint64_t number = 1; number < 2 * gradients.size(); ++number) {
      residual.assign(count, 0);
      fine &= step(gradients[number % gradients.size()], number);
    }
    EXPECT_EQ(allocations - before, 0) << threads << " threads";
    EXPECT_TRUE(fine);
  }
}

} // namespace
} // namespace tacit
