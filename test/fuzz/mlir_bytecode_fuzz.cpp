//===- mlir_bytecode_fuzz.cpp - Any bytes as MLIR's bytecode --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// As with text, libFuzzer does not see how far MLIR's reader gets, and lengths
/// and offsets at the start of a file decide whether anything of it is read. So
/// half of the inputs are valid programs in which a few bytes are changed.
///
//===----------------------------------------------------------------------===//

#include "test/fuzz/fuzzing.h"
#include "test/fuzz/programs.h"

#include <algorithm>
#include <cstring>
#include <random>

using namespace tacit;

extern "C" size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);

/// What every file of bytecode begins with.
static constexpr char kMagic[] = {'M', 'L', '\xef', 'R'};

static const std::vector<std::string> &Seeds() {
  static const std::vector<std::string> seeds =
      FindPrograms(TACIT_PROGRAMS, TACIT_LONGEST).bytecodes;
  return seeds;
}

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  AddSeeds(argc, argv, Seeds());
  return 0;
}

/// Changes one to four bytes behind the magic number: to any other, by one, or
/// in a bit, since numbers are coded by their lowest bits.
static void Change(std::string &program, std::minstd_rand &random) {
  if (program.size() <= sizeof(kMagic))
    return;
  for (size_t left = 1 + random() % 4; left > 0; --left) {
    char &byte =
        program[sizeof(kMagic) + random() % (program.size() - sizeof(kMagic))];
    switch (random() % 3) {
    case 0:
      byte = static_cast<char>(random());
      break;
    case 1:
      byte = static_cast<char>(byte + (random() % 2 ? 1 : -1));
      break;
    default:
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
  }
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size,
                                          size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % 8 == 0)
    return LLVMFuzzerMutate(bytes, size, most);
  std::string program =
      random() % 2 ? Seeds()[random() % Seeds().size()]
                   : std::string(reinterpret_cast<char *>(bytes), size);
  Change(program, random);
  const size_t length = std::min(program.size(), most);
  std::memcpy(bytes, program.data(), length);
  return length;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  // What begins otherwise is text, for which there is another fuzzer.
  if (size < sizeof(kMagic) || std::memcmp(bytes, kMagic, sizeof(kMagic)) != 0)
    return -1;
  ReadProgram(std::string(reinterpret_cast<const char *>(bytes), size));
  return 0;
}
