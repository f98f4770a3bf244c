//===- Attributes.cpp - Initialisers and schedules -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tacit;

#include "dialect/TacitAttrInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/TacitAttributes.cpp.inc"

void TacitDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/TacitAttributes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Initialisers
//===----------------------------------------------------------------------===//

using Kind = ResolvedInitializer::Kind;

ResolvedInitializer ZerosAttr::resolve() const {
  return {Kind::Constant, 0.0, 0.0};
}

ResolvedInitializer ConstantInitAttr::resolve() const {
  return {Kind::Constant, getValue().convertToDouble(), 0.0};
}

LogicalResult
ConstantInitAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         APFloat value) {
  if (!value.isFinite())
    return emitError() << "needs a finite value, got "
                       << value.convertToDouble();
  return success();
}

ResolvedInitializer NormalAttr::resolve() const {
  return {Kind::Normal, getMean().convertToDouble(),
          getStddev().convertToDouble()};
}

LogicalResult NormalAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 APFloat meanValue, APFloat stddevValue) {
  double mean = meanValue.convertToDouble();
  double stddev = stddevValue.convertToDouble();
  if (!std::isfinite(mean) || !std::isfinite(stddev) || stddev < 0)
    return emitError() << "needs a finite mean and a standard deviation of at "
                          "least 0, got mean = "
                       << mean << ", stddev = " << stddev;
  return success();
}

ResolvedInitializer UniformAttr::resolve() const {
  return {Kind::Uniform, getLow().convertToDouble(),
          getHigh().convertToDouble()};
}

LogicalResult UniformAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  APFloat lowValue, APFloat highValue) {
  double low = lowValue.convertToDouble();
  double high = highValue.convertToDouble();
  if (!std::isfinite(low) || !std::isfinite(high) || !(low < high))
    return emitError() << "needs finite low < high, got low = " << low
                       << ", high = " << high;
  return success();
}

ResolvedInitializer HeNormalAttr::resolve() const {
  return {Kind::Normal, 0.0, std::sqrt(2.0 / static_cast<double>(getFanIn()))};
}

LogicalResult HeNormalAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t fanIn) {
  if (fanIn < 1)
    return emitError() << "needs fan_in of at least 1, got " << fanIn;
  return success();
}

ResolvedInitializer GlorotUniformAttr::resolve() const {
  double bound = std::sqrt(6.0 / static_cast<double>(getFanIn() + getFanOut()));
  return {Kind::Uniform, -bound, bound};
}

ResolvedInitializer FactorAttr::resolve() const {
  return {Kind::Factor, static_cast<double>(getVariable()), 0.0};
}

/// Of initialisers that refer to another variable.
static LogicalResult verifyNumber(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t variable) {
  if (variable < 0)
    return emitError() << "needs the number of a variable, from 0, got "
                       << variable;
  return success();
}

LogicalResult FactorAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t variable) {
  return verifyNumber(emitError, variable);
}

ResolvedInitializer OfRunAttr::resolve() const {
  return {Kind::OfRun, getFraction().convertToDouble(), 0.0};
}

LogicalResult OfRunAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                APFloat fractionValue) {
  double fraction = fractionValue.convertToDouble();
  if (!(fraction > 0 && fraction <= 1))
    return emitError() << "needs a fraction above 0 and at most 1, got "
                       << fraction;
  return success();
}

ResolvedInitializer SameAsAttr::resolve() const {
  return {Kind::SameAs, static_cast<double>(getVariable()), 0.0};
}

LogicalResult SameAsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t variable) {
  return verifyNumber(emitError, variable);
}

LogicalResult
GlorotUniformAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                          int64_t fanIn, int64_t fanOut) {
  if (fanIn < 1 || fanOut < 1)
    return emitError() << "needs fan_in and fan_out of at least 1, got "
                       << fanIn << " and " << fanOut;
  return success();
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

bool ConstantScheduleAttr::isConstant() const { return true; }

Value ConstantScheduleAttr::buildFactor(OpBuilder &builder, Location loc,
                                        Value step) const {
  return arith::ConstantOp::create(builder, loc, builder.getF64FloatAttr(1.0));
}

bool StepScheduleAttr::isConstant() const {
  return getGamma().convertToDouble() == 1.0;
}

Value StepScheduleAttr::buildFactor(OpBuilder &builder, Location loc,
                                    Value step) const {
  Value every = arith::ConstantOp::create(
      builder, loc, builder.getI64IntegerAttr(getEvery()));
  // Steps are never negative, so that signed division rounds down.
  Value decays = arith::DivSIOp::create(builder, loc, step, every);
  Value count =
      arith::SIToFPOp::create(builder, loc, builder.getF64Type(), decays);
  Value gamma = arith::ConstantOp::create(
      builder, loc, builder.getF64FloatAttr(getGamma().convertToDouble()));
  return math::PowFOp::create(builder, loc, gamma, count);
}

LogicalResult
StepScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                         int64_t every, APFloat gammaValue) {
  double gamma = gammaValue.convertToDouble();
  if (every < 1)
    return emitError() << "needs every of at least 1 step, got " << every;
  if (!std::isfinite(gamma) || gamma <= 0)
    return emitError() << "needs a finite gamma above 0, got " << gamma;
  return success();
}

bool CosineScheduleAttr::isConstant() const {
  return getFinalFactor().convertToDouble() == 1.0;
}

bool CosineScheduleAttr::reachesZero() const {
  return getFinalFactor().convertToDouble() == 0.0;
}

Value CosineScheduleAttr::buildFactor(OpBuilder &builder, Location loc,
                                      Value step) const {
  ImplicitLocOpBuilder b(loc, builder);
  auto number = [&](double value) -> Value {
    return arith::ConstantOp::create(b, b.getF64FloatAttr(value));
  };
  Value last = arith::ConstantOp::create(b, b.getI64IntegerAttr(getSteps()));
  Value until = arith::SIToFPOp::create(b, b.getF64Type(),
                                        arith::MinSIOp::create(b, step, last));
  // Multiplied first: at the end it is the cosine of pi itself.
  Value angle =
      arith::DivFOp::create(b, arith::MulFOp::create(b, until, number(M_PI)),
                            number(static_cast<double>(getSteps())));
  Value wave =
      arith::AddFOp::create(b, number(1), math::CosOp::create(b, angle));
  double lowest = getFinalFactor().convertToDouble();
  Value above = arith::MulFOp::create(b, number((1 - lowest) / 2), wave);
  return arith::AddFOp::create(b, number(lowest), above);
}

LogicalResult
CosineScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                           int64_t steps, APFloat finalValue) {
  double lowest = finalValue.convertToDouble();
  if (steps < 1)
    return emitError() << "needs at least 1 step, got " << steps;
  if (!(lowest >= 0 && lowest <= 1))
    return emitError() << "needs a final factor from 0 to 1, got " << lowest;
  return success();
}

bool WarmUpScheduleAttr::isConstant() const { return getSteps() == 1; }

Value WarmUpScheduleAttr::buildFactor(OpBuilder &builder, Location loc,
                                      Value step) const {
  ImplicitLocOpBuilder b(loc, builder);
  Value one = arith::ConstantOp::create(b, b.getI64IntegerAttr(1));
  Value last = arith::ConstantOp::create(b, b.getI64IntegerAttr(getSteps()));
  Value done =
      arith::MinSIOp::create(b, arith::AddIOp::create(b, step, one), last);
  auto asFloat = [&](Value value) -> Value {
    return arith::SIToFPOp::create(b, b.getF64Type(), value);
  };
  return arith::DivFOp::create(b, asFloat(done), asFloat(last));
}

LogicalResult
WarmUpScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                           int64_t steps) {
  if (steps < 1)
    return emitError() << "needs at least 1 step, got " << steps;
  return success();
}
