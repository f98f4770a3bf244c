//===- async_program.cpp - An asynchronous program, by hand ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/train/async_program.h"

#include "runtime/train/rank.h"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

namespace tacit {

std::function<void(int, int64_t)> after_async_step;

namespace {

constexpr uint64_t kElements = 4, kKept = 2;

/// The state, as the descriptor lays it out.
struct State {
  alignas(64) float w[3];
  alignas(64) float b;
  alignas(64) int64_t steps;
  alignas(64) float residual[4];
};

struct Arena {
  alignas(64) float update[4]; ///< Of w, then of b.
  alignas(64) std::byte payload[3 * TACIT_ALIGNMENT];
};

float Predict(const State &state, const float *x) {
  return state.w[0] * x[0] + state.w[1] * x[1] + state.w[2] * x[2] + state.b;
}

/// Writes the gradient of the batch's mean loss, which is returned.
float Gradient(const State &state, const tacit_batch &batch, float *gradient) {
  const auto *x = static_cast<const float *>(batch.arguments[0]);
  const auto *y = static_cast<const float *>(batch.arguments[1]);
  constexpr int kBatch = AsyncProgram::kBatch;
  std::memset(gradient, 0, 4 * sizeof(float));
  float loss = 0;
  for (int j = 0; j < kBatch; ++j) {
    const float error = Predict(state, x + 3 * j) - y[j];
    loss += error * error / kBatch;
    for (int i = 0; i < 3; ++i)
      gradient[i] += 2 * error * x[3 * j + i] / kBatch;
    gradient[3] += 2 * error / kBatch;
  }
  return loss;
}

bool Is(const Faults::At &at, const tacit_rank_view &rank, int64_t step) {
  return at.rank == rank.rank && at.step == step;
}

tacit_status Step(tacit_rank *handle, const tacit_batch *batch) {
  const auto &rank = *reinterpret_cast<const tacit_rank_view *>(handle);
  const tacit_channel &channel = *Rank::From(handle).program().channel;
  State &state = *static_cast<State *>(rank.state);
  Arena &arena = *static_cast<Arena *>(rank.arena);
  float *const parameters[] = {state.w, &state.b};
  const bool elastic = channel.scheduler != TACIT_DECENTRALIZED;
  if (!elastic)
    if (tacit_status status = tacit_collect(handle, parameters))
      return status;
  float loss = Gradient(state, *batch, arena.update);
  if (!elastic)
    for (float &entry : arena.update)
      entry *= AsyncProgram::kRate;
  const int64_t step = ++state.steps;
  if (tacit_status status = tacit_progress(handle))
    return status;

  const float *const tensors[] = {arena.update, arena.update + 3};
  const float *const rest[] = {state.residual, state.residual + 3};
  tacit_contribution contribution = {tensors, nullptr, nullptr,
                                     AsyncProgram::kRate};
  if (channel.compression >= 0) {
    if (tacit_status status = tacit_encode(
            handle, 0, arena.update, state.residual,
            /*scale=*/1, static_cast<uint64_t>(step - 1), arena.payload))
      return status;
    contribution = {nullptr, arena.payload, rest, AsyncProgram::kRate};
  }
  if (tacit_status status =
          elastic ? tacit_elastic_await(handle, &contribution, parameters)
                  : tacit_publish(handle, &contribution, parameters))
    return status;

  if (Is(faults.nan, rank, step))
    loss = std::numeric_limits<float>::quiet_NaN();
  if (Is(faults.signal, rank, step))
    faults.signal_number = 15;
  *static_cast<float *>(batch->results[0]) = loss;
  *static_cast<float *>(batch->results[1]) = AsyncProgram::kRate;
  if (after_async_step)
    after_async_step(static_cast<int>(rank.rank), step);
  return TACIT_OK;
}

tacit_status Evaluate(tacit_rank *handle, const tacit_batch *batch) {
  const auto &rank = *reinterpret_cast<const tacit_rank_view *>(handle);
  const State &state = *static_cast<const State *>(rank.state);
  const auto *x = static_cast<const float *>(batch->arguments[0]);
  const auto *y = static_cast<const float *>(batch->arguments[1]);
  for (int j = 0; j < AsyncProgram::kBatch; ++j) {
    const float error = Predict(state, x + 3 * j) - y[j];
    static_cast<float *>(batch->results[0])[j] = error * error;
  }
  return TACIT_OK;
}

} // namespace

AsyncProgram::AsyncProgram(tacit_scheduler scheduler, bool compresses)
    : x_shape_{kBatch, 3}, y_shape_{kBatch}, w_shape_{3}, residual_shape_{4} {
  const tacit_tensor_type w = {TACIT_F32, 1, w_shape_},
                          scalar = {TACIT_F32, 0, nullptr};
  const tacit_initializer normal = {TACIT_NORMAL, 0, 0, 1},
                          zero = {TACIT_CONSTANT, 0, 0, 0};
  variables = {
      {"w", TACIT_PARAMETER, TACIT_REPLICATED, w, offsetof(State, w), normal},
      {"b", TACIT_PARAMETER, TACIT_REPLICATED, scalar, offsetof(State, b),
       zero},
      {"steps",
       TACIT_COUNTER,
       TACIT_PER_RANK,
       {TACIT_I64, 0, nullptr},
       offsetof(State, steps),
       zero}};
  members = {{"w", 3, 3}, {"b", 1, 1}};
  if (compresses) {
    variables.push_back({"w_b",
                         TACIT_RESIDUAL,
                         TACIT_PER_RANK,
                         {TACIT_F32, 1, residual_shape_},
                         offsetof(State, residual),
                         zero});
    compression = {.name = "top_k of w, b",
                   .compressor = TACIT_TOP_K,
                   .algorithm = TACIT_PAYLOAD_ALL_GATHER,
                   .put_back = TACIT_PUT_BACK_NONE,
                   .plain_indices = 0,
                   .warm_up = 0,
                   .num_members = 2,
                   .parameter = 0.5,
                   .elements = kElements,
                   .capacity = kKept,
                   .result_capacity = kElements,
                   .members = members.data()};
  }
  arguments = {{"x", {TACIT_F32, 2, x_shape_}, 0},
               {"y", {TACIT_F32, 1, y_shape_}, 0}};
  step_results = {{"loss", scalar, 0}, {"lr", scalar, 0}};
  evaluate_results = {{"loss", {TACIT_F32, 1, y_shape_}, 0}};

  channel.name = "updates";
  channel.topology = TACIT_COMPLETE;
  channel.scheduler = scheduler;
  channel.granularity = TACIT_BY_RANK;
  channel.compression = compresses ? 0 : -1;
  channel.num_members = 2;
  channel.members = members.data();
  channel.max_staleness = -1;
  channel.send_every = 1;
  channel.max_delay = 4;
  channel.beta = 0.5;
  channel.payload_bytes =
      compresses ? tacit_sparse_bytes(kElements, kKept) : 4 * kElements;

  program.abi_version = TACIT_ABI_VERSION;
  program.size = sizeof(tacit_program);
  program.name = "line";
  program.strategy = scheduler == TACIT_DECENTRALIZED ? "dasgd" : "elastic";
  program.fingerprint = 3;
  program.state_bytes = sizeof(State);
  program.arena_bytes = sizeof(Arena);
  program.gradients = 1;
  program.channel = &channel;
  program.num_variables = static_cast<uint32_t>(variables.size());
  program.variables = variables.data();
  program.num_compressions = compresses;
  program.compressions = &compression;
  program.step.function = Step;
  program.evaluate.function = Evaluate;
  program.step.num_arguments = program.evaluate.num_arguments = 2;
  program.step.arguments = program.evaluate.arguments = arguments.data();
  program.step.num_results = 2;
  program.step.results = step_results.data();
  program.evaluate.num_results = 1;
  program.evaluate.results = evaluate_results.data();
}

absl::StatusOr<TrainResult> TrainAsync(const tacit_program &program,
                                       const TrainOptions &options,
                                       const AsyncWorld &world) {
  auto created = CreateSimulatedWorld(
      {.ranks = world.ranks, .network = world.network, .seed = world.seed});
  if (!created.ok())
    return created.status();
  TrainData data;
  data.train = std::make_shared<LineData>(100);
  data.eval = {{"eval", std::make_shared<LineData>(30, 2)}};
  return Train(**created, program, options, &data);
}

} // namespace tacit
