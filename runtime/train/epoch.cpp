//===- epoch.cpp - Which rows are whose, and how long an epoch is ---------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/epoch.h"

#include "runtime/train/agreed_options.h"
#include "runtime/train/agreement.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>
#include <vector>

namespace tacit {

UnevenRows MeasureEpoch(absl::Span<const int64_t> counts, int64_t batch,
                        Uneven uneven) {
  const auto [fewest, most] = std::minmax_element(counts.begin(), counts.end());
  UnevenRows rows;
  rows.fewest = *fewest;
  rows.most = *most;
  rows.steps = (uneven == Uneven::kWrap ? *most : *fewest) / batch;
  for (const int64_t count : counts) {
    rows.again += std::max<int64_t>(0, rows.steps * batch - count);
    rows.left_out += std::max<int64_t>(0, count - rows.steps * batch);
  }
  return rows;
}

/// Error: the data is dealt differently, or is not the same where it is shared.
static absl::Status CompareData(Communicator &communicator,
                                const DataSet &data) {
  const Partition &partition = data.partition();
  NamedNumbers numbers = {
      {"kind of partition=", static_cast<int64_t>(partition.kind)},
      {"classes of partition=", partition.classes},
      {"alpha of partition= as bits", std::bit_cast<int64_t>(partition.alpha)},
      {"kind of uneven=", static_cast<int64_t>(partition.uneven)}};
  if (partition.kind != PartitionKind::kOwn)
    numbers.emplace_back("number of rows to train on (with partition=own each "
                         "rank has rows of its own)",
                         data.rows());
  absl::Status difference;
  if (absl::Status status =
          CompareWithRankZero(communicator, numbers, difference);
      !status.ok())
    return status;
  return difference.ok() ? difference : AgreedError(difference);
}

/// The rows of this rank, in order.
static absl::Status DealMine(Communicator &communicator, const DataSet &data,
                             uint64_t seed, std::vector<int64_t> &mine) {
  if (data.partition().kind == PartitionKind::kOwn) {
    mine.resize(static_cast<size_t>(data.rows()));
    std::iota(mine.begin(), mine.end(), int64_t{0});
    return absl::OkStatus();
  }
  const absl::StatusOr<std::vector<int>> owners =
      DealRows(data, communicator.size(), seed);
  if (absl::Status status =
          AgreeOnStatus(communicator, "rows of the ranks", owners.status());
      !status.ok())
    return status;
  for (size_t row = 0; row < owners->size(); ++row)
    if ((*owners)[row] == communicator.rank())
      mine.push_back(static_cast<int64_t>(row));
  return absl::OkStatus();
}

static absl::Status TooFew(const Partition &partition, int64_t rank,
                           int64_t rows, int64_t batch) {
  const bool own = partition.kind == PartitionKind::kOwn;
  return AgreedError(absl::InvalidArgumentError(absl::StrCat(
      "partition=", ToString(partition), ": rank ", rank, " has ", rows,
      rows == 1 ? " row" : " rows", ", fewer than one batch of ", batch,
      "; give it more rows, or take ", own ? "" : "fewer ranks, ",
      partition.kind == PartitionKind::kDirichlet
          ? "a larger alpha, another --seed, "
          : "",
      partition.kind == PartitionKind::kLabel ? "more classes for each, " : "",
      "a smaller batch")));
}

static std::string NoteOn(const Partition &partition, const UnevenRows &rows) {
  if (rows.again == 0 && rows.left_out == 0)
    return "";
  return absl::StrCat(
      "note: partition=", ToString(partition), " gives ranks ", rows.fewest,
      rows.most > rows.fewest ? absl::StrCat(" to ", rows.most) : "",
      " rows; in an epoch of ", rows.steps,
      rows.steps == 1 ? " step" : " steps", " they take ", rows.again,
      " rows again and leave out ", rows.left_out,
      " (uneven=", partition.uneven == Uneven::kWrap ? "wrap" : "shortest",
      ")\n");
}

absl::Status AgreeOnEpoch(Communicator &communicator, const DataSet &data,
                          SamplerOptions options,
                          std::optional<Sampler> &sampler, std::string &note) {
  if (absl::Status status = CompareData(communicator, data); !status.ok())
    return status;
  const Partition &partition = data.partition();
  options.rows = data.rows();
  options.ranks = communicator.size();
  options.rank = communicator.rank();
  if (partition.kind == PartitionKind::kIid) {
    sampler.emplace(options);
    return absl::OkStatus();
  }

  if (absl::Status status =
          DealMine(communicator, data, options.seed, options.own);
      !status.ok())
    return status;
  const auto mine = static_cast<int64_t>(options.own.size());
  std::vector<int64_t> counts(static_cast<size_t>(communicator.size()));
  if (absl::Status status = communicator.AllGather("rows of each rank", &mine,
                                                   counts.data(), sizeof mine);
      !status.ok())
    return status;
  const auto fewest = std::min_element(counts.begin(), counts.end());
  if (*fewest < options.batch)
    return TooFew(partition, fewest - counts.begin(), *fewest, options.batch);

  const UnevenRows rows = MeasureEpoch(counts, options.batch, partition.uneven);
  sampler.emplace(options);
  sampler->set_steps_per_epoch(rows.steps);
  note = NoteOn(partition, rows);
  return absl::OkStatus();
}

} // namespace tacit
