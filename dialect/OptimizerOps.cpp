//===- OptimizerOps.cpp - Verifies optimizers -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tacit;

static LogicalResult verifyFloats(Operation *op, Type type) {
  if (isa<FloatType>(cast<RankedTensorType>(type).getElementType()))
    return success();
  return op->emitOpError() << "needs parameters of floats, got " << type;
}

static LogicalResult verifyLearningRate(Operation *op, double lr) {
  if (std::isfinite(lr) && lr > 0)
    return success();
  return op->emitOpError() << "lr must be positive and finite, got " << lr;
}

static LogicalResult verifyFraction(Operation *op, StringRef name,
                                    double value) {
  if (value >= 0 && value < 1)
    return success();
  return op->emitOpError() << name << " must be in [0, 1), got " << value;
}

static LogicalResult verifyWeightDecay(Operation *op, double value) {
  if (std::isfinite(value) && value >= 0)
    return success();
  return op->emitOpError() << "weight_decay must be finite and at least 0, got "
                           << value;
}

static LogicalResult verifySchedule(Operation *op, ArrayAttr schedule) {
  if (!schedule)
    return success();
  for (Attribute factor : schedule)
    if (!isa<ScheduleAttrInterface>(factor))
      return op->emitOpError() << "schedule must hold schedules such as "
                                  "#tacit.step_schedule<every = 100, gamma = "
                                  "0.1>, got "
                               << factor;
  return success();
}

LogicalResult SGDOp::verify() {
  double momentum = getMomentum().convertToDouble();
  if (failed(verifyFloats(*this, getType())) ||
      failed(verifyLearningRate(*this, getLr().convertToDouble())) ||
      failed(verifyFraction(*this, "momentum", momentum)) ||
      failed(verifyWeightDecay(*this, getWeightDecay().convertToDouble())) ||
      failed(verifySchedule(*this, getScheduleAttr())))
    return failure();
  if (getNesterov() && momentum == 0)
    return emitOpError("nesterov needs a momentum above 0");
  return success();
}

LogicalResult AdamWOp::verify() {
  if (failed(verifyFloats(*this, getType())) ||
      failed(verifyLearningRate(*this, getLr().convertToDouble())) ||
      failed(verifyFraction(*this, "beta1", getBeta1().convertToDouble())) ||
      failed(verifyFraction(*this, "beta2", getBeta2().convertToDouble())))
    return failure();
  double epsilon = getEpsilon().convertToDouble();
  if (!std::isfinite(epsilon) || epsilon <= 0)
    return emitOpError() << "epsilon must be positive and finite, got "
                         << epsilon;
  if (failed(verifyWeightDecay(*this, getWeightDecay().convertToDouble())))
    return failure();
  return verifySchedule(*this, getScheduleAttr());
}
