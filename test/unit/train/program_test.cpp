//===- program_test.cpp - Programs that cannot be run ---------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/program.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <functional>

namespace tacit {
namespace {

std::string ErrorAfter(const std::function<void(LineProgram &)> &change) {
  LineProgram line(8);
  EXPECT_TRUE(LoadProgram(&line.program).ok());
  change(line);
  return std::string(LoadProgram(&line.program).status().message());
}

TEST(LoadProgram, AcceptsAProgram) {
  LineProgram line(8);
  const auto program = LoadProgram(&line.program);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(*program, &line.program);
  EXPECT_EQ(BatchRows((*program)->step), 8);
  EXPECT_EQ(FindResult((*program)->step, "lr"), 1);
  EXPECT_EQ(FindResult((*program)->step, "tau"), -1);
  line.program.evaluate = {};
  EXPECT_TRUE(LoadProgram(&line.program).ok());
}

TEST(LoadProgram, SaysWhatIsWrong) {
  EXPECT_EQ(LoadProgram(nullptr).status().message(),
            "there is no program to load");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.program.abi_version = 99; }),
            "the program is compiled for version 99 of the runtime's "
            "interface, and this runtime has version " +
                std::to_string(TACIT_ABI_VERSION) + "; compile it again");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.program.size = 8; }),
            "the program's descriptor has 8 bytes instead of " +
                std::to_string(sizeof(tacit_program)) + "; compile it again");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.program.ranks = -2; }),
            "program 'line' is compiled for -2 ranks");
  EXPECT_EQ(
      ErrorAfter([](LineProgram &p) { p.program.step.function = nullptr; }),
      "program 'line' has no step");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.step_results[0].name = "cost"; }),
            "program 'line' has a step without the result 'loss'");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) {
              p.step_results[0].type = p.arguments[1].type;
            }),
            "program 'line' has a step with a loss of type 8xf32; it must be "
            "one float");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) {
              p.step_results[0].type.dtype = TACIT_I32;
            }),
            "program 'line' has a step with a loss of type i32; it must be one "
            "float");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.variables[1].name = "w"; }),
            "program 'line' has two variables named 'w'");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.variables[0].offset = 1 << 20; }),
            "program 'line' puts 'w' (12 bytes at 1048576) outside its state "
            "of 320 bytes");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.variables[0].offset = 2; }),
            "program 'line' puts 'w' at byte 2, where its type cannot lie");
  EXPECT_EQ(
      ErrorAfter([](LineProgram &p) { p.variables[0].type.dtype = 77; }),
      "program 'line' has no name or no valid type for variable number 0");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.sites[0].kind = 9; }),
            "program 'line' describes exchange number 0 wrongly");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) {
              p.arguments[1].type = p.variables[0].type;
            }),
            "program 'line' takes batches of 8 and of 3 rows in one step; all "
            "data arguments need the same");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) { p.arguments[1].type.rank = 0; }),
            "program 'line' has no name or no batch of rows for data argument "
            "1 of its step");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) {
              p.evaluate_results[0].type = p.variables[0].type;
            }),
            "program 'line' has an evaluation with a loss of type 3xf32; it "
            "must be one float, or 8, one for each row");
  EXPECT_EQ(ErrorAfter([](LineProgram &p) {
              p.evaluate_results[1].type = p.variables[0].type;
            }),
            "program 'line' has an evaluation with 'correct' of type 3xf32; it "
            "must have 8 rows");
  EXPECT_EQ(
      ErrorAfter([](LineProgram &p) { p.evaluate_results[0].name = "x"; }),
      "program 'line' has an evaluation without the result 'loss'");
}

} // namespace
} // namespace tacit
