//===- byte_source.h - Bytes of a file, gzip or not -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The bytes of a file, uncompressed on the way if it is in gzip's format.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_BYTE_SOURCE_H
#define TACIT_RUNTIME_DATA_BYTE_SOURCE_H

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <memory>
#include <string>

namespace tacit {

class ByteSource {
public:
  /// `format` is for messages. Error: no such file, or one that cannot be
  /// opened or is a directory.
  static absl::StatusOr<ByteSource> Open(absl::string_view format,
                                         const std::string &path);

  /// `npy file 'x.npy'`.
  const std::string &origin() const { return origin_; }

  /// Replaces `bytes` by the next `count`. Grows it as the file goes, so that
  /// a damaged header cannot ask for more memory than the file has bytes.
  /// Error: the file ends before, naming `what`, or is damaged.
  absl::Status Read(int64_t count, absl::string_view what, std::string &bytes);

  /// Replaces `bytes` by all that are left. Error: the file is damaged.
  absl::Status ReadAll(std::string &bytes);

  /// Error: more bytes follow, or a gzip file fails its checksum.
  absl::Status ExpectEnd();

  /// `ORIGIN: MESSAGE`.
  absl::Status Error(absl::string_view message) const;

private:
  struct Closer {
    void operator()(void *file) const;
  };

  /// Up to `count` bytes, fewer only at the end.
  absl::StatusOr<int64_t> ReadSome(char *to, int64_t count);

  std::string origin_;
  std::unique_ptr<void, Closer> file_; ///< A gzFile.
};

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_BYTE_SOURCE_H
