//===- progress_test.cpp - When progress is told, and how -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/progress.h"
#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace tacit {
namespace {

Progress::Clock::time_point time_of_test;

Progress::Clock::time_point Now() { return time_of_test; }

void Wait(int milliseconds) {
  time_of_test += std::chrono::milliseconds(milliseconds);
}

TEST(Progress, AShortRunSaysNothingToAFile) {
  TestFolder folder;
  const std::string path = folder.File("stderr");
  std::FILE *file = std::fopen(path.c_str(), "w");
  {
    Progress progress(file, 0, 1000, "round", Now);
    for (int round = 1; round < 1000; ++round) {
      Wait(2);
      progress.Update(round, 1);
    }
  }
  std::fclose(file);
  EXPECT_EQ(ReadFile(path), "");
}

TEST(Progress, ALongRunTellsAFileOnceInAWhile) {
  TestFolder folder;
  const std::string path = folder.File("stderr");
  std::FILE *file = std::fopen(path.c_str(), "w");
  {
    Progress progress(file, 100, 1000, "round", Now);
    for (int round = 101; round <= 260; ++round) {
      Wait(100);
      progress.Update(round, 0.5);
    }
  }
  std::fclose(file);
  EXPECT_EQ(ReadFile(path),
            "round 120 of 1000, loss 0.5, 10 rounds/s, 88 s left\n"
            "round 220 of 1000, loss 0.5, 10 rounds/s, 78 s left\n");
}

TEST(Progress, SaysHowLongInFittingUnits) {
  TestFolder folder;
  const std::string path = folder.File("stderr");
  std::FILE *file = std::fopen(path.c_str(), "w");
  {
    Progress progress(file, 0, 10000, "round", Now);
    for (const int round : {8, 5000}) {
      Wait(100000);
      progress.Update(round, 0.5);
    }
  }
  std::fclose(file);
  EXPECT_EQ(ReadFile(path),
            "round 8 of 10000, loss 0.5, 0.08 rounds/s, 34.7 h left\n"
            "round 5000 of 10000, loss 0.5, 25 rounds/s, 3 min left\n");
}

TEST(Progress, ATerminalSeesOneLineThatIsTakenAway) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
    GTEST_SKIP() << "no pseudo-terminals here";
  std::FILE *terminal = std::fopen(ptsname(master), "w");
  ASSERT_NE(terminal, nullptr);
  {
    Progress progress(terminal, 10, 20, "round", Now);
    Wait(100);
    progress.Update(11, 3); // Too early.
    Wait(100);
    progress.Update(12, 2);
    Wait(100);
    progress.Update(13, 1); // Too soon after the last.
  }
  const std::string wanted = "\r\033[Kround 12 of 20, loss 2, 10 rounds/s, 1 s "
                             "left\r\033[K";
  std::string seen;
  char text[512];
  while (seen.size() < wanted.size()) {
    const ssize_t bytes = read(master, text, sizeof text);
    ASSERT_GT(bytes, 0) << seen;
    seen.append(text, static_cast<size_t>(bytes));
  }
  std::fclose(terminal);
  close(master);
  EXPECT_EQ(seen, wanted);
}

TEST(Progress, CanBeSilent) {
  Progress progress(nullptr, 0, 10);
  progress.Update(1, 0);
  progress.Clear();
}

} // namespace
} // namespace tacit
