//===- partition_test.cpp - How rows are dealt to ranks -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/partition.h"

#include "runtime/data/shuffle.h"
#include "test/unit/data/test_files.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace tacit {
namespace {

/// Rows whose second argument is a label.
class Labelled : public DataSet {
public:
  Labelled(std::vector<int64_t> labels, PartitionKind kind,
           int64_t classes_or_0, double alpha_or_0)
      : labels_(std::move(labels)) {
    Partition partition;
    partition.kind = kind;
    partition.classes = classes_or_0;
    partition.alpha = alpha_or_0;
    partition.label = 1;
    partition.label_dtype = TACIT_I64;
    set_partition(partition);
  }
  int64_t rows() const override { return static_cast<int64_t>(labels_.size()); }
  void CopyRow(int argument, int64_t row, void *destination) const override {
    ASSERT_EQ(argument, 1);
    *static_cast<int64_t *>(destination) = labels_[static_cast<size_t>(row)];
  }

private:
  std::vector<int64_t> labels_;
};

/// `rows` labels of `classes` classes, in no order.
std::vector<int64_t> SomeLabels(int64_t rows, uint64_t classes) {
  std::vector<int64_t> labels;
  for (int64_t row = 0; row < rows; ++row)
    labels.push_back(static_cast<int64_t>(
        Random(3, 0).Below(static_cast<uint64_t>(row), classes)));
  return labels;
}

/// counts[rank][class]
std::vector<std::vector<int64_t>> Counts(const std::vector<int> &owners,
                                         const std::vector<int64_t> &labels,
                                         int ranks, size_t classes) {
  std::vector<std::vector<int64_t>> counts(static_cast<size_t>(ranks),
                                           std::vector<int64_t>(classes));
  EXPECT_EQ(owners.size(), labels.size());
  for (size_t row = 0; row < owners.size(); ++row) {
    EXPECT_GE(owners[row], 0);
    EXPECT_LT(owners[row], ranks);
    ++counts[static_cast<size_t>(owners[row])]
            [static_cast<size_t>(labels[row])];
  }
  return counts;
}

TestArguments Arguments() {
  TestArguments arguments;
  arguments.Add("x", TACIT_F32, {4, 784}).Add("y", TACIT_I32, {4});
  return arguments;
}

TEST(Partition, IsReadFromAnyFormat) {
  for (const std::string format : {"digits:count=20", "synthetic:count=20"}) {
    auto data = OpenDataSet(format, Arguments(), 0);
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ((*data)->partition().kind, PartitionKind::kIid);
    EXPECT_EQ((*data)->partition().uneven, Uneven::kWrap);
    data = OpenDataSet(format + ",partition=label{classes=2},uneven=shortest",
                       Arguments(), 0);
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ((*data)->partition().kind, PartitionKind::kLabel);
    EXPECT_EQ((*data)->partition().classes, 2);
    EXPECT_EQ((*data)->partition().label, 1);
    EXPECT_EQ((*data)->partition().label_dtype, TACIT_I32);
    EXPECT_EQ((*data)->partition().uneven, Uneven::kShortest);
    data = OpenDataSet(format + ",partition=dirichlet{alpha=0.25},uneven=wrap",
                       Arguments(), 0);
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ((*data)->partition().kind, PartitionKind::kDirichlet);
    EXPECT_EQ((*data)->partition().alpha, 0.25);
    EXPECT_EQ(ToString((*data)->partition()), "dirichlet{alpha=0.25}");
    data = OpenDataSet(format + ",partition=own", Arguments(), 0);
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_EQ((*data)->partition().kind, PartitionKind::kOwn);
  }
}

TEST(Partition, RefusesWhatItDoesNotKnow) {
  const auto error = [](const std::string &keys,
                        const TestArguments &arguments) {
    const std::string text = "synthetic:" + keys;
    const std::string message = OpenError(text, arguments);
    const std::string prefix = "data '" + text + "': ";
    EXPECT_TRUE(Has(message, prefix));
    return message.substr(std::min(message.size(), prefix.size()));
  };
  for (const char *bad : {"labels{classes=2}", "label", "label{2}", "label{}",
                          "dirichlet{alpha=1", "random"})
    EXPECT_EQ(error(std::string("partition=") + bad, Arguments()),
              std::string("got partition=") + bad +
                  ", wanted iid, own, label{classes=N} or dirichlet{alpha=A}");
  for (const char *bad : {"label{classes=0}", "label{classes=2.5}"})
    EXPECT_EQ(error(std::string("partition=") + bad, Arguments()),
              std::string("got partition=") + bad +
                  ", wanted an integer of at least 1: how many classes a rank "
                  "has rows of");
  for (const char *bad : {"dirichlet{alpha=0}", "dirichlet{alpha=inf}"})
    EXPECT_EQ(error(std::string("partition=") + bad, Arguments()),
              std::string("got partition=") + bad +
                  ", wanted a number greater than 0: the smaller, the more "
                  "ranks differ");
  EXPECT_EQ(error("partition=own,uneven=join", Arguments()),
            "got uneven=join, wanted wrap or shortest");
  EXPECT_EQ(error("uneven=wrap", Arguments()),
            "uneven= is for ranks with different numbers of rows, and "
            "partition=iid shares all rows; leave it out");
  TestArguments none, two;
  none.Add("x", TACIT_F32, {4, 3}).Add("t", TACIT_I32, {4, 2});
  two.Add("x", TACIT_I64, {4}).Add("y", TACIT_I32, {4});
  EXPECT_EQ(error("partition=label{classes=2}", none),
            "partition=label{classes=2} tells classes apart by the one data "
            "argument that holds an integer per row, and the program has none; "
            "use partition=iid");
  EXPECT_TRUE(Has(error("partition=dirichlet{alpha=1}", two), "has 2;"));
}

TEST(DealRows, ByLabelGivesEachRankSoManyClasses) {
  const std::vector<int64_t> labels = SomeLabels(3000, 10);
  for (const auto &[ranks, classes] : std::vector<std::pair<int, int64_t>>{
           {4, 3}, {5, 2}, {10, 1}, {16, 2}, {64, 3}, {1, 10}, {2, 10}}) {
    const Labelled data(labels, PartitionKind::kLabel, classes, 0);
    const auto owners = DealRows(data, ranks, 1);
    ASSERT_TRUE(owners.ok()) << owners.status();
    const auto counts = Counts(*owners, labels, ranks, 10);
    std::vector<int64_t> least(10, 3000), most(10, 0);
    for (const auto &of_rank : counts) {
      EXPECT_EQ(std::count_if(of_rank.begin(), of_rank.end(),
                              [](int64_t n) { return n > 0; }),
                classes);
      for (size_t c = 0; c < 10; ++c)
        if (of_rank[c] > 0) {
          least[c] = std::min(least[c], of_rank[c]);
          most[c] = std::max(most[c], of_rank[c]);
        }
    }
    for (size_t c = 0; c < 10; ++c)
      EXPECT_LE(most[c] - least[c], 1) << "class " << c << ", shared evenly";
  }
}

// The header's words, written once more, for two ranks and labels 5, 7, 9.
TEST(DealRows, ByLabelIsTheOneThatIsDocumented) {
  const std::vector<int64_t> labels = {7, 5, 9, 7, 7, 5, 9, 7, 5, 7, 9, 5};
  const uint64_t seed = 4, deal = uint64_t{9} << 32;
  const Labelled data(labels, PartitionKind::kLabel, 2, 0);
  const auto owners = DealRows(data, 2, seed);
  ASSERT_TRUE(owners.ok()) << owners.status();
  std::vector<int64_t> order = {0, 1, 2};
  Shuffle(Random(seed, deal), absl::MakeSpan(order));
  std::vector<int64_t> rows[3] = {{1, 5, 8, 11}, {0, 3, 4, 7, 9}, {2, 6, 10}};
  std::vector<int> wanted(12, -1);
  for (uint64_t c = 0; c < 3; ++c)
    Shuffle(Random(seed, deal + 1 + 2 * c), absl::MakeSpan(rows[c]));
  // Places: rank 0 has order[0] and order[1], rank 1 order[2] and order[0].
  const std::vector<int64_t> &shared = rows[order[0]];
  for (size_t i = 0; i < shared.size(); ++i)
    wanted[shared[i]] = i < shared.size() / 2 ? 0 : 1;
  for (const int64_t row : rows[order[1]])
    wanted[row] = 0;
  for (const int64_t row : rows[order[2]])
    wanted[row] = 1;
  EXPECT_EQ(*owners, wanted);
}

TEST(DealRows, ByLabelRefusesRowsOfNobody) {
  const Labelled few(SomeLabels(1000, 10), PartitionKind::kLabel, 2, 0);
  EXPECT_EQ(DealRows(few, 4, 0).status().message(),
            "partition=label{classes=2} on 4 ranks leaves rows to nobody: the "
            "data has 10 classes; take classes=3 or more");
  const Labelled many(SomeLabels(1000, 10), PartitionKind::kLabel, 11, 0);
  EXPECT_EQ(DealRows(many, 4, 0).status().message(),
            "partition=label{classes=11} asks for 11 classes a rank, and the "
            "data has 10: take at most that");
}

TEST(DealRows, DealsAreOfTheSeed) {
  const std::vector<int64_t> labels = SomeLabels(1000, 10);
  for (const Labelled &data :
       {Labelled(labels, PartitionKind::kLabel, 3, 0),
        Labelled(labels, PartitionKind::kDirichlet, 0, 0.5)}) {
    const auto owners = DealRows(data, 8, 1);
    ASSERT_TRUE(owners.ok());
    EXPECT_EQ(*owners, *DealRows(data, 8, 1));
    EXPECT_NE(*owners, *DealRows(data, 8, 2));
  }
}

TEST(DealRows, DirichletSharesHaveItsMoments) {
  // Each share has mean 1/P and variance (P - 1) / (P^2 (alpha P + 1)).
  const int ranks = 8;
  const size_t classes = 500;
  std::vector<int64_t> labels;
  for (size_t c = 0; c < classes; ++c)
    labels.insert(labels.end(), 1000, static_cast<int64_t>(c));
  for (const double alpha : {0.05, 0.5, 1.0, 10.0}) {
    const Labelled data(labels, PartitionKind::kDirichlet, 0, alpha);
    const auto owners = DealRows(data, ranks, 11);
    ASSERT_TRUE(owners.ok()) << owners.status();
    const auto counts = Counts(*owners, labels, ranks, classes);
    const double variance = 7.0 / (64 * (alpha * ranks + 1));
    double squares = 0;
    for (int rank = 0; rank < ranks; ++rank) {
      double sum = 0;
      for (const int64_t count : counts[static_cast<size_t>(rank)]) {
        const double share = static_cast<double>(count) / 1000;
        sum += share;
        squares += (share - 1.0 / ranks) * (share - 1.0 / ranks);
      }
      EXPECT_NEAR(sum / classes, 1.0 / ranks,
                  4 * std::sqrt(variance / classes) + 1e-3)
          << "rank " << rank << ", alpha " << alpha;
    }
    EXPECT_NEAR(squares / (ranks * classes), variance, 0.1 * variance)
        << "alpha " << alpha;
  }
}

TEST(DealRows, ATinyAlphaGivesAClassToOneRank) {
  const std::vector<int64_t> labels = SomeLabels(1000, 10);
  const Labelled data(labels, PartitionKind::kDirichlet, 0, 1e-4);
  const auto owners = DealRows(data, 16, 0);
  ASSERT_TRUE(owners.ok()) << owners.status();
  int parts = 0;
  for (const auto &of_rank : Counts(*owners, labels, 16, 10))
    for (const int64_t count : of_rank)
      parts += count > 0;
  EXPECT_LE(parts, 12);
  EXPECT_GE(parts, 10);
}

} // namespace
} // namespace tacit
