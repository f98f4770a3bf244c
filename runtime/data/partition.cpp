//===- partition.cpp - How rows are dealt to ranks ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/partition.h"

#include "runtime/data/dataset.h"
#include "runtime/data/shuffle.h"
#include "runtime/support/random.h"
#include "runtime/support/suggest.h"
#include "runtime/support/tensor_type.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

namespace tacit {

//===----------------------------------------------------------------------===//
// The text
//===----------------------------------------------------------------------===//

/// Finds the argument that tells classes apart.
static absl::Status FindLabels(const DataText &text,
                               absl::Span<const tacit_named_tensor> arguments,
                               Partition &partition) {
  int found = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const tacit_tensor_type &type = arguments[i].type;
    if ((type.dtype != TACIT_I32 && type.dtype != TACIT_I64) ||
        RowElements(type) != 1)
      continue;
    ++found;
    partition.label = static_cast<int>(i);
    partition.label_dtype = static_cast<tacit_dtype>(type.dtype);
  }
  if (found == 1)
    return absl::OkStatus();
  return text.Error(absl::StrCat(
      "partition=", ToString(partition),
      " tells classes apart by the one data argument that holds an integer per "
      "row, and the program has ",
      found == 0 ? "none" : absl::StrCat(found), "; use partition=iid"));
}

static absl::Status ParseKind(const DataText &text, absl::string_view value,
                              Partition &partition) {
  absl::string_view rest = value;
  if (value == "iid") {
    partition.kind = PartitionKind::kIid;
    return absl::OkStatus();
  }
  if (value == "own") {
    partition.kind = PartitionKind::kOwn;
    return absl::OkStatus();
  }
  if (absl::ConsumePrefix(&rest, "label{classes=") &&
      absl::ConsumeSuffix(&rest, "}")) {
    partition.kind = PartitionKind::kLabel;
    if (absl::SimpleAtoi(rest, &partition.classes) && partition.classes >= 1)
      return absl::OkStatus();
    return text.Error(absl::StrCat("got partition=", value,
                                   ", wanted an integer of at least 1: how "
                                   "many classes a rank has rows of"));
  }
  rest = value;
  if (absl::ConsumePrefix(&rest, "dirichlet{alpha=") &&
      absl::ConsumeSuffix(&rest, "}")) {
    partition.kind = PartitionKind::kDirichlet;
    if (absl::SimpleAtod(rest, &partition.alpha) &&
        std::isfinite(partition.alpha) && partition.alpha > 0)
      return absl::OkStatus();
    return text.Error(absl::StrCat("got partition=", value,
                                   ", wanted a number greater than 0: the "
                                   "smaller, the more ranks differ"));
  }
  return text.Error(absl::StrCat(
      "got partition=", value,
      ", wanted iid, own, label{classes=N} or dirichlet{alpha=A}"));
}

absl::StatusOr<Partition>
ParsePartition(const DataText &text,
               absl::Span<const tacit_named_tensor> arguments) {
  Partition partition;
  if (const std::string *value = text.Find("partition"))
    if (absl::Status status = ParseKind(text, *value, partition); !status.ok())
      return status;
  if (partition.kind == PartitionKind::kLabel ||
      partition.kind == PartitionKind::kDirichlet)
    if (absl::Status status = FindLabels(text, arguments, partition);
        !status.ok())
      return status;
  const std::string *uneven = text.Find("uneven");
  if (!uneven)
    return partition;
  if (*uneven != "wrap" && *uneven != "shortest")
    return text.Error(
        absl::StrCat("got uneven=", *uneven, ", wanted wrap or shortest"));
  if (partition.kind == PartitionKind::kIid)
    return text.Error("uneven= is for ranks with different numbers of rows, "
                      "and partition=iid shares all rows; leave it out");
  partition.uneven = *uneven == "wrap" ? Uneven::kWrap : Uneven::kShortest;
  return partition;
}

std::string ToString(const Partition &partition) {
  switch (partition.kind) {
  case PartitionKind::kIid:
    return "iid";
  case PartitionKind::kOwn:
    return "own";
  case PartitionKind::kLabel:
    return absl::StrCat("label{classes=", partition.classes, "}");
  case PartitionKind::kDirichlet:
    break;
  }
  return absl::StrCat("dirichlet{alpha=", partition.alpha, "}");
}

//===----------------------------------------------------------------------===//
// Dirichlet's distribution
//===----------------------------------------------------------------------===//

/// e^x for x <= 0, from + - * / alone, so that every machine deals alike.
static double PortableExp(double x) {
#pragma STDC FP_CONTRACT OFF
  if (x < -700) // Below what is normal.
    return 0;
  const double ln2 = 0.693147180559945309417232;
  const auto k = static_cast<int64_t>(x / ln2 - 0.5);
  const double r = x - static_cast<double>(k) * ln2; // |r| <= ln2 / 2
  double sum = 1;
  for (int i = 16; i >= 1; --i) // Taylor, innermost term first
    sum = 1 + sum * r / i;
  return sum * std::bit_cast<double>(static_cast<uint64_t>(k + 1023) << 52);
}

/// The logarithm of a gamma variate of shape `alpha`, by Marsaglia and Tsang,
/// "A simple method for generating gamma variables", TOMS 2000: with
/// d = a - 1/3 and c = 1 / sqrt(9 d), normal x and uniform u, d v where
/// v = (1 + c x)^3 is kept if v > 0 and ln u < x^2 / 2 + d (1 - v + ln v). For
/// alpha < 1 a = alpha + 1, and another uniform's ln / alpha is added: as a
/// logarithm it cannot underflow. Trial n takes words 4n .. 4n + 3.
static double LogGamma(const Random &random, double alpha, uint64_t &trial) {
#pragma STDC FP_CONTRACT OFF
  const double d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const uint64_t n = trial++;
    const double x = random.Normal(2 * n);
    const double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    if (v <= 0)
      continue;
    const double log_v = PortableLog(v);
    if (PortableLog(1 - random.Double(4 * n + 2)) >=
        0.5 * x * x + d * (1 - v + log_v))
      continue;
    const double log_gamma = PortableLog(d) + log_v;
    return alpha < 1
               ? log_gamma + PortableLog(1 - random.Double(4 * n + 3)) / alpha
               : log_gamma;
  }
}

/// Shares of `ranks` ranks, which add up to 1.
static std::vector<double> DirichletShares(const Random &random, double alpha,
                                           int ranks) {
  std::vector<double> shares;
  uint64_t trial = 0;
  for (int rank = 0; rank < ranks; ++rank)
    shares.push_back(LogGamma(random, alpha, trial));
  const double most = *std::max_element(shares.begin(), shares.end());
  double sum = 0;
  for (double &share : shares)
    sum += share = PortableExp(share - most);
  for (double &share : shares)
    share /= sum;
  return shares;
}

//===----------------------------------------------------------------------===//
// Dealing
//===----------------------------------------------------------------------===//

/// The rows of each class, by label.
static std::map<int64_t, std::vector<int64_t>>
RowsOfClasses(const DataSet &data) {
  const Partition &partition = data.partition();
  std::map<int64_t, std::vector<int64_t>> classes;
  for (int64_t row = 0; row < data.rows(); ++row) {
    int32_t narrow = 0;
    int64_t label = 0;
    if (partition.label_dtype == TACIT_I32) {
      data.CopyRow(partition.label, row, &narrow);
      label = narrow;
    } else {
      data.CopyRow(partition.label, row, &label);
    }
    classes[label].push_back(row);
  }
  return classes;
}

/// The ranks that hold each class, in the order of their places.
static absl::StatusOr<std::vector<std::vector<int>>>
PlacesOfClasses(const Partition &partition, int64_t classes, int ranks,
                uint64_t seed) {
  const int64_t each = partition.classes;
  if (each > classes)
    return absl::InvalidArgumentError(absl::StrCat(
        "partition=", ToString(partition), " asks for ", each,
        " classes a rank, and the data has ", classes, ": take at most that"));
  if (each < (classes + ranks - 1) / ranks)
    return absl::InvalidArgumentError(absl::StrCat(
        "partition=", ToString(partition), " on ", ranks,
        ranks == 1 ? " rank" : " ranks",
        " leaves rows to nobody: the data has ", classes,
        " classes; take classes=", (classes + ranks - 1) / ranks, " or more"));
  std::vector<int64_t> order(static_cast<size_t>(classes));
  std::iota(order.begin(), order.end(), int64_t{0});
  Shuffle(Random(seed, kDealStreams), absl::MakeSpan(order));
  std::vector<std::vector<int>> places(order.size());
  int64_t place = 0;
  for (int rank = 0; rank < ranks; ++rank)
    for (int64_t i = 0; i < each; ++i, ++place)
      places[order[place % classes]].push_back(rank);
  return places;
}

absl::StatusOr<std::vector<int>> DealRows(const DataSet &data, int ranks,
                                          uint64_t seed) {
  const Partition &partition = data.partition();
  std::map<int64_t, std::vector<int64_t>> classes = RowsOfClasses(data);
  std::vector<std::vector<int>> places;
  if (partition.kind == PartitionKind::kLabel) {
    absl::StatusOr<std::vector<std::vector<int>>> found = PlacesOfClasses(
        partition, static_cast<int64_t>(classes.size()), ranks, seed);
    if (!found.ok())
      return found.status();
    places = *std::move(found);
  }

  std::vector<int> owners(static_cast<size_t>(data.rows()));
  uint64_t number = 0;
  for (auto &[label, rows] : classes) {
    const uint64_t stream = kDealStreams + 1 + 2 * number;
    Shuffle(Random(seed, stream), absl::MakeSpan(rows));
    const auto count = static_cast<int64_t>(rows.size());
    int64_t begin = 0;
    const auto give = [&](int rank, int64_t end) {
      for (; begin < end; ++begin)
        owners[rows[begin]] = rank;
    };
    if (partition.kind == PartitionKind::kLabel) {
      const std::vector<int> &holders = places[number];
      const auto holding = static_cast<int64_t>(holders.size());
      for (int64_t k = 0; k < holding; ++k)
        give(holders[k], (k + 1) * count / holding);
    } else {
      const std::vector<double> shares =
          DirichletShares(Random(seed, stream + 1), partition.alpha, ranks);
      double sum = 0;
      for (int rank = 0; rank + 1 < ranks; ++rank) {
        sum += shares[rank];
        give(rank, std::min(count, static_cast<int64_t>(
                                       static_cast<double>(count) * sum)));
      }
      give(ranks - 1, count);
    }
    ++number;
  }
  return owners;
}

} // namespace tacit
