//===- traffic.h - What a rank has sent -------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Counts of what a rank hands to its transport.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_TRAFFIC_H
#define TACIT_RUNTIME_COMM_TRAFFIC_H

#include <cstdint>

namespace tacit {

/// What a rank has handed to its transport since the start.
struct Traffic {
  /// Payload of the program's exchanges, forwarding included.
  uint64_t bytes_sent = 0;
  /// Messages that carried it.
  uint64_t messages_sent = 0;
  /// Payload of agreements, checks and clocks.
  uint64_t control_bytes = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_TRAFFIC_H
