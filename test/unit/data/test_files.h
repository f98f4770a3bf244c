//===- test_files.h - Files and arguments that tests make -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Data files in a folder of the test's own, and data arguments.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_DATA_TEST_FILES_H
#define TACIT_TEST_UNIT_DATA_TEST_FILES_H

#include "runtime/data/dataset.h"

#include "gtest/gtest.h"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace tacit {

/// A new folder, removed with what is in it at the end.
class TestFolder {
public:
  TestFolder();
  ~TestFolder();

  std::string Path(const std::string &name) const;

  /// Writes `bytes` and returns the path.
  std::string Write(const std::string &name, const std::string &bytes) const;

private:
  std::string path_;
};

template <typename T> std::string BytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(T));
}

/// An npy file of `version` 1, 2 or 3, as NumPy pads it.
std::string NpyBytes(const std::string &descr, const std::string &shape,
                     const std::string &data, bool fortran_order = false,
                     int version = 1);

/// An npy file with this header text.
std::string NpyWithHeader(const std::string &header, const std::string &data);

/// An IDX file; `data` is big-endian already.
std::string IdxBytes(int type, const std::vector<uint32_t> &shape,
                     const std::string &data);

std::string Gzipped(const std::string &bytes);

/// The data arguments of a program.
class TestArguments {
public:
  TestArguments &Add(const char *name, tacit_dtype dtype,
                     std::vector<int64_t> shape);
  /// How many classes each argument has, in order.
  TestArguments &Classes(const std::vector<int64_t> &classes);
  operator absl::Span<const tacit_named_tensor>() const { return arguments_; }

private:
  std::deque<std::vector<int64_t>> shapes_;
  std::vector<tacit_named_tensor> arguments_;
};

/// `elements` values of a row.
template <typename T>
std::vector<T> RowOf(const DataSet &data, int argument, int64_t row,
                     size_t elements) {
  std::vector<T> values(elements);
  data.CopyRow(argument, row, values.data());
  return values;
}

/// The message of opening `text`, which must fail.
std::string OpenError(const std::string &text, const TestArguments &arguments);

/// Whether `text` contains `part`, printing both if not.
testing::AssertionResult Has(const std::string &text, const std::string &part);

} // namespace tacit

#endif // TACIT_TEST_UNIT_DATA_TEST_FILES_H
