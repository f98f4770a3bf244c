//===- tacit_runtime_test.cpp - Training inside another program -----------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One rank alone. What several do is tested by trainers that are built against
/// an installed Tacit: test/embed.
///
//===----------------------------------------------------------------------===//

#include "runtime/abi/tacit_runtime.h"
#include "test/unit/train/async_program.h"
#include "test/unit/train/line_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

using namespace tacit;
using testing::HasSubstr;

namespace {

/// A world of one rank, with a program and a batch of it.
class Embedding : public testing::Test {
protected:
  void SetUp() override {
    faults.fail = {};
    ASSERT_EQ(tacit_world_create(nullptr, &world_), TACIT_OK)
        << tacit_last_error();
    const LineData data(8);
    for (int row = 0; row < 8; ++row) {
      data.CopyRow(0, row, x_ + 3 * row);
      data.CopyRow(1, row, y_ + row);
    }
  }
  void TearDown() override {
    tacit_trainer_destroy(trainer_);
    tacit_world_destroy(world_);
  }

  tacit_status Create(const tacit_program &program,
                      const tacit_trainer_options *options = nullptr) {
    return tacit_trainer_create(world_, &program, options, &trainer_);
  }
  void CreateLine() {
    ASSERT_EQ(Create(line_.program), TACIT_OK) << tacit_last_error();
  }
  tacit_status Step() { return tacit_trainer_step(trainer_, &batch_); }

  /// The error of a call that must fail without harm: with this code.
  static std::string Refused(tacit_status status,
                             tacit_status code = TACIT_INVALID) {
    EXPECT_EQ(status, code);
    return tacit_last_error();
  }

  LineProgram line_{8};
  float x_[24], y_[8];
  const void *const arguments_[2] = {x_, y_};
  const tacit_batch batch_ = {arguments_, nullptr};
  tacit_world *world_ = nullptr;
  tacit_trainer *trainer_ = nullptr;
};

} // namespace

TEST_F(Embedding, Trains) {
  EXPECT_EQ(tacit_world_rank(world_), 0);
  EXPECT_EQ(tacit_world_ranks(world_), 1);
  CreateLine();
  EXPECT_EQ(tacit_trainer_program(trainer_), &line_.program);
  double first = 0, last = 0, lr = 0;
  ASSERT_EQ(Step(), TACIT_OK) << tacit_last_error();
  ASSERT_EQ(tacit_trainer_result(trainer_, "loss", &first), TACIT_OK);
  ASSERT_EQ(tacit_trainer_result(trainer_, "lr", &lr), TACIT_OK);
  EXPECT_FLOAT_EQ(static_cast<float>(lr), 0.05f);
  for (int i = 0; i < 50; ++i)
    ASSERT_EQ(Step(), TACIT_OK);
  ASSERT_EQ(tacit_trainer_result(trainer_, "loss", &last), TACIT_OK);
  EXPECT_LT(last, first / 4);
  EXPECT_EQ(tacit_trainer_steps(trainer_), 51);
  EXPECT_EQ(tacit_trainer_rounds(trainer_), 51);
  EXPECT_EQ(tacit_trainer_finish(trainer_), TACIT_OK) << tacit_last_error();
}

TEST_F(Embedding, WritesResultsWhereTheCallerWants) {
  CreateLine();
  float loss = -1, rows[8];
  void *const results[] = {&loss, nullptr};
  const tacit_batch batch = {arguments_, results};
  ASSERT_EQ(tacit_trainer_step(trainer_, &batch), TACIT_OK);
  double same = 0;
  ASSERT_EQ(tacit_trainer_result(trainer_, "loss", &same), TACIT_OK);
  EXPECT_EQ(loss, static_cast<float>(same));
  void *const evaluated[] = {rows, nullptr};
  const tacit_batch evaluation = {arguments_, evaluated};
  rows[7] = -1;
  ASSERT_EQ(tacit_trainer_evaluate(trainer_, &evaluation), TACIT_OK);
  EXPECT_GE(rows[7], 0);
}

TEST_F(Embedding, SharesVariables) {
  CreateLine();
  void *w = nullptr;
  const tacit_variable *variable = nullptr;
  ASSERT_EQ(tacit_trainer_variable(trainer_, "w", &w, &variable), TACIT_OK);
  EXPECT_EQ(variable, &line_.program.variables[0]);
  EXPECT_EQ(w, static_cast<char *>(tacit_trainer_state(trainer_)) +
                   variable->offset);
  // A step starts from what the program has written there.
  std::memset(w, 0, 3 * sizeof(float));
  ASSERT_EQ(Step(), TACIT_OK);
  double loss = 0, mean = 0;
  ASSERT_EQ(tacit_trainer_result(trainer_, "loss", &loss), TACIT_OK);
  for (const float y : y_)
    mean += y * y / 8;
  EXPECT_NEAR(loss, mean, 1e-5);
  EXPECT_NE(static_cast<float *>(w)[0], 0);
  EXPECT_EQ(tacit_trainer_variable(trainer_, "optimizer/w.momentum", &w,
                                   /*variable=*/nullptr),
            TACIT_OK);
  EXPECT_EQ(Refused(tacit_trainer_variable(trainer_, "w.momentum", &w,
                                           /*variable=*/nullptr)),
            "program 'line' has no variable 'w.momentum'; known are w, b, "
            "optimizer/w.momentum, counter/steps");
}

TEST_F(Embedding, RefusesAnotherVersion) {
  line_.program.abi_version = TACIT_ABI_VERSION - 1;
  EXPECT_EQ(Refused(Create(line_.program)),
            "the program is compiled for version " +
                std::to_string(TACIT_ABI_VERSION - 1) +
                " of the runtime's interface, and this runtime has version " +
                std::to_string(TACIT_ABI_VERSION) + "; compile it again");
  EXPECT_EQ(trainer_, nullptr);
  EXPECT_EQ(tacit_runtime_abi_version(), TACIT_ABI_VERSION);
  EXPECT_EQ(Refused(tacit_trainer_create(world_, nullptr, nullptr, &trainer_)),
            "there is no program to load");
}

TEST_F(Embedding, RefusesAnotherNumberOfRanks) {
  line_.program.ranks = 3;
  EXPECT_EQ(Refused(Create(line_.program)),
            "program 'line' is compiled for 3 ranks, and there are 1");
}

TEST_F(Embedding, RefusesParametersWithoutValues) {
  line_.variables[0].initializer.kind = TACIT_NO_INITIALIZER;
  EXPECT_EQ(Refused(Create(line_.program)),
            "parameter 'w' has no value: give it an initialiser in the model, "
            "or load it, by the trainer's option load_parameters");
}

TEST_F(Embedding, WantsToKnowHowLongTheRunIs) {
  line_.variables[3].initializer = {TACIT_OF_RUN, 0, 0.2, 0};
  EXPECT_EQ(Refused(Create(line_.program)),
            "'steps' is to be 0.2 of the run's local steps: say how many there "
            "will be, by the trainer's option steps, or set it in the "
            "strategy");
  tacit_trainer_options options = TACIT_TRAINER_OPTIONS;
  options.steps = 50;
  ASSERT_EQ(Create(line_.program, &options), TACIT_OK) << tacit_last_error();
  void *steps = nullptr;
  ASSERT_EQ(tacit_trainer_variable(trainer_, "counter/steps", &steps, nullptr),
            TACIT_OK);
  EXPECT_EQ(*static_cast<const int64_t *>(steps), 10);
}

TEST_F(Embedding, RefusesWhatIsNull) {
  CreateLine();
  EXPECT_EQ(Refused(tacit_trainer_step(nullptr, &batch_)),
            "tacit_trainer_step: the trainer is null");
  EXPECT_EQ(Refused(tacit_trainer_step(trainer_, nullptr)),
            "the step is given no batch, which is null");
  const void *const arguments[] = {x_, nullptr};
  const tacit_batch batch = {arguments, nullptr};
  EXPECT_EQ(Refused(tacit_trainer_step(trainer_, &batch)),
            "the step's argument 'y', 8xf32, is null");
  EXPECT_EQ(Refused(tacit_trainer_save(trainer_, nullptr)),
            "tacit_trainer_save: the path is null");
  EXPECT_EQ(Refused(tacit_world_max(world_, nullptr)),
            "tacit_world_max: the value is null");
  EXPECT_EQ(Refused(tacit_world_create(nullptr, nullptr)),
            "tacit_world_create: where the world goes is null");
  // Nothing of it has done any harm.
  EXPECT_EQ(Step(), TACIT_OK) << tacit_last_error();
}

TEST_F(Embedding, RefusesOptionsOfAnotherHeader) {
  tacit_trainer_options options = TACIT_TRAINER_OPTIONS;
  options.size += 8;
  EXPECT_EQ(Refused(Create(line_.program, &options)),
            "tacit_trainer_options has size " + std::to_string(options.size) +
                ", and this runtime knows " + std::to_string(options.size - 8) +
                " bytes of it: begin with its initializer, or compile against "
                "the headers of this runtime");
  // One that is shorter is of an older header: the rest is by default.
  options.size = offsetof(tacit_trainer_options, load);
  options.load = "nowhere";
  EXPECT_EQ(Create(line_.program, &options), TACIT_OK) << tacit_last_error();

  tacit_world *world = nullptr;
  tacit_world_options never = TACIT_WORLD_OPTIONS;
  never.timeout = 0;
  EXPECT_EQ(Refused(tacit_world_create(&never, &world)),
            "timeout must be a positive number of seconds, got 0");
}

TEST_F(Embedding, SaysWhichResultsThereAre) {
  CreateLine();
  double value = 0;
  EXPECT_EQ(Refused(tacit_trainer_result(trainer_, "loss", &value)),
            "no step was made yet whose results could be read");
  ASSERT_EQ(Step(), TACIT_OK);
  EXPECT_EQ(Refused(tacit_trainer_result(trainer_, "los", &value)),
            "the step has no scalar result 'los'; did you mean 'loss'?");
}

TEST_F(Embedding, RefusesToEvaluateWithoutAnEvaluation) {
  line_.program.evaluate = {};
  CreateLine();
  EXPECT_EQ(Refused(tacit_trainer_evaluate(trainer_, &batch_)),
            "program 'line' has no evaluation; give the model one");
}

TEST_F(Embedding, GoesOnWhereACheckpointEnds) {
  const std::string path = testing::TempDir() + "/embedding.safetensors";
  CreateLine();
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(Step(), TACIT_OK);
  ASSERT_EQ(tacit_trainer_save(trainer_, path.c_str()), TACIT_OK)
      << tacit_last_error();
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(Step(), TACIT_OK);

  tacit_trainer_options options = TACIT_TRAINER_OPTIONS;
  options.load = path.c_str();
  tacit_trainer *other = nullptr;
  ASSERT_EQ(tacit_trainer_create(world_, &line_.program, &options, &other),
            TACIT_OK)
      << tacit_last_error();
  EXPECT_EQ(tacit_trainer_steps(other), 5);
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(tacit_trainer_step(other, &batch_), TACIT_OK);
  EXPECT_EQ(std::memcmp(tacit_trainer_state(trainer_),
                        tacit_trainer_state(other), line_.program.state_bytes),
            0);
  tacit_trainer_destroy(other);
}

TEST_F(Embedding, GoesOnAfterAFileThatCannotBeWrittenOrRead) {
  CreateLine();
  EXPECT_NE(tacit_trainer_save(trainer_, "/nowhere/at/all.safetensors"),
            TACIT_OK);
  EXPECT_THAT(tacit_last_error(), HasSubstr("/nowhere/at/all.safetensors"));
  EXPECT_EQ(Step(), TACIT_OK) << tacit_last_error();

  tacit_trainer_options options = TACIT_TRAINER_OPTIONS;
  options.load = "/nowhere.safetensors";
  tacit_trainer *other = nullptr;
  EXPECT_NE(tacit_trainer_create(world_, &line_.program, &options, &other),
            TACIT_OK);
  EXPECT_THAT(tacit_last_error(), HasSubstr("/nowhere.safetensors"));
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(Step(), TACIT_OK) << tacit_last_error();
}

TEST_F(Embedding, KeepsTheFirstErrorOfAStep) {
  CreateLine();
  faults.fail = {.rank = 0, .step = 2};
  ASSERT_EQ(Step(), TACIT_OK);
  EXPECT_NE(Step(), TACIT_OK);
  const std::string error = tacit_last_error();
  EXPECT_THAT(error, HasSubstr("token"));
  faults.fail = {};
  EXPECT_NE(Step(), TACIT_OK);
  EXPECT_EQ(tacit_last_error(), error);
  EXPECT_NE(tacit_trainer_finish(trainer_), TACIT_OK);
  EXPECT_EQ(tacit_last_error(), error);
  tacit_trainer_destroy(std::exchange(trainer_, nullptr));
  EXPECT_NE(tacit_world_destroy(std::exchange(world_, nullptr)), TACIT_OK);
}

TEST_F(Embedding, EndsWithItsLastTrainer) {
  CreateLine();
  EXPECT_EQ(Refused(tacit_world_destroy(world_)),
            "tacit_world_destroy: the world still has 1 trainer; destroy what "
            "is in it first");
  EXPECT_EQ(Step(), TACIT_OK) << tacit_last_error();
}

TEST_F(Embedding, TellsOthersThatItGivesUp) {
  CreateLine();
  tacit_world_abort(world_, "no more data");
  EXPECT_EQ(Refused(Step(), TACIT_PEER_FAILED), "no more data");
  double value = 1;
  EXPECT_EQ(Refused(tacit_world_max(world_, &value), TACIT_PEER_FAILED),
            "no more data");
}

TEST_F(Embedding, FinishesAsynchronousTrainingBeforeItSaves) {
  const AsyncProgram program(TACIT_DECENTRALIZED);
  ASSERT_EQ(Create(program.program), TACIT_OK) << tacit_last_error();
  const std::string path = testing::TempDir() + "/asynchronous.safetensors";
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(Step(), TACIT_OK) << tacit_last_error();
  EXPECT_EQ(Refused(tacit_trainer_save(trainer_, path.c_str())),
            "tacit_trainer_save: ranks of an asynchronous strategy are at "
            "different steps; call tacit_trainer_finish first");
  ASSERT_EQ(tacit_trainer_finish(trainer_), TACIT_OK) << tacit_last_error();
  EXPECT_EQ(tacit_trainer_save(trainer_, path.c_str()), TACIT_OK)
      << tacit_last_error();
  EXPECT_EQ(Refused(Step()),
            "tacit_trainer_step: ranks of an asynchronous strategy make no "
            "steps after tacit_trainer_finish");
}
