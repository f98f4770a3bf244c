//===- byte_source.cpp - Bytes of a file, gzip or not ---------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/byte_source.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <zlib.h>

namespace tacit {

void ByteSource::Closer::operator()(void *file) const {
  gzclose_r(static_cast<gzFile>(file));
}

absl::StatusOr<ByteSource> ByteSource::Open(absl::string_view format,
                                            const std::string &path) {
  ByteSource source;
  source.origin_ = absl::StrCat(format, " file '", path, "'");
  struct stat info;
  if (stat(path.c_str(), &info) != 0)
    return source.Error(std::strerror(errno));
  if (S_ISDIR(info.st_mode))
    return source.Error("is a directory, wanted a file");
  errno = 0;
  source.file_.reset(gzopen(path.c_str(), "rbe"));
  if (!source.file_)
    return source.Error(errno ? std::strerror(errno) : "out of memory");
  // zlib takes three times that, which small files need not.
  gzbuffer(static_cast<gzFile>(source.file_.get()),
           static_cast<unsigned>(
               std::clamp<int64_t>(info.st_size, 4 << 10, 256 << 10)));
  return source;
}

absl::StatusOr<int64_t> ByteSource::ReadSome(char *to, int64_t count) {
  gzFile file = static_cast<gzFile>(file_.get());
  int64_t got = 0;
  while (got < count) {
    const int64_t chunk = std::min<int64_t>(count - got, 64 << 20);
    const int n = gzread(file, to + got, static_cast<unsigned>(chunk));
    if (n < 0) {
      int code = Z_OK;
      absl::string_view text = gzerror(file, &code);
      if (code == Z_ERRNO)
        return Error(std::strerror(errno));
      const size_t colon = text.rfind(": "); // After the path.
      if (colon != absl::string_view::npos)
        text.remove_prefix(colon + 2);
      return Error(absl::StrCat("damaged gzip data: ", text));
    }
    if (n == 0)
      break;
    got += n;
  }
  if (got < count) {
    // zlib hands out what a file that was cut short had, then says so here.
    int code = Z_OK;
    gzerror(file, &code);
    if (code == Z_BUF_ERROR)
      return Error("truncated: its gzip data ends early");
  }
  return got;
}

absl::Status ByteSource::Read(int64_t count, absl::string_view what,
                              std::string &bytes) {
  bytes.clear();
  while (static_cast<int64_t>(bytes.size()) < count) {
    const int64_t have = static_cast<int64_t>(bytes.size());
    const int64_t chunk =
        std::min<int64_t>(count - have, std::max<int64_t>(1 << 20, have));
    bytes.resize(static_cast<size_t>(have + chunk));
    absl::StatusOr<int64_t> got = ReadSome(bytes.data() + have, chunk);
    if (!got.ok())
      return got.status();
    if (*got < chunk)
      return Error(absl::StrCat("truncated: got ", have + *got, " bytes of ",
                                what, ", wanted ", count));
  }
  return absl::OkStatus();
}

absl::Status ByteSource::ReadAll(std::string &bytes) {
  bytes.clear();
  for (size_t have = 0;;) {
    const size_t chunk = std::max<size_t>(1 << 16, have);
    bytes.resize(have + chunk);
    absl::StatusOr<int64_t> got =
        ReadSome(bytes.data() + have, static_cast<int64_t>(chunk));
    if (!got.ok())
      return got.status();
    have += static_cast<size_t>(*got);
    if (static_cast<size_t>(*got) == chunk)
      continue;
    bytes.resize(have);
    return absl::OkStatus();
  }
}

absl::Status ByteSource::ExpectEnd() {
  char extra;
  absl::StatusOr<int64_t> got = ReadSome(&extra, 1);
  if (!got.ok())
    return got.status();
  if (*got != 0)
    return Error("goes on after the last element that its header announces");
  return absl::OkStatus();
}

absl::Status ByteSource::Error(absl::string_view message) const {
  return absl::InvalidArgumentError(absl::StrCat(origin_, ": ", message));
}

} // namespace tacit
