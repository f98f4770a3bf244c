//===- file_array.h - An array as a file holds it ---------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// An array as a file holds it, and its conversion to a program's types.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_FILE_ARRAY_H
#define TACIT_RUNTIME_DATA_FILE_ARRAY_H

#include "runtime/abi/tacit_abi.h"

#include "absl/status/status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tacit {

enum class FileType { Bool, I8, U8, I16, U16, I32, I64, F32, F64 };

int64_t FileTypeBytes(FileType type);

/// `u8`, `f32` and so on.
const char *FileTypeName(FileType type);

/// Row-major; `bytes` holds all of the product of `shape` elements.
struct FileArray {
  std::string origin; ///< For messages: `npy file 'x.npy'`.
  FileType type = FileType::U8;
  bool big_endian = false;
  std::vector<int64_t> shape;
  std::string bytes;

  /// `[1000, 28, 28]`.
  std::string ShapeName() const;
};

/// The product of `shape` and of `element_bytes`, or -1 if it overflows or an
/// extent is negative.
int64_t BytesOfShape(const std::vector<int64_t> &shape, int64_t element_bytes);

/// Converts rows [begin, end) to elements of `dtype` at `destination`. Every
/// value must be one that `dtype` holds exactly (a NaN becomes a NaN); integers
/// become floats, but floats never become integers.
/// Error: a type or a value for which this is not so; says which row.
absl::Status ConvertRows(const FileArray &array, int64_t begin, int64_t end,
                         tacit_dtype dtype, void *destination);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_FILE_ARRAY_H
