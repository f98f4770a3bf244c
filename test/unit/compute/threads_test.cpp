//===- threads_test.cpp - Loops on the pool of threads --------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compute/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tacit {
namespace {

TEST(ParallelFor, TakesEveryIndexOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ASSERT_TRUE(SetThreads(threads).ok());
    for (const int64_t count : {0, 1, 2, 7, 1000}) {
      std::vector<int> taken(static_cast<size_t>(count), 0);
      ParallelFor(
          count,
          [](void *context, int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i)
              ++(*static_cast<std::vector<int> *>(context))[i];
          },
          &taken);
      EXPECT_EQ(taken, std::vector<int>(static_cast<size_t>(count), 1))
          << threads << " threads";
    }
  }
  ASSERT_TRUE(SetThreads(1).ok());
}

TEST(ParallelFor, UsesThePool) {
  ASSERT_TRUE(SetThreads(2).ok());
  std::vector<std::thread::id> ran(2);
  ParallelFor(
      2,
      [](void *context, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          (*static_cast<std::vector<std::thread::id> *>(context))[i] =
              std::this_thread::get_id();
      },
      &ran);
  EXPECT_EQ(ran[0], std::this_thread::get_id());
  EXPECT_NE(ran[0], ran[1]);
  ASSERT_TRUE(SetThreads(1).ok());
}

TEST(ParallelFor, InsideAnotherIsOnePiece) {
  ASSERT_TRUE(SetThreads(2).ok());
  std::atomic<int> pieces = 0;
  ParallelFor(
      2,
      [](void *context, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          ParallelFor(
              100,
              [](void *inner, int64_t first, int64_t last) {
                EXPECT_EQ(first, 0);
                EXPECT_EQ(last, 100);
                ++*static_cast<std::atomic<int> *>(inner);
              },
              context);
      },
      &pieces);
  EXPECT_EQ(pieces, 2);
  ASSERT_TRUE(SetThreads(1).ok());
}

TEST(SetThreads, RefusesNonsense) {
  EXPECT_EQ(SetThreads(0).message(),
            "the number of threads must be from 1 to 4096, not 0");
  EXPECT_EQ(SetThreads(5000).message(),
            "the number of threads must be from 1 to 4096, not 5000");
  EXPECT_EQ(Threads(), 1);
}

TEST(WaitPassively, StartsTheProgramAgainOnce) {
  // A child that has not been told how to wait becomes another program: this
  // one, asked for its list of tests, which exits with 0.
  const auto start_again = [] {
    unsetenv("OMP_WAIT_POLICY");
    char list[] = "--gtest_list_tests", name[] = "test";
    char *const arguments[] = {name, list, nullptr};
    close(STDOUT_FILENO);
    WaitPassively(arguments);
    _exit(2); // It returned.
  };
  EXPECT_EXIT(start_again(), testing::ExitedWithCode(0), "");
  const auto nothing_to_do = [] {
    setenv("OMP_WAIT_POLICY", "passive", 1);
    WaitPassively(nullptr);
    _exit(3);
  };
  EXPECT_EXIT(nothing_to_do(), testing::ExitedWithCode(3), "");
}

} // namespace
} // namespace tacit
