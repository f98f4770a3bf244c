//===- atomic_file.cpp - A file that is whole or not there ----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/atomic_file.h"

#include "absl/strings/str_cat.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tacit {

static std::string Describe(int error) {
  return std::generic_category().message(error);
}

static std::string FolderOf(const std::string &path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::StatusOr<std::unique_ptr<AtomicFile>>
AtomicFile::Create(const std::string &path) {
  struct stat there;
  if (stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode))
    return absl::InvalidArgumentError(
        absl::StrCat("cannot save to ", path, ": it is not a regular file"));
  std::string temporary = absl::StrCat(path, ".tmp.", getpid());
  const int file =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0)
    return absl::UnknownError(
        absl::StrCat("cannot save to ", path, ": ", Describe(errno)));
  return std::unique_ptr<AtomicFile>(
      new AtomicFile(path, std::move(temporary), file));
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) {
    close(file_);
    unlink(temporary_.c_str());
  }
}

absl::Status AtomicFile::Failed(const char *what, int error) const {
  return absl::UnknownError(absl::StrCat("cannot save to ", path_, ": ", what,
                                         ": ", Describe(error),
                                         "; what was there is unchanged"));
}

absl::Status AtomicFile::Write(const void *data, size_t bytes) {
  const char *next = static_cast<const char *>(data);
  while (bytes > 0) {
    const ssize_t written = write(file_, next, bytes);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return Failed("writing", errno);
    next += written;
    bytes -= static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Commit() {
  // The contents must be on the disk before the name points at them, and the
  // name before anyone relies on it.
  if (fsync(file_) != 0)
    return Failed("writing to the disk", errno);
  if (close(file_) != 0) {
    const int error = errno;
    file_ = -1;
    unlink(temporary_.c_str());
    return Failed("closing", error);
  }
  file_ = -1;
  if (rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    unlink(temporary_.c_str());
    return Failed("renaming", error);
  }
  const std::string folder = FolderOf(path_);
  const int directory =
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) { // Some file systems cannot; the file is whole anyway.
    fsync(directory);
    close(directory);
  }
  return absl::OkStatus();
}

} // namespace tacit
