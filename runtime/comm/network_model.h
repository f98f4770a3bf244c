//===- network_model.h - What a simulated network costs ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The text that describes a simulated network, and the times that follow.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_NETWORK_MODEL_H
#define TACIT_RUNTIME_COMM_NETWORK_MODEL_H

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <limits>

namespace tacit {

/// A message of b bytes, sent at time t by a rank whose link is free from time
/// f on, leaves it by e = max(t, f) + b / bandwidth and arrives at e + latency.
/// Receiving costs nothing. The default is perfect: everything at once.
struct NetworkModel {
  double latency = 0; ///< Seconds.
  /// Bytes per second that a rank can send.
  double bandwidth = std::numeric_limits<double>::infinity();
  /// Seconds of a local step, before its first message.
  double compute = 0;
};

/// Reads `key=value` pairs between blanks: `latency=50us bandwidth=1Gbit
/// compute=10ms`. Times are in s, ms, us or ns; bandwidths, per second, in bit,
/// Kbit, Mbit, Gbit, B, KB, MB or GB, by thousands. Error: says at which
/// column, and for an unknown key or unit which one may have been meant.
absl::StatusOr<NetworkModel> ParseNetworkModel(absl::string_view text);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_NETWORK_MODEL_H
