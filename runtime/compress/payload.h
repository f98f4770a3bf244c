//===- payload.h - Sparse vectors as they are stored ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a compressor that keeps some entries of a flat vector leaves behind,
/// what exchanges merge and what decompression scatters: pairs of an index and
/// a value, in the order of the indices.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_PAYLOAD_H
#define TACIT_RUNTIME_COMPRESS_PAYLOAD_H

#include "runtime/abi/tacit_abi.h"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace tacit {

/// Whether entries of a vector of `elements` elements need 64-bit indices.
constexpr bool NeedsWideIndices(uint64_t elements) {
  return elements > uint64_t{std::numeric_limits<uint32_t>::max()} + 1;
}

/// A view of room for `capacity` entries, of which `*count` are there. Entries
/// 0 .. *count - 1 have strictly ascending indices, all below the length of the
/// vector. `Index` is uint32_t, or uint64_t where NeedsWideIndices says so.
template <typename Index> struct SparseView {
  uint64_t *count = nullptr;
  Index *indices = nullptr;
  float *values = nullptr;
  uint64_t capacity = 0;
};

/// Bytes of a buffer that holds a sparse vector: the count, then the indices,
/// then the values, each from a multiple of TACIT_ALIGNMENT on.
inline size_t SparseBytes(uint64_t elements, uint64_t capacity) {
  return tacit_sparse_bytes(elements, capacity);
}

/// The sparse vector in a buffer of SparseBytes bytes, aligned to
/// TACIT_ALIGNMENT.
template <typename Index>
SparseView<Index> ViewSparse(void *buffer, uint64_t capacity) {
  std::byte *bytes = static_cast<std::byte *>(buffer);
  const size_t indices = tacit_padded(capacity * sizeof(Index));
  return {reinterpret_cast<uint64_t *>(bytes),
          reinterpret_cast<Index *>(bytes + TACIT_ALIGNMENT),
          reinterpret_cast<float *>(bytes + TACIT_ALIGNMENT + indices),
          capacity};
}

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_PAYLOAD_H
