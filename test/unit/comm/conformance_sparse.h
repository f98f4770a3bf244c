//===- conformance_sparse.h - What every world must do with sparse vectors *-
// C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_COMM_CONFORMANCE_SPARSE_H
#define TACIT_TEST_UNIT_COMM_CONFORMANCE_SPARSE_H

#include "test/unit/comm/conformance.h"

namespace tacit::conformance {

/// Sparse exchanges of all kinds and sizes against their definitions.
absl::Status SparseExchanges(Communicator &communicator, Digest &digest);

/// Several of them in flight among dense ones, awaited in each rank's order.
absl::Status SparseInFlight(Communicator &communicator, Digest &digest);

} // namespace tacit::conformance

#endif // TACIT_TEST_UNIT_COMM_CONFORMANCE_SPARSE_H
