//===- simulated_network.h - Ranks and messages in virtual time --*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A discrete-event simulation of ranks that exchange messages.
///
/// Every rank has a clock of its own. Of the ranks that can go on, the one with
/// the least time runs, the lower rank if two are equal, until it waits or its
/// clock passes another's: so a rank sees every message that has arrived by its
/// time, and a run depends on nothing but its inputs.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_SIMULATED_NETWORK_H
#define TACIT_RUNTIME_COMM_SIMULATED_NETWORK_H

#include "runtime/comm/network_model.h"
#include "runtime/comm/transport.h"

#include "absl/status/status.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace tacit {

class SimulatedNetwork {
public:
  /// `seed`: of what the model draws.
  SimulatedNetwork(int ranks, const NetworkModel &model, uint64_t seed);
  ~SimulatedNetwork();

  /// Runs `body` once for every rank, each on a fiber of the calling thread, to
  /// their ends. May be called once. Error: no memory for the ranks' stacks.
  absl::Status Run(const std::function<void(Transport &)> &body);

  class Ranks; ///< What the ranks share.

private:
  std::unique_ptr<Ranks> ranks_;
};

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_SIMULATED_NETWORK_H
