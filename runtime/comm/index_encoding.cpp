//===- index_encoding.cpp - Sparse vectors as bytes -----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/index_encoding.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tacit {

static absl::Status Malformed(const std::string &what) {
  return absl::InternalError(absl::StrCat("malformed sparse vector: ", what));
}

//===----------------------------------------------------------------------===//
// Bits, the lowest of each byte first
//===----------------------------------------------------------------------===//

namespace {

/// Appends bits. Writes no byte before it is full, but the last.
class BitWriter {
public:
  explicit BitWriter(std::byte *to) : to_(to) {}

  /// `count` < 64 bits, the others being 0.
  void Put(uint64_t bits, int count) {
    word_ |= bits << used_;
    if (used_ + count < 64) {
      used_ += count;
      return;
    }
    std::memcpy(to_, &word_, 8);
    to_ += 8;
    word_ = used_ == 0 ? 0 : bits >> (64 - used_);
    used_ += count - 64;
  }
  void PutUnary(uint64_t zeros) {
    for (; zeros > 62; zeros -= 62)
      Put(0, 62);
    Put(uint64_t{1} << zeros, static_cast<int>(zeros) + 1);
  }
  /// Returns the end of what is written.
  std::byte *Finish() {
    const size_t bytes = static_cast<size_t>(used_ + 7) / 8;
    std::memcpy(to_, &word_, bytes);
    return to_ + bytes;
  }

private:
  std::byte *to_;
  uint64_t word_ = 0;
  int used_ = 0; // bits of word_
};

/// Reads bits; past the end there are zeros.
class BitReader {
public:
  /// Bits that Peek has for sure.
  static constexpr int kPeeked = 57;

  BitReader(const std::byte *from, size_t bytes) : from_(from), bytes_(bytes) {}

  uint64_t Peek() const {
    const size_t byte = at_ / 8;
    uint64_t word = 0;
    if (byte < bytes_)
      std::memcpy(&word, from_ + byte, std::min<size_t>(8, bytes_ - byte));
    return word >> (at_ % 8);
  }
  void Skip(uint64_t bits) { at_ += bits; }
  bool past_end() const { return at_ > uint64_t{8} * bytes_; }
  size_t bytes_read() const { return static_cast<size_t>((at_ + 7) / 8); }

private:
  const std::byte *from_;
  size_t bytes_;
  uint64_t at_ = 0;
};

} // namespace

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

/// The b that suits gaps of this mean: near log2 of ln 2 times it.
static int ChooseLowBits(uint64_t count, uint64_t past_last) {
  const uint64_t scaled = (past_last - count) / count * 7 / 10;
  return scaled == 0 ? 0 : std::bit_width(scaled) - 1;
}

/// Length of the coded message; 0 if the plain one is not longer.
template <typename Index>
static size_t CodedBytes(const Entries<Index> &entries, int low_bits) {
  const uint64_t count = entries.count;
  uint64_t zeros = 0;
  int64_t last = -1;
  for (size_t i = 0; i < count; ++i) {
    const int64_t index = static_cast<int64_t>(entries.indices[i]);
    zeros += static_cast<uint64_t>(index - last - 1) >> low_bits;
    last = index;
  }
  const uint64_t bits = zeros + count * static_cast<uint64_t>(low_bits + 1);
  uint64_t bytes = sizeof(Index) + count * sizeof(float) + 1 + (bits + 7) / 8;
  bytes += bytes % MessageBytes<Index>(1) == 0;
  return bytes < MessageBytes<Index>(count) ? bytes : 0;
}

template <typename Index>
size_t EncodeEntries(const Entries<Index> &entries, IndexEncoding encoding,
                     std::byte *message) {
  const size_t count = entries.count;
  if (count == 0)
    return 0;
  int low_bits = 0;
  size_t coded = 0;
  if (encoding == IndexEncoding::kAuto) {
    low_bits = ChooseLowBits(count, entries.indices[count - 1] + uint64_t{1});
    coded = CodedBytes(entries, low_bits);
  }
  if (coded == 0) {
    const size_t indices = count * sizeof(Index);
    std::memcpy(message, entries.indices, indices);
    std::memcpy(message + indices, entries.values, count * sizeof(float));
    return MessageBytes<Index>(count);
  }

  const Index stored = static_cast<Index>(count);
  std::memcpy(message, &stored, sizeof(stored));
  std::byte *to = message + sizeof(stored);
  std::memcpy(to, entries.values, count * sizeof(float));
  to += count * sizeof(float);
  *to++ = static_cast<std::byte>(low_bits);
  BitWriter bits(to);
  const uint64_t low_mask = (uint64_t{1} << low_bits) - 1;
  uint64_t next = 0; // the least that the index can be
  for (size_t i = 0; i < count; ++i) {
    const uint64_t gap = entries.indices[i] - next;
    bits.PutUnary(gap >> low_bits);
    bits.Put(gap & low_mask, low_bits);
    next = entries.indices[i] + uint64_t{1};
  }
  to = bits.Finish();
  while (to < message + coded)
    *to++ = std::byte{0};
  return coded;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

template <typename Index>
absl::Status CheckEntries(const Entries<Index> &entries, uint64_t elements) {
  bool ascending = true;
  for (size_t i = 1; i < entries.count; ++i)
    ascending &= entries.indices[i - 1] < entries.indices[i];
  if (!ascending)
    return Malformed("its indices do not ascend");
  if (entries.count > 0 && entries.indices[entries.count - 1] >= elements)
    return Malformed(absl::StrCat("it has index ",
                                  entries.indices[entries.count - 1],
                                  " of a vector of ", elements, " elements"));
  return absl::OkStatus();
}

template <typename Index>
static absl::StatusOr<Entries<Index>>
DecodeCoded(const std::byte *message, size_t bytes, uint64_t elements,
            size_t most, Index *indices) {
  static constexpr size_t kHeader = sizeof(Index) + 1;
  Index stored = 0;
  if (bytes > kHeader)
    std::memcpy(&stored, message, sizeof(stored));
  if (stored == 0 || !indices)
    return Malformed(absl::StrCat(bytes, " bytes are no number of entries"));
  if (stored > most || stored > (bytes - kHeader) / sizeof(float))
    return Malformed(absl::StrCat("it counts ", stored, " entries in ", bytes,
                                  " bytes where ", most, " fit"));
  const size_t count = static_cast<size_t>(stored);
  const std::byte *values = message + sizeof(Index);
  const std::byte *codes = values + count * sizeof(float);
  const int low_bits = static_cast<int>(*codes++);
  if (low_bits >= BitReader::kPeeked)
    return Malformed(absl::StrCat("its gaps have ", low_bits, " low bits"));

  BitReader bits(codes, static_cast<size_t>(message + bytes - codes));
  const uint64_t low_mask = (uint64_t{1} << low_bits) - 1;
  uint64_t next = 0; // the least that the index can be
  for (size_t i = 0; i < count; ++i) {
    uint64_t high = 0, word;
    while ((word = bits.Peek()) == 0 && !bits.past_end()) {
      bits.Skip(BitReader::kPeeked);
      high += BitReader::kPeeked;
    }
    const int zeros = std::countr_zero(word);
    high += static_cast<uint64_t>(zeros);
    bits.Skip(static_cast<uint64_t>(zeros) + 1);
    const uint64_t low = bits.Peek() & low_mask;
    bits.Skip(static_cast<uint64_t>(low_bits));
    // `high` is at most 8 times the message's bytes; shifting may lose bits.
    if (bits.past_end() || next >= elements ||
        high > (elements - 1 - next) >> low_bits ||
        (high << low_bits | low) > elements - 1 - next)
      return Malformed(absl::StrCat("entry ", i, " of ", count,
                                    " lies beyond its end or element ",
                                    elements - 1));
    next += high << low_bits | low;
    indices[i] = static_cast<Index>(next++);
  }
  const size_t length =
      static_cast<size_t>(codes - message) + bits.bytes_read();
  if (bytes != length + (length % MessageBytes<Index>(1) == 0))
    return Malformed(absl::StrCat("its ", count, " entries end at byte ",
                                  length, " of ", bytes));
  return Entries<Index>{indices, reinterpret_cast<const float *>(values),
                        count};
}

template <typename Index>
absl::StatusOr<Entries<Index>> DecodeEntries(const std::byte *message,
                                             size_t bytes, uint64_t elements,
                                             size_t most, Index *indices) {
  if (bytes % MessageBytes<Index>(1) != 0)
    return DecodeCoded(message, bytes, elements, most, indices);
  const size_t count = bytes / MessageBytes<Index>(1);
  if (count > most)
    return Malformed(
        absl::StrCat("it has ", count, " entries where ", most, " fit"));
  const Entries<Index> entries{
      reinterpret_cast<const Index *>(message),
      reinterpret_cast<const float *>(message + count * sizeof(Index)), count};
  if (absl::Status status = CheckEntries(entries, elements); !status.ok())
    return status;
  return entries;
}

#define INSTANTIATE(Index)                                                     \
  template size_t EncodeEntries(const Entries<Index> &, IndexEncoding,         \
                                std::byte *);                                  \
  template absl::StatusOr<Entries<Index>> DecodeEntries(                       \
      const std::byte *, size_t, uint64_t, size_t, Index *);                   \
  template absl::Status CheckEntries(const Entries<Index> &, uint64_t);
INSTANTIATE(uint32_t)
INSTANTIATE(uint64_t)
#undef INSTANTIATE

} // namespace tacit
