//===- message.cpp - Messages shared by reference count -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/message.h"

#include "runtime/comm/scratch.h"

#include <cassert>
#include <cstring>
#include <new>

namespace tacit {

struct Message::Core {
  ScratchPool memory;
  size_t out = 0;      ///< Messages that are referred to.
  bool closed = false; ///< The pool is gone.
};

absl::Span<std::byte> Message::MutablePayload() {
  assert(!shared() && "a message that others hold is not to be changed");
  return {Bytes(), block_->wire.bytes};
}

void Message::Recycle(Block *block) {
  Core *core = block->core;
  const size_t bytes = sizeof(Block) + block->capacity;
  block->~Block();
  core->memory.Give(reinterpret_cast<std::byte *>(block), bytes);
  if (--core->out == 0 && core->closed)
    delete core;
}

MessagePool::MessagePool() : core_(new Message::Core) {}

MessagePool::~MessagePool() {
  core_->closed = true;
  if (core_->out == 0)
    delete core_;
}

size_t MessagePool::out() const { return core_->out; }

Message MessagePool::New(const MessageHeader &header, size_t bytes) {
  std::byte *memory = core_->memory.Take(sizeof(Message::Block) + bytes);
  auto *block = new (memory) Message::Block{};
  block->core = core_;
  block->references = 1;
  block->capacity = bytes;
  // Padding travels too, and nothing uninitialized is to.
  std::memset(&block->wire, 0, Message::kWireBytes);
  block->wire.bytes = bytes;
  block->wire.header.kind = header.kind;
  block->wire.header.words = header.words;
  block->wire.header.control_bytes = header.control_bytes;
  ++core_->out;
  return Message(block);
}

Message MessagePool::NewForWire(size_t wire) {
  return New(MessageHeader(), wire - Message::kWireBytes);
}

absl::Span<std::byte> MessagePool::WireOf(Message &message, size_t wire) {
  return {reinterpret_cast<std::byte *>(&message.block_->wire), wire};
}

bool MessagePool::IsWhole(const Message &message, size_t wire) {
  return message.block_->wire.bytes == wire - Message::kWireBytes;
}

} // namespace tacit
