//===- generated_formats.cpp - Data sets that are computed ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/formats.h"

#include "runtime/data/digits.h"
#include "runtime/data/memory_data_set.h"
#include "runtime/support/random.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"

namespace tacit {

/// Rows [begin, end) of argument `argument`, element by element from
/// `value(index)`.
template <typename T, typename Value>
static void Fill(Column &column, int64_t first, Value value) {
  T *to = reinterpret_cast<T *>(column.bytes.data());
  const int64_t count = static_cast<int64_t>(column.bytes.size() / sizeof(T));
  for (int64_t i = 0; i < count; ++i)
    to[i] = static_cast<T>(value(static_cast<uint64_t>(first + i)));
}

static Column SyntheticColumn(const tacit_tensor_type &type,
                              const RowRange &range, const Random &random,
                              int64_t classes) {
  const int64_t row_elements = RowElements(type);
  Column column = Column::OfElements(range.end - range.begin,
                                     row_elements * DtypeBytes(type.dtype));
  const int64_t first = range.begin * row_elements;
  const auto normal = [&](uint64_t n) { return random.Normal(n); };
  const auto label = [&](uint64_t n) {
    return random.Below(n, static_cast<uint64_t>(classes));
  };
  const auto bit = [&](uint64_t n) { return random.Below(n, 2); };
  switch (type.dtype) {
  case TACIT_F32:
    Fill<float>(column, first, normal);
    break;
  case TACIT_F64:
    Fill<double>(column, first, normal);
    break;
  case TACIT_I32:
    Fill<int32_t>(column, first, label);
    break;
  case TACIT_I64:
    Fill<int64_t>(column, first, label);
    break;
  case TACIT_I8:
    Fill<int8_t>(column, first, label);
    break;
  case TACIT_I1:
    Fill<uint8_t>(column, first, bit);
    break;
  }
  return column;
}

/// A count that no key should ask for by mistake: the memory would not hold it.
static absl::Status CheckCount(const DataRequest &request, int64_t count) {
  constexpr int64_t kMost = 100'000'000;
  if (count <= kMost)
    return absl::OkStatus();
  return request.text.Error(
      absl::StrCat("got count=", count, ", wanted at most ", kMost));
}

OpenedDataSet OpenSynthetic(const DataRequest &request) {
  if (absl::Status status =
          request.text.CheckKeys({"count", "classes", "seed", "rows"});
      !status.ok())
    return status;
  absl::StatusOr<int64_t> count = request.text.Integer("count", 1, 1024);
  if (!count.ok())
    return count.status();
  if (absl::Status status = CheckCount(request, *count); !status.ok())
    return status;
  absl::StatusOr<int64_t> classes = request.text.Integer("classes", 1, 10);
  if (!classes.ok())
    return classes.status();
  absl::StatusOr<int64_t> seed = request.text.Integer("seed", 0, 0);
  if (!seed.ok())
    return seed.status();
  absl::StatusOr<RowRange> range = request.text.Rows();
  if (!range.ok())
    return range.status();
  if (range = request.text.Fit(*range, *count); !range.ok())
    return range.status();

  const uint64_t used_seed =
      request.text.Find("seed") ? static_cast<uint64_t>(*seed) : request.seed;
  std::vector<Column> columns;
  for (const tacit_named_tensor &argument : request.arguments) {
    const tacit_dtype dtype = argument.type.dtype;
    const int64_t most = dtype == TACIT_I8 ? 128 : int64_t{1} << 31;
    if ((dtype == TACIT_I8 || dtype == TACIT_I32) && *classes > most)
      return request.text.Error(
          absl::StrCat("got classes=", *classes, ", wanted at most ", most,
                       ", what data argument '", argument.name, "' (",
                       TypeName(argument.type), ") can hold"));
    columns.push_back(SyntheticColumn(
        argument.type, *range,
        Random(used_seed, kSyntheticStreams + columns.size()), *classes));
  }
  return std::make_unique<MemoryDataSet>(range->end - range->begin,
                                         std::move(columns));
}

OpenedDataSet OpenDigits(const DataRequest &request) {
  if (absl::Status status = request.text.CheckKeys({"count", "seed", "rows"});
      !status.ok())
    return status;
  absl::StatusOr<int64_t> count = request.text.Integer("count", 1, 60000);
  if (!count.ok())
    return count.status();
  if (absl::Status status = CheckCount(request, *count); !status.ok())
    return status;
  absl::StatusOr<int64_t> seed = request.text.Integer("seed", 0, 0);
  if (!seed.ok())
    return seed.status();
  absl::StatusOr<RowRange> range = request.text.Rows();
  if (!range.ok())
    return range.status();
  if (range = request.text.Fit(*range, *count); !range.ok())
    return range.status();
  absl::StatusOr<ImageArguments> match = MatchImages(request);
  if (!match.ok())
    return match.status();

  const tacit_named_tensor &images = request.arguments[match->images];
  if (!RowsFit({kDigitSize, kDigitSize}, images.type))
    return request.text.Error(absl::StrCat(
        "wrong shape: digits are [rows, 28, 28], data argument '", images.name,
        "' (", TypeName(images.type), ") wants ", WantedShape(images.type)));
  const int64_t rows = range->end - range->begin;
  std::vector<Column> columns(request.arguments.size());
  Column &pixels = columns[match->images];
  pixels = Column::OfPixels(rows, kDigitPixels, images.type.dtype, 255);
  const Digits digits(static_cast<uint64_t>(*seed));
  for (int64_t i = 0; i < rows; ++i)
    digits.Paint(range->begin + i, pixels.bytes.data() + i * kDigitPixels);

  if (match->labels >= 0) {
    const tacit_named_tensor &labels = request.arguments[match->labels];
    if (!RowsFit({}, labels.type) || labels.type.dtype == TACIT_I1)
      return request.text.Error(absl::StrCat(
          "wrong shape or type: labels are integers [rows], data argument '",
          labels.name, "' is ", TypeName(labels.type)));
    Column &column = columns[match->labels];
    column = Column::OfElements(rows, DtypeBytes(labels.type.dtype));
    const auto label = [&](uint64_t row) {
      return digits.Label(static_cast<int64_t>(row));
    };
    if (labels.type.dtype == TACIT_I64)
      Fill<int64_t>(column, range->begin, label);
    else if (labels.type.dtype == TACIT_I32)
      Fill<int32_t>(column, range->begin, label);
    else
      Fill<int8_t>(column, range->begin, label);
  }
  return std::make_unique<MemoryDataSet>(rows, std::move(columns));
}

} // namespace tacit
