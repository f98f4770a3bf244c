//===- formats.h - The formats of data sets ---------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The formats that OpenDataSet knows, each a function that opens a text.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_FORMATS_H
#define TACIT_RUNTIME_DATA_FORMATS_H

#include "runtime/data/data_text.h"
#include "runtime/data/dataset.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <cstdint>
#include <memory>
#include <string>

namespace tacit {

/// What OpenDataSet was asked, its arguments checked: at least one, each with a
/// type that has a row in it.
struct DataRequest {
  const DataText &text;
  absl::Span<const tacit_named_tensor> arguments;
  uint64_t seed;
};

using OpenedDataSet = absl::StatusOr<std::unique_ptr<DataSet>>;

/// `npy:NAME=FILE,...[,rows=A:B]`: for each data argument a file by its name,
/// of shape [rows, argument's extents but the first].
OpenedDataSet OpenNpy(const DataRequest &request);

/// `idx:images=FILE[,labels=FILE][,scale=255][,rows=A:B]`.
OpenedDataSet OpenIdx(const DataRequest &request);

/// `cifar10:files=FILE[+FILE...][,scale=255][,rows=A:B]`, see cifar10.h: the
/// rows of all files, one after the other. Images [32, 32, 3] are pixel by
/// pixel, red, green and blue of each; [3, 32, 32] and [3072] as in the files.
OpenedDataSet OpenCifar10(const DataRequest &request);

/// `text:file=FILE[,vocab=bytes|auto|FILE][,next=NAME][,stride=S][,rows=A:B]`,
/// see text_format.cpp.
OpenedDataSet OpenText(const DataRequest &request);

/// `synthetic:[count=1024][,classes=10][,seed=S][,rows=A:B]`: normal numbers
/// and, for integers, labels in [0, classes) (i1: 0 or 1). Element e of row r
/// of argument a comes from index r * (elements in a row) + e of stream
/// 4 2^32 + a of the seed, which is the run's unless given.
OpenedDataSet OpenSynthetic(const DataRequest &request);

/// `digits:[count=60000][,seed=0][,rows=A:B]`, see digits.h.
OpenedDataSet OpenDigits(const DataRequest &request);

/// Which arguments take what of a set of images with labels.
struct ImageArguments {
  int images = 0;  ///< The first f32 or f64.
  int labels = -1; ///< The first integer, or -1 if there is none.
};

/// Error: no argument for images, or one for which there is nothing.
absl::StatusOr<ImageArguments> MatchImages(const DataRequest &request);

/// Whether rows of `shape` fit `type`'s: the same extents, extents of 1 aside,
/// or all of them flattened into one.
bool RowsFit(absl::Span<const int64_t> shape, const tacit_tensor_type &type);

/// `[rows, 28, 28]`, for what `type` wants.
std::string WantedShape(const tacit_tensor_type &type);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_FORMATS_H
