//===- index_encoding.h - Sparse vectors as bytes ---------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How the entries of a sparse vector travel. Both forms say by the length of
/// the message how many entries there are, so nothing is sent beside them:
///
/// - Plain: all indices, then all values. `count` entries take exactly
///   count * (4 + 4) bytes, count * (8 + 4) with 64-bit indices.
/// - Coded: the count, as wide as an index; the values; one byte b; and the
///   gaps between indices as Rice codes: with previous index j (-1 at first),
///   g = i - j - 1 is floor(g / 2^b) zero bits, a one, and the low b bits of g.
///   One more byte 0 follows where the length would otherwise be one of plain
///   messages. With b = 0 the bits are the bitmap of the indices. A geometric
///   distribution of gaps, that of random indices, costs a few per cent more
///   than its entropy (Golomb, "Run-length encodings", IEEE Trans. Inform.
///   Theory 1966; Rice 1979).
///
/// `auto` sends the coded form where it is shorter, so no message is longer
/// than the plain one. Numbers are in the byte order of the machine.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_INDEX_ENCODING_H
#define TACIT_RUNTIME_COMM_INDEX_ENCODING_H

#include "absl/status/statusor.h"

#include <cstddef>
#include <cstdint>

namespace tacit {

/// How indices travel: always plain, or coded where that is shorter.
enum class IndexEncoding { kPlain, kAuto };

/// Entries of a sparse vector that belong to somebody else, in the order of
/// their indices. `Index` is uint32_t or uint64_t, here and below.
template <typename Index> struct Entries {
  const Index *indices = nullptr;
  const float *values = nullptr;
  size_t count = 0;
};

/// The longest message of `count` entries, which is also the plain one.
template <typename Index> constexpr size_t MessageBytes(size_t count) {
  return count * (sizeof(Index) + sizeof(float));
}

/// Writes a message to `message`, which has room for
/// MessageBytes<Index>(entries.count) bytes. Returns its length.
template <typename Index>
size_t EncodeEntries(const Entries<Index> &entries, IndexEncoding encoding,
                     std::byte *message);

/// The entries of a message of `bytes` bytes, aligned as an Index, as long as
/// it and `indices` live; `indices` has room for `most` of them, or is null if
/// the message must be plain. Error: more than `most` entries, a coded message
/// without room, or what no sparse vector of `elements` elements encodes to;
/// nothing outside the message is read.
template <typename Index>
absl::StatusOr<Entries<Index>> DecodeEntries(const std::byte *message,
                                             size_t bytes, uint64_t elements,
                                             size_t most, Index *indices);

/// Error: indices that do not ascend strictly, or one that is not below
/// `elements`.
template <typename Index>
absl::Status CheckEntries(const Entries<Index> &entries, uint64_t elements);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_INDEX_ENCODING_H
