//===- count_allocations.h - How often a test allocates ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Linking count_allocations.cpp replaces the global operator new, as
/// sanitizers do: tests that use it stay out of sanitized builds.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_SUPPORT_COUNT_ALLOCATIONS_H
#define TACIT_TEST_UNIT_SUPPORT_COUNT_ALLOCATIONS_H

#include <cstddef>

namespace tacit {

/// By operator new, since the process began.
extern size_t allocations;

} // namespace tacit

#endif // TACIT_TEST_UNIT_SUPPORT_COUNT_ALLOCATIONS_H
