//===- run_data.cpp - The data sets of a run ------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/run_data.h"

#include "runtime/support/tensor_type.h"
#include "runtime/train/program.h"
#include "runtime/train/train_options.h"

#include "absl/strings/str_cat.h"

#include <utility>

namespace tacit {

static absl::Span<const tacit_named_tensor>
ArgumentsOf(const tacit_entry &entry) {
  return {entry.arguments, entry.num_arguments};
}

/// `x: 64x784xf32, y: 64xi32`.
static std::string DescribeArguments(const tacit_entry &entry) {
  std::string text;
  for (const tacit_named_tensor &argument : ArgumentsOf(entry))
    absl::StrAppend(&text, text.empty() ? "" : ", ", argument.name, ": ",
                    TypeName(argument.type));
  return text;
}

static absl::Status OpenTrainData(const tacit_program &program,
                                  const TrainOptions &options, uint64_t seed,
                                  TrainData &data) {
  if (program.step.num_arguments == 0)
    return absl::OkStatus();
  if (options.data.empty())
    return absl::InvalidArgumentError(
        absl::StrCat("program '", program.name, "' trains on ",
                     DescribeArguments(program.step),
                     ", and --data does not say where that is"));
  absl::StatusOr<std::unique_ptr<DataSet>> opened =
      OpenDataSet(options.data, ArgumentsOf(program.step), seed);
  if (!opened.ok())
    return opened.status();
  data.train = *std::move(opened);
  return absl::OkStatus();
}

absl::StatusOr<TrainData> OpenRunData(const tacit_program &program,
                                      const TrainOptions &options,
                                      const TrainData *brought, uint64_t seed) {
  TrainData data;
  if (brought) {
    data = *brought;
  } else {
    if (absl::Status status = OpenTrainData(program, options, seed, data);
        !status.ok())
      return status;
    for (const EvalData &eval : options.eval_data) {
      absl::StatusOr<std::unique_ptr<DataSet>> opened =
          OpenDataSet(eval.data, ArgumentsOf(program.evaluate), seed);
      if (!opened.ok())
        return opened.status();
      if ((*opened)->partition().kind != PartitionKind::kIid)
        return absl::InvalidArgumentError(absl::StrCat(
            "--eval-data='", eval.data,
            "': partition= deals rows to train on; all ranks share those to "
            "evaluate on, so leave it out"));
      data.eval.emplace_back(EvalName(eval), *std::move(opened));
    }
  }
  const int64_t batch = BatchRows(program.step);
  if (batch > 0 && !data.train)
    return absl::InvalidArgumentError(absl::StrCat(
        "program '", program.name, "' is given no data to train on"));
  if (batch > 0 && data.train->rows() < batch)
    return absl::InvalidArgumentError(absl::StrCat(
        "the data has ", data.train->rows(), " rows, fewer than ",
        program.gradients == 1
            ? absl::StrCat("one batch of ", batch)
            : absl::StrCat("the ", program.gradients, " batches of ",
                           batch / program.gradients,
                           " that make a step, by accumulate")));
  return data;
}

} // namespace tacit
