//===- mpi_error.h - What MPI says of an error ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_MPI_ERROR_H
#define TACIT_RUNTIME_COMM_MPI_ERROR_H

#include "runtime/comm/mpi_plugin.h"

#include <cstdint>
#include <string>

namespace tacit {

/// The text of an error code that a function of `plugin` has returned.
inline std::string DescribeError(const tacit_mpi_plugin &plugin,
                                 int32_t error) {
  char text[512] = "";
  plugin.describe(error, text, sizeof(text));
  return text;
}

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_MPI_ERROR_H
