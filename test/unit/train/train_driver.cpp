//===- train_driver.cpp - A run to start under a launcher ---------------===//
//------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Trains as one rank of an MPI job, for tests that start it under mpirun:
///
///     train_driver PROGRAM ROUNDS [kill=RANK@STEP] [nan=RANK@STEP] [slow=RANK]
///                  [signal=RANK@STEP] [save=F] [trace=F] [metrics=F] [measure]
///
/// PROGRAM is ssgd, dasgd, dasgd-compressed, norm_bounded or variance_bounded.
/// The first live rank prints the summary, and a line `result ...`.
///
//===----------------------------------------------------------------------===//

#include "test/unit/train/async_program.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

#include <csignal>
#include <cstdlib>
#include <string>

#include <unistd.h>

using namespace tacit;

/// Reads RANK@STEP.
static Faults::At ParseAt(absl::string_view text) {
  const size_t at = text.find('@');
  Faults::At place;
  if (at == absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(0, at), &place.rank) ||
      !absl::SimpleAtoi(text.substr(at + 1), &place.step))
    std::abort();
  return place;
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  const std::string name = argv[1];
  LineProgram synchronous(AsyncProgram::kBatch);
  AsyncProgram line(name == "norm_bounded"       ? TACIT_NORM_BOUNDED
                    : name == "variance_bounded" ? TACIT_VARIANCE_BOUNDED
                                                 : TACIT_DECENTRALIZED,
                    name == "dasgd-compressed");
  TrainOptions options;
  options.progress = nullptr;
  options.rounds = std::atoll(argv[2]);
  Faults::At kill;
  int slow = -1;
  for (int i = 3; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (absl::ConsumePrefix(&argument, "kill="))
      kill = ParseAt(argument);
    else if (absl::ConsumePrefix(&argument, "nan="))
      faults.nan = ParseAt(argument);
    else if (absl::ConsumePrefix(&argument, "signal="))
      faults.signal = ParseAt(argument);
    else if (absl::ConsumePrefix(&argument, "slow="))
      slow = std::atoi(argument.data());
    else if (absl::ConsumePrefix(&argument, "save="))
      options.save = std::string(argument);
    else if (absl::ConsumePrefix(&argument, "trace="))
      options.trace = std::string(argument);
    else if (absl::ConsumePrefix(&argument, "metrics="))
      options.metrics = std::string(argument);
    else if (argument == "measure")
      options.measure_consistency = true;
    else
      return 2;
  }
  options.stop_signal = &faults.signal_number;
  after_async_step = [&](int rank, int64_t step) {
    if (kill.rank == rank && kill.step == step)
      std::raise(SIGKILL);
    usleep(rank == slow ? 4000 : 1000);
  };

  MpiWorldOptions mpi;
  mpi.timeout = 60;
  auto world = CreateMpiWorld(mpi);
  if (!world.ok())
    return 3;
  TrainData data;
  data.train = std::make_shared<LineData>(100);
  data.eval = {{"eval", std::make_shared<LineData>(30, 2)}};
  const auto result =
      Train(**world, name == "ssgd" ? synchronous.program : line.program,
            options, &data);
  if (!result.ok()) {
    absl::PrintF("error: %s\n", result.status().message());
    return 1;
  }
  if (result->async)
    absl::PrintF("result rounds=%d evaluations=%d missing=%d lost=%d "
                 "difference=%s loss=%g\n",
                 result->rounds, result->evaluations, result->async->missing,
                 result->async->lost.size(),
                 result->async->replica_difference < 1e-5 ? "small" : "large",
                 result->eval.empty() ? -1 : result->eval[0].loss);
  return result->signal ? 128 + result->signal : 0;
}
