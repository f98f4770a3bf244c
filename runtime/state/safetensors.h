//===- safetensors.h - The format of checkpoints ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads and writes safetensors files: eight bytes with the length of a JSON
/// header, the header, then the tensors' bytes, row-major and little-endian.
/// https://github.com/huggingface/safetensors#format
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_STATE_SAFETENSORS_H
#define TACIT_RUNTIME_STATE_SAFETENSORS_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/state/atomic_file.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tacit {

/// One tensor as a header describes it.
struct SafetensorsEntry {
  std::string dtype; ///< As in the file: "F32".
  std::vector<int64_t> shape;
  uint64_t begin = 0; ///< From the start of the data, in bytes.
  uint64_t end = 0;

  /// `64x784xf32`, as messages write types.
  std::string TypeText() const;
  bool Is(const tacit_tensor_type &type) const;
};

/// A file that is open for reading. Its header is in memory, its data is not.
class SafetensorsFile {
public:
  /// Error: a file that is missing, is not of this format, or is truncated.
  static absl::StatusOr<std::unique_ptr<SafetensorsFile>>
  Open(const std::string &path);
  ~SafetensorsFile();
  SafetensorsFile(const SafetensorsFile &) = delete;
  SafetensorsFile &operator=(const SafetensorsFile &) = delete;

  const std::string &path() const { return path_; }
  const std::map<std::string, SafetensorsEntry, std::less<>> &entries() const {
    return entries_;
  }
  /// What stands under `__metadata__`.
  const std::map<std::string, std::string, std::less<>> &metadata() const {
    return metadata_;
  }

  /// Reads a tensor's bytes, `entry.end - entry.begin` of them.
  absl::Status Read(const SafetensorsEntry &entry, void *destination) const;

private:
  SafetensorsFile(std::string path, int file)
      : path_(std::move(path)), file_(file) {}
  absl::Status ReadHeader();
  absl::Status ParseHeader(const std::string &text, uint64_t data_bytes);
  /// Error: bytes of the data that are no tensor's, or several tensors'.
  absl::Status CheckLayout(uint64_t data_bytes) const;
  absl::Status ReadAt(uint64_t offset, void *destination, size_t bytes) const;
  absl::Status Malformed(absl::string_view why) const;

  std::string path_;
  int file_;
  uint64_t data_start_ = 0;
  std::map<std::string, SafetensorsEntry, std::less<>> entries_;
  std::map<std::string, std::string, std::less<>> metadata_;
};

/// Writes a file whose tensors are announced first, then appended in order.
class SafetensorsWriter {
public:
  struct Tensor {
    std::string name;
    tacit_tensor_type type;
  };

  /// Nothing is at `path` until Commit; see AtomicFile.
  static absl::StatusOr<std::unique_ptr<SafetensorsWriter>>
  Create(const std::string &path, const std::vector<Tensor> &tensors,
         const std::map<std::string, std::string> &metadata);

  /// The next tensor's bytes, or a part of them.
  absl::Status Append(const void *data, size_t bytes) {
    left_ -= bytes;
    return file_->Write(data, bytes);
  }

  /// Error: fewer or more bytes than announced, or what the system says.
  absl::Status Commit();

private:
  explicit SafetensorsWriter(std::unique_ptr<AtomicFile> file, uint64_t left)
      : file_(std::move(file)), left_(left) {}
  std::unique_ptr<AtomicFile> file_;
  uint64_t left_; ///< Bytes announced and not yet appended.
};

} // namespace tacit

#endif // TACIT_RUNTIME_STATE_SAFETENSORS_H
