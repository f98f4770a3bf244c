//===- process_watch.h - Whether other processes still live -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Watches processes of the same machine. The kernel tells when one has ended,
/// for whatever reason; one that is stopped lives.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_PROCESS_WATCH_H
#define TACIT_RUNTIME_COMM_PROCESS_WATCH_H

#include "absl/strings/string_view.h"

#include <string>
#include <vector>

#include <poll.h>

namespace tacit {

class ProcessWatch {
public:
  ProcessWatch() = default;
  ProcessWatch(const ProcessWatch &) = delete;
  ProcessWatch &operator=(const ProcessWatch &) = delete;
  ~ProcessWatch();

  /// This process, for Add in others: its machine since it was started, its
  /// namespace of process numbers, its number.
  static std::string Self();

  /// Watches the process that calls itself `self`, as number `rank`. Returns
  /// whether it can be: it runs on this machine. One that has ended already is
  /// watched, and found.
  bool Add(int rank, absl::string_view self);

  /// The numbers of processes that have ended since the last call.
  const std::vector<int> &Ended();

private:
  std::vector<int> ranks_;     // beside polled_
  std::vector<pollfd> polled_; // a descriptor per process
  std::vector<int> gone_;      // had ended when they were added
  std::vector<int> ended_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_PROCESS_WATCH_H
