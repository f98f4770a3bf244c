//===- network_model.h - What a simulated network costs ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The text that describes a simulated network, and the times that follow: of
/// messages, and of the ranks' computing.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_NETWORK_MODEL_H
#define TACIT_RUNTIME_COMM_NETWORK_MODEL_H

#include "runtime/support/random.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace tacit {

/// A rank that always takes `factor` times as long as it otherwise would.
struct SlowRank {
  int rank = 0;
  double factor = 1;
};

/// A message of b bytes, sent at time t by a rank whose link is free from time
/// f on, leaves it by e = max(t, f) + b / bandwidth and arrives at e + latency.
/// Receiving costs nothing. The default is perfect: everything at once.
struct NetworkModel {
  double latency = 0; ///< Seconds.
  /// Bytes per second that a rank can send.
  double bandwidth = std::numeric_limits<double>::infinity();
  // What a local step takes before its first message, see ComputeTimes.
  double compute = 0; ///< Seconds.
  /// Seconds of `straggler=exponential{mean=}`; 0: none.
  double exponential_mean = 0;
  /// Of `straggler=rotating{factor=}`; 1: none.
  double rotating_factor = 1;
  std::vector<SlowRank> slow; ///< Each rank at most once.
};

/// Reads `key=value` pairs between blanks: `latency=50us bandwidth=1Gbit
/// compute=10ms straggler=exponential{mean=2ms} slow=3:4,5:2`. Times are in s,
/// ms, us or ns; bandwidths, per second, in bit, Kbit, Mbit, Gbit, B, KB, MB or
/// GB, by thousands. Error: says at which column, and for an unknown key or
/// unit which one may have been meant; a factor with nothing to multiply.
absl::StatusOr<NetworkModel> ParseNetworkModel(absl::string_view text);

/// Error: a slow rank that is not one of `ranks`.
absl::Status CheckSlowRanks(const NetworkModel &model, int ranks);

/// How long one rank of P computes. Its local step t, counted from 0, takes
///
///     (compute + X) R S  seconds,
///
/// where X is exponential{mean}'s draw, R = factor if t mod P is this rank,
/// under rotating{factor}, and S the factor of a slow rank; 0, 1 and 1
/// otherwise. With u = Double(t) of the seed's stream 7 2^32 + rank
/// (support/random.h), X = -mean ln(1 - u): a pure function of seed, rank and
/// step, independent between ranks and steps. A step that is constant but for X
/// is the shifted exponential delay of Wang and Joshi, "Adaptive communication
/// strategies to achieve the best error-runtime trade-off in local-update SGD",
/// MLSys 2019, section 2.
class ComputeTimes {
public:
  ComputeTimes(const NetworkModel &model, int ranks, int rank, uint64_t seed);

  /// Seconds of local step `step`, at least 0.
  double OfStep(int64_t step) const;

private:
  double compute_, exponential_mean_, rotating_factor_;
  double slow_ = 1; ///< This rank's factor.
  int ranks_, rank_;
  Random random_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_NETWORK_MODEL_H
