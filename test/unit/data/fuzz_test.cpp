//===- fuzz_test.cpp - Damaged files are refused, not obeyed --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// With any compiler and under any sanitizer. The fuzzers of test/fuzz, which
/// need libFuzzer, do this far longer and guided by what an input reaches.
///
//===----------------------------------------------------------------------===//

#include "runtime/data/dataset.h"

#include "runtime/support/random.h"
#include "test/unit/data/test_files.h"

#include <algorithm>

namespace tacit {
namespace {

/// Cuts `bytes`, or changes, doubles or inserts a few of them.
std::string Mutated(std::string bytes, const Random &random, uint64_t &next) {
  const auto below = [&](size_t bound) {
    return static_cast<size_t>(random.Below(next++, bound));
  };
  const size_t changes = 1 + below(4);
  for (size_t i = 0; i < changes && !bytes.empty(); ++i) {
    // The first bytes hold the header, where damage is most interesting.
    const size_t reach =
        below(3) ? std::min<size_t>(bytes.size(), 140) : bytes.size();
    const size_t at = below(reach);
    switch (below(6)) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes.insert(at, 1 + below(8), static_cast<char>(below(256)));
      break;
    case 2:
      bytes.erase(at, 1 + below(8));
      break;
    case 3: { // A character that headers are made of.
      const std::string letters = "'\"{}()[],:<>|=0123456789-TrueFalsdcpohn\n";
      bytes[at] = letters[below(letters.size())];
      break;
    }
    case 4:
      bytes[at] = static_cast<char>(below(256));
      break;
    default:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
    }
  }
  return bytes;
}

/// Opens `count` damaged versions of `bytes` as the file of `prefix`. Each must
/// be refused with one line, or give all its rows.
void Fuzz(const std::string &prefix, const std::string &suffix,
          const std::string &bytes, const TestArguments &arguments,
          uint64_t stream, int count) {
  TestFolder folder;
  const Random random(2024, stream);
  uint64_t next = 0;
  int refused = 0;
  for (int i = 0; i < count; ++i) {
    const std::string path = folder.Write("file", Mutated(bytes, random, next));
    const auto data = OpenDataSet(prefix + path + suffix, arguments, 0);
    if (!data.ok()) {
      ++refused;
      const std::string message(data.status().message());
      ASSERT_FALSE(message.empty());
      // The path is in it, but for values that are checked once all is read.
      ASSERT_TRUE(Has(message, path));
      continue;
    }
    ASSERT_GE((*data)->rows(), 1);
    double row[16];
    (*data)->CopyRow(0, (*data)->rows() - 1, row);
  }
  // A header that is damaged is nearly always found out; pixels are not.
  EXPECT_GT(refused, count / 2);
}

TEST(Fuzz, Npy) {
  TestArguments program;
  program.Add("x", TACIT_F32, {2, 6});
  Fuzz("npy:x=", "",
       NpyBytes("<f4", "(5, 6)", BytesOf(std::vector<float>(30, 1.5f))),
       program, 1, 4000);
}

TEST(Fuzz, NpyThatIsConverted) {
  TestArguments program;
  program.Add("y", TACIT_I32, {2, 3});
  Fuzz(
      "npy:y=", "",
      NpyBytes("<i8", "(5, 3)", BytesOf(std::vector<int64_t>(15, 7)), false, 2),
      program, 2, 4000);
}

TEST(Fuzz, Idx) {
  TestArguments program;
  program.Add("x", TACIT_F32, {2, 6});
  Fuzz("idx:images=", ",rows=1:4", IdxBytes(8, {5, 2, 3}, std::string(30, 'p')),
       program, 3, 4000);
}

TEST(Fuzz, IdxGzip) {
  TestArguments program;
  program.Add("x", TACIT_F32, {2, 6});
  Fuzz("idx:images=", "",
       Gzipped(IdxBytes(8, {50, 2, 3}, std::string(300, 'p'))), program, 4,
       4000);
}

TEST(Fuzz, Texts) {
  TestArguments program;
  program.Add("x", TACIT_F32, {2, 784}).Add("y", TACIT_I32, {2});
  const Random random(2024, 5);
  uint64_t next = 0;
  for (const char *text :
       {"digits:count=20,seed=1,rows=3:9", "synthetic:count=9,classes=3",
        "idx:images=a,labels=b,scale=255", "npy:x=a,y=b,rows=0:5"})
    for (int i = 0; i < 250; ++i) {
      std::string mutated = Mutated(text, random, next);
      // Counts that are fine but large would only take long.
      if (std::count_if(mutated.begin(), mutated.end(),
                        [](char c) { return c >= '0' && c <= '9'; }) > 5)
        continue;
      const auto data = OpenDataSet(mutated, program, 0);
      if (data.ok())
        ASSERT_GE((*data)->rows(), 1) << mutated;
      else
        ASSERT_FALSE(data.status().message().empty()) << mutated;
    }
}

} // namespace
} // namespace tacit
