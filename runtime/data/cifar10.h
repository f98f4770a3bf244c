//===- cifar10.h - The file format of CIFAR-10 ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the binary version of CIFAR-10, gzip or not: records of 3,073 bytes, a
/// label of 0 to 9, then 32 x 32 pixels of red, of green, and of blue, row by
/// row. See https://www.cs.toronto.edu/~kriz/cifar.html.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_CIFAR10_H
#define TACIT_RUNTIME_DATA_CIFAR10_H

#include "absl/status/status.h"

#include <cstdint>
#include <string>

namespace tacit {

inline constexpr int64_t kCifarSize = 32;
inline constexpr int64_t kCifarPlanes = 3;
inline constexpr int64_t kCifarPixels = kCifarPlanes * kCifarSize * kCifarSize;
inline constexpr int64_t kCifarClasses = 10;

/// Images in the order of the files they come from.
struct CifarImages {
  std::string labels; ///< A byte for each.
  std::string pixels; ///< kCifarPixels for each, in three planes.
};

/// Appends the images of the file at `path` to `images`.
/// Error: a file that is missing or damaged, has no images or a part of one, or
/// a label that is not one of the ten.
absl::Status AppendCifar10(const std::string &path, CifarImages &images);

/// The three planes of an image at `from` as pixels of three values at `to`.
void InterleavePlanes(const char *from, unsigned char *to);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_CIFAR10_H
