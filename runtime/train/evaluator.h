//===- evaluator.h - How well the model does on a data set ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Evaluates a program on any number of rows, shared out among the ranks.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_RUNTIME_TRAIN_EVALUATOR_H
#define TACIT_RUNTIME_TRAIN_EVALUATOR_H

#include "runtime/data/dataset.h"
#include "runtime/report/metrics.h"
#include "runtime/train/batch_buffers.h"
#include "runtime/train/rank.h"

#include "absl/status/statusor.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tacit {

/// One data set of a program that has an evaluation.
///
/// Rows are cut into batches; rank r of P takes batches r, r + P, ... What each
/// batch came to is gathered and added up in the batches' order, in double: the
/// result is the same on every rank, and for every number of ranks.
///
/// The last batch may be short. If the program gives a loss for each row, it is
/// filled up with copies of its last row, whose results are dropped. If it
/// gives the mean over the batch, each remaining row is evaluated as a batch of
/// copies of itself: exact for a loss that is a mean over rows.
class Evaluator {
public:
  Evaluator(std::string name, std::shared_ptr<const DataSet> data, Rank &rank);

  const std::string &name() const { return name_; }
  int64_t rows() const { return data_->rows(); }

  /// A collective: every rank calls it.
  absl::StatusOr<EvalResult> Run();

  /// The same by this rank alone, on its own parameters: bit for bit what Run
  /// gives where all have these. Moves messages along between batches.
  absl::StatusOr<EvalResult> RunAlone();

private:
  /// Sums over the rows of a batch.
  struct Sums {
    double loss = 0;
    double correct = 0;
  };

  int64_t Batches() const {
    return (data_->rows() + batch_rows_ - 1) / batch_rows_;
  }
  EvalResult ResultOf(const Sums &total) const;
  absl::StatusOr<Sums> RunBatch(int64_t batch);
  absl::Status AddRowsOneByOne(int64_t first, int64_t rows, Sums &sums);

  std::string name_;
  std::shared_ptr<const DataSet> data_;
  Rank &rank_;
  BatchBuffers buffers_;
  int64_t batch_rows_;
  int loss_;    ///< Numbers of results.
  int correct_; ///< -1: the program does not say.
  bool loss_per_row_;
  std::vector<Sums> mine_; ///< Of the batches that this rank takes.
  std::vector<Sums> all_;  ///< Those of rank 0, then of rank 1, ...
};

} // namespace tacit

#endif // TACIT_RUNTIME_TRAIN_EVALUATOR_H
