//===- decentralized.h - DASGD: every rank applies what has come -*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Decentralized asynchronous SGD (Tosi and Theobald, 2023): no server, no
/// barrier. Before each gradient a rank subtracts every update that has come,
/// in full; after it, its own, and sends that to all.
///
/// With max_staleness = s, a rank begins step t when it has the updates of step
/// t - 1 - s, and below, of every live rank. s = 0 is lock-step: the updates of
/// each step are subtracted in rank order, after the rank's own, and those that
/// come earlier than that are held back.
///
/// With send_every = n, a rank applies its own updates at once, and sends their
/// sum after every n steps. With damping, a received update counts
/// 1 / (1 + its staleness).
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_ASYNC_DECENTRALIZED_H
#define TACIT_RUNTIME_ASYNC_DECENTRALIZED_H

#include "runtime/async/channel_core.h"

#include <memory>
#include <vector>

namespace tacit {

class Decentralized final : public ExchangePolicy {
public:
  explicit Decentralized(ChannelCore &core);

  absl::Status Collect(float *const *parameters) override;
  absl::Status Publish(const tacit_contribution &update,
                       float *const *parameters) override;
  absl::Status Arrived(Update update) override;
  absl::Status Flush() override;
  absl::Status ApplyAll(float *const *parameters) override;
  int64_t MostAhead() const override;

private:
  bool lock_step() const { return core_.channel().max_staleness == 0; }
  absl::Status WaitForOthers();
  /// Applies what has arrived of steps up to `last`.
  absl::Status Apply(float *const *parameters, int64_t last);
  absl::Status ApplyOne(float *const *parameters, const Update &update);
  /// Sends the updates that are not sent, the last of step `last_step`.
  absl::Status SendSum(int64_t last_step);
  /// Adds this rank's update to those that are not sent.
  void Accumulate(const float *const *tensors);

  ChannelCore &core_;
  std::vector<Update> arrived_; ///< Not yet applied, in order of arrival.
  std::vector<float> sum_;      ///< Of own updates that are not sent; of
  int64_t summed_ = 0;          ///< so many steps, with the last
  double lr_ = 0;               ///< learning rate.
};

} // namespace tacit

#endif // TACIT_RUNTIME_ASYNC_DECENTRALIZED_H
