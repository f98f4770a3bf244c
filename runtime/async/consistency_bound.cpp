//===- consistency_bound.cpp - How far views may be apart -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/async/consistency_bound.h"

#include <cmath>
#include <limits>

namespace tacit {

static ConsistencyBound Unbounded(std::string why) {
  return {.constant = std::numeric_limits<double>::infinity(),
          .per_fault = 0,
          .unbounded = std::move(why)};
}

ConsistencyBound BoundOf(const tacit_channel &channel, int ranks,
                         double compressor) {
  if (!std::isfinite(compressor))
    return Unbounded("what its compressor holds back has no known bound");
  const double others = ranks - 1, all = ranks;
  ConsistencyBound bound;
  if (channel.scheduler == TACIT_DECENTRALIZED) {
    if (channel.damping)
      return Unbounded("damping leaves part of late updates out for good");
    if (channel.max_staleness < 0)
      return Unbounded("max_staleness is none");
    // With scale = mean an update is a P-th of lr times a gradient.
    const double share = channel.mean ? 1 / all : 1;
    bound.constant =
        share * others * static_cast<double>(channel.max_staleness + 1);
    bound.per_fault = share;
    compressor *= share;
  } else {
    const bool waits_for_all = channel.scheduler == TACIT_VARIANCE_BOUNDED
                                   ? std::isinf(channel.wait)
                                   : std::isinf(channel.beta);
    const double delay =
        waits_for_all ? 0 : static_cast<double>(channel.max_delay);
    const double twice = channel.scheduler == TACIT_VARIANCE_BOUNDED ? 2 : 1;
    bound.constant = channel.granularity == TACIT_BY_BUCKET
                         ? delay
                         : twice * others * delay / all;
    bound.per_fault = twice / all;
  }
  bound.constant += compressor;
  return bound;
}

} // namespace tacit
