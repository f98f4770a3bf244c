//===- evaluator.cpp - How well the model does on a data set --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/evaluator.h"

#include "runtime/state/state_storage.h"
#include "runtime/train/program.h"

#include <algorithm>
#include <utility>

namespace tacit {

Evaluator::Evaluator(std::string name, std::shared_ptr<const DataSet> data,
                     Rank &rank)
    : name_(std::move(name)), data_(std::move(data)), rank_(rank),
      buffers_(rank.program().evaluate),
      batch_rows_(BatchRows(rank.program().evaluate)),
      loss_(FindResult(rank.program().evaluate, "loss")),
      correct_(FindResult(rank.program().evaluate, "correct")) {
  const tacit_tensor_type &type = rank.program().evaluate.results[loss_].type;
  loss_per_row_ = type.rank > 0 && type.shape[0] == batch_rows_;
  const int64_t batches = Batches();
  const int64_t ranks = rank.communicator().size();
  mine_.resize(static_cast<size_t>((batches + ranks - 1) / ranks));
  all_.resize(mine_.size() * static_cast<size_t>(ranks));
}

absl::Status Evaluator::AddRowsOneByOne(int64_t first, int64_t rows,
                                        Sums &sums) {
  for (int64_t row = first; row < first + rows; ++row) {
    for (int64_t j = 0; j < batch_rows_; ++j)
      buffers_.CopyRow(*data_, row, j);
    if (absl::Status status = rank_.Evaluate(buffers_.batch()); !status.ok())
      return status;
    sums.loss += buffers_.Result(loss_, 0);
    if (correct_ >= 0)
      sums.correct += buffers_.ResultOfRow(correct_, 0);
  }
  return absl::OkStatus();
}

absl::StatusOr<Evaluator::Sums> Evaluator::RunBatch(int64_t batch) {
  const int64_t first = batch * batch_rows_;
  const int64_t rows = std::min(batch_rows_, data_->rows() - first);
  Sums sums;
  if (rows < batch_rows_ && !loss_per_row_) {
    if (absl::Status status = AddRowsOneByOne(first, rows, sums); !status.ok())
      return status;
    return sums;
  }
  for (int64_t j = 0; j < batch_rows_; ++j)
    buffers_.CopyRow(*data_, first + std::min(j, rows - 1), j);
  if (absl::Status status = rank_.Evaluate(buffers_.batch()); !status.ok())
    return status;
  if (!loss_per_row_)
    sums.loss = buffers_.Result(loss_, 0) * static_cast<double>(rows);
  for (int64_t j = 0; j < rows; ++j) {
    if (loss_per_row_)
      sums.loss += buffers_.ResultOfRow(loss_, j);
    if (correct_ >= 0)
      sums.correct += buffers_.ResultOfRow(correct_, j);
  }
  return sums;
}

absl::StatusOr<EvalResult> Evaluator::Run() {
  Communicator &communicator = rank_.communicator();
  const int64_t ranks = communicator.size();
  const int64_t batches = Batches();
  std::fill(mine_.begin(), mine_.end(), Sums{});
  for (int64_t b = communicator.rank(); b < batches; b += ranks) {
    absl::StatusOr<Sums> sums = RunBatch(b);
    if (!sums.ok())
      return sums.status();
    mine_[static_cast<size_t>(b / ranks)] = *sums;
  }
  if (absl::Status status = communicator.AllGather(
          "evaluation", mine_.data(), all_.data(), mine_.size() * sizeof(Sums));
      !status.ok())
    return status;

  Sums total;
  for (int64_t b = 0; b < batches; ++b) {
    const Sums &sums = all_[static_cast<size_t>(b % ranks) * mine_.size() +
                            static_cast<size_t>(b / ranks)];
    total.loss += sums.loss;
    total.correct += sums.correct;
  }
  return ResultOf(total);
}

absl::StatusOr<EvalResult> Evaluator::RunAlone() {
  Sums total;
  for (int64_t b = 0; b < Batches(); ++b) {
    const absl::StatusOr<Sums> sums = RunBatch(b);
    if (!sums.ok())
      return sums.status();
    total.loss += sums->loss;
    total.correct += sums->correct;
    if (absl::Status status = rank_.Progress(); !status.ok())
      return status;
  }
  return ResultOf(total);
}

EvalResult Evaluator::ResultOf(const Sums &total) const {
  const double rows = static_cast<double>(data_->rows());
  EvalResult result{name_, data_->rows(), total.loss / rows, std::nullopt};
  if (correct_ >= 0)
    result.accuracy = total.correct / rows;
  return result;
}

} // namespace tacit
