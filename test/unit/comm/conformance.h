//===- conformance.h - What every world must do -----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks that run on every rank of any world. They are not written against
/// GoogleTest: under MPI they run in processes of which one reports.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_COMM_CONFORMANCE_H
#define TACIT_TEST_UNIT_COMM_CONFORMANCE_H

#include "runtime/comm/communicator.h"

#include "absl/status/status.h"

#include <cstdint>
#include <vector>

namespace tacit::conformance {

/// FNV-1a of the bytes of results, to compare worlds with each other.
class Digest {
public:
  void Add(const void *data, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i)
      value_ = (value_ ^ static_cast<const unsigned char *>(data)[i]) *
               0x100000001B3u;
  }
  uint64_t value() const { return value_; }

private:
  uint64_t value_ = 0xCBF29CE484222325u;
};

/// One check: run on every rank; adds what it computed to the digest. Error:
/// what was wrong.
struct Check {
  const char *name;
  absl::Status (*run)(Communicator &communicator, Digest &digest);
};

const std::vector<Check> &AllChecks();

} // namespace tacit::conformance

#endif // TACIT_TEST_UNIT_COMM_CONFORMANCE_H
