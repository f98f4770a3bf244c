//===- cifar10.cpp - The file format of CIFAR-10 --------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/cifar10.h"

#include "runtime/data/byte_source.h"

#include "absl/strings/str_cat.h"

namespace tacit {

absl::Status AppendCifar10(const std::string &path, CifarImages &images) {
  absl::StatusOr<ByteSource> source = ByteSource::Open("CIFAR-10", path);
  if (!source.ok())
    return source.status();
  std::string bytes;
  if (absl::Status status = source->ReadAll(bytes); !status.ok())
    return status;
  constexpr int64_t kRecord = 1 + kCifarPixels;
  const int64_t size = static_cast<int64_t>(bytes.size());
  if (size == 0 || size % kRecord != 0)
    return source->Error(absl::StrCat(
        "wrong size: got ", size, " bytes, wanted a multiple of ", kRecord,
        ", a label and 3 planes of 32 x 32 bytes for each image; take a "
        "data_batch_N.bin of the binary version of CIFAR-10"));
  for (int64_t at = 0; at < size; at += kRecord) {
    const int label = static_cast<unsigned char>(bytes[at]);
    if (label >= kCifarClasses)
      return source->Error(absl::StrCat("label out of range: image ",
                                        at / kRecord, " has ", label,
                                        ", wanted 0 to ", kCifarClasses - 1));
    images.labels += bytes[at];
    images.pixels.append(bytes, at + 1, kCifarPixels);
  }
  return absl::OkStatus();
}

void InterleavePlanes(const char *from, unsigned char *to) {
  constexpr int64_t kPlane = kCifarSize * kCifarSize;
  for (int64_t pixel = 0; pixel < kPlane; ++pixel)
    for (int64_t plane = 0; plane < kCifarPlanes; ++plane)
      *to++ = static_cast<unsigned char>(from[plane * kPlane + pixel]);
}

} // namespace tacit
