//===- mlir_text_fuzz.cpp - Any bytes as MLIR's text ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// MLIR's parser is a library without marks for libFuzzer, which therefore
/// cannot tell how far an input got. So half of the inputs come from valid
/// programs, by changes that keep words whole.
///
//===----------------------------------------------------------------------===//

#include "test/fuzz/fuzzing.h"
#include "test/fuzz/programs.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <random>

using namespace tacit;

extern "C" size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);

static const Programs &Seeds() {
  static const Programs programs = FindPrograms(TACIT_PROGRAMS, TACIT_LONGEST);
  return programs;
}

extern "C" int LLVMFuzzerInitialize(int *argc, char ***argv) {
  std::vector<std::string> seeds = Seeds().texts;
  seeds.insert(seeds.end(), Seeds().refused.begin(), Seeds().refused.end());
  AddSeeds(argc, argv, seeds);
  return 0;
}

static bool InWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
         c == '$' || c == '-';
}

/// `text` in words, numbers, blanks and single marks; one after a sign that
/// begins a name belongs to it.
static std::vector<std::string> Tokens(const std::string &text) {
  std::vector<std::string> tokens;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (InWord(text[at]) || std::strchr("%#!@^", text[at]))
      while (end < text.size() && InWord(text[end]))
        ++end;
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

/// All different tokens of the tests' programs, and some that break things.
static const std::vector<std::string> &Words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all = {"0",
                                    "-1",
                                    "1e999",
                                    "0x7FC00000",
                                    "9223372036854775807",
                                    "18446744073709551616",
                                    "4294967296",
                                    "?",
                                    "*",
                                    "f32",
                                    "bf16",
                                    "index",
                                    "none",
                                    "i1",
                                    "tensor<*xf32>",
                                    "tensor<?xf32>",
                                    "tensor<0xf32>",
                                    "vector<4xf32>",
                                    "memref<f32>",
                                    "dense<0>",
                                    "array<i64>",
                                    "unit",
                                    "[]",
                                    "{}",
                                    "()",
                                    "-> ()",
                                    "\"\"",
                                    "loc(unknown)"};
    for (const auto *texts : {&Seeds().texts, &Seeds().refused})
      for (const std::string &text : *texts)
        for (const std::string &token : Tokens(text))
          all.push_back(token);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }();
  return words;
}

/// Changes one to four places of `tokens`.
static void Change(std::vector<std::string> &tokens, std::minstd_rand &random) {
  const auto below = [&](size_t bound) {
    return static_cast<size_t>(random() % bound);
  };
  for (size_t left = 1 + below(4); left > 0 && !tokens.empty(); --left) {
    const size_t at = below(tokens.size());
    const auto place = tokens.begin() + static_cast<std::ptrdiff_t>(at);
    const size_t count = std::min(1 + below(8), tokens.size() - at);
    const auto end = place + static_cast<std::ptrdiff_t>(count);
    switch (below(6)) {
    case 0:
      tokens.erase(place, end);
      break;
    case 1: { // The run once more, here or elsewhere.
      const std::vector<std::string> run(place, end);
      tokens.insert(tokens.begin() +
                        static_cast<std::ptrdiff_t>(below(tokens.size() + 1)),
                    run.begin(), run.end());
      break;
    }
    case 2:
      std::swap(tokens[at], tokens[below(tokens.size())]);
      break;
    case 3:
      tokens.insert(place, Words()[below(Words().size())]);
      break;
    default: // A word where there was a word.
      tokens[at] = Words()[below(Words().size())];
    }
  }
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size,
                                          size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % 8 == 0)
    return LLVMFuzzerMutate(bytes, size, most);
  const Programs &seeds = Seeds();
  std::vector<std::string> tokens =
      Tokens(random() % 2 ? seeds.texts[random() % seeds.texts.size()]
                          : std::string(reinterpret_cast<char *>(bytes), size));
  Change(tokens, random);
  std::string text;
  for (const std::string &token : tokens)
    text += token;
  const size_t length = std::min(text.size(), most);
  std::memcpy(bytes, text.data(), length);
  return length;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  std::string program(reinterpret_cast<const char *>(bytes), size);
  // What begins so is bytecode, for which there is another fuzzer.
  if (program.compare(0, 4, "ML\xefR") == 0)
    program.replace(0, 4, "");
  ReadProgram(program);
  return 0;
}
