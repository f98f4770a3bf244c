//===- checks.h - What a program asks of its rows ---------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks of a data set against what a run knows and the set does not.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_DATA_CHECKS_H
#define TACIT_RUNTIME_DATA_CHECKS_H

#include "runtime/data/dataset.h"

#include "absl/status/status.h"

namespace tacit {

/// Error: fewer rows than `batch`, the rows of one rank's step. For training:
/// evaluation pads its last batch, so it takes any number of rows.
absl::Status CheckBatch(const DataSet &data, int64_t batch);

/// Checks every i32 and i64 argument: a class, a token, an index.
/// Error: a negative value, or one that is not below the argument's `classes`,
/// where those are known; says which argument and row.
absl::Status CheckLabels(const DataSet &data,
                         absl::Span<const tacit_named_tensor> arguments);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_CHECKS_H
