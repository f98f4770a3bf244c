//===- bucket_elastic.h - Steps that do not wait for every layer -*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Elastic scheduling by bucket (Nadiradze et al., "Elastic consistency", AAAI
/// 2021): the next forward pass starts before the last layers' means are in.
///
/// A bucket is some members of the channel, whole, of up to bucket_bytes: the
/// last members make the first bucket, as their gradients are there first. In
/// each step every rank starts an all-reduce of each bucket, in this order, and
/// goes on as soon as
///
///     |the means that have come|  >=  beta |own gradient|,
///
/// norms over all members, in double, or all have come. It applies these means,
/// v -= lr mean, then the late ones of earlier steps, by step and bucket, with
/// lr of their own step. Before the gradient of step t, all means of steps up
/// to t - 1 - max_delay are there; max_delay = 0 is synchronous SGD.
///
/// **All at the same step.** Ranks tell each other by a small all-reduce of
/// each step who calls a meeting or stops the run, which they look at max_delay
/// steps later: so all do so after the same step. A rank that stops the run
/// goes on stepping until stopped() is set, and all make the same number of
/// steps. Meanwhile its views are as far behind as max_delay allows.
///
/// **Losing ranks.** An all-reduce needs every rank: if one is lost, or the
/// network loses a message, the run ends with the error that names the exchange
/// and who is missing in it. That is what elastic scheduling by rank is for.
///
/// **Staleness** is counted of each mean, in steps: how many steps later than
/// its own it was applied.
///
/// **Memory.** A copy of the gradient of each step whose means are not all in:
/// at most max_delay + 1.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_BUCKET_ELASTIC_H
#define TACIT_RUNTIME_ASYNC_BUCKET_ELASTIC_H

#include "runtime/async/async_channel.h"

#include <memory>

namespace tacit {

/// The end of a channel by bucket. Error: a scheduler that is not norm_bounded;
/// compressed payloads; first steps that differ; more exchanges in flight than
/// a communicator takes.
absl::StatusOr<std::unique_ptr<AsyncChannel>>
OpenBucketElastic(const AsyncChannel::Environment &environment);

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_BUCKET_ELASTIC_H
