//===- state_exchange.cpp - State between ranks and files -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/state_exchange.h"

#include "runtime/support/tensor_type.h"
#include "runtime/train/agreement.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace tacit {

static absl::StatusOr<std::unique_ptr<CheckpointReader>>
Open(Rank &rank, const std::string &path, LoadWhat what) {
  return what == LoadWhat::kAll
             ? CheckpointReader::OpenAll(path, rank.program(),
                                         rank.communicator().size())
             : CheckpointReader::OpenParameters(path, rank.program());
}

/// Rank 0's, to all.
static absl::Status BroadcastRankPositions(Communicator &communicator,
                                           RankPositions &ranks_at) {
  ranks_at.steps.resize(static_cast<size_t>(communicator.size()));
  if (absl::Status status =
          communicator.Broadcast("steps of the ranks", ranks_at.steps.data(),
                                 ranks_at.steps.size() * sizeof(int64_t), 0);
      !status.ok())
    return status;
  return communicator.Broadcast("clock of the ranks", &ranks_at.clock,
                                sizeof ranks_at.clock, 0);
}

absl::StatusOr<Position> LoadPosition(Rank &rank, const std::string &path,
                                      std::string &note,
                                      RankPositions &ranks_at) {
  Communicator &communicator = rank.communicator();
  Position position;
  absl::Status status;
  if (communicator.rank() == 0) {
    absl::StatusOr<std::unique_ptr<CheckpointReader>> reader =
        Open(rank, path, LoadWhat::kAll);
    status = reader.status();
    if (reader.ok()) {
      position = (*reader)->position();
      ranks_at = (*reader)->ranks_at();
      if (rank.program().channel && ranks_at.steps.empty())
        ranks_at.steps.assign(static_cast<size_t>(communicator.size()),
                              position.step);
      absl::StatusOr<std::string> differences = (*reader)->Differences();
      status = differences.status();
      note = differences.value_or("");
    }
  }
  if (status = AgreeOnStatus(communicator, "loading", status); !status.ok())
    return status;
  if (status = communicator.Broadcast("position of the run", &position,
                                      sizeof position, 0);
      !status.ok())
    return status;
  if (rank.program().channel)
    if (status = BroadcastRankPositions(communicator, ranks_at); !status.ok())
      return status;
  return position;
}

namespace {
/// A loop over variables in which rank 0 may fail: it then takes part in what
/// is left, without a file, and tells the others at the end. Errors of
/// exchanges end it at once.
class Transfer {
public:
  Transfer(Rank &rank, const char *name)
      : rank_(rank), communicator_(rank.communicator()), name_(name) {}

  bool IsRoot() const { return communicator_.rank() == 0; }
  bool ok() const { return status_.ok(); }
  void Note(absl::Status status) { status_.Update(status); }

  absl::Status Broadcast(absl::Span<std::byte> bytes, int root) {
    return communicator_.Broadcast(name_, bytes.data(), bytes.size(), root);
  }
  absl::Status Finish() { return AgreeOnStatus(communicator_, name_, status_); }

  /// Rank 0 reads each rank's value of a variable; rank r keeps the r-th.
  absl::Status LoadPerRank(const CheckpointReader *reader, size_t index);
  /// Rank 0 writes the mean over ranks of a variable.
  absl::Status SaveMean(CheckpointWriter *writer, size_t index);
  /// Rank 0 writes each rank's value of a variable in turn.
  absl::Status SavePerRank(CheckpointWriter *writer, size_t index);

private:
  Rank &rank_;
  Communicator &communicator_;
  const char *name_;
  absl::Status status_;
};
} // namespace

absl::Status Transfer::LoadPerRank(const CheckpointReader *reader,
                                   size_t index) {
  absl::Span<std::byte> mine = rank_.variables().Bytes(index);
  std::vector<std::byte> passing(mine.size());
  for (int owner = 0; owner < communicator_.size(); ++owner) {
    if (reader && ok())
      Note(reader->Read(index, owner, absl::MakeSpan(passing)));
    if (absl::Status status = Broadcast(absl::MakeSpan(passing), 0);
        !status.ok())
      return status;
    if (owner == communicator_.rank())
      std::copy(passing.begin(), passing.end(), mine.begin());
  }
  return absl::OkStatus();
}

absl::Status Transfer::SaveMean(CheckpointWriter *writer, size_t index) {
  const absl::Span<std::byte> mine = rank_.variables().Bytes(index);
  const tacit_tensor_type &type = rank_.variables().variables()[index].type;
  std::vector<std::byte> mean(mine.begin(), mine.end());
  // Of integers, which have no mean, all ranks hold the same.
  if (IsFloat(type.dtype))
    if (absl::Status status = communicator_.AllReduce(
            name_, mean.data(), static_cast<size_t>(NumElements(type)),
            type.dtype, TACIT_MEAN);
        !status.ok())
      return status;
  if (writer && ok())
    Note(writer->Append(mean));
  return absl::OkStatus();
}

absl::Status Transfer::SavePerRank(CheckpointWriter *writer, size_t index) {
  const absl::Span<std::byte> mine = rank_.variables().Bytes(index);
  std::vector<std::byte> passing(mine.size());
  for (int owner = 0; owner < communicator_.size(); ++owner) {
    if (owner == communicator_.rank())
      std::copy(mine.begin(), mine.end(), passing.begin());
    if (absl::Status status = Broadcast(absl::MakeSpan(passing), owner);
        !status.ok())
      return status;
    if (writer && ok())
      Note(writer->Append(passing));
  }
  return absl::OkStatus();
}

absl::Status LoadVariables(Rank &rank, const std::string &path, LoadWhat what,
                           bool within_round) {
  Transfer transfer(rank, "loading");
  std::unique_ptr<CheckpointReader> reader; // On rank 0, if it could open.
  if (transfer.IsRoot()) {
    absl::StatusOr<std::unique_ptr<CheckpointReader>> opened =
        Open(rank, path, what);
    transfer.Note(opened.status());
    if (opened.ok())
      reader = *std::move(opened);
  }
  const auto variables = rank.variables().variables();
  for (size_t i = 0; i < variables.size(); ++i) {
    // A rank's own copies of parameters begin as these.
    if (what == LoadWhat::kParameters && !IsOfModel(variables[i]))
      continue;
    absl::Status status;
    if (what == LoadWhat::kAll &&
        DiffersBetweenRanks(variables[i], within_round)) {
      status = transfer.LoadPerRank(reader.get(), i);
    } else {
      absl::Span<std::byte> bytes = rank.variables().Bytes(i);
      // State that is not there begins as the program says, on all ranks.
      if (reader && transfer.ok() && reader->Has(i))
        transfer.Note(reader->Read(i, 0, bytes));
      status = transfer.Broadcast(bytes, 0);
    }
    if (!status.ok())
      return status;
  }
  return transfer.Finish();
}

absl::Status SaveVariables(Rank &rank, const std::string &path,
                           const Position &position) {
  Transfer transfer(rank, "saving");
  std::unique_ptr<CheckpointWriter> writer; // On rank 0, if it could create.
  if (transfer.IsRoot()) {
    absl::StatusOr<std::unique_ptr<CheckpointWriter>> created =
        CheckpointWriter::Create(path, rank.program(),
                                 rank.communicator().size(), position);
    transfer.Note(created.status());
    if (created.ok())
      writer = *std::move(created);
  }
  const auto variables = rank.variables().variables();
  for (size_t i = 0; i < variables.size(); ++i) {
    const bool within_round = position.WithinRound();
    if (HoldsMean(variables[i], within_round))
      if (absl::Status status = transfer.SaveMean(writer.get(), i);
          !status.ok())
        return status;
    if (DiffersBetweenRanks(variables[i], within_round)) {
      if (absl::Status status = transfer.SavePerRank(writer.get(), i);
          !status.ok())
        return status;
    } else if (writer && transfer.ok()) {
      transfer.Note(writer->Append(rank.variables().Bytes(i)));
    }
  }
  if (writer && transfer.ok())
    transfer.Note(writer->Commit());
  return transfer.Finish();
}

} // namespace tacit
