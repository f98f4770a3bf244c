//===- consistency_bound.h - How far views may be apart ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The constant B of elastic consistency, |x - v| <= lr B, that a channel
/// promises (Nadiradze et al., "Elastic consistency: a practical consistency
/// model for distributed stochastic gradient descent", AAAI 2021), in multiples
/// of M, the largest norm of a gradient.
///
/// With P ranks, at the gradient of step t, x holding all updates of steps
/// before t:
///
/// | channel | views may lack, or be ahead by | B |
/// |---|---|---|
/// | dasgd, max_staleness s | s steps of each other rank, or s + 1 | (P-1)(s+1)
/// M | | norm_bounded, by rank | max_delay steps of each, times 1/P | (P-1)
/// max_delay M / P | | norm_bounded, by bucket | max_delay means | max_delay M
/// | | variance_bounded | as by rank, with another's in place of each | 2 (P-1)
/// max_delay M / P | | any, f updates that a rank never gets | those | f M; f M
/// / P; 2 f M / P |
///
/// Under dasgd an update counts as it is applied: with scale = mean, M is that
/// of a P-th of the gradient. What a compressor holds back is added to it.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_CONSISTENCY_BOUND_H
#define TACIT_RUNTIME_ASYNC_CONSISTENCY_BOUND_H

#include "runtime/abi/tacit_abi.h"

#include <string>

namespace tacit {

struct ConsistencyBound {
  /// Multiples of M, without faults; infinite if there is no bound.
  double constant = 0;
  /// What each update adds that a rank never gets, in multiples of M.
  double per_fault = 0;
  /// Why there is no bound; empty if there is one.
  std::string unbounded;
};

/// The bound of a channel between `ranks` ranks. `compressor`: what its
/// compressor adds, in multiples of M; 0 if it has none, infinite if nothing
/// is known of it.
ConsistencyBound BoundOf(const tacit_channel &channel, int ranks,
                         double compressor);

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_CONSISTENCY_BOUND_H
