//===- aligned_buffer.h - Zeroed memory at the ABI's alignment --*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One allocation, aligned to TACIT_ALIGNMENT, zero at first.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_STATE_ALIGNED_BUFFER_H
#define TACIT_RUNTIME_STATE_ALIGNED_BUFFER_H

#include "runtime/abi/tacit_abi.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace tacit {

/// Owns `size()` zeroed bytes. Movable; what it points at never moves.
class AlignedBuffer {
public:
  AlignedBuffer() = default;

  explicit AlignedBuffer(size_t bytes) : size_(bytes) {
    // A program without state or arena still gets an address.
    const size_t rounded =
        (bytes + TACIT_ALIGNMENT) / TACIT_ALIGNMENT * TACIT_ALIGNMENT;
    data_.reset(
        static_cast<std::byte *>(std::aligned_alloc(TACIT_ALIGNMENT, rounded)));
    if (!data_)
      throw std::bad_alloc();
    std::memset(data_.get(), 0, rounded);
  }

  std::byte *data() const { return data_.get(); }
  size_t size() const { return size_; }

private:
  struct Free {
    void operator()(std::byte *data) const { std::free(data); }
  };
  std::unique_ptr<std::byte, Free> data_;
  size_t size_ = 0;
};

} // namespace tacit

#endif // TACIT_RUNTIME_STATE_ALIGNED_BUFFER_H
