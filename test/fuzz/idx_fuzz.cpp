//===- idx_fuzz.cpp - Any bytes as an IDX file ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/idx.h"

#include "test/fuzz/fuzzing.h"
#include "test/fuzz/reading.h"

using namespace tacit;

static std::string File(int type, const std::vector<uint32_t> &shape,
                        const std::string &data) {
  std::string bytes(2, '\0');
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(shape.size());
  for (const uint32_t extent : shape)
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes += static_cast<char>(extent >> shift);
  return bytes + data;
}

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  std::vector<std::string> seeds = {
      File(0x08, {3, 2, 3}, std::string(18, 'p')), File(0x08, {3}, "\1\2\3"),
      File(0x0D, {0, 0xffffffff, 0xffffffff, 0xffffffff}, ""),
      File(0x08, {0xffffffff, 0xffffffff, 0xffffffff}, "")};
  const std::pair<int, int> types[] = {
      {0x09, 1}, {0x0B, 2}, {0x0C, 4}, {0x0D, 4}, {0x0E, 8}};
  for (const auto &[type, bytes] : types)
    seeds.push_back(File(type, {2, 3}, std::string(6 * bytes, '\1')));
  for (size_t i = 0, count = seeds.size(); i < count; ++i)
    seeds.push_back(Gzipped(seeds[i]));
  AddSeeds(argc, argv, seeds);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static FuzzFile file;
  static const int64_t shape[] = {2, 2, 3};
  static const tacit_named_tensor x = {"x", {TACIT_F32, 3, shape}, 0};
  // Damage to what is packed is found by the checksum, so what has no magic
  // number of gzip is packed as well.
  const std::string plain(reinterpret_cast<const char *>(bytes), size);
  const bool packed = plain.compare(0, 2, "\x1f\x8b") == 0;
  const std::string other = packed ? std::string() : Gzipped(plain);
  for (const std::string &contents : {plain, other}) {
    const std::string &path = file.Write(contents.data(), contents.size());
    // Of deflate's 1,032 bytes from one at most.
    ReadArray(ReadIdx(path), path, packed ? 1032 * size : size);
    OpenRows("idx:images=" + path, path, {x});
  }
  return 0;
}
