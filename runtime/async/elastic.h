//===- elastic.h - Steps that do not wait for every gradient ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Elastic scheduling (Nadiradze et al., "Elastic consistency: a practical
/// consistency model for distributed stochastic gradient descent", AAAI 2021).
///
/// In step t, rank i sends its gradient g_i to all others. With R the ranks
/// whose gradient of step t has come:
///
/// | scheduler | goes on | and moves v by -lr/P times |
/// |---|---|---|
/// | norm_bounded(beta) | when |sum_R g_j| >= beta |g_i|, or all have come |
/// g_i + sum_R g_j | | variance_bounded(wait) | when all have come, or after
/// `wait` | g_i + sum_R g_j + (P-1-|R|) g_i |
///
/// P counts the live ranks. Norms are over all members, in double, of what is
/// sent: of compressed gradients, of the sparse ones. A gradient that comes
/// later moves v when it is there, after the step at hand, by (step, rank), by
/// -lr/P times g_j, or g_j - g_i of its step, with lr and P of that step here.
/// A gradient that is early, of a rank that is ahead, waits for its step.
///
/// Before the gradient of step t, all gradients of steps up to t - 1 -
/// max_delay must be there; max_delay = 0 waits for all, and is synchronous
/// SGD. Nothing is waited for that is known to be lost, or that will never be
/// made.
///
/// **Order.** Own and R are summed in rank order, then divided by P, and times
/// lr subtracted: with all in time, each rank does what synchronous SGD does,
/// with that order of the sum, bit for bit.
///
/// **What never comes.** A gradient that the network has lost is a fault: v
/// lacks it for good; variance_bounded keeps its own in its place. One that was
/// never made, as its rank was lost before or has finished, is nothing: its
/// place is given up after max_delay steps, or at a meeting.
///
/// **Memory.** Gradients that wait, own ones among them, are the messages that
/// they came in, of compressed ones the payloads. Besides, there are two or
/// three vectors. Nothing is allocated in the steady state.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_ELASTIC_H
#define TACIT_RUNTIME_ASYNC_ELASTIC_H

#include "runtime/async/channel_core.h"

#include <memory>

namespace tacit {

/// The policy of a channel by rank, norm_bounded or variance_bounded; `core`
/// outlives it.
std::unique_ptr<ExchangePolicy> CreateElastic(ChannelCore &core);

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_ELASTIC_H
