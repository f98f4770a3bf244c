//===- cifar10_format.cpp - Images and labels of CIFAR-10 -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/cifar10.h"
#include "runtime/data/file_array.h"
#include "runtime/data/formats.h"
#include "runtime/data/memory_data_set.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include <cstring>

namespace tacit {

/// The images of all of `files=`.
static absl::StatusOr<CifarImages> ReadFiles(const DataRequest &request) {
  const std::string *files = request.text.Find("files");
  if (!files)
    return request.text.Error("no files; add files=FILE, or files=FILE+FILE "
                              "for several, such as the five training batches");
  CifarImages images;
  for (const absl::string_view file : absl::StrSplit(*files, '+')) {
    if (file.empty())
      return request.text.Error(absl::StrCat(
          "got files=", *files, ", wanted a file on both sides ", "of each +"));
    if (absl::Status status = AppendCifar10(std::string(file), images);
        !status.ok())
      return status;
  }
  return images;
}

/// Images `range` of `images` for an argument of `type`, which they fit.
static Column PixelColumn(const CifarImages &images, const RowRange &range,
                          const tacit_tensor_type &type, double scale) {
  Column column = Column::OfPixels(range.end - range.begin, kCifarPixels,
                                   type.dtype, scale);
  const char *from = images.pixels.data() + range.begin * kCifarPixels;
  if (!RowsFit({kCifarSize, kCifarSize, kCifarPlanes}, type) ||
      RowsFit({kCifarPlanes, kCifarSize, kCifarSize}, type)) {
    std::memcpy(column.bytes.data(), from, column.bytes.size());
    return column;
  }
  for (size_t at = 0; at < column.bytes.size(); at += kCifarPixels)
    InterleavePlanes(from + at, column.bytes.data() + at);
  return column;
}

/// The labels of `range`.
static absl::StatusOr<Column> LabelColumn(const DataRequest &request,
                                          const CifarImages &images,
                                          const RowRange &range,
                                          const tacit_named_tensor &argument) {
  if (!RowsFit({}, argument.type))
    return request.text.Error(
        absl::StrCat("wrong shape: labels are integers [rows], data argument '",
                     argument.name, "' is ", TypeName(argument.type)));
  FileArray labels;
  labels.origin =
      absl::StrCat("CIFAR-10 labels for data argument '", argument.name, "'");
  labels.type = FileType::U8;
  labels.shape = {static_cast<int64_t>(images.labels.size())};
  labels.bytes = images.labels;
  Column column = Column::OfElements(range.end - range.begin,
                                     DtypeBytes(argument.type.dtype));
  absl::Status status = ConvertRows(labels, range.begin, range.end,
                                    argument.type.dtype, column.bytes.data());
  if (!status.ok())
    return status;
  return column;
}

OpenedDataSet OpenCifar10(const DataRequest &request) {
  if (absl::Status status = request.text.CheckKeys({"files", "scale", "rows"});
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
  const tacit_named_tensor &argument = request.arguments[match->images];
  if (!RowsFit({kCifarSize, kCifarSize, kCifarPlanes}, argument.type) &&
      !RowsFit({kCifarPlanes, kCifarSize, kCifarSize}, argument.type))
    return request.text.Error(absl::StrCat(
        "wrong shape: images are [rows, 32, 32, 3], [rows, 3, 32, 32] or "
        "[rows, 3072], data argument '",
        argument.name, "' (", TypeName(argument.type), ") wants ",
        WantedShape(argument.type)));

  absl::StatusOr<CifarImages> images = ReadFiles(request);
  if (!images.ok())
    return images.status();
  range = request.text.Fit(*range, static_cast<int64_t>(images->labels.size()));
  if (!range.ok())
    return range.status();
  std::vector<Column> columns(request.arguments.size());
  columns[match->images] = PixelColumn(*images, *range, argument.type, *scale);
  if (match->labels >= 0) {
    absl::StatusOr<Column> labels =
        LabelColumn(request, *images, *range, request.arguments[match->labels]);
    if (!labels.ok())
      return labels.status();
    columns[match->labels] = *std::move(labels);
  }
  return std::make_unique<MemoryDataSet>(range->end - range->begin,
                                         std::move(columns));
}

} // namespace tacit
