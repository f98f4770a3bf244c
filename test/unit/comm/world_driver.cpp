//===- world_driver.cpp - A program to start under a launcher -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Runs one scenario in one world, for tests that start it under mpirun:
///
///     world_driver WORLD SCENARIO [TIMEOUT]
///
/// WORLD is `mpi`, `mpi=FLAVOUR`, `simulated=RANKS`; a `-` behind the first two
/// has ranks look upon each other as if they ran on several machines. Every
/// process that has something to say writes whole lines, in one piece.
///
//===----------------------------------------------------------------------===//

#include "runtime/comm/world.h"
#include "test/unit/comm/conformance.h"
#include "test/unit/comm/conformance_messages.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

using namespace tacit;

static void Say(const std::string &line) {
  const std::string text = line + "\n";
  if (write(STDOUT_FILENO, text.data(), text.size()) < 0)
    std::abort();
}

/// All checks; rank 0 says the digest of what all ranks computed in each.
static absl::Status Conform(Communicator &communicator) {
  for (const conformance::Check &check : conformance::AllChecks()) {
    conformance::Digest digest, all;
    if (absl::Status status = check.run(communicator, digest); !status.ok())
      return absl::Status(status.code(),
                          absl::StrCat(check.name, ": ", status.message()));
    const uint64_t mine = digest.value();
    std::vector<uint64_t> digests(static_cast<size_t>(communicator.size()));
    if (absl::Status status = communicator.AllGather(
            "digests", &mine, digests.data(), sizeof(mine));
        !status.ok())
      return status;
    all.Add(digests.data(), digests.size() * sizeof(uint64_t));
    if (communicator.rank() == 0)
      Say(absl::StrCat(check.name, " ", absl::Hex(all.value())));
  }
  return absl::OkStatus();
}

static absl::Status Barrier(Communicator &communicator) {
  int32_t ranks = 1;
  return communicator.AllReduce("barrier", &ranks, 1, TACIT_I32, TACIT_SUM);
}

/// All checks of messages, in an inbox whose window is `window`.
static absl::Status ConformMessages(Communicator &communicator,
                                    absl::string_view window) {
  InboxOptions options;
  if (!absl::SimpleAtoi(window, &options.window))
    return absl::InvalidArgumentError("no window");
  const absl::StatusOr<Inbox *> inbox = communicator.OpenInbox(options);
  if (!inbox.ok())
    return inbox.status();
  for (const conformance::MessageCheck &check :
       conformance::AllMessageChecks()) {
    conformance::Digest digest;
    absl::Status status = check.run(communicator, **inbox, digest);
    if (!status.ok())
      return absl::Status(status.code(),
                          absl::StrCat(check.name, ": ", status.message()));
    const uint64_t mine = digest.value();
    std::vector<uint64_t> digests(static_cast<size_t>(communicator.size()));
    status =
        communicator.AllGather("digests", &mine, digests.data(), sizeof(mine));
    if (!status.ok())
      return status;
    conformance::Digest all;
    all.Add(digests.data(), digests.size() * sizeof(uint64_t));
    if (communicator.rank() == 0)
      Say(absl::StrCat(check.name, " ", absl::Hex(all.value())));
  }
  return absl::OkStatus();
}

/// All ranks send to all others all the time. In the middle, rank 1 is killed,
/// fails, or is stopped for longer than the timeout; the others go on to the
/// end, and say what has become of rank 1 and its messages.
static absl::Status SendAround(Communicator &communicator,
                               const std::string &scenario) {
  const absl::StatusOr<Inbox *> inbox = communicator.OpenInbox({.window = 8});
  if (!inbox.ok())
    return inbox.status();
  // Nobody is lost before everybody has met.
  if (absl::Status status = Barrier(communicator); !status.ok())
    return status;
  const int rank = communicator.rank();
  conformance::MessageLog log(communicator, **inbox);
  // Of which half are so long that their receiver has to fetch them.
  for (int step = 0; step < 60; ++step) {
    if (step == 30 && rank == 1) {
      if (scenario == "messages-kill")
        raise(SIGKILL);
      if (scenario == "messages-fail")
        return absl::DataLossError("the disk is full");
      if (scenario == "messages-stop") {
        const pid_t self = getpid();
        if (fork() == 0) { // Which lets it go on, later.
          sleep(3);
          kill(self, SIGCONT);
          _exit(0);
        }
        raise(SIGSTOP);
      }
    }
    for (int to = 0; to < communicator.size(); ++to)
      if (to != rank)
        if (absl::Status status = log.Send(to, step % 2 ? 100 : 200000);
            !status.ok())
          return status;
    if (absl::Status status = log.Receive(); !status.ok())
      return status;
  }
  if (absl::Status status = log.Drain(); !status.ok())
    return status;
  std::string line = absl::StrCat("rank ", rank, ":");
  for (int from = 0; from < communicator.size(); ++from) {
    if (from == rank)
      continue;
    const conformance::MessageLog::Channel &channel = log.from(from);
    // A channel keeps its order, so that what came is what was sent first.
    const bool whole =
        channel.copies.empty() ||
        channel.copies.rbegin()->first + 1 == channel.copies.size();
    absl::StrAppend(&line, " ", channel.copies.size(),
                    whole ? "" : " with gaps", channel.lost ? " and lost" : "");
  }
  Say(absl::StrCat(line, ", ", (*inbox)->live(), " live"));
  return absl::OkStatus();
}

/// Exchanges named by number. Rank 1 goes astray before the one numbered 3.
static absl::Status GoAstray(Communicator &communicator,
                             const std::string &scenario) {
  static const char *const names[] = {"zero", "one", "two", "three", "four"};
  std::vector<float> values(scenario == "fail-large" ? 1000000 : 10, 1.0f);
  for (int i = 0; i < 5; ++i) {
    if (i == 3 && communicator.rank() == 1) {
      if (absl::StartsWith(scenario, "fail"))
        return absl::DataLossError("the disk is full");
      if (scenario == "stall")
        sleep(1000);
      if (scenario == "kill")
        raise(SIGKILL);
      if (scenario == "return-early")
        return absl::OkStatus();
    }
    if (i == 3 && communicator.rank() == 0 && scenario == "fail-while-busy") {
      // Hears of it only when it communicates again.
      for (int second = 0; second < 1; ++second)
        sleep(1);
    }
    const bool differs = scenario == "differ" && i == 3;
    const size_t count =
        values.size() - (differs && communicator.rank() == 1 ? 1 : 0);
    if (absl::Status status = communicator.AllReduce(
            names[i], values.data(), count, TACIT_F32, TACIT_SUM);
        !status.ok())
      return status;
  }
  return absl::OkStatus();
}

static absl::StatusOr<std::unique_ptr<World>> Create(absl::string_view text,
                                                     double timeout) {
  if (absl::ConsumePrefix(&text, "simulated=")) {
    SimulatedWorldOptions options;
    if (!absl::SimpleAtoi(text, &options.ranks))
      return absl::InvalidArgumentError("no number of ranks");
    return CreateSimulatedWorld(options);
  }
  MpiWorldOptions options;
  options.timeout = timeout;
  options.watch_processes = !absl::ConsumeSuffix(&text, "-");
  if (absl::ConsumePrefix(&text, "mpi="))
    options.flavour = std::string(text);
  return CreateMpiWorld(options);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    Say("usage: world_driver WORLD SCENARIO [TIMEOUT]");
    return 2;
  }
  const std::string scenario = argv[2];
  auto world = Create(argv[1], argc > 3 ? std::atof(argv[3]) : 60);
  if (!world.ok()) {
    Say(absl::StrCat("no world: ", world.status().message()));
    return 1;
  }
  if (scenario == "leave" && (*world)->IsLocal(1))
    return 1;
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    absl::string_view window = scenario;
    if (absl::ConsumePrefix(&window, "messages="))
      return ConformMessages(communicator, window);
    if (absl::StartsWith(scenario, "messages-"))
      return SendAround(communicator, scenario);
    return scenario == "conform" ? Conform(communicator)
                                 : GoAstray(communicator, scenario);
  });
  if (!status.ok()) {
    Say(status.ToString());
    return 1;
  }
  if ((*world)->IsLocal(0))
    Say("complete");
  return 0;
}
