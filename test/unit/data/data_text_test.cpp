//===- data_text_test.cpp - FORMAT:key=value,... taken apart --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/data_text.h"

#include "test/unit/data/test_files.h"

namespace tacit {
namespace {

TestArguments Arguments() {
  TestArguments arguments;
  arguments.Add("x", TACIT_F32, {4, 784}).Add("y", TACIT_I32, {4});
  return arguments;
}

TEST(DataText, TakesApart) {
  const auto text = DataText::Parse("npy:x=a=b:c.npy,y=/tmp/y.npy,rows=2:10");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->format(), "npy");
  EXPECT_EQ(*text->Find("x"), "a=b:c.npy");
  EXPECT_EQ(*text->Find("y"), "/tmp/y.npy");
  EXPECT_EQ(text->Find("z"), nullptr);
  const auto rows = text->Rows();
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->begin, 2);
  EXPECT_EQ(rows->end, 10);
}

TEST(DataText, AFormatAlone) {
  for (const char *text : {"synthetic", "synthetic:"}) {
    const auto parsed = DataText::Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->format(), "synthetic");
  }
}

TEST(DataText, Malformed) {
  EXPECT_EQ(OpenError("", Arguments()),
            "data '': names no format; write FORMAT:key=value,..., such as "
            "digits:count=60000");
  EXPECT_EQ(OpenError("digits:count", Arguments()),
            "data 'digits:count': got 'count' where key=value was wanted");
  EXPECT_EQ(OpenError("digits:count=1,", Arguments()),
            "data 'digits:count=1,': got '' where key=value was wanted");
  EXPECT_EQ(OpenError("digits:=1", Arguments()),
            "data 'digits:=1': got '=1' where key=value was wanted");
  EXPECT_EQ(OpenError("digits:count=", Arguments()),
            "data 'digits:count=': key 'count' has no value");
  EXPECT_EQ(OpenError("digits:count=1,count=2", Arguments()),
            "data 'digits:count=1,count=2': key 'count' is given twice");
}

TEST(DataText, UnknownNames) {
  EXPECT_EQ(OpenError("digts:count=1", Arguments()),
            "data 'digts:count=1': unknown format 'digts'; did you mean "
            "'digits'?");
  EXPECT_EQ(OpenError("parquet:x=f", Arguments()),
            "data 'parquet:x=f': unknown format 'parquet'; known are cifar10, "
            "digits, idx, npy, synthetic, text");
  EXPECT_EQ(OpenError("idx:imags=a,labels=b", Arguments()),
            "data 'idx:imags=a,labels=b': unknown key 'imags'; did you mean "
            "'images'?");
  EXPECT_EQ(OpenError("npy:x=a,z=b", Arguments()),
            "data 'npy:x=a,z=b': unknown key 'z'; known are x, y, rows, "
            "partition, uneven");
  EXPECT_EQ(OpenError("digits:partitoin=iid", Arguments()),
            "data 'digits:partitoin=iid': unknown key 'partitoin'; did you "
            "mean 'partition'?");
}

TEST(DataText, Numbers) {
  for (const char *bad : {"0", "-3", "ten", "1.5", "99999999999999999999"})
    EXPECT_EQ(OpenError(std::string("digits:count=") + bad, Arguments()),
              std::string("data 'digits:count=") + bad + "': got count=" + bad +
                  ", wanted an integer of at least 1");
  for (const char *bad : {"0", "-1", "nan", "inf", "much"})
    EXPECT_EQ(OpenError(std::string("idx:images=a,labels=b,scale=") + bad,
                        Arguments()),
              std::string("data 'idx:images=a,labels=b,scale=") + bad +
                  "': got scale=" + bad + ", wanted a number greater than 0");
}

TEST(DataText, Rows) {
  for (const char *bad :
       {"5", "5:", ":5", "a:b", "5:5", "6:5", "-1:5", "1:2:3"})
    EXPECT_EQ(
        OpenError(std::string("digits:count=10,rows=") + bad, Arguments()),
        std::string("data 'digits:count=10,rows=") + bad +
            "': got rows=" + bad +
            ", wanted rows=A:B with 0 <= A < B (B is not included), such "
            "as rows=0:8000");
  EXPECT_EQ(OpenError("digits:count=10,rows=5:11", Arguments()),
            "data 'digits:count=10,rows=5:11': got rows=5:11 of 10 rows, "
            "wanted an end of at most 10");
}

TEST(OpenDataSet, ArgumentsThatHoldNoRows) {
  EXPECT_EQ(OpenError("digits:", TestArguments()),
            "data 'digits:': the program has no data arguments to fill");
  TestArguments scalar;
  scalar.Add("x", TACIT_F32, {});
  EXPECT_EQ(
      OpenError("synthetic:", scalar),
      "data 'synthetic:': data argument 'x' is f32, wanted a first extent "
      "that counts rows, and none below 1");
  TestArguments empty;
  empty.Add("x", TACIT_F32, {4, 0});
  EXPECT_TRUE(Has(OpenError("synthetic:", empty), "'x' is 4x0xf32"));
}

} // namespace
} // namespace tacit
