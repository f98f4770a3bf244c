//===- launcher.cpp - Who started this process ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/comm/launcher.h"

#include "runtime/comm/world.h"

#include "absl/strings/numbers.h"

#include <cstdlib>

namespace tacit {

/// The number in environment variable `name`; 0 if there is none.
static int Number(const char *name) {
  const char *text = std::getenv(name);
  int number = 0;
  if (!text || !absl::SimpleAtoi(text, &number) || number < 0)
    return 0;
  return number;
}

Launcher FindLauncher() {
  // Open MPI and MPICH may start their daemons through srun, so the variables
  // of their own, being nearer to the process, come first.
  if (const int ranks = Number("OMPI_COMM_WORLD_SIZE"))
    return {"Open MPI's mpirun", "openmpi", ranks,
            Number("OMPI_COMM_WORLD_LOCAL_SIZE")};
  if (const int ranks = Number("PMI_SIZE"))
    return {"MPICH's mpirun", "mpich", ranks, Number("MPI_LOCALNRANKS")};
  if (const int ranks = Number("SLURM_STEP_NUM_TASKS"))
    return {"srun", std::getenv("PMIX_RANK") ? "openmpi" : "", ranks, 0};
  return {};
}

int RanksAnnouncedByLauncher() { return FindLauncher().ranks; }

} // namespace tacit
