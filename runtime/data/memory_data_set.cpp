//===- memory_data_set.cpp - Rows held in memory --------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/memory_data_set.h"

#include <cassert>
#include <cstring>

namespace tacit {

Column Column::OfElements(int64_t rows, int64_t row_bytes) {
  Column column;
  column.row_bytes = row_bytes;
  column.bytes.resize(static_cast<size_t>(rows * row_bytes));
  return column;
}

Column Column::OfPixels(int64_t rows, int64_t row_elements, tacit_dtype dtype,
                        double scale) {
  assert(dtype == TACIT_F32 || dtype == TACIT_F64);
  Column column = OfElements(rows, row_elements);
  for (int i = 0; i < 256; ++i) {
    // A double's quotient, rounded once more, is the float's own whenever
    // `scale` is a float: 53 >= 2 * 24 + 2 bits.
    if (dtype == TACIT_F32)
      column.floats.push_back(static_cast<float>(i / scale));
    else
      column.doubles.push_back(i / scale);
  }
  return column;
}

template <typename T>
static void Translate(const std::vector<T> &table, const unsigned char *from,
                      int64_t count, void *destination) {
  T *to = static_cast<T *>(destination);
  for (int64_t i = 0; i < count; ++i)
    to[i] = table[from[i]];
}

void MemoryDataSet::CopyRow(int argument, int64_t row,
                            void *destination) const {
  assert(argument >= 0 && argument < static_cast<int>(columns_.size()));
  assert(row >= 0 && row < rows_);
  const Column &column = columns_[argument];
  const unsigned char *from = column.bytes.data() + row * column.row_bytes;
  if (!column.floats.empty())
    Translate(column.floats, from, column.row_bytes, destination);
  else if (!column.doubles.empty())
    Translate(column.doubles, from, column.row_bytes, destination);
  else
    std::memcpy(destination, from, static_cast<size_t>(column.row_bytes));
}

} // namespace tacit
