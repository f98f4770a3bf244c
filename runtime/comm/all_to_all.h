//===- all_to_all.h - Each rank a message for each ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// All-to-all, pairwise: in step s = 1 .. P-1, rank p sends to p + s and
/// receives from p - s (mod P), so that in each step every rank sends one
/// message and receives one. P - 1 latencies; each rank sends P - 1 blocks,
/// the least that there is.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_ALL_TO_ALL_H
#define TACIT_RUNTIME_COMM_ALL_TO_ALL_H

#include "runtime/comm/exchange.h"

#include <cstddef>

namespace tacit {

/// Block q of `input`, of `bytes` bytes, becomes block p of rank q's `output`,
/// where p is this rank. Its own block is there already. Positive, as is the
/// number of ranks.
Steps AllToAll(Exchange &exchange, const void *input, void *output,
               size_t bytes);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_ALL_TO_ALL_H
