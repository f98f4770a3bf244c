//===- train_options.cpp - Options of a training run ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reads the options' texts and finds those that contradict each other.
///
//===----------------------------------------------------------------------===//

#include "runtime/train/train_options.h"

#include "runtime/support/suggest.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include <cmath>

namespace tacit {

static bool IsName(absl::string_view text) {
  if (text.empty())
    return false;
  for (const char c : text)
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' &&
        c != '-' && c != '.')
      return false;
  return true;
}

EvalData ParseEvalData(absl::string_view text) {
  // The format ends at the first colon; a name can only stand before it.
  const size_t equals = text.substr(0, text.find(':')).find('=');
  if (equals == absl::string_view::npos || !IsName(text.substr(0, equals)))
    return {"", std::string(text)};
  return {std::string(text.substr(0, equals)),
          std::string(text.substr(equals + 1))};
}

absl::StatusOr<StopAtLoss> ParseStopAtLoss(absl::string_view text) {
  const size_t colon = text.rfind(':');
  StopAtLoss stop;
  if (colon == absl::string_view::npos || !IsName(text.substr(0, colon)) ||
      !absl::SimpleAtod(text.substr(colon + 1), &stop.loss) ||
      !std::isfinite(stop.loss))
    return absl::InvalidArgumentError(
        absl::StrCat("--stop-at-loss='", text,
                     "' is not NAME:LOSS, such as --stop-at-loss=eval:0.1"));
  stop.name = std::string(text.substr(0, colon));
  return stop;
}

std::string EvalName(const EvalData &data) {
  return data.name.empty() ? "eval" : data.name;
}

static absl::Status CheckCounts(const TrainOptions &options) {
  struct Count {
    const char *option;
    std::optional<int64_t> value;
  };
  int lengths = 0;
  for (const Count &count :
       {Count{"--rounds", options.rounds}, Count{"--epochs", options.epochs},
        Count{"--evaluations", options.evaluations}}) {
    lengths += count.value.has_value();
    if (count.value.value_or(0) < 0)
      return absl::InvalidArgumentError(
          absl::StrCat(count.option, "=", *count.value, " is less than 0"));
  }
  if (lengths > 1)
    return absl::InvalidArgumentError(
        "only one of --rounds, --epochs and --evaluations can say how long to "
        "train");
  for (const Count &count : {Count{"--eval-every", options.eval_every},
                             Count{"--save-every", options.save_every},
                             Count{"--check-replicas", options.check_replicas}})
    if (*count.value < 0)
      return absl::InvalidArgumentError(
          absl::StrCat(count.option, "=", *count.value, " is less than 0"));
  return absl::OkStatus();
}

static absl::Status CheckEval(const tacit_program &program,
                              const TrainOptions &options,
                              absl::Span<const std::string> names) {
  absl::flat_hash_set<std::string> seen;
  for (const std::string &name : names)
    if (!seen.insert(name).second)
      return absl::InvalidArgumentError(absl::StrCat(
          "two --eval-data are named '", name,
          "'; write --eval-data=NAME=FORMAT:... with another NAME"));
  if (!names.empty() && !program.evaluate.function)
    return absl::InvalidArgumentError(
        absl::StrCat("program '", program.name,
                     "' has no evaluation, so --eval-data has no use"));
  if (options.eval_every > 0 && names.empty())
    return absl::InvalidArgumentError("--eval-every needs --eval-data");
  if (!options.stop_at_loss)
    return absl::OkStatus();
  if (options.eval_every == 0)
    return absl::InvalidArgumentError(
        "--stop-at-loss needs --eval-every, which says when to look");
  if (seen.contains(options.stop_at_loss->name))
    return absl::OkStatus();
  const std::vector<absl::string_view> known(names.begin(), names.end());
  return absl::InvalidArgumentError(
      absl::StrCat("--stop-at-loss names '", options.stop_at_loss->name,
                   "', and no --eval-data is called that",
                   DidYouMean(options.stop_at_loss->name, known)));
}

/// What asynchronous programs cannot do, and others have no use for.
static absl::Status CheckAsync(const tacit_program &program,
                               const TrainOptions &options, bool in_process) {
  if (!program.channel) {
    if (options.measure_consistency)
      return absl::InvalidArgumentError(
          absl::StrCat("--measure-consistency: under '", program.strategy,
                       "' every rank sees the same parameters; leave it out"));
    return absl::OkStatus();
  }
  if (options.check_replicas > 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "--check-replicas: under '", program.strategy,
        "' replicas differ by the updates that are on their way; leave it out: "
        "at the end the summary says by how much they differ"));
  if (options.measure_consistency && !in_process &&
      program.channel->compression >= 0)
    return absl::InvalidArgumentError(absl::StrCat(
        "--measure-consistency: of updates that '",
        program.compressions[program.channel->compression].name,
        "' compresses, what a rank holds back stays in its process; leave "
        "compression out, or use --ranks=N without a launcher"));
  return absl::OkStatus();
}

absl::Status CheckOptions(const tacit_program &program,
                          const TrainOptions &options,
                          absl::Span<const std::string> eval_names,
                          bool in_process) {
  if (absl::Status status = CheckCounts(options); !status.ok())
    return status;
  if (absl::Status status = CheckEval(program, options, eval_names);
      !status.ok())
    return status;
  if (absl::Status status = CheckAsync(program, options, in_process);
      !status.ok())
    return status;
  if (!options.load.empty() && !options.load_parameters.empty())
    return absl::InvalidArgumentError(
        "--load takes parameters too; leave out --load or --load-parameters");
  if (options.save_every > 0 && options.save.empty())
    return absl::InvalidArgumentError("--save-every needs --save=FILE");
  if (options.metrics_all_ranks && options.metrics.empty())
    return absl::InvalidArgumentError(
        "--metrics-all-ranks needs --metrics=FILE");
  return absl::OkStatus();
}

} // namespace tacit
