//===- sanitizers.h - Which sanitizers this is built with -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Defines TACIT_ADDRESS_SANITIZER and TACIT_THREAD_SANITIZER where they apply.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_SANITIZERS_H
#define TACIT_RUNTIME_COMM_SANITIZERS_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TACIT_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define TACIT_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) // gcc
#define TACIT_ADDRESS_SANITIZER 1
#endif
#if defined(__SANITIZE_THREAD__)
#define TACIT_THREAD_SANITIZER 1
#endif

#endif // TACIT_RUNTIME_COMM_SANITIZERS_H
