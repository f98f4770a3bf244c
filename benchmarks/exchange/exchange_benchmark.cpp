//===- exchange_benchmark.cpp - Times dense and sparse exchanges ----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Times exchanges of one world and writes a line of JSON for each:
///
///     tacit-exchange-benchmark --world=mpi|simulated=RANKS [--network=TEXT]
///         [--elements=4e6] [--density=0.001] [--rounds=9] [--coded]
///         [--algorithms=ping,dense,all_gather,gtopk,ok_topk]
///
/// `ping` sends 8 bytes to and fro between two ranks, and says what one way
/// takes. The time of a round is that of its slowest rank, which has begun it
/// when a barrier let it go. Ranks that share a core are let go one by one;
/// `together_ms` begins when the last of them is: no message of that rank is on
/// its way before, so latency and bandwidth bound this time as well. It needs
/// ranks of one machine, whose clock they share, and is 0 elsewhere. The bytes
/// are those of the rank that sends most.
///
/// In virtual time one round says all there is. It costs what its messages
/// cost; what the ranks' arithmetic takes on this machine, which shares them
/// all, is told apart, per rank, as `cpu_ms`.
///
//===----------------------------------------------------------------------===//

#include "runtime/comm/world.h"
#include "runtime/support/random.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace tacit;

namespace {

struct Options {
  std::string world = "mpi", network;
  double elements = 4e6, density = 0.001;
  int rounds = 9;
  bool coded = false;
  std::vector<std::string> algorithms = {"dense", "all_gather", "gtopk",
                                         "ok_topk"};
};

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

struct Timing {
  double median = 0, least = 0, most = 0; ///< Seconds.
  double together = 0;                    ///< Median since all have begun.
  double cpu =
      0; ///< Seconds of this process and its ranks, per round and rank.
  uint64_t bytes = 0, messages = 0; ///< Of a round.
};

} // namespace

static Memory Allocate(size_t bytes) {
  bytes = (bytes + TACIT_ALIGNMENT - 1) / TACIT_ALIGNMENT * TACIT_ALIGNMENT;
  return Memory(std::aligned_alloc(TACIT_ALIGNMENT, bytes));
}

/// Ranks that share this process.
static int RanksHere(const Communicator &communicator, const Options &options) {
  return options.world == "mpi" ? 1 : communicator.size();
}

/// Seconds of a clock that the ranks of one machine share.
static double SharedNow(const Communicator &communicator,
                        const Options &options) {
  if (options.world != "mpi")
    return communicator.Now();
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

static double Median(std::vector<double> &times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

/// Times `round` on all ranks together.
static absl::StatusOr<Timing> Time(Communicator &communicator,
                                   const Options &options,
                                   const std::function<absl::Status()> &round) {
  const int warm_up = options.world == "mpi" ? 2 : 0;
  std::vector<double> times, together;
  std::clock_t used = 0;
  Timing timing;
  for (int i = -warm_up; i < options.rounds; ++i) {
    int32_t here = 1;
    if (absl::Status status =
            communicator.AllReduce("barrier", &here, 1, TACIT_I32, TACIT_SUM);
        !status.ok())
      return status;
    const Traffic before = communicator.traffic();
    const double begin = SharedNow(communicator, options);
    const std::clock_t used_before = std::clock();
    if (absl::Status status = round(); !status.ok())
      return status;
    const double end = SharedNow(communicator, options);
    double latest[3] = {end - begin, begin, end};
    int64_t sent[2] = {
        static_cast<int64_t>(communicator.traffic().bytes_sent -
                             before.bytes_sent),
        static_cast<int64_t>(communicator.traffic().messages_sent -
                             before.messages_sent)};
    absl::Status status =
        communicator.AllReduce("time", latest, 3, TACIT_F64, TACIT_MAX);
    status.Update(
        communicator.AllReduce("bytes", sent, 2, TACIT_I64, TACIT_MAX));
    if (!status.ok())
      return status;
    if (i >= 0) {
      times.push_back(latest[0]);
      together.push_back(latest[2] - latest[1]);
      used += std::clock() - used_before;
    }
    timing.bytes = static_cast<uint64_t>(sent[0]);
    timing.messages = static_cast<uint64_t>(sent[1]);
  }
  timing.median = Median(times);
  // Clocks of several machines have nothing to do with each other.
  timing.together = Median(together);
  if (timing.together < 0 || timing.together > timing.median)
    timing.together = 0;
  timing.least = times.front();
  timing.most = times.back();
  timing.cpu = static_cast<double>(used) / CLOCKS_PER_SEC /
               (options.rounds * RanksHere(communicator, options));
  return timing;
}

/// A message of 8 bytes from rank 0 to rank 1 and back, many times a round.
static absl::StatusOr<Timing> Ping(Communicator &communicator,
                                   const Options &options) {
  static constexpr int kTimes = 50;
  if (communicator.size() != 2)
    return absl::InvalidArgumentError("ping needs 2 ranks");
  absl::StatusOr<Timing> timing = Time(communicator, options, [&] {
    double ball = 0;
    absl::Status status;
    for (int i = 0; i < kTimes && status.ok(); ++i) {
      status = communicator.Broadcast("ping", &ball, sizeof(ball), 0);
      status.Update(communicator.Broadcast("pong", &ball, sizeof(ball), 1));
    }
    return status;
  });
  if (timing.ok())
    for (double *seconds :
         {&timing->median, &timing->together, &timing->least, &timing->most})
      *seconds /= 2 * kTimes;
  return timing;
}

static absl::StatusOr<Timing> Dense(Communicator &communicator,
                                    const Options &options) {
  // In virtual time all ranks share a thread, and memory: sums of zeros are
  // zeros, whoever writes them.
  static std::vector<float> shared;
  std::vector<float> own;
  std::vector<float> &values = options.world == "mpi" ? own : shared;
  values.resize(static_cast<size_t>(options.elements), 0.0f);
  return Time(communicator, options, [&] {
    return communicator.AllReduce("dense", values.data(), values.size(),
                                  TACIT_F32, TACIT_MEAN, Purpose::kPayload);
  });
}

static absl::StatusOr<Timing> Sparse(Communicator &communicator,
                                     const Options &options,
                                     SparseAlgorithm algorithm) {
  const uint64_t elements = static_cast<uint64_t>(options.elements);
  SparseExchange how;
  how.algorithm = algorithm;
  how.elements = elements;
  how.encoding = options.coded ? IndexEncoding::kAuto : IndexEncoding::kPlain;
  how.keep = how.input_capacity =
      std::clamp<uint64_t>(static_cast<uint64_t>(std::ceil(
                               options.density * options.elements - 1e-6)),
                           1, elements);
  how.output_capacity = OutputCapacity(how, communicator.size());
  const Memory input = Allocate(SparseBytes(elements, how.input_capacity));
  const Memory output = Allocate(SparseBytes(elements, how.output_capacity));
  how.input = input.get();
  how.output = output.get();
  // In virtual time, many ranks share the memory of one machine.
  static constexpr double kMostHere = 1e8;
  std::vector<float> rest;
  if (RanksHere(communicator, options) * options.elements <= kMostHere) {
    rest.resize(elements);
    how.rest = rest.data();
  } else {
    how.put_back = PutBack::kNone;
  }

  // One entry of each stretch of 1 / density elements.
  const SparseView<uint32_t> view =
      ViewSparse<uint32_t>(input.get(), how.input_capacity);
  const Random random(5, static_cast<uint64_t>(communicator.rank()));
  *view.count = how.keep;
  for (uint64_t i = 0; i < how.keep; ++i) {
    const uint64_t begin = i * elements / how.keep;
    const uint64_t end = (i + 1) * elements / how.keep;
    view.indices[i] =
        static_cast<uint32_t>(begin + random.Word(2 * i) % (end - begin));
    view.values[i] = static_cast<float>(2 * random.Double(2 * i + 1) - 1);
  }
  return Time(communicator, options,
              [&] { return communicator.Sparse("sparse", how); });
}

static absl::StatusOr<Timing> Measure(Communicator &communicator,
                                      const Options &options,
                                      const std::string &algorithm) {
  if (algorithm == "ping")
    return Ping(communicator, options);
  if (algorithm == "dense")
    return Dense(communicator, options);
  if (algorithm == "all_gather")
    return Sparse(communicator, options, SparseAlgorithm::kAllGather);
  if (algorithm == "gtopk")
    return Sparse(communicator, options, SparseAlgorithm::kGtopK);
  if (algorithm == "ok_topk")
    return Sparse(communicator, options, SparseAlgorithm::kOkTopK);
  return absl::InvalidArgumentError(
      absl::StrCat("unknown algorithm '", algorithm,
                   "': wanted ping, dense, all_gather, gtopk or ok_topk"));
}

static absl::Status Parse(int count, char **texts, Options &options) {
  for (int i = 1; i < count; ++i) {
    absl::string_view text = texts[i];
    bool good = true;
    if (absl::ConsumePrefix(&text, "--world="))
      options.world = std::string(text);
    else if (absl::ConsumePrefix(&text, "--network="))
      options.network = std::string(text);
    else if (absl::ConsumePrefix(&text, "--elements="))
      good = absl::SimpleAtod(text, &options.elements) &&
             options.elements >= 1 && options.elements <= 4e9;
    else if (absl::ConsumePrefix(&text, "--density="))
      good = absl::SimpleAtod(text, &options.density) && options.density > 0 &&
             options.density <= 1;
    else if (absl::ConsumePrefix(&text, "--rounds="))
      good = absl::SimpleAtoi(text, &options.rounds) && options.rounds > 0;
    else if (absl::ConsumePrefix(&text, "--algorithms="))
      options.algorithms = absl::StrSplit(text, ',');
    else if (text == "--coded")
      options.coded = true;
    else
      good = false;
    if (!good)
      return absl::InvalidArgumentError(
          absl::StrCat("cannot use '", texts[i], "'"));
  }
  return absl::OkStatus();
}

static absl::StatusOr<std::unique_ptr<World>> Create(const Options &options) {
  absl::string_view text = options.world;
  if (absl::ConsumePrefix(&text, "simulated=")) {
    SimulatedWorldOptions simulated;
    simulated.network = options.network;
    if (!absl::SimpleAtoi(text, &simulated.ranks))
      return absl::InvalidArgumentError(
          "--world=simulated=RANKS needs a number");
    return CreateSimulatedWorld(simulated);
  }
  return CreateMpiWorld({});
}

static absl::Status Main(int count, char **texts) {
  Options options;
  if (absl::Status status = Parse(count, texts, options); !status.ok())
    return status;
  auto world = Create(options);
  if (!world.ok())
    return world.status();
  return (*world)->Run([&](Communicator &communicator) {
    for (const std::string &algorithm : options.algorithms) {
      const auto timing = Measure(communicator, options, algorithm);
      if (!timing.ok())
        return timing.status();
      if (communicator.rank() == 0)
        std::printf("{\"algorithm\": \"%s\", \"ranks\": %d, \"elements\": "
                    "%.0f, \"density\": %g, \"ms\": %.4f, \"together_ms\": "
                    "%.4f, \"least_ms\": "
                    "%.4f, \"most_ms\": %.4f, \"cpu_ms\": %.4f, "
                    "\"bytes\": %llu, "
                    "\"messages\": %llu}\n",
                    algorithm.c_str(), communicator.size(), options.elements,
                    options.density, timing->median * 1e3,
                    timing->together * 1e3, timing->least * 1e3,
                    timing->most * 1e3, timing->cpu * 1e3,
                    static_cast<unsigned long long>(timing->bytes),
                    static_cast<unsigned long long>(timing->messages));
      std::fflush(stdout);
    }
    return absl::OkStatus();
  });
}

int main(int count, char **texts) {
  const absl::Status status = Main(count, texts);
  if (status.ok())
    return 0;
  std::fprintf(stderr, "error: %s\n", std::string(status.message()).c_str());
  return 1;
}
