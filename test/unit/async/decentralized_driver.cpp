//===- decentralized_driver.cpp - One asynchronous run under any launcher -===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Trains quadratics with DASGD on ranks that tests start under mpirun:
///
///     decentralized_driver WORLD TOPOLOGY MAX_STALENESS STEPS ELEMENTS [WHAT]
///
/// WORLD is `mpi` or `simulated=RANKS`; TOPOLOGY `complete` or `ring`. WHAT is
/// `kill=STEP`, where rank 1 is killed after so many steps, `stop=STEP`, where
/// it is stopped for a second, or `meet`, where all meet and average replicas.
/// The first live rank says what became of each, and, in lock-step, the digest
/// of its parameters.
///
//===----------------------------------------------------------------------===//

#include "test/unit/async/async_ranks.h"

#include "runtime/support/random.h"

#include "gtest/gtest.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include <bit>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

using namespace tacit;
using namespace async_ranks;

static void Say(const std::string &line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0)
    std::abort();
}

static void StopForASecond() {
  const pid_t self = getpid();
  if (fork() == 0) { // Which lets it go on, later.
    sleep(1);
    kill(self, SIGCONT);
    _exit(0);
  }
  raise(SIGSTOP);
}

static uint64_t DigestOf(const Vector &w) {
  uint64_t digest = 0;
  for (const float x : w)
    digest = Random::Mix(digest ^ std::bit_cast<uint32_t>(x));
  return digest;
}

/// What a rank tells the first, its parameters behind it.
static std::string Tell(AsyncChannel &channel, RankEnd &end, bool lock_step) {
  const AsyncReport report = channel.report();
  std::string text = absl::StrCat(
      "rank ", end.log.rank, ": ", end.steps, " steps, ", report.applied,
      " applied, ", report.missing, " missing, ", report.lost.size(), " lost, ",
      end.meetings.size(), " meetings");
  if (lock_step)
    absl::StrAppend(&text, ", ", absl::Hex(DigestOf(end.parameters)));
  text.push_back('\0');
  text.append(reinterpret_cast<const char *>(end.parameters.data()),
              4 * end.parameters.size());
  return text;
}

/// Says what the ranks have told, and whether they agree to rounding.
static void SayAll(const std::vector<std::string> &all) {
  Vector first, other;
  double apart = 0;
  for (size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank].empty())
      continue;
    const std::string line = all[rank].c_str();
    Say(line);
    const size_t bytes = all[rank].size() - line.size() - 1;
    other.resize(bytes / 4);
    std::memcpy(other.data(), all[rank].data() + line.size() + 1, bytes);
    if (first.empty())
      first = other;
    for (size_t i = 0; i < first.size(); ++i)
      apart = std::max(apart, std::abs(double(first[i]) - double(other[i])));
  }
  Say(apart < 1e-4 ? "agree" : absl::StrCat("apart by ", apart));
}

static absl::StatusOr<std::unique_ptr<World>> Create(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "simulated="))
    return CreateMpiWorld(MpiWorldOptions());
  SimulatedWorldOptions options;
  options.network = "compute=1ms latency=1us";
  if (!absl::SimpleAtoi(text, &options.ranks))
    return absl::InvalidArgumentError("no number of ranks");
  return CreateSimulatedWorld(options);
}

/// What WHAT says, after each step.
static absl::Status AfterStep(const std::string &what, AsyncChannel &channel,
                              RankEnd &end) {
  absl::string_view text = what;
  int64_t step = 0;
  if (absl::ConsumePrefix(&text, "kill=") && absl::SimpleAtoi(text, &step) &&
      end.log.rank == 1 && end.steps == step)
    raise(SIGKILL);
  if (absl::ConsumePrefix(&text, "stop=") && absl::SimpleAtoi(text, &step) &&
      end.log.rank == 1 && end.steps == step)
    StopForASecond();
  if (what == "meet" && end.log.rank == channel.first_live() &&
      end.steps % 10 == 0)
    return channel.Call(1);
  return absl::OkStatus();
}

int main(int argc, char **argv) {
  Plan plan;
  uint64_t elements = 0;
  if (argc < 6 || !absl::SimpleAtoi(argv[3], &plan.channel.max_staleness) ||
      !absl::SimpleAtoi(argv[4], &plan.steps[0]) ||
      !absl::SimpleAtoi(argv[5], &elements)) {
    Say("usage: decentralized_driver WORLD TOPOLOGY MAX_STALENESS STEPS "
        "ELEMENTS "
        "[WHAT]");
    return 2;
  }
  plan.channel.topology =
      std::string(argv[2]) == "ring" ? TACIT_RING : TACIT_COMPLETE;
  plan.channel.members = {elements, 3};
  const std::string what = argc > 6 ? argv[6] : "";
  plan.after_step = [&](AsyncChannel &channel, RankEnd &end) {
    return AfterStep(what, channel, end);
  };
  plan.at_meeting = [](AsyncChannel &channel, RankEnd &, uint64_t) {
    return channel.Average();
  };
  plan.bring = [&](AsyncChannel &channel, RankEnd &end) {
    return Tell(channel, end, plan.channel.max_staleness == 0);
  };
  auto world = Create(argv[1]);
  if (!world.ok()) {
    Say(absl::StrCat("no world: ", world.status().message()));
    return 1;
  }
  plan.ranks = (*world)->size();
  const HandMadeChannel channel(plan.channel);
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    RankEnd end(plan.ranks, communicator.rank());
    // Nobody is lost before everybody is here.
    int32_t one = 1;
    absl::Status status =
        communicator.AllReduce("barrier", &one, 1, TACIT_I32, TACIT_SUM);
    if (status.ok())
      status = RunRank(plan, channel.get(), communicator, end);
    if (!end.gathered.empty())
      SayAll(end.gathered);
    return status;
  });
  if (!status.ok())
    Say(status.ToString());
  return status.ok() && !testing::Test::HasFailure() ? 0 : 1;
}
