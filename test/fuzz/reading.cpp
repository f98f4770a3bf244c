//===- reading.cpp - What every array and every data set must do ----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/reading.h"

#include "runtime/data/dataset.h"
#include "runtime/support/tensor_type.h"
#include "test/fuzz/fuzzing.h"

#include <zlib.h>

namespace tacit {

static void RequirePath(const absl::Status &status, const std::string &path) {
  const std::string message(status.message());
  Require(message.find(path) != std::string::npos,
          "an error without the file: " + message);
}

void ReadArray(const absl::StatusOr<FileArray> &array, const std::string &path,
               size_t most_bytes) {
  if (!array.ok())
    return RequirePath(array.status(), path);
  const int64_t bytes = BytesOfShape(array->shape, FileTypeBytes(array->type));
  Require(bytes == static_cast<int64_t>(array->bytes.size()) &&
              array->bytes.size() <= most_bytes,
          "an array of " + array->ShapeName() + " with " +
              std::to_string(array->bytes.size()) + " bytes");
  if (array->shape.empty())
    return;
  const int64_t rows = array->shape[0];
  const int64_t elements = bytes / FileTypeBytes(array->type);
  for (const tacit_dtype dtype :
       {TACIT_F32, TACIT_F64, TACIT_I32, TACIT_I64, TACIT_I8, TACIT_I1}) {
    std::vector<char> converted(
        static_cast<size_t>(elements * DtypeBytes(dtype)));
    const absl::Status status =
        ConvertRows(*array, 0, rows, dtype, converted.data());
    if (!status.ok())
      RequirePath(status, path);
  }
}

void OpenRows(const std::string &text, const std::string &path,
              const std::vector<tacit_named_tensor> &arguments) {
  const auto data = OpenDataSet(text, arguments, 0);
  if (!data.ok())
    return RequirePath(data.status(), path);
  Require((*data)->rows() >= 1, "data without rows");
  for (size_t i = 0; i < arguments.size(); ++i) {
    const tacit_tensor_type &type = arguments[i].type;
    // Of exactly the size of a row, so that what is written beside it shows.
    std::vector<char> row(
        static_cast<size_t>(RowElements(type) * DtypeBytes(type.dtype)));
    (*data)->CopyRow(static_cast<int>(i), 0, row.data());
    (*data)->CopyRow(static_cast<int>(i), (*data)->rows() - 1, row.data());
  }
}

std::string Gzipped(const std::string &bytes) {
  z_stream stream = {};
  // The least window and memory: a fuzzer does this a million times.
  Require(deflateInit2(&stream, 1, Z_DEFLATED, 9 + 16, 1, 0) == Z_OK,
          "zlib does not start");
  std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  Require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib does not finish");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

} // namespace tacit
