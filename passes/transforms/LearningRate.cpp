//===- LearningRate.cpp - Learning rates as values --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/LearningRate.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tacit;

SmallVector<ScheduleAttrInterface>
mlir::tacit::getChangingFactors(ArrayAttr schedule) {
  SmallVector<ScheduleAttrInterface> factors;
  if (schedule)
    for (Attribute attribute : schedule)
      if (auto factor = cast<ScheduleAttrInterface>(attribute);
          !factor.isConstant())
        factors.push_back(factor);
  return factors;
}

Value mlir::tacit::buildLearningRate(OpBuilder &builder, Location loc,
                                     double base, ArrayAttr schedule,
                                     Value step) {
  Value rate =
      arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(base));
  for (ScheduleAttrInterface factor : getChangingFactors(schedule))
    rate = arith::MulFOp::create(builder, loc, rate,
                                 factor.buildFactor(builder, loc, step));
  return rate;
}

Value mlir::tacit::buildRateRatio(OpBuilder &builder, Location loc,
                                  ArrayAttr schedule, Value first,
                                  Value second) {
  Value ratio;
  for (ScheduleAttrInterface factor : getChangingFactors(schedule)) {
    Value quotient = arith::DivFOp::create(
        builder, loc, factor.buildFactor(builder, loc, first),
        factor.buildFactor(builder, loc, second));
    ratio = ratio ? Value(arith::MulFOp::create(builder, loc, ratio, quotient))
                  : quotient;
  }
  return ratio ? ratio
               : arith::ConstantOp::create(builder, loc,
                                           builder.getF64FloatAttr(1));
}

void mlir::tacit::reportLearningRate(StepOp step, Location loc, Value rate) {
  Block &body = step.getBody().front();
  if (llvm::any_of(body.getOps<ReportOp>(),
                   [](ReportOp op) { return op.getKey() == "lr"; }))
    return;
  OpBuilder builder(body.getTerminator());
  auto type = RankedTensorType::get({}, builder.getF64Type());
  FloatAttr value;
  Value tensor =
      matchPattern(rate, m_Constant(&value))
          ? Value(arith::ConstantOp::create(
                builder, loc, DenseElementsAttr::get(type, value)))
          : Value(tensor::FromElementsOp::create(builder, loc, type, rate));
  ReportOp::create(builder, loc, "lr", tensor);
}
