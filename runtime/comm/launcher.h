//===- launcher.h - Who started this process --------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a launcher of parallel programs says in the environment.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_COMM_LAUNCHER_H
#define TACIT_RUNTIME_COMM_LAUNCHER_H

#include <string>

namespace tacit {

struct Launcher {
  std::string name;    ///< For messages; empty: there is none.
  std::string flavour; ///< Of the MPI that it speaks to; empty: unknown.
  int ranks = 0;       ///< How many it announces.
  int local_ranks = 0; ///< Those on this machine; 0: unknown.
};

/// Open MPI's mpirun is known by OMPI_COMM_WORLD_SIZE, MPICH's (and Slurm's
/// pmi2) by PMI_SIZE, other uses of Slurm's srun by SLURM_STEP_NUM_TASKS.
Launcher FindLauncher();

} // namespace tacit

#endif // TACIT_RUNTIME_COMM_LAUNCHER_H
