//===- dense_fallback.h - Sparse vectors exchanged densely ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where so many ranks bring so many entries that a sparse exchange would send
/// more than a dense one, the entries are exchanged as a dense vector.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_DENSE_FALLBACK_H
#define TACIT_RUNTIME_COMM_DENSE_FALLBACK_H

#include "runtime/comm/communicator.h"

namespace tacit {

/// Starts the ordinary all-reduce of the ranks' sparse vectors: `dense`, of
/// `elements` elements, becomes their mean. `input` is a sparse vector as
/// payload.h lays it out, needed only until this returns. Nothing is left out.
/// Error: an input that is no sparse vector; as StartAllReduce.
absl::StatusOr<tacit_token>
StartDenseOfSparse(Communicator &communicator, absl::string_view name,
                   const void *input, uint64_t capacity, uint64_t elements,
                   float *dense, Purpose purpose = Purpose::kPayload);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_DENSE_FALLBACK_H
