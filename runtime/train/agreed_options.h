//===- agreed_options.h - That ranks were started alike ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compares what ranks were told and what they found, before they begin.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_AGREED_OPTIONS_H
#define TACIT_RUNTIME_TRAIN_AGREED_OPTIONS_H

#include "runtime/comm/communicator.h"
#include "runtime/train/train.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tacit {

/// Numbers by name, in the same order on every rank.
using NamedNumbers = std::vector<std::pair<std::string, int64_t>>;

/// What must be alike on every rank for them to make the same exchanges.
NamedNumbers NumbersOf(const tacit_program &program,
                       const TrainOptions &options);

/// A collective. Sets `difference`, alike on all ranks, to an error that says
/// which rank has another number than rank 0 under which name. Returns the
/// exchange's own error.
absl::Status CompareWithRankZero(Communicator &communicator,
                                 const NamedNumbers &numbers,
                                 absl::Status &difference);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_AGREED_OPTIONS_H
