//===- fuzzing.h - What fuzzers share ---------------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Seeds, files and requirements of programs that libFuzzer drives.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_FUZZ_FUZZING_H
#define TACIT_TEST_FUZZ_FUZZING_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tacit {

/// Makes `seeds` the first inputs, for LLVMFuzzerInitialize: writes them to a
/// folder, which is removed at the end, and names it in the command line. What
/// is found goes to the first folder of that, so a corpus that the user names
/// comes first. Does nothing where inputs are named one by one.
void AddSeeds(int *argc, char ***argv, const std::vector<std::string> &seeds);

/// Ends the process, as a finding, with `what` if not `held`.
void Require(bool held, const std::string &what);

/// A file in memory, which readers open by its path.
class FuzzFile {
public:
  FuzzFile();
  ~FuzzFile();

  /// The path of a file with these bytes, until the next call.
  const std::string &Write(const void *bytes, size_t size);

private:
  int file_;
  std::string path_;
};

/// `values` as bytes.
template <typename T> std::string BytesOf(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(T));
}

} // namespace tacit

#endif // TACIT_TEST_FUZZ_FUZZING_H
