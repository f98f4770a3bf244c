//===- train_options.h - Options of a training run --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What TrainOptions' own header leaves to Train.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_TRAIN_OPTIONS_H
#define TACIT_RUNTIME_TRAIN_TRAIN_OPTIONS_H

#include "runtime/train/train.h"

#include "absl/status/status.h"
#include "absl/types/span.h"

#include <string>

namespace tacit {

/// The name that metrics give to a data set.
std::string EvalName(const EvalData &data);

/// Error: options that make no sense, alone, together, for this program, or
/// where its ranks are; `in_process`: all in this process.
absl::Status CheckOptions(const tacit_program &program,
                          const TrainOptions &options,
                          absl::Span<const std::string> eval_names,
                          bool in_process);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_TRAIN_OPTIONS_H
