//===- checkpoint_test.cpp - What fits a program and what does not --------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/checkpoint.h"
#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>

namespace tacit {
namespace {

VariablesOnly Model() {
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  model.Add("w0.momentum", TACIT_OPTIMIZER, {2, 3}, TACIT_F32);
  model.Add("step", TACIT_COUNTER, {}, TACIT_I64);
  return model;
}

VariablesOnly ModelWithResidual() {
  VariablesOnly model = Model();
  model.Add("w0", TACIT_RESIDUAL, {4}, TACIT_F32).sharing = TACIT_PER_RANK;
  return model;
}

/// Saves a program whose bytes count up, and says where the file is.
std::string Save(const TestFolder &folder, VariablesOnly &model, int ranks,
                 Position position = {}) {
  const std::string path = folder.File("saved");
  auto writer =
      CheckpointWriter::Create(path, model.program(), ranks, position);
  EXPECT_TRUE(writer.ok()) << writer.status();
  uint8_t next = 0;
  StateStorage state(model.program());
  for (size_t i = 0; i < state.variables().size(); ++i) {
    const tacit_variable &variable = state.variables()[i];
    const int means = HoldsMean(variable, position.WithinRound());
    const bool differs = DiffersBetweenRanks(variable, position.WithinRound());
    for (int copy = 0; copy < means + (differs ? ranks : 1); ++copy) {
      for (std::byte &byte : state.Bytes(i))
        byte = std::byte{next++};
      EXPECT_TRUE((*writer)->Append(state.Bytes(i)).ok());
    }
  }
  EXPECT_TRUE((*writer)->Commit().ok());
  return path;
}

std::string ErrorOfAll(const std::string &path, VariablesOnly model,
                       int ranks = 1) {
  const auto reader = CheckpointReader::OpenAll(path, model.program(), ranks);
  EXPECT_FALSE(reader.ok());
  const std::string message(reader.status().message());
  EXPECT_EQ(message.rfind(path, 0), 0u) << message;
  return message.substr(std::min(message.size(), path.size()));
}

std::string ErrorOfParameters(const std::string &path, VariablesOnly model) {
  const auto reader = CheckpointReader::OpenParameters(path, model.program());
  EXPECT_FALSE(reader.ok());
  const std::string message(reader.status().message());
  EXPECT_EQ(message.rfind(path, 0), 0u) << message;
  return message.substr(std::min(message.size(), path.size()));
}

TEST(Checkpoint, KeepsVariablesAndPosition) {
  TestFolder folder;
  VariablesOnly model = ModelWithResidual();
  const std::string path =
      Save(folder, model, 3, {20, 40, 120, 0xFFFFFFFFFFFFFFFFu, 0});

  auto file = SafetensorsFile::Open(path);
  ASSERT_TRUE(file.ok());
  std::vector<std::string> names;
  for (const auto &[name, entry] : (*file)->entries())
    names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"counter/step", "optimizer/w0.momentum",
                                      "rank0/residual/w0", "rank1/residual/w0",
                                      "rank2/residual/w0", "w0"}));
  const std::map<std::string, std::string> wanted = {
      {"format", "tacit"},    {"version", "1"},
      {"program", "model"},   {"strategy", "ssgd"},
      {"ranks", "3"},         {"round", "20"},
      {"step", "40"},         {"data_position", "40"},
      {"evaluations", "120"}, {"seed", "18446744073709551615"},
      {"shuffle", "off"},     {"fingerprint", "0000000000001234"}};
  for (const auto &[key, value] : wanted)
    EXPECT_EQ((*file)->metadata().at(key), value) << key;

  auto reader = CheckpointReader::OpenAll(path, model.program(), 3);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->position().round, 20);
  EXPECT_EQ((*reader)->position().step, 40);
  EXPECT_EQ((*reader)->position().evaluations, 120);
  EXPECT_EQ((*reader)->position().seed, 0xFFFFFFFFFFFFFFFFu);
  EXPECT_EQ((*reader)->position().shuffle, 0);
  std::vector<std::byte> bytes(16);
  ASSERT_TRUE((*reader)->Read(3, 2, absl::MakeSpan(bytes)).ok());
  EXPECT_EQ(bytes[0], std::byte{24 + 24 + 8 + 32});
}

TEST(Checkpoint, ParametersAloneOfARun) {
  TestFolder folder;
  VariablesOnly model = ModelWithResidual();
  const std::string path = Save(folder, model, 2);
  VariablesOnly plain;
  plain.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  auto reader = CheckpointReader::OpenParameters(path, plain.program());
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::vector<std::byte> bytes(24);
  ASSERT_TRUE((*reader)->Read(0, 0, absl::MakeSpan(bytes)).ok());
  EXPECT_EQ(bytes[23], std::byte{23});
}

TEST(Checkpoint, AnotherNumberOfRanks) {
  TestFolder folder;
  VariablesOnly shared = Model();
  EXPECT_TRUE(
      CheckpointReader::OpenAll(Save(folder, shared, 4), shared.program(), 2)
          .ok());
  VariablesOnly model = ModelWithResidual();
  EXPECT_EQ(ErrorOfAll(Save(folder, model, 4), ModelWithResidual(), 2),
            " holds 'residual/w0' of each of 4 ranks and cannot go on with 2; "
            "start 4 ranks, or take the parameters alone with "
            "--load-parameters");
}

TEST(Checkpoint, WithinARoundEachRankHasItsOwn) {
  TestFolder folder;
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2}, TACIT_F32).sharing =
      TACIT_PER_RANK_IN_ROUND;
  model.Add("w0.momentum", TACIT_OPTIMIZER, {2}, TACIT_F32).sharing =
      TACIT_PER_RANK_IN_ROUND;
  model.Add("step", TACIT_COUNTER, {}, TACIT_I64);
  Position position;
  position.round_step = 3;
  position.seconds = 0.1;
  const std::string path = Save(folder, model, 2, position);
  auto file = SafetensorsFile::Open(path);
  ASSERT_TRUE(file.ok());
  std::vector<std::string> names;
  for (const auto &[name, entry] : (*file)->entries())
    names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "counter/step", "rank0/optimizer/w0.momentum",
                       "rank0/parameter/w0", "rank1/optimizer/w0.momentum",
                       "rank1/parameter/w0", "w0"}));

  std::vector<std::byte> bytes(8);
  auto reader = CheckpointReader::OpenAll(path, model.program(), 2);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->position().round_step, 3);
  EXPECT_EQ((*reader)->position().seconds, 0.1);
  // The mean comes first.
  ASSERT_TRUE((*reader)->Read(0, 1, absl::MakeSpan(bytes)).ok());
  EXPECT_EQ(bytes[0], std::byte{16});
  auto parameters = CheckpointReader::OpenParameters(path, model.program());
  ASSERT_TRUE(parameters.ok()) << parameters.status();
  ASSERT_TRUE((*parameters)->Read(0, 1, absl::MakeSpan(bytes)).ok());
  EXPECT_EQ(bytes[0], std::byte{0});

  // One rank alone shares with nobody.
  VariablesOnly alone;
  alone.Add("w0", TACIT_PARAMETER, {2}, TACIT_F32);
  alone.Add("w0.momentum", TACIT_OPTIMIZER, {2}, TACIT_F32);
  alone.Add("step", TACIT_COUNTER, {}, TACIT_I64);
  EXPECT_EQ(ErrorOfAll(path, alone, 1),
            " was saved within a round, which each of 2 ranks had gone on with "
            "by itself, and cannot go on with 1; start 2 ranks, or take the "
            "parameters, their mean over ranks, alone with --load-parameters");

  // Between rounds there is one value.
  EXPECT_TRUE(
      CheckpointReader::OpenAll(Save(folder, model, 2), model.program(), 5)
          .ok());
}

TEST(Checkpoint, ACopyOfAParameterHasItsName) {
  TestFolder folder;
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2}, TACIT_F32);
  model.Add("w0", TACIT_PARAMETER, {2}, TACIT_F32).sharing = TACIT_PER_RANK;
  const std::string path = Save(folder, model, 2);
  auto reader = CheckpointReader::OpenAll(path, model.program(), 2);
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::vector<std::byte> bytes(8);
  ASSERT_TRUE((*reader)->Read(1, 1, absl::MakeSpan(bytes)).ok());
  EXPECT_EQ(bytes[0], std::byte{16});
  // Alone, parameters are what the model shares.
  EXPECT_TRUE(CheckpointReader::OpenParameters(path, model.program()).ok());
}

TEST(Checkpoint, AnotherStrategy) {
  TestFolder folder;
  VariablesOnly model = Model();
  const std::string path = Save(folder, model, 1);
  tacit_program program = model.program();
  program.strategy = "pasgd{period=4}+topk";
  EXPECT_EQ(CheckpointReader::OpenAll(path, program, 1).status().message(),
            path + " was saved by strategy 'ssgd', and its state has another "
                   "meaning under 'pasgd{period=4}+topk'; go on with the "
                   "former, or take the parameters alone with "
                   "--load-parameters");
  program.strategy = "ssgd";
  auto same = CheckpointReader::OpenAll(path, program, 1);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(*(*same)->Differences(), "");
}

TEST(Checkpoint, OtherOptionsOfTheStrategy) {
  TestFolder folder;
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2}, TACIT_F32);
  model.Add("tau", TACIT_COUNTER, {}, TACIT_I64).initializer = {TACIT_CONSTANT,
                                                                0, 8, 0};
  model.Add("rest", TACIT_COUNTER, {}, TACIT_F64).initializer = {TACIT_CONSTANT,
                                                                 0, 0, 0};
  const std::string path = Save(folder, model, 1);
  tacit_program program = model.program();
  program.strategy = "ssgd{overlap=off}";
  auto reader = CheckpointReader::OpenAll(path, program, 1);
  ASSERT_TRUE(reader.ok()) << reader.status();
  // The bytes 8, 9, ..., 15.
  EXPECT_EQ(*(*reader)->Differences(),
            path + " was saved by 'ssgd', and goes on under "
                   "'ssgd{overlap=off}'; of its state, counter/tau = "
                   "1.08482e+18 goes on");
}

TEST(Checkpoint, AnotherModel) {
  TestFolder folder;
  VariablesOnly model = Model();
  const std::string path = Save(folder, model, 1);
  VariablesOnly more = Model();
  more.Add("w1", TACIT_PARAMETER, {2}, TACIT_F32);
  EXPECT_EQ(ErrorOfAll(path, more),
            " is of another model: it has no 'w1'; the nearest it has is 'w0'");
  EXPECT_EQ(ErrorOfParameters(path, more),
            " is of another model: it has no 'w1'; the nearest it has is 'w0'");
  VariablesOnly fewer;
  fewer.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  EXPECT_EQ(ErrorOfAll(path, fewer),
            " is of another model or strategy: 'counter/step' is not in "
            "program 'model'");
  VariablesOnly shape;
  shape.Add("w0", TACIT_PARAMETER, {3, 2}, TACIT_F32);
  EXPECT_EQ(ErrorOfAll(path, shape),
            " is of another model: its 'w0' has type 2x3xf32 instead of "
            "3x2xf32");
  EXPECT_EQ(ErrorOfParameters(path, shape),
            " is of another model: its 'w0' has type 2x3xf32 instead of "
            "3x2xf32");
  VariablesOnly type;
  type.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F64);
  EXPECT_EQ(ErrorOfParameters(path, type),
            " is of another model: its 'w0' has type 2x3xf32 instead of "
            "2x3xf64");
  VariablesOnly order = Model();
  order.program().fingerprint = 0;
  tacit_program program = order.program();
  program.fingerprint = 1;
  EXPECT_EQ(CheckpointReader::OpenAll(path, program, 1).status().message(),
            path + " is of another model or strategy: its variables have the "
                   "names of program 'model' and another order or other roles");
}

TEST(Checkpoint, ATensorThatIsNoParameter) {
  TestFolder folder;
  VariablesOnly saved;
  saved.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  saved.Add("w1", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  EXPECT_EQ(ErrorOfParameters(Save(folder, saved, 1), model),
            " is of another model: 'w1' is no parameter or model state of "
            "program 'model'");
}

TEST(Checkpoint, ModelStateBelongsToTheModel) {
  TestFolder folder;
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  model.Add("mean", TACIT_MODEL_STATE, {3}, TACIT_F32).sharing =
      TACIT_PER_RANK_IN_ROUND;
  EXPECT_TRUE(IsOfModel(model.program().variables[1]));
  EXPECT_TRUE(HoldsMean(model.program().variables[1], true));
  EXPECT_FALSE(HoldsMean(model.program().variables[1], false));
  const std::string path = Save(folder, model, 2);
  auto reader = CheckpointReader::OpenParameters(path, model.program());
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_TRUE((*reader)->Has(1));
  std::vector<std::byte> bytes(12);
  ASSERT_TRUE((*reader)->Read(1, 0, absl::MakeSpan(bytes)).ok());
  EXPECT_EQ(bytes[0], std::byte{24}); // After the parameter's bytes.
}

TEST(Checkpoint, ModelStateByItsNameAlone) {
  TestFolder folder;
  VariablesOnly other;
  other.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  other.Add("mean", TACIT_PARAMETER, {3}, TACIT_F32);
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  model.Add("mean", TACIT_MODEL_STATE, {3}, TACIT_F32);
  const std::string path = Save(folder, other, 1);
  EXPECT_TRUE(CheckpointReader::OpenParameters(path, model.program()).ok());
  VariablesOnly wider;
  wider.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  wider.Add("mean", TACIT_MODEL_STATE, {4}, TACIT_F32);
  EXPECT_EQ(ErrorOfParameters(path, wider),
            " is of another model: its 'mean' has type 3xf32 instead of "
            "4xf32");
}

TEST(Checkpoint, ModelStateThatIsMissing) {
  TestFolder folder;
  VariablesOnly saved;
  saved.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  const std::string path = Save(folder, saved, 1);
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2, 3}, TACIT_F32);
  tacit_variable &mean = model.Add("mean", TACIT_MODEL_STATE, {3}, TACIT_F32);
  mean.initializer.kind = TACIT_CONSTANT;
  auto reader = CheckpointReader::OpenParameters(path, model.program());
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_FALSE((*reader)->Has(1));
  mean.initializer.kind = TACIT_NO_INITIALIZER;
  EXPECT_EQ(ErrorOfParameters(path, model),
            " is of another model: it has no 'model_state/mean'");
}

/// Saves, and replaces a text in the file by another of the same length.
std::string SaveAndReplace(const TestFolder &folder, const std::string &from,
                           const std::string &to) {
  VariablesOnly model = Model();
  const std::string path = Save(folder, model, 1);
  std::string text = ReadFile(path);
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  EXPECT_EQ(from.size(), to.size());
  WriteFile(path, text.replace(at, from.size(), to));
  return path;
}

TEST(Checkpoint, AnotherVersion) {
  TestFolder folder;
  EXPECT_EQ(
      ErrorOfAll(SaveAndReplace(folder, R"("version":"1")", R"("version":"9")"),
                 Model()),
      " is a checkpoint of version '9', and this runtime reads version "
      "'1'");
  EXPECT_EQ(ErrorOfAll(SaveAndReplace(folder, R"("format":"tacit")",
                                      R"("format":"other")"),
                       Model()),
            " is not a checkpoint of Tacit: its metadata does not say where "
            "the run stood; --load-parameters takes the parameters of any "
            "safetensors file");
  EXPECT_EQ(
      ErrorOfAll(SaveAndReplace(folder, R"("round":"0")", R"("round":"x")"),
                 Model()),
      " does not say where its run stood: round, step, evaluations, "
      "seed or shuffle is missing or damaged");
}

TEST(Checkpoint, ParametersThatDifferByRankAreRefused) {
  TestFolder folder;
  VariablesOnly model;
  model.Add("w0", TACIT_PARAMETER, {2}, TACIT_F32).sharing = TACIT_PER_RANK;
  const std::string path = folder.File("f");
  EXPECT_EQ(
      CheckpointWriter::Create(path, model.program(), 2, {}).status().message(),
      "cannot save to " + path +
          ": parameter 'w0' differs from rank to rank, and which value "
          "is the model's is not defined");
}

} // namespace
} // namespace tacit
