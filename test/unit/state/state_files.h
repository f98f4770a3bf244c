//===- state_files.h - Files and programs for tests of state ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A folder of its own for each test, and small descriptors of programs.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_UNIT_STATE_STATE_FILES_H
#define TACIT_TEST_UNIT_STATE_STATE_FILES_H

#include "runtime/abi/tacit_abi.h"
#include "runtime/support/tensor_type.h"

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace tacit {

/// Removed with what it holds.
class TestFolder {
public:
  TestFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "tacit-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  std::string File(const std::string &name) const { return path_ + "/" + name; }
  const std::string &path() const { return path_; }
  size_t NumFiles() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(path_), {}));
  }

private:
  std::string path_;
};

inline std::string ReadFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteFile(const std::string &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A descriptor with variables and no entries.
class VariablesOnly {
public:
  tacit_variable &Add(const char *name, tacit_role role,
                      std::vector<int64_t> shape, tacit_dtype dtype,
                      tacit_initializer initializer = {}) {
    shapes_.push_back(std::move(shape));
    tacit_variable variable = {};
    variable.name = name;
    variable.role = role;
    variable.type = {dtype, static_cast<int32_t>(shapes_.back().size()),
                     shapes_.back().data()};
    variable.offset = bytes_;
    variable.initializer = initializer;
    variables_.push_back(variable);
    int64_t bytes = DtypeBytes(dtype);
    for (const int64_t extent : shapes_.back())
      bytes *= extent;
    bytes_ += static_cast<uint64_t>((bytes + 63) / 64 * 64);
    return variables_.back();
  }

  tacit_program &program() {
    program_.abi_version = TACIT_ABI_VERSION;
    program_.size = sizeof(tacit_program);
    program_.name = "model";
    program_.strategy = "ssgd";
    program_.fingerprint = 0x1234;
    program_.state_bytes = bytes_;
    program_.gradients = 1;
    program_.num_variables = static_cast<uint32_t>(variables_.size());
    program_.variables = variables_.data();
    return program_;
  }

private:
  std::deque<std::vector<int64_t>> shapes_;
  std::vector<tacit_variable> variables_;
  uint64_t bytes_ = 0;
  tacit_program program_ = {};
};

} // namespace tacit

#endif // TACIT_TEST_UNIT_STATE_STATE_FILES_H
