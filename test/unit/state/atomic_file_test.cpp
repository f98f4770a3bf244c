//===- atomic_file_test.cpp - Files that are whole or not there -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/atomic_file.h"
#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/resource.h>

namespace tacit {
namespace {

TEST(AtomicFile, ReplacesOnCommit) {
  TestFolder folder;
  const std::string path = folder.File("f");
  WriteFile(path, "old");
  auto file = AtomicFile::Create(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Write("new", 3).ok());
  EXPECT_EQ(ReadFile(path), "old");
  ASSERT_TRUE((*file)->Write("er", 2).ok());
  ASSERT_TRUE((*file)->Commit().ok());
  EXPECT_EQ(ReadFile(path), "newer");
  EXPECT_EQ(folder.NumFiles(), 1u);
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
  TestFolder folder;
  {
    auto file = AtomicFile::Create(folder.File("f"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Write("new", 3).ok());
    EXPECT_EQ(folder.NumFiles(), 1u);
  }
  EXPECT_EQ(folder.NumFiles(), 0u);
}

TEST(AtomicFile, SaysWhyItCannotBegin) {
  TestFolder folder;
  EXPECT_EQ(AtomicFile::Create(folder.File("no/f")).status().message(),
            "cannot save to " + folder.File("no/f") +
                ": No such file or directory");
  EXPECT_EQ(AtomicFile::Create(folder.path()).status().message(),
            "cannot save to " + folder.path() + ": it is not a regular file");
  EXPECT_EQ(AtomicFile::Create("/dev/full").status().message(),
            "cannot save to /dev/full: it is not a regular file");
}

TEST(AtomicFile, AFullDiskLeavesTheOldFile) {
  TestFolder folder;
  const std::string path = folder.File("f");
  WriteFile(path, "old");
  // A limit on the size of files stands for the end of the disk.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit limit = before;
  limit.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  absl::Status status;
  {
    auto file = AtomicFile::Create(path);
    ASSERT_TRUE(file.ok());
    const std::string text(2000, 'x');
    status = (*file)->Write(text.data(), text.size());
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(status.message(), "cannot save to " + path +
                                  ": writing: File too large; what was there "
                                  "is unchanged");
  EXPECT_EQ(ReadFile(path), "old");
  EXPECT_EQ(folder.NumFiles(), 1u);
}

} // namespace
} // namespace tacit
