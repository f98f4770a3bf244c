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
/// - dasgd with max_staleness s: of each other rank s steps, or s + 1 ahead:
///   (P - 1) (s + 1) M; with scale = mean, a P-th of that;
/// - norm_bounded by rank: 1 / P of max_delay steps of each: (P - 1) max_delay
///   M / P; by bucket, max_delay means: max_delay M; 0 if beta is infinite;
/// - variance_bounded: twice as much as by rank, as another's gradient is in
/// the
///   place of each; 0 if wait is infinite;
/// - each update that a rank never gets: M, M / P, and 2 M / P.
///
/// What a compressor holds back is added to it.
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
