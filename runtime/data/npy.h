//===- npy.h - NumPy's file format ------------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads NumPy's `.npy` files, versions 1, 2 and 3 of the format:
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_NPY_H
#define TACIT_RUNTIME_DATA_NPY_H

#include "runtime/data/file_array.h"

#include "absl/status/statusor.h"

#include <string>

namespace tacit {

/// Reads one array: little-endian f4, f8, i2, i4, i8, u2, or i1, u1, b1; in C
/// order. Error: a file that is missing, truncated, damaged or too long; an
/// array in Fortran order, big-endian, or of another type.
absl::StatusOr<FileArray> ReadNpy(const std::string &path);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_NPY_H
