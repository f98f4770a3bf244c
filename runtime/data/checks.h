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
/// `classes[i]`: how many there are for argument i; 0, or past the end of
/// `classes`: not known. Error: a negative value, or one that is not below
/// `classes[i]`; says which argument and row. OpenDataSet has already checked
/// that none is negative.
absl::Status CheckLabels(const DataSet &data,
                         absl::Span<const tacit_named_tensor> arguments,
                         absl::Span<const int64_t> classes);

} // namespace tacit

#endif // TACIT_RUNTIME_DATA_CHECKS_H
