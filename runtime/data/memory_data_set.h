//===- memory_data_set.h - Rows held in memory ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A data set that holds its rows in memory, one column per data argument.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_MEMORY_DATA_SET_H
#define TACIT_RUNTIME_DATA_MEMORY_DATA_SET_H

#include "runtime/data/dataset.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace tacit {

/// The rows of one data argument, either as the program takes them or, at a
/// quarter or less of the memory, as bytes that CopyRow divides by `scale`.
struct Column {
  /// A column of elements as they are: `row_bytes` for each row.
  static Column OfElements(int64_t rows, int64_t row_bytes);

  /// A column of bytes, `row_elements` for each row, that becomes `dtype`: f32
  /// or f64. Each element is one correctly rounded division.
  static Column OfPixels(int64_t rows, int64_t row_elements, tacit_dtype dtype,
                         double scale);

  int64_t row_bytes = 0; ///< In `bytes`.
  std::vector<unsigned char> bytes;
  /// What byte b becomes; both empty if the bytes are the elements.
  std::vector<float> floats;
  std::vector<double> doubles;
};

class MemoryDataSet : public DataSet {
public:
  /// `columns`: one for each data argument, in their order, of `rows` rows.
  MemoryDataSet(int64_t rows, std::vector<Column> columns)
      : rows_(rows), columns_(std::move(columns)) {}

  int64_t rows() const override { return rows_; }
  void CopyRow(int argument, int64_t row, void *destination) const override;

private:
  int64_t rows_;
  std::vector<Column> columns_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_MEMORY_DATA_SET_H
