//===- steady_state_test.cpp - That a step allocates nothing --------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/abi/tacit_runtime.h"
#include "test/unit/support/count_allocations.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

using namespace tacit;

TEST(EmbeddedSteps, AllocateNothing) {
  const LineProgram line(4);
  tacit_world *world = nullptr;
  tacit_trainer *trainer = nullptr;
  ASSERT_EQ(tacit_world_create(nullptr, &world), TACIT_OK);
  ASSERT_EQ(tacit_trainer_create(world, &line.program, nullptr, &trainer),
            TACIT_OK)
      << tacit_last_error();
  const float x[12] = {}, y[4] = {};
  const void *const arguments[] = {x, y};
  const tacit_batch batch = {arguments, nullptr};
  const auto step = [&] {
    double loss = 0;
    EXPECT_EQ(tacit_trainer_step(trainer, &batch), TACIT_OK);
    EXPECT_EQ(tacit_trainer_result(trainer, "loss", &loss), TACIT_OK);
    EXPECT_EQ(tacit_trainer_evaluate(trainer, &batch), TACIT_OK);
  };
  for (int i = 0; i < 3; ++i)
    step();
  const size_t before = allocations;
  for (int i = 0; i < 100; ++i)
    step();
  EXPECT_EQ(allocations, before);
  tacit_trainer_destroy(trainer);
  EXPECT_EQ(tacit_world_destroy(world), TACIT_OK);
}
