//===- world.h - A set of ranks and how to run them -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A world runs one body per rank: as fibers of this process under a virtual
/// clock, or once, as this process's rank of an MPI job.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_WORLD_H
#define TACIT_RUNTIME_COMM_WORLD_H

#include "runtime/comm/communicator.h"

#include <functional>
#include <memory>
#include <string>

namespace tacit {

class World {
public:
  virtual ~World() = default;

  /// Ranks in all, in every process.
  virtual int size() const = 0;

  /// True if this process runs `rank`. Rank 0's process prints and writes.
  virtual bool IsLocal(int rank) const = 0;

  /// Runs `body` for every local rank and returns the first error, if any: a
  /// body that returns an error has its communicator aborted with it. One that
  /// does so with exchanges in flight aborts before it frees their buffers.
  virtual absl::Status
  Run(const std::function<absl::Status(Communicator &)> &body) = 0;
};

/// A world of which this process runs one rank. Beside Run, it hands that rank
/// to a program that has a loop of its own.
class ProcessWorld : public World {
public:
  virtual int rank() const = 0;
  bool IsLocal(int rank) const override { return rank == this->rank(); }

  /// The rank's communicator, until Close. Not while it is open.
  virtual Communicator &Open() = 0;

  /// The end of what Open began, which went as `status` says. If well, waits
  /// for every rank to come here; else the others are told. Returns how it went
  /// in all.
  virtual absl::Status Close(absl::Status status) = 0;

  absl::Status
  Run(const std::function<absl::Status(Communicator &)> &body) override {
    return Close(body(Open()));
  }
};

/// One rank alone, on a real clock.
std::unique_ptr<ProcessWorld> CreateLoneWorld();

struct SimulatedWorldOptions {
  int ranks = 1;
  /// The network model as text, see network_model.h: `latency=50us
  /// bandwidth=1Gbit compute=10ms`. Empty means a perfect network.
  std::string network;
  uint64_t seed = 0; ///< Of what the network model draws.
  /// Virtual seconds that an exchange may make no progress before it is given
  /// up. Only where the network drops messages or ranks crash: elsewhere, a
  /// wait without end is seen at once, and any other is waited for.
  double timeout = 300;
};

/// Ranks as fibers on the calling thread, under a virtual clock. A rank that
/// crashes as the network model says is no failure of the run, unless it makes
/// others fail or none is left.
/// Error: ranks < 1, or a network text that does not parse (says where).
absl::StatusOr<std::unique_ptr<World>>
CreateSimulatedWorld(const SimulatedWorldOptions &options);

struct MpiWorldOptions {
  /// "openmpi", "mpich", or empty: chosen from the launcher's environment.
  std::string flavour;
  /// Folder that holds the plug-ins; empty: beside the executable, then the
  /// installed place.
  std::string plugin_directory;
  /// Seconds an exchange may make no progress before it is given up, and a rank
  /// on another machine be silent before it is taken to be lost.
  double timeout = 300;
  /// Whether ranks on this machine are lost when their processes end. If not,
  /// they are looked upon as if they ran on others.
  bool watch_processes = true;
};

/// How many ranks the launcher of this process announces in the environment
/// (mpirun of Open MPI or MPICH, Slurm's srun); 0 if there is none.
int RanksAnnouncedByLauncher();

/// This process as one rank of an MPI job. Error: no plug-in of that flavour;
/// a launcher that announces more ranks than MPI sees.
absl::StatusOr<std::unique_ptr<ProcessWorld>>
CreateMpiWorld(const MpiWorldOptions &options);

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_WORLD_H
