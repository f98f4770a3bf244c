//===- mpi_job.cpp - Processes under a launcher ---------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/support/mpi_job.h"

#include "absl/strings/str_cat.h"

#include <cstdio>
#include <cstdlib>

#include <sys/wait.h>

namespace tacit {

void PrepareForMpi() {
  // Ranks outnumber cores, and tests may run as root in a container.
  for (const char *name :
       {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
        "OMPI_MCA_mpi_yield_when_idle", "OMPI_MCA_rmaps_base_oversubscribe"})
    setenv(name, "1", /*overwrite=*/1);
  // MPI libraries have threads of their own, keep memory to the end, and take
  // locks in any order while they start; none of it is ours to mend.
  setenv("ASAN_OPTIONS", "detect_leaks=0", /*overwrite=*/1);
  setenv("TSAN_OPTIONS", "detect_deadlocks=0:ignore_noninstrumented_modules=1",
         /*overwrite=*/1);
}

JobOutcome RunJob(const std::string &command, int most_seconds) {
  JobOutcome outcome;
  // Launchers read standard input, which belongs to the test's own caller.
  const std::string whole = absl::StrCat("timeout ", most_seconds, " ", command,
                                         " </dev/null 2>/dev/null");
  FILE *pipe = popen(whole.c_str(), "r");
  if (!pipe)
    return outcome;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    outcome.text.push_back(static_cast<char>(c));
  const int status = pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return outcome;
}

} // namespace tacit
