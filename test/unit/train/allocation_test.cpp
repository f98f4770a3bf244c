//===- allocation_test.cpp - That a steady step allocates nothing ---------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Counts every allocation of the process, by standing in for malloc.
///
//===----------------------------------------------------------------------===//

#include "runtime/compute/matrix_products.h"
#include "runtime/train/compressions.h"
#include "test/unit/state/state_files.h"
#include "test/unit/train/async_program.h"
#include "test/unit/train/compression_program.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

// glibc's own functions, under the names that it keeps for this purpose.
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static int64_t allocations = 0;

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
int posix_memalign(void **result, size_t alignment, size_t bytes) {
  *result = memalign(alignment, bytes);
  return *result ? 0 : ENOMEM;
}
}

namespace tacit {
namespace {

/// Notes the count of allocations whenever a rank takes a row.
class CountingData : public LineData {
public:
  using LineData::LineData;
  void CopyRow(int argument, int64_t row, void *destination) const override {
    if (argument == 0 && taken_ < counts_.size())
      counts_[taken_++] = allocations;
    LineData::CopyRow(argument, row, destination);
  }
  const std::vector<int64_t> &counts() const { return counts_; }
  size_t taken() const { return taken_; }

private:
  mutable std::vector<int64_t> counts_ = std::vector<int64_t>(20000);
  mutable size_t taken_ = 0;
};

TEST(Allocation, TheCounterCounts) {
  const int64_t before = allocations;
  auto *number = new volatile int(3);
  EXPECT_EQ(*number, 3);
  delete number;
  EXPECT_EQ(allocations, before + 1);
}

TEST(Allocation, ASteadyStepMakesNone) {
  TestFolder folder;
  LineProgram line(8);
  for (const int ranks : {1, 3, 4})
    for (const bool metrics : {false, true}) {
      TrainOptions options = QuietOptions();
      options.rounds = 60; // Some epochs, of 100 rows.
      if (metrics)
        options.metrics = folder.File("out.jsonl");
      auto data = std::make_shared<CountingData>(100);
      TrainData brought;
      brought.train = data;
      auto world = CreateSimulatedWorld({ranks, "", 0});
      const auto result = Train(**world, line.program, options, &brought);
      ASSERT_TRUE(result.ok()) << result.status();
      ASSERT_EQ(data->taken(), static_cast<size_t>(60 * 8 * ranks));
      // The pools of requests and messages grow during the first rounds.
      const size_t warm = static_cast<size_t>(10 * 8 * ranks);
      EXPECT_EQ(data->counts()[data->taken() - 1] - data->counts()[warm], 0)
          << ranks << " ranks";
    }
}

TEST(Allocation, ASteadyAsynchronousStepMakesNone) {
  TestFolder folder;
  for (const tacit_scheduler scheduler :
       {TACIT_DECENTRALIZED, TACIT_NORM_BOUNDED, TACIT_VARIANCE_BOUNDED})
    for (const bool compresses : {false, true})
      for (const bool metrics : {false, true}) {
        AsyncProgram line(scheduler, compresses);
        TrainOptions options = QuietOptions();
        line.channel.max_staleness = 2; // Else views of a fast rank pile up.
        options.rounds = 600;
        if (metrics)
          options.metrics = folder.File("out.jsonl");
        auto data = std::make_shared<CountingData>(100);
        TrainData brought;
        brought.train = data;
        auto world =
            CreateSimulatedWorld({4, "latency=1ms compute=10ms slow=1:1.5", 0});
        const auto result = Train(**world, line.program, options, &brought);
        ASSERT_TRUE(result.ok()) << result.status();
        ASSERT_EQ(data->taken(), static_cast<size_t>(600 * 8 * 4));
        // Pools grow a last time when more is on its way than ever before; a
        // step that made one allocation would make a thousand here.
        const size_t warm = data->taken() / 2, end = data->taken() * 9 / 10;
        EXPECT_LE(data->counts()[end] - data->counts()[warm], 8)
            << scheduler << (compresses ? ", compressed" : "")
            << (metrics ? ", with metrics" : "");
      }
}

TEST(Allocation, ASteadyCompressionMakesNone) {
  for (const Case &each : kCases) {
    const CompressionProgram program(each, 4);
    std::vector<int64_t> counts(100);
    auto world = CreateSimulatedWorld({4, "", 0});
    const absl::Status status = (*world)->Run([&](Communicator &communicator) {
      Compressions compressions(program.program, communicator);
      std::vector<float> gradient(kElements), applied(kElements);
      RankState state;
      for (size_t round = 0; round < counts.size(); ++round) {
        for (size_t i = 0; i < kElements; ++i)
          gradient[i] = static_cast<float>((i * 7919 + round) % 1009) / 1009;
        counts[round] = allocations;
        absl::Status done =
            RunRound(each, compressions, gradient, round, state, applied);
        if (!done.ok())
          return done;
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << each.name << ": " << status;
    // Pools grow with the most entries that were ever sent, in coded messages.
    EXPECT_EQ(counts.back() - counts[50], 0) << each.name;
  }
}

/// oneDNN is beyond our reach: an execution of its matmul makes a map of its
/// arguments, and sgemm takes working memory. Nothing may add to that.
TEST(Allocation, AProductMakesOnlyThoseOfOneDnn) {
  std::vector<float> a(64 * 512), b(512 * 512), c(512 * 512);
  MatrixProducts products;
  auto steady = [&](const MatrixProduct &product) {
    EXPECT_TRUE(products.Multiply(product, a.data(), b.data(), c.data()).ok());
    const int64_t before = allocations;
    EXPECT_TRUE(products.Multiply(product, a.data(), b.data(), c.data()).ok());
    return allocations - before;
  };
  EXPECT_LE(steady({false, true, 64, 512, 512, 512, 512, 512}), 8);
  EXPECT_LE(steady({false, false, 64, 512, 512, 512, 512, 512}), 1);
}

} // namespace
} // namespace tacit
