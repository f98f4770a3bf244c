//===- channel_program.h - What a program says of its channel ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Checks of a compiled program's channel, and what follows from it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_CHANNEL_PROGRAM_H
#define TACIT_RUNTIME_TRAIN_CHANNEL_PROGRAM_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/async/consistency_meter.h"

#include "absl/status/status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tacit {

/// Error: a channel that no compiler of this version makes, or that the rest of
/// the program contradicts; the text goes on after the program's name. All but
/// the channel and the step have been checked.
absl::Status CheckChannel(const tacit_program &program);

/// The numbers of the variables that the program's channel, which it has, is
/// of, in the order of its members.
std::vector<size_t> MembersOf(const tacit_program &program);

/// What the compressor of the program's channel adds to the constant of elastic
/// consistency, in multiples of the largest norm of what a rank hands to the
/// channel: sqrt((2 - g) g / (1 - g)^3) with error feedback, g such that
/// |Q(w) - w|^2 <= g |w|^2 (Nadiradze et al., "Elastic consistency", AAAI
/// 2021), times the steps that are sent at once; of every rank's residual,
/// where updates are no shares of a mean. 0: nothing; infinite: not known.
double CompressorConstant(const tacit_program &program, int ranks);

/// A meter for `ranks` ranks of the program. `first_step`: the step that they
/// begin with.
std::unique_ptr<ConsistencyMeter> MakeMeter(const tacit_program &program,
                                            int ranks, int64_t first_step);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_CHANNEL_PROGRAM_H
