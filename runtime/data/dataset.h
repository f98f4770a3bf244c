//===- dataset.h - Rows that a program trains on ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A data set, opened from its text on the command line and checked against
/// the data arguments of a program.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_DATASET_H
#define TACIT_RUNTIME_DATA_DATASET_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/data/partition.h"

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <cstdint>
#include <memory>

namespace tacit {

/// Rows in memory, in the element types and row shapes of a program's data
/// arguments. Read only, hence shared by ranks.
class DataSet {
public:
  virtual ~DataSet() = default;

  /// Rows in all, at least 1.
  virtual int64_t rows() const = 0;

  /// Copies row `row` of data argument `argument` to `destination`: the
  /// product of the argument's extents but the first, in elements.
  virtual void CopyRow(int argument, int64_t row, void *destination) const = 0;

  /// How its rows are dealt to ranks.
  const Partition &partition() const { return partition_; }
  void set_partition(const Partition &partition) { partition_ = partition; }

private:
  Partition partition_;
};

/// Opens `text`, such as `idx:images=F,labels=F,rows=0:8000`, for a program
/// with these data arguments. Any format takes `partition=` and `uneven=`.
/// Error: an unknown format or key (names the nearest), a file that is missing,
/// truncated, or of the wrong type or shape, a partition that ParsePartition
/// refuses.
absl::StatusOr<std::unique_ptr<DataSet>>
OpenDataSet(absl::string_view text,
            absl::Span<const tacit_named_tensor> arguments, uint64_t seed);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_DATASET_H
