//===- line_program.cpp - A compiled program, written by hand -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/train/line_program.h"

#include "runtime/state/safetensors.h"
#include "runtime/support/random.h"
#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace tacit {

Faults faults;

namespace {

constexpr float kRate = 0.05f, kMomentum = 0.5f;

/// The state, as the descriptor lays it out.
struct State {
  alignas(64) float w[3];
  alignas(64) float b;
  alignas(64) float momentum[3];
  alignas(64) int64_t steps;
  alignas(64) float summed[3];
};

bool Is(const Faults::At &at, const tacit_rank_view &rank, int64_t step) {
  return at.rank == rank.rank && at.step == step;
}

float Predict(const State &state, const float *x) {
  return state.w[0] * x[0] + state.w[1] * x[1] + state.w[2] * x[2] + state.b;
}

template <int kBatch, bool kPerRank>
tacit_status Step(tacit_rank *handle, const tacit_batch *batch) {
  const auto &rank = *reinterpret_cast<const tacit_rank_view *>(handle);
  State &state = *static_cast<State *>(rank.state);
  const auto *x = static_cast<const float *>(batch->arguments[0]);
  const auto *y = static_cast<const float *>(batch->arguments[1]);
  auto *gradient = static_cast<float *>(rank.arena); // of w, then of b
  std::memset(gradient, 0, 4 * sizeof(float));
  float loss = 0;
  for (int j = 0; j < kBatch; ++j) {
    const float error = Predict(state, x + 3 * j) - y[j];
    loss += error * error / kBatch;
    for (int i = 0; i < 3; ++i)
      gradient[i] += 2 * error * x[3 * j + i] / kBatch;
    gradient[3] += 2 * error / kBatch;
  }
  const int64_t step = ++state.steps;
  if (kPerRank)
    for (int i = 0; i < 3; ++i)
      state.summed[i] += gradient[i];

  if (Is(faults.leave, rank, step))
    return TACIT_INTERNAL;
  tacit_token token;
  if (tacit_status status = tacit_start(handle, 0, gradient, &token))
    return status;
  if (tacit_status status = tacit_progress(handle))
    return status;
  if (tacit_status status = tacit_await(handle, token))
    return status;
  for (int i = 0; i < 3; ++i) {
    state.momentum[i] = kMomentum * state.momentum[i] + gradient[i];
    state.w[i] -= kRate * state.momentum[i];
  }
  state.b -= kRate * gradient[3];

  if (Is(faults.fail, rank, step))
    return tacit_await(handle, 12345); // No such token.
  if (Is(faults.nan, rank, step))
    loss = std::numeric_limits<float>::quiet_NaN();
  if (Is(faults.infinite, rank, step))
    loss = std::numeric_limits<float>::infinity();
  if (Is(faults.corrupt, rank, step))
    reinterpret_cast<uint32_t &>(state.w[1]) ^= 1;
  if (Is(faults.signal, rank, step))
    faults.signal_number = 15;
  *static_cast<float *>(batch->results[0]) = loss;
  *static_cast<float *>(batch->results[1]) = kRate;
  return TACIT_OK;
}

template <int kBatch, bool kMean>
tacit_status Evaluate(tacit_rank *handle, const tacit_batch *batch) {
  const auto &rank = *reinterpret_cast<const tacit_rank_view *>(handle);
  const State &state = *static_cast<const State *>(rank.state);
  const auto *x = static_cast<const float *>(batch->arguments[0]);
  const auto *y = static_cast<const float *>(batch->arguments[1]);
  auto *loss = static_cast<float *>(batch->results[0]);
  if (kMean)
    *loss = 0;
  for (int j = 0; j < kBatch; ++j) {
    const float error = Predict(state, x + 3 * j) - y[j];
    if (kMean) {
      *loss += error * error / kBatch;
      continue;
    }
    loss[j] = error * error;
    static_cast<int8_t *>(batch->results[1])[j] = std::abs(error) < 0.1f;
  }
  return TACIT_OK;
}

template <int kBatch>
void SetFunctions(tacit_program &program, LineLoss loss, bool per_rank) {
  program.step.function = per_rank ? Step<kBatch, true> : Step<kBatch, false>;
  program.evaluate.function = loss == LineLoss::kMean ? Evaluate<kBatch, true>
                                                      : Evaluate<kBatch, false>;
}

} // namespace

LineProgram::LineProgram(int batch, LineLoss loss, bool per_rank_state)
    : x_shape_{batch, 3}, y_shape_{batch}, w_shape_{3} {
  const tacit_tensor_type w = {TACIT_F32, 1, w_shape_},
                          scalar = {TACIT_F32, 0, nullptr};
  const tacit_initializer normal = {TACIT_NORMAL, 0, 0, 1},
                          zero = {TACIT_CONSTANT, 0, 0, 0};
  variables = {
      {"w", TACIT_PARAMETER, TACIT_SHARED, w, offsetof(State, w), normal},
      {"b", TACIT_PARAMETER, TACIT_SHARED, scalar, offsetof(State, b), zero},
      {"w.momentum", TACIT_OPTIMIZER, TACIT_SHARED, w,
       offsetof(State, momentum), zero},
      {"steps",
       TACIT_COUNTER,
       TACIT_SHARED,
       {TACIT_I64, 0, nullptr},
       offsetof(State, steps),
       zero}};
  if (per_rank_state)
    variables.push_back({"w", TACIT_RESIDUAL, TACIT_PER_RANK, w,
                         offsetof(State, summed), zero});
  sites = {{"all_reduce of w, b", TACIT_ALL_REDUCE, TACIT_MEAN, TACIT_F32, 0, 0,
            0, 4}};
  arguments = {{"x", {TACIT_F32, 2, x_shape_}, 0},
               {"y", {TACIT_F32, 1, y_shape_}, 0}};
  step_results = {{"loss", scalar, 0}, {"lr", scalar, 0}};
  if (loss == LineLoss::kMean)
    evaluate_results = {{"loss", scalar, 0}};
  else
    evaluate_results = {{"loss", {TACIT_F32, 1, y_shape_}, 0},
                        {"correct", {TACIT_I1, 1, y_shape_}, 0}};

  program.abi_version = TACIT_ABI_VERSION;
  program.size = sizeof(tacit_program);
  program.name = "line";
  program.strategy = "ssgd";
  program.fingerprint = per_rank_state ? 2 : 1;
  program.state_bytes = sizeof(State);
  program.arena_bytes = 4 * sizeof(float);
  program.gradients = 1;
  program.num_variables = static_cast<uint32_t>(variables.size());
  program.num_sites = static_cast<uint32_t>(sites.size());
  program.variables = variables.data();
  program.sites = sites.data();
  program.step.num_arguments = program.evaluate.num_arguments = 2;
  program.step.arguments = program.evaluate.arguments = arguments.data();
  program.step.num_results = 2;
  program.step.results = step_results.data();
  program.evaluate.num_results = static_cast<uint32_t>(evaluate_results.size());
  program.evaluate.results = evaluate_results.data();
  if (batch == 4)
    SetFunctions<4>(program, loss, per_rank_state);
  else if (batch == 8)
    SetFunctions<8>(program, loss, per_rank_state);
  else
    SetFunctions<16>(program, loss, per_rank_state);
}

void LineData::CopyRow(int argument, int64_t row, void *destination) const {
  const Random random(seed_, 0);
  float x[3];
  for (uint64_t i = 0; i < 3; ++i)
    x[i] =
        static_cast<float>(random.Normal(static_cast<uint64_t>(row) * 4 + i));
  if (argument == 0) {
    std::memcpy(destination, x, sizeof x);
    return;
  }
  const float y = x[0] - 2 * x[1] + 0.5f * x[2] + 3 +
                  0.1f * static_cast<float>(
                             random.Normal(static_cast<uint64_t>(row) * 4 + 3));
  std::memcpy(destination, &y, sizeof y);
}

TrainOptions QuietOptions() {
  TrainOptions options;
  options.progress = options.summary = nullptr;
  return options;
}

absl::StatusOr<TrainResult> TrainLine(const tacit_program &program, int ranks,
                                      const TrainOptions &options,
                                      int64_t rows) {
  SimulatedWorldOptions world_options;
  world_options.ranks = ranks;
  auto world = CreateSimulatedWorld(world_options);
  if (!world.ok())
    return world.status();
  TrainData data;
  data.train = std::make_shared<LineData>(rows);
  return Train(**world, program, options, &data);
}

std::vector<float> ParametersIn(const std::string &path) {
  auto file = SafetensorsFile::Open(path);
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok())
    return {};
  std::vector<float> values(4);
  EXPECT_TRUE((*file)->Read((*file)->entries().at("w"), values.data()).ok());
  EXPECT_TRUE((*file)->Read((*file)->entries().at("b"), &values[3]).ok());
  return values;
}

std::vector<float> TrainedParameters(const tacit_program &program, int ranks,
                                     TrainOptions options, int64_t rows) {
  TestFolder folder;
  options.save = folder.File("trained");
  const auto result = TrainLine(program, ranks, options, rows);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? ParametersIn(options.save) : std::vector<float>();
}

} // namespace tacit
