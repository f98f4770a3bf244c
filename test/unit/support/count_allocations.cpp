//===- count_allocations.cpp - How often a test allocates -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/support/count_allocations.h"

#include <cstdlib>
#include <new>

size_t tacit::allocations = 0;

// Every form that the runtime uses ends up in one of these.
void *operator new(size_t bytes) {
  ++tacit::allocations;
  if (void *memory = std::malloc(bytes ? bytes : 1))
    return memory;
  throw std::bad_alloc();
}
void *operator new(size_t bytes, std::align_val_t alignment) {
  ++tacit::allocations;
  const size_t unit = static_cast<size_t>(alignment);
  if (void *memory = std::aligned_alloc(unit, (bytes + unit) / unit * unit))
    return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }
void operator delete(void *memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void *memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
