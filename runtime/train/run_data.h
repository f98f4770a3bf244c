//===- run_data.h - The data sets of a run ----------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Opens the data sets that a run's options name, or takes those it is given.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_RUN_DATA_H
#define TACIT_RUNTIME_TRAIN_RUN_DATA_H

#include "runtime/train/train.h"

#include "absl/status/statusor.h"

#include <cstdint>

namespace tacit {

/// Error: data that is not named, cannot be opened, or has fewer rows than a
/// batch.
absl::StatusOr<TrainData> OpenRunData(const tacit_program &program,
                                      const TrainOptions &options,
                                      const TrainData *brought, uint64_t seed);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_RUN_DATA_H
