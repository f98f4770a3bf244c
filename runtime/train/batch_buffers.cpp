//===- batch_buffers.cpp - What one call reads and writes -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/batch_buffers.h"

#include "runtime/state/state_storage.h"
#include "runtime/support/tensor_type.h"

namespace tacit {

BatchBuffers::BatchBuffers(const tacit_entry &entry) : entry_(entry) {
  for (uint32_t i = 0; i < entry.num_arguments; ++i) {
    const tacit_tensor_type &type = entry.arguments[i].type;
    buffers_.emplace_back(static_cast<size_t>(NumBytes(type)));
    arguments_.push_back(buffers_.back().data());
    row_bytes_.push_back(RowElements(type) * DtypeBytes(type.dtype));
  }
  for (uint32_t i = 0; i < entry.num_results; ++i) {
    buffers_.emplace_back(static_cast<size_t>(NumBytes(entry.results[i].type)));
    results_.push_back(buffers_.back().data());
  }
  batch_ = {arguments_.data(), results_.data()};
}

void BatchBuffers::CopyRow(const DataSet &data, int64_t row, int64_t position) {
  for (size_t i = 0; i < row_bytes_.size(); ++i)
    data.CopyRow(static_cast<int>(i), row,
                 buffers_[i].data() + position * row_bytes_[i]);
}

double BatchBuffers::Result(int result, int64_t index) const {
  return ElementAt(entry_.results[result].type.dtype, results_[result], index);
}

double BatchBuffers::ResultOfRow(int result, int64_t row) const {
  const int64_t elements = RowElements(entry_.results[result].type);
  double sum = 0;
  for (int64_t i = 0; i < elements; ++i)
    sum += Result(result, row * elements + i);
  return elements == 1 ? sum : sum / static_cast<double>(elements);
}

} // namespace tacit
