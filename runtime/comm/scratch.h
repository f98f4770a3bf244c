//===- scratch.h - Staging memory of exchanges ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Memory that exchanges borrow for what they receive before it is reduced.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_SCRATCH_H
#define TACIT_RUNTIME_COMM_SCRATCH_H

#include "runtime/abi/tacit_abi.h"

#include <bit>
#include <cstddef>
#include <new>
#include <vector>

namespace tacit {

/// Blocks of memory by powers of two, kept for reuse: once as many are out as
/// ever will be, taking one makes no allocation.
class ScratchPool {
public:
  ScratchPool() : free_(kClasses) {}
  ScratchPool(const ScratchPool &) = delete;
  ScratchPool &operator=(const ScratchPool &) = delete;
  ~ScratchPool() {
    for (auto &blocks : free_)
      for (std::byte *block : blocks)
        ::operator delete(block, std::align_val_t(TACIT_ALIGNMENT));
  }

  std::byte *Take(size_t bytes) {
    const size_t size_class = ClassOf(bytes);
    std::vector<std::byte *> &blocks = free_[size_class];
    if (blocks.empty()) {
      // Room to give this block back, and all others that are out.
      blocks.reserve(++made_[size_class]);
      return static_cast<std::byte *>(::operator new(
          size_t{1} << size_class, std::align_val_t(TACIT_ALIGNMENT)));
    }
    std::byte *block = blocks.back();
    blocks.pop_back();
    return block;
  }

  void Give(std::byte *block, size_t bytes) {
    free_[ClassOf(bytes)].push_back(block);
  }

private:
  static constexpr size_t kClasses = 48;
  static size_t ClassOf(size_t bytes) {
    return std::bit_width((bytes < 64 ? 64 : bytes) - 1);
  }

  std::vector<std::vector<std::byte *>> free_; // by class: blocks of 2^class
  size_t made_[kClasses] = {};
};

/// `bytes` bytes of a pool, aligned to TACIT_ALIGNMENT, as long as it lives.
class Scratch {
public:
  Scratch(ScratchPool &pool, size_t bytes)
      : pool_(&pool), bytes_(bytes), data_(pool.Take(bytes)) {}
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  ~Scratch() { pool_->Give(data_, bytes_); }

  std::byte *data() const { return data_; }

private:
  ScratchPool *pool_;
  size_t bytes_;
  std::byte *data_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_SCRATCH_H
