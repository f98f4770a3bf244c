//===- main.cpp - Tests whose threads wait passively ----------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/compute/threads.h"

#include <gtest/gtest.h>

int main(int argc, char **argv) {
  // More threads than cores would spin most of the time.
  tacit::WaitPassively(argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
