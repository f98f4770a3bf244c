//===- safetensors_test.cpp - The format of checkpoints -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/safetensors.h"
#include "test/unit/state/state_files.h"

#include <gtest/gtest.h>

#include <cstring>

namespace tacit {
namespace {

/// The length of the header, the header, and data.
std::string FileText(const std::string &header, const std::string &data) {
  const uint64_t length = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + header + data;
}

std::string ErrorOf(const TestFolder &folder, const std::string &text) {
  const std::string path = folder.File("f");
  WriteFile(path, text);
  const std::string message(SafetensorsFile::Open(path).status().message());
  EXPECT_EQ(message.rfind(path, 0), 0u) << message;
  return message.substr(std::min(message.size(), path.size()));
}

TEST(Safetensors, ReadsWhatItWrites) {
  TestFolder folder;
  const std::string path = folder.File("f");
  const int64_t shape[] = {2, 3};
  const float w[] = {1, 2, 3, 4, 5, 6};
  const int64_t n = -5;
  auto writer =
      SafetensorsWriter::Create(path,
                                {{"layer \"0\"/w", {TACIT_F32, 2, shape}},
                                 {"n", {TACIT_I64, 0, nullptr}}},
                                {{"key", "value"}});
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)->Append(w, 8).ok());
  ASSERT_TRUE((*writer)->Append(w + 2, 16).ok());
  ASSERT_TRUE((*writer)->Append(&n, 8).ok());
  ASSERT_TRUE((*writer)->Commit().ok());

  auto file = SafetensorsFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->metadata().at("key"), "value");
  ASSERT_EQ((*file)->entries().size(), 2u);
  const SafetensorsEntry &entry = (*file)->entries().at("layer \"0\"/w");
  EXPECT_EQ(entry.TypeText(), "2x3xf32");
  EXPECT_TRUE(entry.Is({TACIT_F32, 2, shape}));
  EXPECT_FALSE(entry.Is({TACIT_F64, 2, shape}));
  EXPECT_FALSE(entry.Is({TACIT_F32, 1, shape}));
  float back[6];
  ASSERT_TRUE((*file)->Read(entry, back).ok());
  EXPECT_EQ(std::memcmp(back, w, sizeof w), 0);
  int64_t number;
  ASSERT_TRUE((*file)->Read((*file)->entries().at("n"), &number).ok());
  EXPECT_EQ(number, n);
  // Data begins where a reader that maps the file wants it.
  uint64_t header;
  std::memcpy(&header, ReadFile(path).data(), 8);
  EXPECT_EQ((header + 8) % TACIT_ALIGNMENT, 0u);
}

TEST(Safetensors, RefusesAnUnfinishedFile) {
  TestFolder folder;
  auto writer = SafetensorsWriter::Create(folder.File("f"),
                                          {{"n", {TACIT_I64, 0, nullptr}}}, {});
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ((*writer)->Commit().message(),
            "a checkpoint was written with 8 bytes fewer than announced");
  writer->reset();
  EXPECT_EQ(folder.NumFiles(), 0u);
}

TEST(Safetensors, EveryTruncationIsAnError) {
  TestFolder folder;
  const std::string text = FileText(
      R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678");
  WriteFile(folder.File("whole"), text);
  ASSERT_TRUE(SafetensorsFile::Open(folder.File("whole")).ok());
  for (size_t size = 0; size < text.size(); ++size) {
    WriteFile(folder.File("f"), text.substr(0, size));
    EXPECT_FALSE(SafetensorsFile::Open(folder.File("f")).ok()) << size;
  }
  EXPECT_EQ(ErrorOf(folder, text.substr(0, 20)),
            " is truncated: its header has 54 bytes, and 12 are there");
  EXPECT_EQ(ErrorOf(folder, text.substr(0, text.size() - 1)),
            " is truncated: its tensors have 8 bytes, and 7 are there");
}

TEST(Safetensors, SaysWhatIsWrong) {
  TestFolder folder;
  const std::string no = " is not a safetensors file: ";
  EXPECT_EQ(SafetensorsFile::Open(folder.File("none")).status().message(),
            "cannot read " + folder.File("none") +
                ": No such file or directory");
  EXPECT_EQ(SafetensorsFile::Open(folder.path()).status().message(),
            folder.path() + no + "it is not a regular file");
  EXPECT_EQ(ErrorOf(folder, "abc"),
            no + "it has 3 bytes, and the length of its header alone takes 8");
  EXPECT_EQ(ErrorOf(folder, "module {\n}\n module {"),
            no + "it begins with a header length of 8872202782420266861 bytes");
  EXPECT_EQ(ErrorOf(folder, FileText("{", "")),
            no + "its header is not a JSON object");
  EXPECT_EQ(ErrorOf(folder, FileText("[]", "")),
            no + "its header is not a JSON object");
  EXPECT_EQ(ErrorOf(folder, FileText(R"({"__metadata__":3})", "")),
            no + "its __metadata__ is not an object");
  EXPECT_EQ(ErrorOf(folder, FileText(R"({"__metadata__":{"a":3}})", "")),
            no + "its __metadata__ is not of texts");
  EXPECT_EQ(ErrorOf(folder, FileText(R"({"w":3})", "")),
            no + "its tensor 'w' lacks dtype, shape or data_offsets");
  auto tensor = [](const char *dtype, const char *shape, const char *offsets) {
    return FileText(std::string(R"({"w":{"dtype":")") + dtype +
                        R"(","shape":)" + shape + R"(,"data_offsets":)" +
                        offsets + "}}",
                    "12345678");
  };
  EXPECT_EQ(ErrorOf(folder, tensor("F31", "[2]", "[0,8]")),
            no + "its tensor 'w' has the unknown type 'F31'");
  EXPECT_EQ(ErrorOf(folder, tensor("F32", "[-2]", "[0,8]")),
            no + "its tensor 'w' has a shape that is not of counts");
  EXPECT_EQ(ErrorOf(folder, tensor("F32", "[2.0]", "[0,8]")),
            no + "its tensor 'w' has a shape that is not of counts");
  EXPECT_EQ(
      ErrorOf(folder, tensor("F32", "[4294967296,4294967296,2]", "[0,8]")),
      no + "its tensor 'w' has a shape of too many elements");
  EXPECT_EQ(ErrorOf(folder, tensor("F32", "[2]", "[0,-8]")),
            no + "its tensor 'w' has data_offsets that are not counts");
  EXPECT_EQ(ErrorOf(folder, tensor("F32", "[2]", "[8,0]")),
            no + "its tensor 'w' has data_offsets [8, 0], and its shape takes "
                 "8 bytes");
  EXPECT_EQ(ErrorOf(folder, tensor("F32", "[3]", "[0,8]")),
            no + "its tensor 'w' has data_offsets [0, 8], and its shape takes "
                 "12 bytes");
  EXPECT_EQ(ErrorOf(folder, tensor("F32", "[1]", "[0,4]")),
            no + "its tensors have 4 bytes, and 8 are there");
  EXPECT_EQ(ErrorOf(folder, tensor("F32", "[1]", "[4,8]")),
            no + "its data from byte 0 to 4 belongs to no tensor");
}

TEST(Safetensors, EveryByteIsOneTensors) {
  TestFolder folder;
  const std::string no = " is not a safetensors file: ";
  const auto pair = [](const char *one, const char *range, const char *other,
                       const char *other_range, int size) {
    const auto entry = [](std::string name, std::string range) {
      return "\"" + name + R"(":{"dtype":"U8","shape":[4],"data_offsets":)" +
             range + "}";
    };
    return FileText("{" + entry(one, range) + "," + entry(other, other_range) +
                        "}",
                    std::string(size, 'd'));
  };
  WriteFile(folder.File("f"), pair("b", "[0,4]", "a", "[4,8]", 8));
  EXPECT_TRUE(SafetensorsFile::Open(folder.File("f")).ok());
  EXPECT_EQ(ErrorOf(folder, pair("a", "[0,4]", "b", "[3,7]", 7)),
            no + "its tensors 'a' and 'b' have bytes in common");
  EXPECT_EQ(ErrorOf(folder, pair("b", "[0,4]", "a", "[0,4]", 4)),
            no + "its tensors 'a' and 'b' have bytes in common");
  EXPECT_EQ(ErrorOf(folder, pair("b", "[0,4]", "a", "[5,9]", 9)),
            no + "its data from byte 4 to 5 belongs to no tensor");
  EXPECT_EQ(ErrorOf(folder, pair("a", "[0,4]", "a", "[4,8]", 8)),
            no + "its header has 'a' twice");
  // Keys further in are not tensors' names.
  WriteFile(folder.File("f"), FileText(R"({"__metadata__":{"w":"a","x":"b"},)"
                                       R"("w":{"dtype":"U8","shape":[],)"
                                       R"("data_offsets":[0,1]}})",
                                       "d"));
  EXPECT_TRUE(SafetensorsFile::Open(folder.File("f")).ok());
}

} // namespace
} // namespace tacit
