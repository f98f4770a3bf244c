//===- process_watch.cpp - Whether other processes still live -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/process_watch.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <sys/syscall.h>
#include <unistd.h>

namespace tacit {

/// Where process numbers mean the same.
static std::string Place() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::error_code error;
  const std::filesystem::path space =
      std::filesystem::read_symlink("/proc/self/ns/pid", error);
  return absl::StrCat(boot, " ", error ? "?" : space.string());
}

std::string ProcessWatch::Self() {
  return absl::StrCat(Place(), " ", getpid());
}

ProcessWatch::~ProcessWatch() {
  for (const pollfd &descriptor : polled_)
    close(descriptor.fd);
}

bool ProcessWatch::Add(int rank, absl::string_view self) {
  const size_t blank = self.rfind(' ');
  int process = 0;
  if (blank == absl::string_view::npos || self.substr(0, blank) != Place() ||
      !absl::SimpleAtoi(self.substr(blank + 1), &process))
    return false;
  const long descriptor = syscall(SYS_pidfd_open, process, 0);
  if (descriptor < 0) {
    if (errno != ESRCH)
      return false; // An old kernel, or no descriptors left.
    gone_.push_back(rank);
    return true;
  }
  ranks_.push_back(rank);
  polled_.push_back({static_cast<int>(descriptor), POLLIN, 0});
  return true;
}

const std::vector<int> &ProcessWatch::Ended() {
  ended_.clear();
  ended_.swap(gone_);
  if (!polled_.empty() && poll(polled_.data(), polled_.size(), 0) > 0)
    for (size_t i = 0; i < polled_.size();) {
      if (polled_[i].revents == 0) {
        ++i;
        continue;
      }
      ended_.push_back(ranks_[i]);
      close(polled_[i].fd);
      polled_.erase(polled_.begin() + static_cast<std::ptrdiff_t>(i));
      ranks_.erase(ranks_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  return ended_;
}

} // namespace tacit
