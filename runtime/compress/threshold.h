//===- threshold.h - Entries from a magnitude on ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Sparsification by a fixed threshold with error feedback (Strom, "Scalable
/// distributed DNN training using commodity GPU cloud computing", Interspeech
/// 2015, with values sent as they are): every entry of acc of at least that
/// magnitude is sent, however many they are.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMPRESS_THRESHOLD_H
#define TACIT_RUNTIME_COMPRESS_THRESHOLD_H

#include "runtime/compress/accumulate.h"
#include "runtime/compress/payload.h"

#include "absl/status/status.h"

#include <cstdint>

namespace tacit {

/// Selects all entries of acc with |acc| >= value, in the order of their
/// indices, and clears them in the residual. There may be none.
/// uint32_t and uint64_t are instantiated.
///
/// Error: a value that is negative or not finite; more entries than `selected`
/// has room for; or NonFiniteError for the first element of acc that is
/// infinite or no number. In the latter two cases nothing is selected and the
/// residual holds acc.
template <typename Index>
absl::Status SelectFromThreshold(const Accumulation &accumulation, float value,
                                 const SparseView<Index> &selected);

} // namespace tacit

#endif // TACIT_RUNTIME_COMPRESS_THRESHOLD_H
