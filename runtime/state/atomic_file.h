//===- atomic_file.h - A file that is whole or not there --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Writes a file beside its place and moves it there when it is complete.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_STATE_ATOMIC_FILE_H
#define TACIT_RUNTIME_STATE_ATOMIC_FILE_H

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <cstddef>
#include <memory>
#include <string>

namespace tacit {

/// What is written goes to a temporary file in the same folder, which replaces
/// `path` on Commit. Until then, and after any error, the file that was at
/// `path` is untouched; without Commit the temporary file is removed.
class AtomicFile {
public:
  static absl::StatusOr<std::unique_ptr<AtomicFile>>
  Create(const std::string &path);
  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;

  /// Error: the system's, such as a disk that is full.
  absl::Status Write(const void *data, size_t bytes);

  /// On return without error the file and its name are on the disk.
  absl::Status Commit();

private:
  AtomicFile(std::string path, std::string temporary, int file)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}
  absl::Status Failed(const char *what, int error) const;

  std::string path_;
  std::string temporary_;
  int file_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_STATE_ATOMIC_FILE_H
