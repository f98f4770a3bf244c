//===- safetensors_fuzz.cpp - Any bytes as a checkpoint -------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/state/safetensors.h"

#include "test/fuzz/fuzzing.h"

#include <cstring>

using namespace tacit;

/// A file with this header and `data_bytes` of data.
static std::string File(const std::string &header, size_t data_bytes) {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_bytes, 'd');
}

static std::string Entry(const char *name, const char *type, const char *shape,
                         size_t begin, size_t end) {
  return "\"" + std::string(name) + "\":{\"dtype\":\"" + type +
         "\",\"shape\":[" + shape + "],\"data_offsets\":[" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  AddSeeds(argc, argv,
           {File("{}", 0),
            File("{" + Entry("w", "F32", "2,3", 0, 24) + "}  ", 24),
            File("{" + Entry("a", "BF16", "", 0, 2) + "," +
                     Entry("b", "I64", "1,1,2", 2, 18) + "," +
                     Entry("none", "BOOL", "0,5", 18, 18) + "}",
                 18),
            File("{\"__metadata__\":{\"step\":\"7\",\"\\u00e9\":\"\\n\"}," +
                     Entry("l.0", "U8", "3", 0, 3) + "}",
                 3),
            File("[[[[[]]]]]", 0),
            File("{" +
                     Entry("w", "F64", "4294967296,4294967296,4294967296", 0,
                           18446744073709551615u) +
                     "}",
                 0),
            File("{" + Entry("w", "U8", "3", 0, 3) + "," +
                     Entry("v", "U8", "3", 1, 4) + "," +
                     Entry("w", "U8", "3", 4, 7) + "}",
                 7)});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static FuzzFile fuzz_file;
  const std::string &path = fuzz_file.Write(bytes, size);
  const auto file = SafetensorsFile::Open(path);
  if (!file.ok()) {
    const std::string message(file.status().message());
    Require(message.find(path) != std::string::npos,
            "an error without the file: " + message);
    return 0;
  }
  uint64_t total = 0;
  for (const auto &[name, entry] : (*file)->entries()) {
    Require(!entry.TypeText().empty(), "a tensor without a type: " + name);
    std::string data(entry.end - entry.begin, '\0');
    total += data.size();
    Require((*file)->Read(entry, data.data()).ok(),
            "a tensor that is not all there: " + name);
  }
  uint64_t header = 0;
  std::memcpy(&header, bytes, 8);
  Require(8 + header + total == size, "bytes that are of no or of two tensors");
  return 0;
}
