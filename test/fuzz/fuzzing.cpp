//===- fuzzing.cpp - What fuzzers share -----------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/fuzzing.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/mman.h>
#include <unistd.h>

namespace tacit {

void Require(bool held, const std::string &what) {
  if (held)
    return;
  std::fprintf(stderr, "found: %s\n", what.c_str());
  std::abort();
}

void AddSeeds(int *argc, char ***argv, const std::vector<std::string> &seeds) {
  static std::string folder;
  static std::vector<char *> arguments(*argv, *argv + *argc);
  for (const char *argument : arguments)
    if (argument != arguments[0] && std::filesystem::is_regular_file(argument))
      return;
  folder =
      (std::filesystem::temp_directory_path() / "tacit-seeds-XXXXXX").string();
  Require(mkdtemp(folder.data()), "no folder " + folder + " can be made");
  std::atexit([] { std::filesystem::remove_all(folder); });
  for (size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream file(folder + "/" + std::to_string(i), std::ios::binary);
    file.write(seeds[i].data(), static_cast<std::streamsize>(seeds[i].size()));
  }
  arguments.push_back(folder.data());
  *argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  *argv = arguments.data();
}

FuzzFile::FuzzFile() : file_(memfd_create("fuzz", MFD_CLOEXEC)) {
  Require(file_ >= 0, "no file in memory can be made");
  path_ = "/proc/self/fd/" + std::to_string(file_);
}

FuzzFile::~FuzzFile() { close(file_); }

const std::string &FuzzFile::Write(const void *bytes, size_t size) {
  Require(ftruncate(file_, 0) == 0 &&
              pwrite(file_, bytes, size, 0) == static_cast<ssize_t>(size),
          "a file in memory cannot be written");
  return path_;
}

} // namespace tacit
