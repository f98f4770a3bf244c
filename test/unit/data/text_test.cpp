//===- text_test.cpp - Windows of a text ----------------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/dataset.h"

#include "test/unit/data/test_files.h"

namespace tacit {
namespace {

using Ids = std::vector<int32_t>;

class Text : public testing::Test {
protected:
  Text() {
    path_ = folder_.Write("text", "to be or not");
    program_.Add("x", TACIT_I32, {2, 4}).Add("y", TACIT_I32, {2, 4});
  }

  std::unique_ptr<DataSet> Open(const std::string &more = "") {
    auto data = OpenDataSet("text:file=" + path_ + more, program_, 0);
    EXPECT_TRUE(data.ok()) << data.status();
    return data.ok() ? *std::move(data) : nullptr;
  }

  std::string Error(const std::string &more) {
    return OpenError("text:file=" + path_ + more, program_);
  }

  TestFolder folder_;
  std::string path_;
  TestArguments program_;
};

TEST_F(Text, Bytes) {
  for (const char *more : {"", ",vocab=bytes", ",stride=4"}) {
    const auto data = Open(more);
    ASSERT_TRUE(data);
    // A third window would lack what follows it.
    ASSERT_EQ(data->rows(), 2);
    EXPECT_EQ(RowOf<int32_t>(*data, 0, 0, 4), (Ids{'t', 'o', ' ', 'b'}));
    EXPECT_EQ(RowOf<int32_t>(*data, 1, 0, 4), (Ids{'o', ' ', 'b', 'e'}));
    EXPECT_EQ(RowOf<int32_t>(*data, 0, 1, 4), (Ids{'e', ' ', 'o', 'r'}));
    EXPECT_EQ(RowOf<int32_t>(*data, 1, 1, 4), (Ids{' ', 'o', 'r', ' '}));
  }
}

TEST_F(Text, BytesAreNotSigned) {
  folder_.Write("text", "\xff\x80\x7f\x01\xfe");
  const auto data = Open();
  ASSERT_TRUE(data);
  EXPECT_EQ(RowOf<int32_t>(*data, 0, 0, 4), (Ids{255, 128, 127, 1}));
  EXPECT_EQ(RowOf<int32_t>(*data, 1, 0, 4), (Ids{128, 127, 1, 254}));
  const auto numbered = Open(",vocab=auto");
  ASSERT_TRUE(numbered);
  EXPECT_EQ(RowOf<int32_t>(*numbered, 0, 0, 4), (Ids{4, 2, 1, 0}));
}

TEST_F(Text, RowsThatFit) {
  for (const auto &[size, rows] :
       {std::pair<size_t, int64_t>{5, 1}, {8, 1}, {9, 2}, {13, 3}}) {
    folder_.Write("text", std::string(size, 'a'));
    EXPECT_EQ(Open()->rows(), rows) << size;
  }
  folder_.Write("text", "abcd");
  EXPECT_EQ(Error(""), "text file '" + path_ +
                           "': too short: got 4 bytes, wanted at least 5, a "
                           "row of 'x' (2x4xi32) and what follows its last "
                           "byte");
}

TEST_F(Text, Vocabulary) {
  // Of "to be or not": ' ' b e n o r t.
  const auto data = Open(",vocab=auto,rows=1:2");
  ASSERT_TRUE(data);
  ASSERT_EQ(data->rows(), 1);
  EXPECT_EQ(RowOf<int32_t>(*data, 0, 0, 4), (Ids{2, 0, 4, 5}));
  EXPECT_EQ(RowOf<int32_t>(*data, 1, 0, 4), (Ids{0, 4, 5, 0}));
}

TEST_F(Text, VocabularyOfAnotherText) {
  const std::string other = folder_.Write("other", "zzz to be or not");
  const auto data = Open(",vocab=" + other);
  ASSERT_TRUE(data);
  EXPECT_EQ(RowOf<int32_t>(*data, 0, 0, 4), (Ids{6, 4, 0, 1}));
  folder_.Write("text", "to bee or\nnot");
  EXPECT_EQ(Error(",vocab=" + other),
            "text file '" + path_ +
                "': byte 10 at offset 9 does not occur in text file '" + other +
                "'; take a text as vocab= that has all bytes of both");
  EXPECT_EQ(Error(",vocab=aut"),
            "data 'text:file=" + path_ +
                ",vocab=aut': got vocab=aut, wanted bytes, auto, or a text "
                "whose bytes to number: text file 'aut': No such file or "
                "directory");
}

TEST_F(Text, Stride) {
  const auto data = Open(",stride=1,rows=1:8");
  ASSERT_TRUE(data);
  ASSERT_EQ(data->rows(), 7);
  EXPECT_EQ(RowOf<int32_t>(*data, 0, 0, 4), (Ids{'o', ' ', 'b', 'e'}));
  EXPECT_EQ(RowOf<int32_t>(*data, 0, 6, 4), (Ids{'r', ' ', 'n', 'o'}));
  EXPECT_EQ(RowOf<int32_t>(*data, 1, 6, 4), (Ids{' ', 'n', 'o', 't'}));
  EXPECT_EQ(Open(",stride=1")->rows(), 8);
  EXPECT_EQ(Open(",stride=7")->rows(), 2);
  EXPECT_EQ(Open(",stride=9223372036854775807")->rows(), 1);
  EXPECT_EQ(Error(",stride=0"),
            "data 'text:file=" + path_ +
                ",stride=0': got stride=0, wanted an integer of at least 1");
}

TEST_F(Text, OneArgument) {
  program_ = {};
  program_.Add("tokens", TACIT_I64, {2, 4});
  const auto data = Open();
  ASSERT_TRUE(data);
  ASSERT_EQ(data->rows(), 3); // Nothing needs to follow.
  EXPECT_EQ(RowOf<int64_t>(*data, 0, 2, 4),
            (std::vector<int64_t>{' ', 'n', 'o', 't'}));
  EXPECT_EQ(Error(",next=tokens"),
            "data 'text:file=" + path_ +
                ",next=tokens': got next=tokens, but 'tokens' is the only data "
                "argument; leave it out");
  folder_.Write("text", "abc");
  EXPECT_EQ(Error(""),
            "text file '" + path_ +
                "': too short: got 3 bytes, wanted at least 4, a row of "
                "'tokens' (2x4xi64)");
}

TEST_F(Text, WhichArgumentIsNext) {
  program_ = {};
  program_.Add("y", TACIT_I8, {2, 2, 2}).Add("x", TACIT_I64, {2, 4, 1});
  auto data = Open();
  ASSERT_TRUE(data);
  EXPECT_EQ(RowOf<int8_t>(*data, 0, 0, 4),
            (std::vector<int8_t>{'o', ' ', 'b', 'e'}));
  EXPECT_EQ(RowOf<int64_t>(*data, 1, 0, 4)[0], 't');

  program_ = {};
  program_.Add("labels", TACIT_I32, {2, 4}).Add("tokens", TACIT_I32, {2, 4});
  EXPECT_EQ(RowOf<int32_t>(*Open(), 0, 0, 4)[0], 't');
  data = Open(",next=labels");
  ASSERT_TRUE(data);
  EXPECT_EQ(RowOf<int32_t>(*data, 0, 0, 4)[0], 'o');
  EXPECT_EQ(RowOf<int32_t>(*data, 1, 0, 4)[0], 't');
  EXPECT_EQ(Error(",next=label"),
            "data 'text:file=" + path_ +
                ",next=label': got next=label, which is no data argument; did "
                "you mean 'labels'?");
}

TEST_F(Text, IdsThatAnArgumentCannotTake) {
  program_.Classes({115, 115});
  EXPECT_EQ(Error(""),
            "text file '" + path_ +
                "': 't' (byte 116) at offset 0, and data argument 'x' "
                "(2x4xi32) takes ids of 0 to 114; add vocab=auto, which "
                "numbers the bytes that occur");
  // The rows that are taken hold no t.
  EXPECT_TRUE(Open(",rows=1:2"));
  program_.Classes({7, 7});
  EXPECT_TRUE(Open(",vocab=auto"));
  program_.Classes({7, 6});
  EXPECT_EQ(Error(",vocab=auto,rows=0:1"),
            "text file '" + path_ +
                "': got 7 different bytes, and data argument 'y' (2x4xi32) "
                "takes ids of 0 to 5; take a text that has no more, or a model "
                "for more");
  program_ = {};
  program_.Add("x", TACIT_I8, {2, 4});
  folder_.Write("text", "abc\x80");
  EXPECT_TRUE(Has(Error(""), "': byte 128 at offset 3, and data argument 'x' "
                             "(2x4xi8) takes ids of 0 to 127; add "));
}

TEST_F(Text, ArgumentsThatItDoesNotFill) {
  program_ = {};
  program_.Add("x", TACIT_F32, {2, 4});
  const std::string data = "data 'text:file=" + path_ + "': ";
  EXPECT_EQ(Error(""), data + "wrong type: a text is ids, data argument 'x' "
                              "(2x4xf32) wants f32; i32, i64 and i8 can take "
                              "them");
  program_ = {};
  program_.Add("x", TACIT_I32, {2, 4}).Add("y", TACIT_I32, {2});
  EXPECT_EQ(Error(""), data + "wrong shape: windows and what follows are "
                              "equally long, but rows of 'x' (2x4xi32) and 'y' "
                              "(2xi32) are not");
  program_ = {};
  program_.Add("x", TACIT_I32, {2, 4})
      .Add("y", TACIT_I32, {2, 4})
      .Add("z", TACIT_I32, {2, 4});
  EXPECT_EQ(Error(""), data + "has nothing for data argument 'z': a text fills "
                              "one argument with windows, and one with what "
                              "follows each of their bytes");
}

TEST_F(Text, Files) {
  folder_.Write("text", Gzipped("to be or not"));
  EXPECT_EQ(RowOf<int32_t>(*Open(), 0, 1, 4), (Ids{'e', ' ', 'o', 'r'}));
  const std::string packed = Gzipped("to be or not");
  folder_.Write("text", packed.substr(0, packed.size() - 3));
  EXPECT_EQ(Error(""),
            "text file '" + path_ + "': truncated: its gzip data ends early");
  EXPECT_EQ(OpenError("text:file=/nowhere", program_),
            "text file '/nowhere': No such file or directory");
  EXPECT_EQ(OpenError("text:vocab=auto", program_),
            "data 'text:vocab=auto': no file; add file=FILE");
  EXPECT_EQ(OpenError("text:files=a", program_),
            "data 'text:files=a': unknown key 'files'; did you mean 'file'?");
  folder_.Write("text", "to be or not");
  EXPECT_EQ(Error(",rows=0:3"),
            "data 'text:file=" + path_ +
                ",rows=0:3': got rows=0:3 of 2 rows, wanted an end of at most "
                "2");
}

TEST_F(Text, LongerThanABuffer) {
  std::string bytes;
  for (int i = 0; i < 300'001; ++i)
    bytes += static_cast<char>('a' + i % 26);
  folder_.Write("text", bytes);
  const auto data = Open();
  ASSERT_TRUE(data);
  ASSERT_EQ(data->rows(), 75'000);
  EXPECT_EQ(RowOf<int32_t>(*data, 1, 74'999, 4)[3], 'a' + 300'000 % 26);
}

} // namespace
} // namespace tacit
