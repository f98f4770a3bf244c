//===- text_fuzz.cpp - Any bytes as a text --------------------------------===//
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
  std::string all;
  for (int byte = 0; byte < 256; ++byte)
    all += static_cast<char>(byte);
  const std::string sentence = "How much wood would a woodchuck chuck?\n";
  AddSeeds(argc, argv,
           {sentence, sentence + sentence, all, "\3" + sentence, "\11ab",
            Gzipped(sentence + all)});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static FuzzFile file;
  static const int64_t shape[] = {2, 5};
  static const tacit_named_tensor small = {"x", {TACIT_I8, 2, shape}, 0},
                                  x = {"x", {TACIT_I32, 2, shape}, 65},
                                  y = {"y", {TACIT_I64, 2, shape}, 0};
  // The first byte also chooses: the stride, and the rows.
  const unsigned choice = size > 0 ? bytes[0] : 0;
  const std::string &path = file.Write(bytes, size);
  const std::string text =
      "text:file=" + path + ",stride=" + std::to_string(1 + choice % 16) +
      (choice < 128 ? "" : ",rows=1:" + std::to_string(2 + choice % 5));
  OpenRows(text, path, {y, x});
  OpenRows(text + ",vocab=auto", path, {x, y});
  OpenRows(text, path, {small});
  return 0;
}
