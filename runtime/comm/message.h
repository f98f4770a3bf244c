//===- message.h - Messages shared by reference count -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What one rank sends to others without their asking: written once, then only
/// read, and shared by all who send, carry or keep it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_MESSAGE_H
#define TACIT_RUNTIME_COMM_MESSAGE_H

#include "absl/types/span.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tacit {

/// What a message says besides its payload. It reaches the receiver even when
/// the payload is lost.
struct MessageHeader {
  uint32_t kind = 0; ///< Whose meaning, like that of
  /// the words, sender and receiver agree on: origin, sequence number, step.
  std::array<uint64_t, 4> words = {};
  /// Of the payload's bytes, those that count as control in Traffic: clocks.
  uint32_t control_bytes = 0;

  friend bool operator==(const MessageHeader &,
                         const MessageHeader &) = default;
};

class MessagePool;

/// A reference to a message, or to none. Copying it copies no bytes; whoever
/// keeps one keeps the message. Like a pool, for one thread.
class Message {
public:
  Message() = default;
  Message(const Message &other) : block_(other.block_) {
    if (block_)
      ++block_->references;
  }
  Message(Message &&other) noexcept
      : block_(std::exchange(other.block_, nullptr)) {}
  Message &operator=(Message other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Message() {
    if (block_ && --block_->references == 0)
      Recycle(block_);
  }

  explicit operator bool() const { return block_ != nullptr; }

  const MessageHeader &header() const { return block_->wire.header; }

  /// Aligned to TACIT_ALIGNMENT.
  absl::Span<const std::byte> payload() const {
    return {Bytes(), block_->wire.bytes};
  }

  /// The payload, to be filled in. Only before the message is shared: whoever
  /// has sent it has lent it out.
  absl::Span<std::byte> MutablePayload();

  /// Whether this is not the only reference.
  bool shared() const { return block_->references > 1; }

  /// The header and the payload in one piece, as they travel: kWireBytes and
  /// the payload's bytes.
  absl::Span<const std::byte> wire() const {
    return {reinterpret_cast<const std::byte *>(&block_->wire),
            kWireBytes + block_->wire.bytes};
  }

  /// Bytes of the header on its way.
  static constexpr size_t kWireBytes = 64;

private:
  friend class MessagePool;
  struct Core; ///< Of a pool; outlives it while messages do.

  /// What travels in front of the payload.
  struct Wire {
    uint64_t bytes; ///< Of the payload.
    MessageHeader header;
  };
  /// The memory of a message; the payload follows.
  struct Block {
    alignas(64) Core *core;
    uint32_t references;
    size_t capacity; ///< Payload that fits.
    alignas(64) Wire wire;
  };
  static_assert(sizeof(Wire) <= kWireBytes && sizeof(Block) == 128);

  explicit Message(Block *block) : block_(block) {}
  std::byte *Bytes() const {
    return reinterpret_cast<std::byte *>(block_) + sizeof(Block);
  }
  static void Recycle(Block *block);

  Block *block_ = nullptr;
};

/// Where messages come from, and go when the last reference does: once as many
/// are out as ever will be, making one allocates nothing. Messages may outlive
/// their pool.
class MessagePool {
public:
  MessagePool();
  MessagePool(const MessagePool &) = delete;
  MessagePool &operator=(const MessagePool &) = delete;
  ~MessagePool();

  /// A message with room for `bytes` bytes of payload, not initialized.
  Message New(const MessageHeader &header, size_t bytes);

  /// A message to be received, header and all, from `wire` bytes that come in
  /// one piece: at least Message::kWireBytes.
  Message NewForWire(size_t wire);
  /// Where those go.
  static absl::Span<std::byte> WireOf(Message &message, size_t wire);
  /// Whether what came in is a message of `wire` bytes.
  static bool IsWhole(const Message &message, size_t wire);

  /// Messages that are referred to.
  size_t out() const;

private:
  Message::Core *core_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_MESSAGE_H
