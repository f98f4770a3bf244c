//===- CommandLine.h - The options of tacit-run -----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the user asked for, parsed and checked as far as the command line
/// alone allows.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TOOLS_TACIT_RUN_COMMANDLINE_H
#define TACIT_TOOLS_TACIT_RUN_COMMANDLINE_H

#include "runtime/train/train.h"

#include "absl/status/statusor.h"

#include <string>

namespace tacit {

struct CommandLine {
  std::string model;     ///< A file of MLIR; "-": standard input.
  std::string strategy;  ///< `ssgd{bucket-bytes=25MiB}`.
  std::string optimizer; ///< `sgd{lr=0.1}`; empty: what the trainer says.
  std::string schedule;  ///< `step{every=N gamma=G}`; empty: likewise.
  std::string network;   ///< The simulated network; empty: perfect.
  std::string mpi;       ///< `openmpi`, `mpich`; empty: by the launcher.
  int ranks = 0;         ///< In-process ranks; 0: not given.
  int threads = 1;
  double timeout = 300; ///< Seconds.
  TrainOptions train;
};

/// Parses `argv`. Prints help and exits where that is asked for, as it does on
/// an option that is not known. Error: options that contradict each other.
absl::StatusOr<CommandLine> ParseCommandLine(int argc, char **argv);

} // namespace tacit

#endif // TACIT_TOOLS_TACIT_RUN_COMMANDLINE_H
