//===- test_files.cpp - Files and arguments that tests make ---------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/data/test_files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <zlib.h>

namespace tacit {

TestFolder::TestFolder() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "tacit-data-XXXXXX").string();
  const char *made = mkdtemp(pattern.data());
  EXPECT_NE(made, nullptr) << pattern;
  path_ = pattern;
}

TestFolder::~TestFolder() { std::filesystem::remove_all(path_); }

std::string TestFolder::Path(const std::string &name) const {
  return path_ + "/" + name;
}

std::string TestFolder::Write(const std::string &name,
                              const std::string &bytes) const {
  std::ofstream file(Path(name), std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  EXPECT_TRUE(file.good()) << Path(name);
  return Path(name);
}

static std::string LittleEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string NpyBytes(const std::string &descr, const std::string &shape,
                     const std::string &data, bool fortran_order, int version) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " +
                       (fortran_order ? "True" : "False") +
                       ", 'shape': " + shape + ", }";
  const int length_bytes = version == 1 ? 2 : 4;
  while ((6 + 2 + length_bytes + header.size() + 1) % 64 != 0)
    header += ' ';
  header += '\n';
  return std::string("\x93NUMPY") + static_cast<char>(version) + '\0' +
         LittleEndian(header.size(), length_bytes) + header + data;
}

std::string NpyWithHeader(const std::string &header, const std::string &data) {
  return std::string("\x93NUMPY\x01") + '\0' + LittleEndian(header.size(), 2) +
         header + data;
}

std::string IdxBytes(int type, const std::vector<uint32_t> &shape,
                     const std::string &data) {
  std::string text(2, '\0');
  text += static_cast<char>(type);
  text += static_cast<char>(shape.size());
  for (uint32_t extent : shape)
    for (int i = 3; i >= 0; --i)
      text += static_cast<char>(extent >> (8 * i));
  return text + data;
}

std::string Gzipped(const std::string &bytes) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TestArguments &TestArguments::Classes(const std::vector<int64_t> &classes) {
  for (size_t i = 0; i < arguments_.size(); ++i)
    arguments_[i].classes = classes[i];
  return *this;
}

TestArguments &TestArguments::Add(const char *name, tacit_dtype dtype,
                                  std::vector<int64_t> shape) {
  shapes_.push_back(std::move(shape));
  arguments_.push_back({name,
                        {dtype, static_cast<int32_t>(shapes_.back().size()),
                         shapes_.back().data()},
                        0});
  return *this;
}

std::string OpenError(const std::string &text, const TestArguments &arguments) {
  const auto data = OpenDataSet(text, arguments, 0);
  EXPECT_FALSE(data.ok()) << "opened: " << text;
  return std::string(data.status().message());
}

testing::AssertionResult Has(const std::string &text, const std::string &part) {
  if (text.find(part) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "got:    " << text << "\nwanted: " << part;
}

} // namespace tacit
