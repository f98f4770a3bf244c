//===- train.cpp - The loop that trains -----------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/train.h"

#include "runtime/train/agreement.h"
#include "runtime/train/program.h"
#include "runtime/train/rank_run.h"
#include "runtime/train/train_options.h"

#include "absl/strings/str_cat.h"

#include <new>
#include <utility>

namespace tacit {

static std::vector<std::string> EvalNames(const TrainOptions &options,
                                          const TrainData *data) {
  std::vector<std::string> names;
  if (data)
    for (const auto &[name, set] : data->eval)
      names.push_back(name);
  else
    for (const EvalData &eval : options.eval_data)
      names.push_back(EvalName(eval));
  return names;
}

static absl::Status WriteRows(const std::string &path,
                              const std::vector<TraceRow> &trace) {
  std::vector<const TraceRow *> rows;
  for (const TraceRow &row : trace)
    rows.push_back(&row);
  return WriteTrace(path, rows);
}

absl::StatusOr<TrainResult> Train(World &world, const tacit_program &program,
                                  const TrainOptions &options,
                                  const TrainData *data) {
  // Every rank sees these alike.
  if (absl::Status status = CheckRanks(program, world.size()); !status.ok())
    return AgreedError(status);
  bool in_process = true;
  for (int rank = 0; rank < world.size(); ++rank)
    in_process &= world.IsLocal(rank);
  if (absl::Status status =
          CheckOptions(program, options, EvalNames(options, data), in_process);
      !status.ok())
    return AgreedError(status);

  SharedRun shared(program, options, data, in_process);
  absl::Status status =
      world.Run([&](Communicator &communicator) -> absl::Status {
        try {
          RankRun run(shared, communicator);
          absl::Status status = run.Run();
          // While the buffers of exchanges that are in flight still exist.
          if (!status.ok())
            communicator.Abort(status);
          return status;
        } catch (const std::bad_alloc &) {
          return absl::ResourceExhaustedError(absl::StrCat(
              "no memory for rank ", communicator.rank(), " of program '",
              program.name, "', which takes ",
              program.state_bytes + program.arena_bytes, " bytes"));
        }
      });
  // Also of a run that has failed: one may want to see how.
  if (!shared.trace.empty() && shared.writes_trace)
    status.Update(WriteRows(options.trace, shared.trace));
  if (!status.ok())
    return status;
  if (!shared.agreed_error.ok())
    return shared.agreed_error;
  return std::move(shared.result);
}

bool AgreedByAllRanks(const absl::Status &status) {
  return IsAgreedError(status);
}

} // namespace tacit
