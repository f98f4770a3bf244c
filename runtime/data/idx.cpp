//===- idx.cpp - The file format of MNIST ---------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/idx.h"

#include "runtime/data/byte_source.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include <utility>

namespace tacit {

absl::StatusOr<FileArray> ReadIdx(const std::string &path) {
  absl::StatusOr<ByteSource> source = ByteSource::Open("IDX", path);
  if (!source.ok())
    return source.status();
  std::string magic;
  if (absl::Status status = source->Read(4, "header", magic); !status.ok())
    return status;

  static constexpr std::pair<int, FileType> kTypes[] = {
      {0x08, FileType::U8},  {0x09, FileType::I8},  {0x0B, FileType::I16},
      {0x0C, FileType::I32}, {0x0D, FileType::F32}, {0x0E, FileType::F64}};
  FileArray array;
  array.origin = source->origin();
  array.big_endian = true;
  bool known = false;
  for (const auto &[code, type] : kTypes)
    if (code == magic[2]) {
      array.type = type;
      known = true;
    }
  const int dimensions = static_cast<unsigned char>(magic[3]);
  if (magic[0] != 0 || magic[1] != 0 || !known || dimensions == 0)
    return source->Error(absl::StrCat(
        "bad magic: got bytes ", absl::BytesToHexString(magic),
        ", wanted 0000, a type of 08, 09 or 0b to 0e, and a number of "
        "dimensions, such as 00000803 for images"));

  std::string extents;
  if (absl::Status status =
          source->Read(int64_t{4} * dimensions, "header", extents);
      !status.ok())
    return status;
  for (int i = 0; i < dimensions; ++i) {
    int64_t extent = 0;
    for (int j = 0; j < 4; ++j)
      extent = extent * 256 + static_cast<unsigned char>(extents[4 * i + j]);
    array.shape.push_back(extent);
  }
  const int64_t bytes = BytesOfShape(array.shape, FileTypeBytes(array.type));
  if (bytes < 0)
    return source->Error(absl::StrCat("damaged header: a shape of ",
                                      array.ShapeName(),
                                      " has more bytes than 64 bits count"));
  if (absl::Status status = source->Read(bytes, "data", array.bytes);
      !status.ok())
    return status;
  if (absl::Status status = source->ExpectEnd(); !status.ok())
    return status;
  return array;
}

} // namespace tacit
