//===- suggest_test.cpp - The nearest of the names ------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/support/suggest.h"

#include "gtest/gtest.h"

namespace tacit {
namespace {

TEST(Suggest, Distances) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("same", "same"), 0);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("lables", "labels"), 1); // neighbours swapped
  EXPECT_EQ(EditDistance("imags", "images"), 1);
  EXPECT_EQ(EditDistance("roows", "rows"), 1);
}

TEST(Suggest, NamesTheNearest) {
  EXPECT_EQ(Nearest("digts", {"digits", "idx", "npy"}), "digits");
  EXPECT_EQ(Nearest("ix", {"digits", "idx", "npy"}), "idx");
  EXPECT_EQ(DidYouMean("npz", {"digits", "idx", "npy"}),
            "; did you mean 'npy'?");
}

TEST(Suggest, KeepsQuietWhenNothingIsNear) {
  EXPECT_EQ(Nearest("parquet", {"digits", "idx", "npy"}), "");
  EXPECT_EQ(Nearest("a", {"b"}), "");
  EXPECT_EQ(DidYouMean("parquet", {"idx", "npy"}), "; known are idx, npy");
  EXPECT_EQ(DidYouMean("parquet", {}), "");
}

} // namespace
} // namespace tacit
