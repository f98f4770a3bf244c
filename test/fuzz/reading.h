//===- reading.h - What every array and every data set must do --*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What fuzzers of data readers require of whatever a file holds.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_FUZZ_READING_H
#define TACIT_TEST_FUZZ_READING_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/data/file_array.h"

#include "absl/status/statusor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tacit {

/// Requires of what was read from `path` that it is an error that names the
/// path, or an array whose rows convert to every type or are refused.
/// `most_bytes`: the file's, unpacked.
void ReadArray(const absl::StatusOr<FileArray> &array, const std::string &path,
               size_t most_bytes);

/// Requires that the data of `text`, which names `path`, opens and gives its
/// rows, or that an error names the path.
void OpenRows(const std::string &text, const std::string &path,
              const std::vector<tacit_named_tensor> &arguments);

/// `bytes` in gzip's format, hardly compressed.
std::string Gzipped(const std::string &bytes);

} // namespace tacit

#endif // TACIT_TEST_FUZZ_READING_H
