//===- checkpoint_run_test.cpp - Saved, loaded, and gone on with ----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/state/state_files.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/resource.h>

namespace tacit {
namespace {

class CheckpointRun : public testing::Test {
protected:
  void TearDown() override {
    faults.signal = {};
    faults.signal_number = 0;
    faults.nan = {};
  }
  TestFolder folder;
};

TEST_F(CheckpointRun, ResumedEqualsUninterrupted) {
  for (const bool per_rank : {false, true})
    for (const int ranks : {1, 3})
      for (const bool shuffle : {false, true}) {
        LineProgram line(8, LineLoss::kPerRow, per_rank);
        TrainOptions options = QuietOptions();
        options.seed = 9;
        options.shuffle = shuffle;
        options.rounds = 17;
        options.save = folder.File("whole");
        ASSERT_TRUE(TrainLine(line.program, ranks, options).ok());

        options.rounds = 7;
        options.save = folder.File("half");
        ASSERT_TRUE(TrainLine(line.program, ranks, options).ok());
        EXPECT_NE(ReadFile(folder.File("half")),
                  ReadFile(folder.File("whole")));

        // Seed and order come with the checkpoint.
        options.seed.reset();
        options.shuffle.reset();
        options.rounds = 17;
        options.load = folder.File("half");
        options.save = folder.File("resumed");
        const auto result = TrainLine(line.program, ranks, options);
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_EQ(result->rounds, 17);
        EXPECT_EQ(result->evaluations, 17 * ranks);
        EXPECT_EQ(ReadFile(folder.File("resumed")),
                  ReadFile(folder.File("whole")))
            << ranks << " ranks";
      }
}

TEST_F(CheckpointRun, MetricsGoOnCounting) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 3;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainLine(line.program, 2, options).ok());
  options.load = options.save;
  options.rounds = 4;
  options.metrics = folder.File("out.jsonl");
  ASSERT_TRUE(TrainLine(line.program, 2, options).ok());
  EXPECT_EQ(
      ReadFile(options.metrics).find(R"({"rank": 0, "round": 4, "step": 4)"),
      0u);
}

TEST_F(CheckpointRun, SaysWhenNothingIsLeftToTrain) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 3;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainLine(line.program, 2, options).ok());
  options.load = options.save;
  options.progress = std::fopen(folder.File("stderr").c_str(), "w");
  const auto result = TrainLine(line.program, 2, options);
  std::fclose(options.progress);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rounds, 3);
  EXPECT_EQ(ReadFile(folder.File("stderr")),
            "note: " + options.load +
                " has 3 rounds behind it and the run ends at round 3, counted "
                "from its very start: nothing is left to train\n");
}

TEST_F(CheckpointRun, OnAnotherNumberOfRanks) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 3;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainLine(line.program, 4, options).ok());
  options.load = options.save;
  options.rounds = 5;
  const auto result = TrainLine(line.program, 2, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->evaluations, 3 * 4 + 2 * 2);

  LineProgram with_state(8, LineLoss::kPerRow, true);
  options.load.clear();
  ASSERT_TRUE(TrainLine(with_state.program, 4, options).ok());
  options.load = options.save;
  const auto refused = TrainLine(with_state.program, 2, options);
  EXPECT_TRUE(AgreedByAllRanks(refused.status()));
  EXPECT_EQ(refused.status().message(),
            options.load +
                " holds 'residual/w' of each of 4 ranks and cannot go on with "
                "2; start 4 ranks, or take the parameters alone with "
                "--load-parameters");
}

TEST_F(CheckpointRun, ParametersAlone) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 5;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainLine(line.program, 2, options).ok());
  options.load_parameters = options.save;
  options.rounds = 0;
  options.save = folder.File("g");
  const auto result = TrainLine(line.program, 3, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rounds, 0);
  EXPECT_EQ(ParametersIn(folder.File("g")), ParametersIn(folder.File("f")));
}

TEST_F(CheckpointRun, AParameterWithoutAValueMustBeLoaded) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 1;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainLine(line.program, 1, options).ok());
  line.variables[1].initializer = {};
  options.save.clear();
  EXPECT_EQ(TrainLine(line.program, 2, options).status().message(),
            "parameter 'b' has no value: give it an initialiser in the model, "
            "or load it with --load-parameters=FILE");
  options.load_parameters = folder.File("f");
  EXPECT_TRUE(TrainLine(line.program, 2, options).ok());
}

TEST_F(CheckpointRun, SeedAndOrderMustNotChange) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 1;
  options.seed = 3;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainLine(line.program, 1, options).ok());
  options.load = options.save;
  options.seed = 4;
  EXPECT_EQ(TrainLine(line.program, 2, options).status().message(),
            "--seed=4 contradicts " + options.load +
                ", whose run has seed 3; leave --seed out, or take only "
                "parameters, by --load-parameters");
  options.seed.reset();
  options.shuffle = false;
  EXPECT_EQ(TrainLine(line.program, 2, options).status().message(),
            "--shuffle=off contradicts " + options.load +
                ", whose run has it on; leave --shuffle out, or take only "
                "parameters, by --load-parameters");
}

TEST_F(CheckpointRun, AFileThatIsMissingOrOfAnotherModel) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.load = folder.File("none");
  EXPECT_EQ(TrainLine(line.program, 2, options).status().message(),
            "cannot read " + options.load + ": No such file or directory");
  options.load_parameters = std::move(options.load);
  options.load.clear();
  const auto parameters = TrainLine(line.program, 2, options);
  EXPECT_TRUE(AgreedByAllRanks(parameters.status()));
  EXPECT_EQ(parameters.status().message(), "cannot read " +
                                               options.load_parameters +
                                               ": No such file or directory");
  WriteFile(options.load_parameters, "{}");
  EXPECT_EQ(TrainLine(line.program, 2, options).status().message(),
            options.load_parameters +
                " is not a safetensors file: it has 2 bytes, and the length of "
                "its header alone takes 8");
}

TEST_F(CheckpointRun, SavesEveryFewRounds) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 11;
  options.save = folder.File("f");
  options.save_every = 4;
  // The loss of round 10 stops the run: what is there is round 8.
  faults.nan = {1, 10};
  EXPECT_FALSE(TrainLine(line.program, 2, options).ok());
  EXPECT_NE(ReadFile(options.save).find(R"("round":"8")"), std::string::npos);
}

TEST_F(CheckpointRun, ANanAtASaveKeepsTheLastCheckpoint) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 11;
  options.save = folder.File("f");
  options.save_every = 4;
  faults.nan = {1, 8};
  EXPECT_FALSE(TrainLine(line.program, 2, options).ok());
  EXPECT_NE(ReadFile(options.save).find(R"("round":"4")"), std::string::npos);
}

TEST_F(CheckpointRun, ASignalLeavesAValidCheckpoint) {
  LineProgram line(8);
  TrainOptions options = QuietOptions();
  options.rounds = 100;
  options.save = folder.File("f");
  options.stop_signal = &faults.signal_number;
  faults.signal = {1, 6};
  const auto result = TrainLine(line.program, 3, options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->signal, 15);
  EXPECT_GE(result->rounds, 6);
  EXPECT_LE(result->rounds, 7); // An agreement is a round old.
  faults.signal = {};
  faults.signal_number = 0;
  options.load = options.save;
  options.rounds = 20;
  options.save = folder.File("resumed");
  ASSERT_TRUE(TrainLine(line.program, 3, options).ok());
  options.load.clear();
  options.save = folder.File("whole");
  ASSERT_TRUE(TrainLine(line.program, 3, options).ok());
  EXPECT_EQ(ReadFile(folder.File("resumed")), ReadFile(folder.File("whole")));
}

TEST_F(CheckpointRun, AFullDiskKeepsTheLastCheckpoint) {
  LineProgram line(8, LineLoss::kPerRow, true);
  TrainOptions options = QuietOptions();
  options.rounds = 1;
  options.save = folder.File("f");
  ASSERT_TRUE(TrainLine(line.program, 3, options).ok());
  const std::string before = ReadFile(options.save);

  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  rlimit limit = old;
  limit.rlim_cur = before.size() - 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  options.rounds = 2;
  const auto result = TrainLine(line.program, 3, options);
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_TRUE(AgreedByAllRanks(result.status()));
  EXPECT_EQ(result.status().message(),
            "cannot save to " + options.save +
                ": writing: File too large; what was there is unchanged");
  EXPECT_EQ(ReadFile(options.save), before);
  EXPECT_EQ(folder.NumFiles(), 1u);
}

} // namespace
} // namespace tacit
