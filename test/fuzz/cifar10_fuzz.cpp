//===- cifar10_fuzz.cpp - Any bytes as a file of CIFAR-10 -----------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/fuzz/fuzzing.h"
#include "test/fuzz/reading.h"

using namespace tacit;

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  const std::string record = '\3' + std::string(3072, 'p');
  AddSeeds(argc, argv,
           {record, record + record, Gzipped(record + record),
            record + record.substr(1), '\12' + record.substr(1)});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static FuzzFile file;
  static const int64_t pixels[] = {2, 32, 32, 3}, flat[] = {2, 3072};
  static const tacit_named_tensor x = {"x", {TACIT_F32, 4, pixels}, 0},
                                  f = {"f", {TACIT_F64, 2, flat}, 0},
                                  y = {"y", {TACIT_I32, 1, pixels}, 10};
  const std::string &path = file.Write(bytes, size);
  const std::string text = "cifar10:files=" + path;
  OpenRows(text, path, {x, y});
  OpenRows(text + "+" + path + ",rows=0:1", path, {y, f});
  return 0;
}
