//===- mpi_job.h - Processes under a launcher -------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_SUPPORT_MPI_JOB_H
#define TACIT_TEST_UNIT_SUPPORT_MPI_JOB_H

#include <string>

namespace tacit {

/// An MPI whose plug-in has been built, and its launcher.
struct MpiFlavour {
  const char *name;
  const char *launcher;
};

/// How a command ended.
struct JobOutcome {
  int status = -1;  ///< As of exit; 124: it did not end in time.
  std::string text; ///< Standard output.
};

/// Lets launchers start more ranks than there are cores, also as root, and
/// sanitizers pass over what MPI libraries do. For SetUpTestSuite.
void PrepareForMpi();

/// Runs `command`, at most so many seconds, without standard input and error.
JobOutcome RunJob(const std::string &command, int most_seconds);

} // namespace tacit

#endif // TACIT_TEST_UNIT_SUPPORT_MPI_JOB_H
