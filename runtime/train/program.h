//===- program.h - Whether a program can be run here ------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks of a compiled program's descriptor, before anything trusts it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_PROGRAM_H
#define TACIT_RUNTIME_TRAIN_PROGRAM_H

#include "runtime/abi/tacit_abi.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>

namespace tacit {

/// The program at `descriptor`, if this runtime can run it. Error: null, of
/// another version of the ABI, without a step whose first result is a scalar
/// loss, or with a layout that contradicts itself.
absl::StatusOr<const tacit_program *>
LoadProgram(const tacit_program *descriptor);

/// Error: a program that is compiled for another number of ranks.
absl::Status CheckRanks(const tacit_program &program, int ranks);

/// Rows in a batch of `entry`, the first extent of all its arguments; 0 if it
/// takes none.
int64_t BatchRows(const tacit_entry &entry);

/// The number of the result that is called `name`, or -1.
int FindResult(const tacit_entry &entry, absl::string_view name);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_PROGRAM_H
