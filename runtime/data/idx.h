//===- idx.h - The file format of MNIST -------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads IDX files, gzip or not: two zero bytes, a type, a number of
/// dimensions, that many 32-bit extents, the elements; big-endian throughout.
/// See http://yann.lecun.com/exdb/mnist/.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_IDX_H
#define TACIT_RUNTIME_DATA_IDX_H

#include "runtime/data/file_array.h"

#include "absl/status/statusor.h"

#include <string>

namespace tacit {

/// Error: a file that is missing, truncated, damaged or too long.
absl::StatusOr<FileArray> ReadIdx(const std::string &path);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_IDX_H
