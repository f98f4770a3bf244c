//===- decompress.h - Dense vectors of sparse ones --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// From entries back to a flat vector.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_DECOMPRESS_H
#define TACIT_RUNTIME_COMPRESS_DECOMPRESS_H

#include "runtime/compress/payload.h"

#include <cstdint>

namespace tacit {

/// dense = 0, and factor * value at each entry. With factor 1 values are
/// copied. `dense` has `elements` elements. On the pool of threads.
/// uint32_t and uint64_t are instantiated, and below.
template <typename Index>
void DecompressSparse(const SparseView<Index> &entries, uint64_t elements,
                      float factor, float *dense);

/// dense += factor * value at each entry, the product rounded first.
template <typename Index>
void AddDecompressedSparse(const SparseView<Index> &entries, uint64_t elements,
                           float factor, float *dense);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_DECOMPRESS_H
