//===- checks.cpp - What a program asks of its rows -----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/checks.h"

#include "runtime/support/tensor_type.h"

#include "absl/strings/str_cat.h"

#include <vector>

namespace tacit {

absl::Status CheckBatch(const DataSet &data, int64_t batch) {
  if (data.rows() >= batch)
    return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("fewer rows than a batch: got ", data.rows(),
                   ", wanted at least ", batch, " to train on"));
}

template <typename T>
static absl::Status CheckColumn(const DataSet &data, int argument,
                                const tacit_named_tensor &described) {
  const int64_t classes = described.classes;
  std::vector<T> values(static_cast<size_t>(RowElements(described.type)));
  for (int64_t row = 0; row < data.rows(); ++row) {
    data.CopyRow(argument, row, values.data());
    for (const T value : values) {
      if (value >= 0 && (classes == 0 || value < classes))
        continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "label out of range: row ", row, " of data argument '",
          described.name, "' holds ", value, ", wanted ",
          classes == 0 ? "0 or more" : absl::StrCat("0 to ", classes - 1)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckLabels(const DataSet &data,
                         absl::Span<const tacit_named_tensor> arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const int argument = static_cast<int>(i);
    absl::Status status;
    if (arguments[i].type.dtype == TACIT_I32)
      status = CheckColumn<int32_t>(data, argument, arguments[i]);
    else if (arguments[i].type.dtype == TACIT_I64)
      status = CheckColumn<int64_t>(data, argument, arguments[i]);
    if (!status.ok())
      return status;
  }
  return absl::OkStatus();
}

} // namespace tacit
