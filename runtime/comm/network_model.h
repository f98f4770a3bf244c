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

/// Seconds that are added to a message's latency, drawn anew for each message.
struct Delay {
  enum Distribution {
    kConstant,    ///< Always `low`.
    kExponential, ///< Of mean `high`: -high ln(1 - u).
    kUniform,     ///< low + (high - low) u.
  };
  Distribution distribution = kConstant;
  double low = 0, high = 0;

  bool none() const { return low == 0 && high == 0; }
  /// The draw of a u in [0, 1).
  double At(double u) const;
};

/// A rank that is gone from the beginning of its local step `step` on.
struct Crash {
  int rank = 0;
  int64_t step = 0;
};

/// A rank that stands still for `seconds` before its local step `step`.
struct Pause {
  int rank = 0;
  int64_t step = 0;
  double seconds = 0;
};

/// A message of b bytes, sent at time t by a rank whose link is free from time
/// f on, leaves it by e = max(t, f) + b / bandwidth and arrives at e + latency,
/// or at what MessageFates makes of it. Receiving costs nothing. The default is
/// perfect: everything at once.
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
  Delay delay;
  double drop = 0;            ///< Probability that a message is lost.
  double duplicate = 0;       ///< Probability that it arrives twice.
  std::vector<Crash> crashes; ///< Each rank at most once.
  std::vector<Pause> pauses;  ///< Each step of a rank at most once.

  /// Whether messages have fates of their own.
  bool has_fates() const { return !delay.none() || drop > 0 || duplicate > 0; }
  /// Whether a rank can wait for a message that never comes.
  bool loses() const { return drop > 0 || !crashes.empty(); }
};

/// Reads `key=value` pairs between blanks: `latency=50us bandwidth=1Gbit
/// compute=10ms straggler=exponential{mean=2ms} slow=3:4,5:2
/// delay=uniform{from=0s to=2ms} drop=0.01 duplicate=0.01 crash=3@500
/// pause=1@20:2s`. Times are in s, ms, us or ns; bandwidths, per second, in
/// bit, Kbit, Mbit, Gbit, B, KB, MB or GB, by thousands. Error: says at which
/// column, and for an unknown key or unit which one may have been meant; a
/// factor with nothing to multiply.
absl::StatusOr<NetworkModel> ParseNetworkModel(absl::string_view text);

/// Error: the model names a rank that is not one of `ranks`.
absl::Status CheckRanks(const NetworkModel &model, int ranks);

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

/// What becomes of one message.
struct MessageFate {
  bool dropped = false;
  bool duplicated = false; ///< Never of one that is dropped.
  double delay = 0;        ///< Seconds, of the message or of its tombstone.
  double second_delay = 0; ///< Of the second copy.
};

/// The two kinds of traffic of a channel, whose messages are counted apart.
enum class TrafficKind { kOneSided, kStream };

/// The fates of the messages of a channel, which is what leads from one rank to
/// another. With the words of the seed's stream 11 2^32 + 2 (from P + to) + k,
/// k = 0 for one-sided messages and 1 for those of collectives, its message n,
/// counted from 0, is dropped if Double(4n) < drop, duplicated if it is not
/// dropped and Double(4n + 1) < duplicate, and its copies are delayed by the
/// draws of Double(4n + 2) and Double(4n + 3): a pure function of seed, channel
/// and number.
class MessageFates {
public:
  MessageFates(const NetworkModel &model, int ranks, int from, int to,
               TrafficKind traffic, uint64_t seed);

  MessageFate Of(uint64_t number) const;

private:
  const NetworkModel &model_;
  Random random_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_NETWORK_MODEL_H
