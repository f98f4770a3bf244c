//===- async_program.h - An asynchronous program, by hand -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the compiler would make of fitting a line, y = w x + b, by asynchronous
/// SGD: the model, the data and the faults of LineProgram.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_TRAIN_ASYNC_PROGRAM_H
#define TACIT_TEST_UNIT_TRAIN_ASYNC_PROGRAM_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/train/train.h"
#include "test/unit/train/line_program.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tacit {

/// A descriptor and what it points at. Variables: replicas of parameters
/// w: 3xf32 and b: f32, each rank's counter of its steps, and, if it compresses
/// (the two largest of the four entries), its residual.
class AsyncProgram {
public:
  /// `rate`: of learning, the same for all steps.
  explicit AsyncProgram(tacit_scheduler scheduler, bool compresses = false);
  AsyncProgram(const AsyncProgram &) = delete;
  AsyncProgram &operator=(const AsyncProgram &) = delete;

  static constexpr int kBatch = 8;
  static constexpr float kRate = 0.02f;

  tacit_program program = {};
  tacit_channel channel = {};
  tacit_compression compression = {};
  std::vector<tacit_member> members;
  std::vector<tacit_variable> variables;
  std::vector<tacit_named_tensor> arguments, step_results, evaluate_results;

private:
  int64_t x_shape_[2], y_shape_[1], w_shape_[1], residual_shape_[1];
};

/// Called by every step of an AsyncProgram, counted from 1, when it is done.
extern std::function<void(int rank, int64_t step)> after_async_step;

struct AsyncWorld {
  int ranks = 4;
  std::string network = "latency=1ms compute=10ms";
  uint64_t seed = 0;
};

/// Trains on 100 rows, and evaluates on 30 others.
absl::StatusOr<TrainResult> TrainAsync(const tacit_program &program,
                                       const TrainOptions &options,
                                       const AsyncWorld &world = {});

} // namespace tacit

#endif // TACIT_TEST_UNIT_TRAIN_ASYNC_PROGRAM_H
