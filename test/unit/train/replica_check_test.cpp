//===- replica_check_test.cpp - Hashes, and ranks that differ -------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/replica_check.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace tacit {
namespace {

TEST(HashBytes, SeesEveryBit) {
  for (const size_t size : {1u, 7u, 8u, 31u, 32u, 33u, 100u}) {
    std::vector<std::byte> bytes(size);
    std::set<uint64_t> hashes = {HashBytes(bytes)};
    for (size_t i = 0; i < size * 8; ++i) {
      bytes[i / 8] ^= std::byte{1} << (i % 8);
      hashes.insert(HashBytes(bytes));
      bytes[i / 8] ^= std::byte{1} << (i % 8);
    }
    EXPECT_EQ(hashes.size(), size * 8 + 1);
  }
  EXPECT_NE(HashBytes(std::vector<std::byte>(8)),
            HashBytes(std::vector<std::byte>(16)));
}

/// Changes variable `variable` on `ranks` of 5, each to a value of its own if
/// `apart`, and says what all ranks then find.
std::string Difference(size_t variable, const std::set<int> &ranks,
                       bool apart = false) {
  LineProgram line(8, LineLoss::kPerRow, /*per_rank_state=*/true);
  std::set<std::string> found;
  auto world = CreateSimulatedWorld({5, "", 0});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    Rank rank(line.program, communicator);
    EXPECT_TRUE(rank.variables().Initialize(0).ok());
    ReplicaCheck check(rank);
    if (ranks.count(communicator.rank()))
      rank.variables().Bytes(variable)[0] ^=
          std::byte(apart ? 1 + communicator.rank() : 1);
    absl::Status difference;
    absl::Status exchange = check.Run(/*within_round=*/false, difference);
    found.emplace(difference.message());
    return exchange;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(found.size(), 1u) << "ranks must find the same";
  return *found.begin();
}

TEST(ReplicaCheck, NamesTheVariableAndTheRanks) {
  EXPECT_EQ(Difference(0, {}), "");
  EXPECT_EQ(Difference(0, {3}),
            "ranks no longer agree: variable 'w' differs on rank 3");
  EXPECT_EQ(Difference(2, {0, 4}),
            "ranks no longer agree: variable 'optimizer/w.momentum' differs on "
            "ranks 0, 4");
  EXPECT_EQ(Difference(3, {1, 2}, /*apart=*/true),
            "ranks no longer agree: variable 'counter/steps' differs on ranks "
            "1, 2");
  EXPECT_EQ(Difference(1, {0, 1, 2, 3, 4}), "");
}

TEST(ReplicaCheck, PassesOverWhatMayDiffer) {
  EXPECT_EQ(Difference(4, {3}), "");
}

} // namespace
} // namespace tacit
