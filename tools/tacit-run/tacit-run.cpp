//===- tacit-run.cpp - Compiles a model and trains it ---------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Parses the command line, finds out which ranks there are, compiles the model
/// for so many, and hands it to the runtime.
///
//===----------------------------------------------------------------------===//

#include "tools/tacit-run/CommandLine.h"
#include "tools/tacit-run/Compile.h"

#include "runtime/comm/world.h"
#include "runtime/compute/threads.h"
#include "runtime/train/program.h"
#include "runtime/train/train.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <unistd.h>

using namespace tacit;

static std::atomic<int> stop_signal{0};

/// Asks the run to end; a second signal of the kind ends the process at once.
static void HandleSignal(int number) {
  stop_signal.store(number);
  std::signal(number, SIG_DFL);
}

/// A status without text is of an error that has been printed.
static int Fail(const absl::Status &status) {
  if (status.message().empty())
    return 1;
  std::fprintf(stderr, "tacit-run: error: %s\n",
               std::string(status.message()).c_str());
  return 1;
}

/// Adds to a message about a data argument where the model declares it, which
/// the runtime does not know.
static absl::Status AddPlace(const absl::Status &status,
                             const Compiled &compiled) {
  const std::string marker = "data argument '";
  std::string message(status.message());
  const size_t begin = message.find(marker);
  if (begin == std::string::npos)
    return status;
  const size_t name = begin + marker.size(), end = message.find('\'', name);
  if (end == std::string::npos)
    return status;
  const std::string place = compiled.PlaceOf(message.substr(name, end - name));
  if (!place.empty())
    message.insert(end + 1, " (at " + place + ")");
  return {status.code(), message};
}

static absl::StatusOr<std::unique_ptr<World>>
CreateWorld(const CommandLine &line) {
  const int announced = RanksAnnouncedByLauncher();
  if (line.ranks > 0 && announced > 1)
    return absl::InvalidArgumentError(
        "--ranks counts ranks in this process, but the launcher started "
        "several processes, each of which is a rank; leave --ranks out");
  const bool in_process =
      line.ranks > 0 || (announced == 0 && line.mpi.empty());
  if (in_process) {
    SimulatedWorldOptions options;
    options.ranks = line.ranks > 0 ? line.ranks : 1;
    options.network = line.network;
    options.seed = line.train.seed.value_or(0);
    options.timeout = line.timeout;
    return CreateSimulatedWorld(options);
  }
  if (!line.network.empty())
    return absl::InvalidArgumentError(
        "--network describes a simulated network, but ranks are processes "
        "here; use it with --ranks=N and without a launcher");
  MpiWorldOptions options;
  options.flavour = line.mpi;
  options.timeout = line.timeout;
  return CreateMpiWorld(options);
}

int main(int argc, char **argv) {
  absl::StatusOr<CommandLine> line = ParseCommandLine(argc, argv);
  if (!line.ok())
    return Fail(line.status());
  if (line->threads > 1)
    WaitPassively(argv); // may start the program again
  if (absl::Status status = SetThreads(line->threads); !status.ok())
    return Fail(status);

  absl::StatusOr<std::unique_ptr<World>> world = CreateWorld(*line);
  if (!world.ok())
    return Fail(world.status());

  CompileOptions compile;
  compile.model = line->model;
  compile.strategy = line->strategy;
  compile.optimizer = line->optimizer;
  compile.schedule = line->schedule;
  compile.ranks = (*world)->size();
  absl::StatusOr<std::unique_ptr<Compiled>> compiled = Compile(compile);
  if (!compiled.ok())
    return Fail(compiled.status());
  absl::StatusOr<const tacit_program *> program =
      LoadProgram((*compiled)->program());
  if (!program.ok())
    return Fail(program.status());

  std::signal(SIGINT, HandleSignal);
  std::signal(SIGTERM, HandleSignal);
  // A limit on the size of files is then an error of the write, which is told.
  std::signal(SIGXFSZ, SIG_IGN);
  line->train.stop_signal = &stop_signal;
  line->train.virtual_clock = line->ranks > 0;

  absl::StatusOr<TrainResult> result = Train(**world, **program, line->train);
  if (result.ok())
    return result->signal ? 128 + result->signal : 0;
  // One rank speaks for all where all failed alike.
  if (!AgreedByAllRanks(result.status()) || (*world)->IsLocal(0))
    return Fail(AddPlace(result.status(), **compiled));
  return 1;
}
