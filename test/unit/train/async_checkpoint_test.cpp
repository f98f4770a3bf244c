//===- async_checkpoint_test.cpp - Asynchronous runs, gone on with --------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/safetensors.h"
#include "test/unit/state/state_files.h"
#include "test/unit/train/async_program.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace tacit {
namespace {

class AsyncCheckpoint : public testing::Test {
protected:
  void TearDown() override { after_async_step = nullptr; }
  TestFolder folder;
};

/// The bytes of every tensor, by name.
std::map<std::string, std::string> TensorsIn(const std::string &path) {
  std::map<std::string, std::string> tensors;
  auto file = SafetensorsFile::Open(path);
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok())
    return tensors;
  for (const auto &[name, entry] : (*file)->entries()) {
    std::string bytes(static_cast<size_t>(entry.end - entry.begin), '\0');
    EXPECT_TRUE((*file)->Read(entry, bytes.data()).ok());
    tensors[name] = bytes;
  }
  return tensors;
}

std::string MetadataIn(const std::string &path, const std::string &key) {
  auto file = SafetensorsFile::Open(path);
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? (*file)->metadata().at(key) : "";
}

TEST_F(AsyncCheckpoint, HoldsEachRanksReplica) {
  AsyncProgram line(TACIT_DECENTRALIZED, /*compresses=*/true);
  TrainOptions options = QuietOptions();
  options.rounds = 9;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainAsync(line.program, options, {3}).ok());
  const std::map<std::string, std::string> tensors = TensorsIn(options.save);
  EXPECT_EQ(tensors.size(), 2u + 3 * 4);
  EXPECT_EQ(tensors.at("w"), tensors.at("rank0/parameter/w"));
  EXPECT_EQ(tensors.at("b"), tensors.at("rank0/parameter/b"));
  for (int rank = 0; rank < 3; ++rank)
    for (const char *name :
         {"parameter/w", "parameter/b", "counter/steps", "residual/w_b"})
      EXPECT_TRUE(tensors.contains("rank" + std::to_string(rank) + "/" + name));
  EXPECT_EQ(MetadataIn(options.save, "rank_steps"), "9 9 9");
  EXPECT_EQ(MetadataIn(options.save, "step"), "9");
  EXPECT_EQ(MetadataIn(options.save, "evaluations"), "27");
}

TEST_F(AsyncCheckpoint, ResumedEqualsUninterrupted) {
  struct Case {
    tacit_scheduler scheduler;
    int64_t max_staleness;
    bool compresses;
    const char *network;
  };
  for (const Case &of :
       {Case{TACIT_DECENTRALIZED, -1, false, "latency=1ms compute=10ms"},
        Case{TACIT_DECENTRALIZED, -1, false,
             "latency=3ms bandwidth=1Mbit compute=10ms slow=2:1.37"},
        Case{TACIT_DECENTRALIZED, 2, true,
             "latency=3ms compute=10ms straggler=exponential{mean=4ms}"},
        Case{TACIT_NORM_BOUNDED, -1, false,
             "latency=3ms compute=10ms slow=2:1.37"},
        Case{TACIT_VARIANCE_BOUNDED, -1, true,
             "latency=3ms compute=10ms slow=0:1.37"}}) {
    AsyncProgram line(of.scheduler, of.compresses);
    line.channel.max_staleness = of.max_staleness;
    const AsyncWorld world = {4, of.network, 5};
    TrainOptions options = QuietOptions();
    options.seed = 5;
    options.rounds = 60;
    options.save = folder.File("whole");
    options.save_every = 20;
    // The first meeting was some steps before this one.
    after_async_step = [&](int rank, int64_t step) {
      if (rank == 0 && step == 38)
        std::filesystem::copy_file(
            folder.File("whole"), folder.File("half"),
            std::filesystem::copy_options::overwrite_existing);
    };
    const auto whole = TrainAsync(line.program, options, world);
    ASSERT_TRUE(whole.ok()) << whole.status();
    after_async_step = nullptr;
    EXPECT_NE(TensorsIn(folder.File("half")), TensorsIn(folder.File("whole")));

    options.load = folder.File("half");
    options.save = folder.File("resumed");
    options.seed.reset();
    const auto resumed = TrainAsync(line.program, options, world);
    ASSERT_TRUE(resumed.ok()) << resumed.status();
    EXPECT_EQ(TensorsIn(folder.File("resumed")),
              TensorsIn(folder.File("whole")))
        << of.network << ", saved after "
        << MetadataIn(folder.File("half"), "rank_steps");
    for (const char *key : {"rank_steps", "clock", "evaluations"})
      EXPECT_EQ(MetadataIn(folder.File("resumed"), key),
                MetadataIn(folder.File("whole"), key));
    EXPECT_EQ(resumed->evaluations, whole->evaluations);
    EXPECT_EQ(resumed->rounds, 60);
  }
}

TEST_F(AsyncCheckpoint, OnAnotherNumberOfRanks) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  TrainOptions options = QuietOptions();
  options.rounds = 5;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainAsync(line.program, options, {4}).ok());
  options.load = options.save;
  options.rounds = 6;
  const auto refused = TrainAsync(line.program, options, {2});
  EXPECT_TRUE(AgreedByAllRanks(refused.status()));
  EXPECT_EQ(refused.status().message(),
            options.load +
                " holds replicas of each of 4 ranks and cannot go on with 2; "
                "start 4 ranks, or take the parameters alone with "
                "--load-parameters");
  options.load_parameters = std::move(options.load);
  options.load.clear();
  const auto taken = TrainAsync(line.program, options, {2});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->rounds, 6);
}

TEST_F(AsyncCheckpoint, EvaluationsGoOnCounting) {
  AsyncProgram line(TACIT_DECENTRALIZED);
  TrainOptions options = QuietOptions();
  options.evaluations = 40;
  options.save = folder.File("f");
  const AsyncWorld world = {3, "latency=1us compute=10ms slow=2:5.3"};
  const auto first = TrainAsync(line.program, options, world);
  ASSERT_TRUE(first.ok()) << first.status();
  options.load = options.save;
  options.evaluations = 100;
  const auto second = TrainAsync(line.program, options, world);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_GE(second->evaluations, 100);
  EXPECT_LT(second->evaluations, 103);
}

} // namespace
} // namespace tacit
