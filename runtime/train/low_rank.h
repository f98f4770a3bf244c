//===- low_rank.h - An exchange of PowerSGD ---------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One step of PowerSGD (runtime/compress/powersgd.h) for all matrices of a
/// compression: its two all-reduces carry the factors of all of them.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_LOW_RANK_H
#define TACIT_RUNTIME_TRAIN_LOW_RANK_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/comm/communicator.h"
#include "runtime/compress/accumulate.h"

#include "absl/status/status.h"

#include <vector>

namespace tacit {

/// Takes acc, the members of `compression` end to end, as matrices M of as many
/// columns as each says. `factors` holds each one's Q, columns x rank, and then
/// the new one; `means` gets each one's P Q^T, the same on all ranks, and the
/// residual, if there is one, acc less that.
///
/// `left` is memory for P, which is kept from one call to the next. Errors:
/// NonFiniteError, before anything is sent; a mean factor that is not finite,
/// on all ranks; those of the exchange.
absl::Status ExchangeLowRank(const tacit_compression &compression,
                             Communicator &communicator,
                             const Accumulation &accumulation,
                             std::vector<float> &left, float *factors,
                             float *means);

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_LOW_RANK_H
