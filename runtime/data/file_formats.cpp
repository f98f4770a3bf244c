//===- file_formats.cpp - Data sets that lie in files ---------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/formats.h"

#include "runtime/data/file_array.h"
#include "runtime/data/idx.h"
#include "runtime/data/memory_data_set.h"
#include "runtime/data/npy.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"

#include <cstring>

namespace tacit {

std::string WantedShape(const tacit_tensor_type &type) {
  std::string text = "[rows";
  for (int32_t i = 1; i < type.rank; ++i)
    absl::StrAppend(&text, ", ", type.shape[i]);
  return text + "]";
}

static absl::Status WrongShape(const FileArray &array,
                               const tacit_named_tensor &argument) {
  return absl::InvalidArgumentError(absl::StrCat(
      array.origin, ": wrong shape: got ", array.ShapeName(), ", wanted ",
      WantedShape(argument.type), " for data argument '", argument.name, "' (",
      TypeName(argument.type), ")"));
}

static absl::Status DifferentRows(const FileArray &array,
                                  const std::string &other_origin,
                                  int64_t other_rows) {
  return absl::InvalidArgumentError(
      absl::StrCat(array.origin, ": got ", array.shape[0], " rows, wanted ",
                   other_rows, ", as many as ", other_origin, " has"));
}

/// Rows of `range` in the argument's type.
static absl::StatusOr<Column> ColumnOf(const FileArray &array,
                                       const RowRange &range,
                                       const tacit_tensor_type &type) {
  Column column = Column::OfElements(
      range.end - range.begin, RowElements(type) * DtypeBytes(type.dtype));
  absl::Status status = ConvertRows(array, range.begin, range.end, type.dtype,
                                    column.bytes.data());
  if (!status.ok())
    return status;
  return column;
}

OpenedDataSet OpenNpy(const DataRequest &request) {
  std::vector<absl::string_view> keys;
  for (const tacit_named_tensor &argument : request.arguments)
    keys.push_back(argument.name);
  keys.push_back("rows");
  if (absl::Status status = request.text.CheckKeys(keys); !status.ok())
    return status;
  absl::StatusOr<RowRange> range = request.text.Rows();
  if (!range.ok())
    return range.status();

  std::vector<Column> columns;
  std::string first_origin;
  int64_t rows = 0;
  for (const tacit_named_tensor &argument : request.arguments) {
    const std::string *path = request.text.Find(argument.name);
    if (!path)
      return request.text.Error(absl::StrCat("no file for data argument '",
                                             argument.name, "'; add ",
                                             argument.name, "=FILE"));
    absl::StatusOr<FileArray> array = ReadNpy(*path);
    if (!array.ok())
      return array.status();
    const tacit_tensor_type &type = argument.type;
    bool fits = array->shape.size() == static_cast<size_t>(type.rank);
    for (int32_t i = 1; fits && i < type.rank; ++i)
      fits = array->shape[i] == type.shape[i];
    if (!fits)
      return WrongShape(*array, argument);
    if (columns.empty()) {
      first_origin = array->origin;
      rows = array->shape[0];
      if (range = request.text.Fit(*range, rows); !range.ok())
        return range.status();
    } else if (array->shape[0] != rows) {
      return DifferentRows(*array, first_origin, rows);
    }
    absl::StatusOr<Column> column = ColumnOf(*array, *range, type);
    if (!column.ok())
      return column.status();
    columns.push_back(std::move(*column));
  }
  return std::make_unique<MemoryDataSet>(range->end - range->begin,
                                         std::move(columns));
}

absl::StatusOr<ImageArguments> MatchImages(const DataRequest &request) {
  ImageArguments match;
  match.images = -1;
  const int count = static_cast<int>(request.arguments.size());
  for (int i = 0; i < count; ++i) {
    const bool is_float = IsFloat(request.arguments[i].type.dtype);
    int &slot = is_float ? match.images : match.labels;
    if (slot >= 0)
      return request.text.Error(absl::StrCat(
          "has nothing for data argument '", request.arguments[i].name, "' (",
          TypeName(request.arguments[i].type), "): the ",
          is_float ? "images" : "labels", " go to '",
          request.arguments[slot].name, "'"));
    slot = i;
  }
  if (match.images < 0)
    return request.text.Error(
        "the program has no f32 or f64 data argument to take the images");
  return match;
}

bool RowsFit(absl::Span<const int64_t> shape, const tacit_tensor_type &type) {
  std::vector<int64_t> got, wanted;
  // A file without rows may claim any extents, more than 64 bits count.
  int64_t elements = 1;
  bool counted = true;
  for (int64_t extent : shape) {
    counted = counted && !__builtin_mul_overflow(elements, extent, &elements);
    if (extent != 1)
      got.push_back(extent);
  }
  for (int32_t i = 1; i < type.rank; ++i)
    if (type.shape[i] != 1)
      wanted.push_back(type.shape[i]);
  return got == wanted ||
         (counted && wanted.size() == 1 && wanted[0] == elements);
}

/// The images of `request.text`, all rows, their type and shape checked.
static absl::StatusOr<FileArray> ReadImages(const DataRequest &request,
                                            const tacit_named_tensor &argument,
                                            const std::string &path) {
  absl::StatusOr<FileArray> array = ReadIdx(path);
  if (!array.ok())
    return array.status();
  if (array->type != FileType::U8)
    return absl::InvalidArgumentError(
        absl::StrCat(array->origin, ": wrong type: got ",
                     FileTypeName(array->type), ", wanted u8 for images"));
  if (!RowsFit(absl::MakeSpan(array->shape).subspan(1), argument.type))
    return WrongShape(*array, argument);
  return array;
}

OpenedDataSet OpenIdx(const DataRequest &request) {
  if (absl::Status status =
          request.text.CheckKeys({"images", "labels", "scale", "rows"});
      !status.ok())
    return status;
  absl::StatusOr<RowRange> range = request.text.Rows();
  if (!range.ok())
    return range.status();
  absl::StatusOr<double> scale = request.text.Positive("scale", 255);
  if (!scale.ok())
    return scale.status();
  absl::StatusOr<ImageArguments> match = MatchImages(request);
  if (!match.ok())
    return match.status();
  const std::string *images_path = request.text.Find("images");
  const std::string *labels_path = request.text.Find("labels");
  if (!images_path)
    return request.text.Error("no images; add images=FILE");
  if (match->labels >= 0 && !labels_path)
    return request.text.Error(absl::StrCat(
        "no file for data argument '", request.arguments[match->labels].name,
        "'; add labels=FILE"));
  if (match->labels < 0 && labels_path)
    return request.text.Error(
        "got labels=, but the program has no integer data argument to take "
        "them; leave it out");

  const tacit_named_tensor &images = request.arguments[match->images];
  absl::StatusOr<FileArray> array = ReadImages(request, images, *images_path);
  if (!array.ok())
    return array.status();
  const int64_t rows = array->shape[0];
  if (range = request.text.Fit(*range, rows); !range.ok())
    return range.status();
  std::vector<Column> columns(request.arguments.size());
  Column &pixels = columns[match->images];
  pixels = Column::OfPixels(range->end - range->begin, RowElements(images.type),
                            images.type.dtype, *scale);
  std::memcpy(pixels.bytes.data(),
              array->bytes.data() + range->begin * pixels.row_bytes,
              pixels.bytes.size());

  if (match->labels >= 0) {
    const tacit_named_tensor &labels = request.arguments[match->labels];
    absl::StatusOr<FileArray> values = ReadIdx(*labels_path);
    if (!values.ok())
      return values.status();
    if (!RowsFit(absl::MakeSpan(values->shape).subspan(1), labels.type))
      return WrongShape(*values, labels);
    if (values->shape[0] != rows)
      return DifferentRows(*values, array->origin, rows);
    absl::StatusOr<Column> column = ColumnOf(*values, *range, labels.type);
    if (!column.ok())
      return column.status();
    columns[match->labels] = std::move(*column);
  }
  return std::make_unique<MemoryDataSet>(range->end - range->begin,
                                         std::move(columns));
}

} // namespace tacit
