//===- batch_buffers.h - What one call reads and writes ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Buffers for the arguments and results of one entry of a program.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_BATCH_BUFFERS_H
#define TACIT_RUNTIME_TRAIN_BATCH_BUFFERS_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/data/dataset.h"
#include "runtime/state/aligned_buffer.h"

#include <cstdint>
#include <vector>

namespace tacit {

/// Allocated once, filled for each call. The entry must outlive it.
class BatchBuffers {
public:
  explicit BatchBuffers(const tacit_entry &entry);
  BatchBuffers(const BatchBuffers &) = delete;
  BatchBuffers &operator=(const BatchBuffers &) = delete;

  const tacit_batch &batch() const { return batch_; }

  /// Makes row `row` of `data` the batch's row `position`, in every argument.
  void CopyRow(const DataSet &data, int64_t row, int64_t position);

  /// Element `index` of result number `result`.
  double Result(int result, int64_t index) const;

  /// The mean of the elements of row `row` of a result.
  double ResultOfRow(int result, int64_t row) const;

private:
  const tacit_entry &entry_;
  std::vector<AlignedBuffer> buffers_;
  std::vector<const void *> arguments_;
  std::vector<void *> results_;
  std::vector<int64_t> row_bytes_; ///< Of each argument.
  tacit_batch batch_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_BATCH_BUFFERS_H
