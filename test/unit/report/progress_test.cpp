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
#include <regex>
#include <thread>
#include <unistd.h>

namespace tacit {
namespace {

TEST(Progress, AShortRunSaysNothingToAFile) {
  TestFolder folder;
  const std::string path = folder.File("stderr");
  std::FILE *file = std::fopen(path.c_str(), "w");
  {
    Progress progress(file, 0, 1000);
    for (int round = 1; round <= 1000; ++round)
      progress.Update(round, 1);
  }
  std::fclose(file);
  EXPECT_EQ(ReadFile(path), "");
}

TEST(Progress, ALongRunTellsAFileOnceInAWhile) {
  TestFolder folder;
  const std::string path = folder.File("stderr");
  std::FILE *file = std::fopen(path.c_str(), "w");
  {
    Progress progress(file, 0, 1000);
    std::this_thread::sleep_for(std::chrono::milliseconds(2050));
    for (int round = 100; round <= 200; ++round)
      progress.Update(round, 0.5);
  }
  std::fclose(file);
  const std::string text = ReadFile(path);
  EXPECT_TRUE(std::regex_match(
      text, std::regex("round 100 of 1000, loss 0\\.5, [0-9.]+ rounds/s, "
                       "[0-9]+ s left\n")))
      << text;
}

TEST(Progress, ATerminalSeesOneLineThatIsTakenAway) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
    GTEST_SKIP() << "no pseudo-terminals here";
  std::FILE *terminal = std::fopen(ptsname(master), "w");
  ASSERT_NE(terminal, nullptr);
  {
    Progress progress(terminal, 10, 20);
    progress.Update(11, 3); // Too early.
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    progress.Update(12, 2);
    progress.Update(13, 1); // Too soon after the last.
  }
  char text[512];
  const ssize_t bytes = read(master, text, sizeof text);
  std::fclose(terminal);
  close(master);
  ASSERT_GT(bytes, 0);
  const std::string seen(text, static_cast<size_t>(bytes));
  EXPECT_TRUE(std::regex_match(
      seen, std::regex("\r\033\\[Kround 12 of 20, loss 2, [0-9.]+ rounds/s, "
                       "[0-9]+ s left\r\033\\[K")))
      << seen;
}

TEST(Progress, CanBeSilent) {
  Progress progress(nullptr, 0, 10);
  progress.Update(1, 0);
  progress.Clear();
}

} // namespace
} // namespace tacit
