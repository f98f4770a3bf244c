//===- line_program.h - A compiled program, written by hand -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the compiler would make of fitting a line, y = w x + b, by synchronous
/// SGD with momentum: so that the runtime is tested without the compiler.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_TRAIN_LINE_PROGRAM_H
#define TACIT_TEST_UNIT_TRAIN_LINE_PROGRAM_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/data/dataset.h"
#include "runtime/train/train.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tacit {

/// What goes wrong, at a step counted from 1 and on one rank; -1: nowhere.
struct Faults {
  struct At {
    int rank = -1;
    int64_t step = -1;
  };
  At nan;      ///< The loss is.
  At infinite; ///< The loss is.
  At fail;     ///< The step returns an error.
  At leave;    ///< The step returns an error before its exchange.
  At corrupt;  ///< A bit of the parameter w is changed.
  At signal;   ///< `signal_number` is set to 15.
  std::atomic<int> signal_number = 0;
};

/// Of the tests in this process, which run one after another.
extern Faults faults;

/// How a program's evaluation gives its loss.
enum class LineLoss { kPerRow, kMean };

/// A descriptor and what it points at. Variables: parameters w: 3xf32 and b:
/// f32, their optimizer state w.momentum, a counter, and, if asked for, what
/// each rank has summed up of its own gradients.
class LineProgram {
public:
  /// `batch`: 4, 8 or 16.
  explicit LineProgram(int batch, LineLoss loss = LineLoss::kPerRow,
                       bool per_rank_state = false);
  LineProgram(const LineProgram &) = delete;
  LineProgram &operator=(const LineProgram &) = delete;

  tacit_program program = {};
  std::vector<tacit_variable> variables;
  std::vector<tacit_exchange_site> sites;
  std::vector<tacit_named_tensor> arguments, step_results, evaluate_results;

private:
  int64_t x_shape_[2], y_shape_[1], w_shape_[1];
};

/// Rows of a line with noise, a function of `seed` and the row.
class LineData : public DataSet {
public:
  explicit LineData(int64_t rows, uint64_t seed = 1)
      : rows_(rows), seed_(seed) {}
  int64_t rows() const override { return rows_; }
  void CopyRow(int argument, int64_t row, void *destination) const override;

private:
  int64_t rows_;
  uint64_t seed_;
};

/// Options that print nothing.
TrainOptions QuietOptions();

/// Trains on `rows` rows on simulated ranks. No evaluation.
absl::StatusOr<TrainResult> TrainLine(const tacit_program &program, int ranks,
                                      const TrainOptions &options,
                                      int64_t rows = 100);

/// Trains, saves, and reads back the bytes of the parameters.
std::vector<float> TrainedParameters(const tacit_program &program, int ranks,
                                     TrainOptions options, int64_t rows = 100);

/// The parameters in a checkpoint of a LineProgram: w, then b.
std::vector<float> ParametersIn(const std::string &path);

} // namespace tacit

#endif // TACIT_TEST_UNIT_TRAIN_LINE_PROGRAM_H
