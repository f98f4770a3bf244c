//===- file_array.cpp - An array as a file holds it -----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/file_array.h"

#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace tacit {

int64_t FileTypeBytes(FileType type) {
  switch (type) {
  case FileType::Bool:
  case FileType::I8:
  case FileType::U8:
    return 1;
  case FileType::I16:
  case FileType::U16:
    return 2;
  case FileType::I32:
  case FileType::F32:
    return 4;
  case FileType::I64:
  case FileType::F64:
    return 8;
  }
  return 0;
}

const char *FileTypeName(FileType type) {
  switch (type) {
  case FileType::Bool:
    return "bool";
  case FileType::I8:
    return "i8";
  case FileType::U8:
    return "u8";
  case FileType::I16:
    return "i16";
  case FileType::U16:
    return "u16";
  case FileType::I32:
    return "i32";
  case FileType::I64:
    return "i64";
  case FileType::F32:
    return "f32";
  case FileType::F64:
    return "f64";
  }
  return "";
}

std::string FileArray::ShapeName() const {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

int64_t BytesOfShape(const std::vector<int64_t> &shape, int64_t element_bytes) {
  int64_t bytes = element_bytes;
  for (int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes))
      return -1;
  return bytes;
}

/// Element `index` of type `From` at `bytes`.
template <typename From>
static From Load(const char *bytes, int64_t index, bool big_endian) {
  char raw[sizeof(From)];
  std::memcpy(raw, bytes + index * static_cast<int64_t>(sizeof(From)),
              sizeof(From));
  if (big_endian)
    std::reverse(raw, raw + sizeof(From));
  From value;
  std::memcpy(&value, raw, sizeof(From));
  return value;
}

/// Whether `to` now is exactly `from`. `bool` stands for i1, one byte.
template <typename From, typename To> static bool Exactly(From from, To &to) {
  if constexpr (std::is_floating_point_v<From>) {
    if constexpr (!std::is_floating_point_v<To>) {
      return false;
    } else {
      if (std::isfinite(from) &&
          std::fabs(static_cast<double>(from)) >
              static_cast<double>(std::numeric_limits<To>::max()))
        return false;
      to = static_cast<To>(from);
      return std::isnan(from) || static_cast<From>(to) == from;
    }
  } else if constexpr (std::is_same_v<To, bool>) {
    to = from != 0;
    return from == 0 || from == 1;
  } else if constexpr (std::is_floating_point_v<To>) {
    to = static_cast<To>(from);
    // Wide enough for what an i64 may have been rounded up to.
    return static_cast<__int128>(to) == static_cast<__int128>(from);
  } else {
    to = static_cast<To>(from);
    return std::in_range<To>(from);
  }
}

template <typename From, typename To>
static absl::Status Convert(const FileArray &array, int64_t begin, int64_t end,
                            tacit_dtype dtype, To *destination) {
  const int64_t row_elements = BytesOfShape(
      std::vector<int64_t>(array.shape.begin() + 1, array.shape.end()), 1);
  const int64_t first = begin * row_elements;
  const int64_t count = (end - begin) * row_elements;
  if (std::is_same_v<From, To> && !array.big_endian) {
    if (count > 0)
      std::memcpy(destination,
                  array.bytes.data() + first * int64_t{sizeof(From)},
                  static_cast<size_t>(count) * sizeof(From));
    return absl::OkStatus();
  }
  for (int64_t i = 0; i < count; ++i) {
    const From from =
        Load<From>(array.bytes.data(), first + i, array.big_endian);
    if (!Exactly(from, destination[i]))
      return absl::InvalidArgumentError(
          absl::StrCat(array.origin, ": wrong value: row ",
                       begin + i / row_elements, " holds ", from, " (",
                       FileTypeName(array.type), "), which ", DtypeName(dtype),
                       " cannot hold exactly; store it as ", DtypeName(dtype)));
  }
  return absl::OkStatus();
}

template <typename To>
static absl::Status ConvertTo(const FileArray &array, int64_t begin,
                              int64_t end, tacit_dtype dtype,
                              void *destination) {
  To *to = static_cast<To *>(destination);
  switch (array.type) {
  case FileType::Bool: // As bytes: a damaged file holds more than 0 and 1.
  case FileType::U8:
    return Convert<uint8_t>(array, begin, end, dtype, to);
  case FileType::I8:
    return Convert<int8_t>(array, begin, end, dtype, to);
  case FileType::I16:
    return Convert<int16_t>(array, begin, end, dtype, to);
  case FileType::U16:
    return Convert<uint16_t>(array, begin, end, dtype, to);
  case FileType::I32:
    return Convert<int32_t>(array, begin, end, dtype, to);
  case FileType::I64:
    return Convert<int64_t>(array, begin, end, dtype, to);
  case FileType::F32:
    return Convert<float>(array, begin, end, dtype, to);
  case FileType::F64:
    return Convert<double>(array, begin, end, dtype, to);
  }
  return absl::InternalError("a file type without a conversion");
}

absl::Status ConvertRows(const FileArray &array, int64_t begin, int64_t end,
                         tacit_dtype dtype, void *destination) {
  const bool from_float =
      array.type == FileType::F32 || array.type == FileType::F64;
  if (from_float && !IsFloat(dtype))
    return absl::InvalidArgumentError(absl::StrCat(
        array.origin, ": wrong type: got ", FileTypeName(array.type),
        ", wanted ", DtypeName(dtype), " or another integer type"));
  switch (dtype) {
  case TACIT_F32:
    return ConvertTo<float>(array, begin, end, dtype, destination);
  case TACIT_F64:
    return ConvertTo<double>(array, begin, end, dtype, destination);
  case TACIT_I32:
    return ConvertTo<int32_t>(array, begin, end, dtype, destination);
  case TACIT_I64:
    return ConvertTo<int64_t>(array, begin, end, dtype, destination);
  case TACIT_I8:
    return ConvertTo<int8_t>(array, begin, end, dtype, destination);
  case TACIT_I1:
    return ConvertTo<bool>(array, begin, end, dtype, destination);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a data argument of ", DtypeName(dtype)));
}

} // namespace tacit
