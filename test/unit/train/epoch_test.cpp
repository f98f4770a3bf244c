//===- epoch_test.cpp - Ranks with different numbers of rows --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/epoch.h"

#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace tacit {
namespace {

/// Rows that hold nothing, dealt as a test asks.
class Rows : public LineData {
public:
  Rows(int64_t rows, PartitionKind kind, Uneven uneven) : LineData(rows) {
    Partition partition;
    partition.kind = kind;
    partition.uneven = uneven;
    set_partition(partition);
  }
};

/// Rank r has counts[r] rows of its own.
struct Agreed {
  std::vector<int64_t> steps;
  std::vector<std::string> notes;
  /// rows[r]: what rank r takes in the steps of the first two epochs.
  std::vector<std::vector<int64_t>> rows;
  absl::Status status;
};

Agreed Agree(const std::vector<int64_t> &counts, int64_t batch, Uneven uneven,
             PartitionKind kind = PartitionKind::kOwn, bool shuffle = true) {
  Agreed agreed;
  const size_t ranks = counts.size();
  agreed.steps.resize(ranks);
  agreed.notes.resize(ranks);
  agreed.rows.resize(ranks);
  auto world =
      CreateSimulatedWorld({.ranks = static_cast<int>(ranks), .network = ""});
  agreed.status = (*world)->Run([&](Communicator &communicator) {
    const auto rank = static_cast<size_t>(communicator.rank());
    const Rows data(counts[rank], kind, uneven);
    std::optional<Sampler> sampler;
    SamplerOptions options;
    options.batch = batch;
    options.shuffle = shuffle;
    options.seed = 3;
    if (absl::Status status = AgreeOnEpoch(communicator, data, options, sampler,
                                           agreed.notes[rank]);
        !status.ok())
      return status;
    agreed.steps[rank] = sampler->steps_per_epoch();
    agreed.rows[rank].resize(
        static_cast<size_t>(2 * agreed.steps[rank] * batch));
    for (int64_t step = 0; step < 2 * agreed.steps[rank]; ++step)
      sampler->RowsOfStep(step, agreed.rows[rank].data() + step * batch);
    return absl::OkStatus();
  });
  return agreed;
}

/// How often `rows` holds each of `count` rows.
std::vector<int> Times(const std::vector<int64_t> &rows, int64_t count) {
  std::vector<int> times(static_cast<size_t>(count));
  for (const int64_t row : rows)
    ++times.at(static_cast<size_t>(row));
  return times;
}

TEST(Epoch, WrapIsAsLongAsTheLongest) {
  const Agreed agreed = Agree({10, 33, 20, 4}, 4, Uneven::kWrap);
  ASSERT_TRUE(agreed.status.ok()) << agreed.status;
  EXPECT_EQ(agreed.steps, (std::vector<int64_t>{8, 8, 8, 8}));
  // 22 + 12 + 28 of the 32 that each takes; one of rank 1's 33 is left.
  EXPECT_EQ(agreed.notes[0],
            "note: partition=own gives ranks 4 to 33 rows; in an epoch of 8 "
            "steps they take 62 rows again and leave out 1 (uneven=wrap)\n");
  // Every row of the shorter ranks, as evenly as can be.
  for (const auto &[rank, count] :
       std::vector<std::pair<size_t, int64_t>>{{0, 10}, {2, 20}, {3, 4}}) {
    const std::vector<int64_t> epoch(agreed.rows[rank].begin(),
                                     agreed.rows[rank].begin() + 32);
    const std::vector<int> times = Times(epoch, count);
    EXPECT_GE(*std::min_element(times.begin(), times.end()), 32 / count);
    EXPECT_LE(*std::max_element(times.begin(), times.end()),
              (32 + count - 1) / count);
  }
}

TEST(Epoch, ShortestIsAsLongAsTheShortest) {
  const Agreed agreed = Agree({10, 33, 20, 9}, 4, Uneven::kShortest);
  ASSERT_TRUE(agreed.status.ok()) << agreed.status;
  EXPECT_EQ(agreed.steps, (std::vector<int64_t>{2, 2, 2, 2}));
  EXPECT_EQ(agreed.notes[0],
            "note: partition=own gives ranks 9 to 33 rows; in an epoch of 2 "
            "steps they take 0 rows again and leave out 40 "
            "(uneven=shortest)\n");
  for (size_t rank = 0; rank < 4; ++rank) {
    std::vector<int64_t> first(agreed.rows[rank].begin(),
                               agreed.rows[rank].begin() + 8);
    std::sort(first.begin(), first.end());
    EXPECT_EQ(std::unique(first.begin(), first.end()), first.end());
    // Another epoch leaves out other rows.
    std::vector<int64_t> second(agreed.rows[rank].begin() + 8,
                                agreed.rows[rank].end());
    std::sort(second.begin(), second.end());
    EXPECT_NE(first, second);
  }
}

TEST(Epoch, EvenRowsNeedNoNote) {
  for (const Uneven uneven : {Uneven::kWrap, Uneven::kShortest}) {
    const Agreed agreed = Agree({32, 32, 32}, 4, uneven);
    ASSERT_TRUE(agreed.status.ok()) << agreed.status;
    EXPECT_EQ(agreed.steps, (std::vector<int64_t>{8, 8, 8}));
    EXPECT_EQ(agreed.notes[0], "");
    EXPECT_NE(agreed.rows[0], agreed.rows[1]) << "orders of their own";
  }
}

TEST(Epoch, UnshuffledRowsComeInTheirOrder) {
  const Agreed agreed =
      Agree({6, 9}, 4, Uneven::kWrap, PartitionKind::kOwn, false);
  ASSERT_TRUE(agreed.status.ok()) << agreed.status;
  EXPECT_EQ(agreed.rows[0], (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
                                                  4, 5, 0, 1, 2, 3}));
  EXPECT_EQ(agreed.rows[1], (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 0,
                                                  1, 2, 3, 4, 5, 6}));
}

TEST(Epoch, NamesTheRankThatHasTooFewRows) {
  const Agreed agreed = Agree({10, 33, 3, 4}, 4, Uneven::kWrap);
  EXPECT_EQ(agreed.status.message(),
            "partition=own: rank 2 has 3 rows, fewer than one batch of 4; give "
            "it more rows, or take a smaller batch");
}

TEST(Epoch, SharedRowsMustBeTheSame) {
  EXPECT_EQ(
      Agree({8, 8, 9}, 4, Uneven::kWrap, PartitionKind::kIid).status.message(),
      "ranks were started differently: number of rows to train on (with "
      "partition=own each rank has rows of its own) is 9 on rank 2 and 8 "
      "on rank 0");
  const Agreed agreed = Agree({9, 9}, 2, Uneven::kWrap, PartitionKind::kIid);
  ASSERT_TRUE(agreed.status.ok()) << agreed.status;
  EXPECT_EQ(agreed.steps, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(agreed.notes[0], "");
}

/// Lines of two kinds, told apart by whether the row is even: the label of a
/// row is found in another argument, which the program does not have.
class TwoKinds : public LineData {
public:
  TwoKinds(int64_t rows, int64_t classes) : LineData(rows) {
    Partition partition;
    partition.kind = PartitionKind::kLabel;
    partition.classes = classes;
    partition.label = 2;
    set_partition(partition);
  }
  void CopyRow(int argument, int64_t row, void *destination) const override {
    if (argument == 2)
      *static_cast<int32_t *>(destination) = row % 3 == 0;
    else
      LineData::CopyRow(argument, row, destination);
  }
};

TEST(Epoch, ARunTrainsOnUnevenRowsToItsEnd) {
  LineProgram line(4);
  auto world = CreateSimulatedWorld({.ranks = 2, .network = ""});
  TrainOptions options = QuietOptions();
  options.epochs = 3;
  const TrainData data = {std::make_shared<TwoKinds>(90, 1), {}};
  // 30 and 60 rows: 15 steps an epoch.
  const auto result = Train(**world, line.program, options, &data);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->steps, 45);

  world = CreateSimulatedWorld({.ranks = 2, .network = ""});
  const TrainData few = {std::make_shared<TwoKinds>(9, 1), {}};
  const auto failed = Train(**world, line.program, options, &few);
  ASSERT_FALSE(failed.ok());
  EXPECT_TRUE(AgreedByAllRanks(failed.status()));
  EXPECT_NE(failed.status().message().find(
                "has 3 rows, fewer than one batch of 4; give it more rows, or "
                "take fewer ranks, more classes for each, a smaller batch"),
            absl::string_view::npos)
      << failed.status();
}

} // namespace
} // namespace tacit
