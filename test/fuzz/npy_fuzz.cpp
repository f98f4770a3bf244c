//===- npy_fuzz.cpp - Any bytes as an npy file ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/npy.h"

#include "runtime/data/dataset.h"
#include "test/fuzz/fuzzing.h"
#include "test/fuzz/reading.h"

using namespace tacit;

static std::string File(const std::string &header, const std::string &data,
                        char version = 1) {
  std::string bytes = std::string("\x93NUMPY") + version + '\0';
  bytes += static_cast<char>(header.size());
  bytes += std::string(version == 1 ? 1 : 3, '\0');
  return bytes + header + data;
}

static std::string Header(const std::string &descr, const std::string &shape,
                          const std::string &order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order +
         ", 'shape': " + shape + ", }\n";
}

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  std::vector<std::string> seeds = {
      File(Header("'<f4'", "(2, 6)"), BytesOf(std::vector<float>(12, 1.5f))),
      File(Header("'<f4'", "(2, 6)"), BytesOf(std::vector<float>(12, 1.5f)), 2),
      File(Header("'<f8'", "(1, 6)"), BytesOf(std::vector<double>(6, 1e300))),
      File(Header("[('a', '<f4')]", "(3,)", "True"), std::string(12, 'd'), 3),
      File(Header("'<i8'", "(0, 4294967296, 4294967296, 9)"), "")};
  for (const char *type : {"|u1", "|b1", "|i1", "<i2", "<u2", "<i4", "<i8"})
    seeds.push_back(File(Header("'" + std::string(type) + "'", "(2, 3)"),
                         std::string(6 * (type[2] - '0'), '\1')));
  AddSeeds(argc, argv, seeds);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static FuzzFile file;
  const std::string &path = file.Write(bytes, size);
  ReadArray(ReadNpy(path), path, size);
  static const int64_t shape[] = {2, 6};
  static const tacit_named_tensor x = {"x", {TACIT_F32, 2, shape}, 0};
  OpenRows("npy:x=" + path, path, {x});
  return 0;
}
