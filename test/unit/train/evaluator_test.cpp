//===- evaluator_test.cpp - Any number of rows ----------------------------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/evaluator.h"
#include "test/unit/train/line_program.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tacit {
namespace {

/// The loss of `rows` rows at a fixed model, by an evaluation on some ranks.
EvalResult Evaluate(const tacit_program &program, int ranks, int64_t rows) {
  EvalResult found;
  auto world = CreateSimulatedWorld({ranks, "", 0});
  const absl::Status status = (*world)->Run([&](Communicator &communicator) {
    Rank rank(program, communicator);
    EXPECT_TRUE(rank.variables().Initialize(1).ok());
    Evaluator evaluator("set", std::make_shared<LineData>(rows), rank);
    // Twice: nothing may be left of the first time.
    for (int i = 0; i < 2; ++i) {
      absl::StatusOr<EvalResult> result = evaluator.Run();
      if (!result.ok())
        return result.status();
      if (found.rows > 0) {
        EXPECT_EQ(result->loss, found.loss);
        EXPECT_EQ(result->accuracy, found.accuracy);
      }
      found = *result;
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return found;
}

/// The same, row by row.
EvalResult ByDefinition(const tacit_program &program, int64_t rows) {
  StateStorage state(program);
  EXPECT_TRUE(state.Initialize(1).ok());
  const auto *w = reinterpret_cast<const float *>(state.Bytes(0).data());
  const auto *b = reinterpret_cast<const float *>(state.Bytes(1).data());
  LineData data(rows);
  double loss = 0, correct = 0;
  for (int64_t row = 0; row < rows; ++row) {
    float x[3], y;
    data.CopyRow(0, row, x);
    data.CopyRow(1, row, &y);
    const double error = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b[0] - y;
    loss += error * error;
    correct += std::abs(error) < 0.1;
  }
  return {"set", rows, loss / static_cast<double>(rows),
          correct / static_cast<double>(rows)};
}

TEST(Evaluator, AnyNumberOfRowsOnAnyNumberOfRanks) {
  for (const LineLoss kind : {LineLoss::kPerRow, LineLoss::kMean}) {
    LineProgram line(8, kind);
    for (const int64_t rows : {1, 7, 8, 9, 40, 43, 100}) {
      SCOPED_TRACE(rows);
      const EvalResult wanted = ByDefinition(line.program, rows);
      const EvalResult one = Evaluate(line.program, 1, rows);
      EXPECT_EQ(one.rows, rows);
      EXPECT_NEAR(one.loss, wanted.loss, 1e-5 * wanted.loss);
      if (kind == LineLoss::kPerRow)
        EXPECT_EQ(one.accuracy, wanted.accuracy);
      else
        EXPECT_FALSE(one.accuracy.has_value());
      for (const int ranks : {2, 3, 5, 16}) {
        const EvalResult several = Evaluate(line.program, ranks, rows);
        EXPECT_EQ(several.loss, one.loss) << ranks << " ranks";
        EXPECT_EQ(several.accuracy, one.accuracy);
      }
    }
  }
}

} // namespace
} // namespace tacit
