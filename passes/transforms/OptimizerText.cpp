//===- OptimizerText.cpp - Optimizers and schedules by name -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/OptimizerText.h"

#include "dialect/Tacit.h"

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

static bool isPositive(double value) { return value > 0; }
static bool isNotNegative(double value) { return value >= 0; }
static bool isFraction(double value) { return value >= 0 && value < 1; }

static constexpr const char *kPositive = "above 0";
static constexpr const char *kNotNegative = "at least 0";
static constexpr const char *kFraction = "in [0, 1)";

static LogicalResult readSGD(const NamedTerm &term, OptimizerChoice &choice,
                             TextErrorHandler error) {
  TermReader reader(term, error);
  reader.read("lr", choice.lr, isPositive, kPositive);
  reader.read("momentum", choice.momentum, isFraction, kFraction);
  reader.read("nesterov", choice.nesterov);
  reader.read("weight-decay", choice.weightDecay, isNotNegative, kNotNegative);
  if (failed(reader.finish()))
    return failure();
  if (choice.nesterov && choice.momentum == 0)
    return error("option 'nesterov' of 'sgd' needs a momentum above 0, as in "
                 "sgd{momentum=0.9 nesterov=on}");
  return success();
}

static LogicalResult readAdamW(const NamedTerm &term, OptimizerChoice &choice,
                               TextErrorHandler error) {
  choice.kind = OptimizerChoice::Kind::AdamW;
  choice.lr = 1e-3;
  choice.weightDecay = 0.01;
  TermReader reader(term, error);
  reader.read("lr", choice.lr, isPositive, kPositive);
  reader.read("beta1", choice.beta1, isFraction, kFraction);
  reader.read("beta2", choice.beta2, isFraction, kFraction);
  reader.read("epsilon", choice.epsilon, isPositive, kPositive);
  reader.read("weight-decay", choice.weightDecay, isNotNegative, kNotNegative);
  return reader.finish();
}

FailureOr<OptimizerChoice> mlir::tacit::parseOptimizer(StringRef text,
                                                       TextErrorHandler error) {
  FailureOr<SmallVector<NamedTerm>> terms =
      parseTerms(text, "optimizer", error);
  if (failed(terms))
    return failure();
  if (terms->size() != 1) {
    (void)error("optimizer '" + text + "' names " + Twine(terms->size()) +
                " optimizers; a trainer takes one");
    return failure();
  }
  const NamedTerm &term = terms->front();
  OptimizerChoice choice;
  LogicalResult result = success();
  if (term.name == "sgd")
    result = readSGD(term, choice, error);
  else if (term.name == "adamw")
    result = readAdamW(term, choice, error);
  else
    result = error("unknown optimizer '" + term.name + "'" +
                   suggestName(term.name, {"adamw", "sgd"}));
  if (failed(result))
    return failure();
  return choice;
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

static LogicalResult readScheduleTerm(const NamedTerm &term,
                                      SmallVectorImpl<ScheduleFactor> &factors,
                                      TextErrorHandler error) {
  TermReader reader(term, error);
  if (term.name == "constant")
    return reader.finish();
  ScheduleFactor factor;
  std::string missing;
  if (term.name == "step") {
    reader.read("every", factor.steps);
    reader.read("gamma", factor.gamma);
    if (factor.steps < 1 || factor.gamma <= 0)
      missing = "every=N of at least 1 local step and gamma=G above 0, as in "
                "step{every=1000 gamma=0.1}";
  } else if (term.name == "cosine") {
    factor.kind = ScheduleFactor::Kind::Cosine;
    reader.read("steps", factor.steps);
    reader.read("final", factor.lowest);
    if (factor.steps < 1 || !(factor.lowest >= 0 && factor.lowest <= 1))
      missing = "steps=N of at least 1 local step and final=F from 0 to 1, as "
                "in cosine{steps=1000 final=0.01}";
  } else if (term.name == "warmup") {
    factor.kind = ScheduleFactor::Kind::WarmUp;
    reader.read("steps", factor.steps);
    if (factor.steps < 1)
      missing = "steps=N of at least 1 local step, as in warmup{steps=100}";
  } else {
    return error(
        "unknown schedule '" + term.name + "'" +
        suggestName(term.name, {"constant", "step", "cosine", "warmup"}));
  }
  if (failed(reader.finish()))
    return failure();
  if (!missing.empty())
    return error("schedule '" + term.name + "' needs " + missing);
  factors.push_back(factor);
  return success();
}

Attribute ScheduleFactor::getAttribute(MLIRContext *context) const {
  switch (kind) {
  case Kind::Step:
    return StepScheduleAttr::get(context, steps, APFloat(gamma));
  case Kind::Cosine:
    return CosineScheduleAttr::get(context, steps, APFloat(lowest));
  case Kind::WarmUp:
    return WarmUpScheduleAttr::get(context, steps);
  }
  return {};
}

FailureOr<SmallVector<ScheduleFactor>>
mlir::tacit::parseSchedule(StringRef text, TextErrorHandler error) {
  FailureOr<SmallVector<NamedTerm>> terms = parseTerms(text, "schedule", error);
  if (failed(terms))
    return failure();
  SmallVector<ScheduleFactor> factors;
  for (const NamedTerm &term : *terms)
    if (failed(readScheduleTerm(term, factors, error)))
      return failure();
  return factors;
}
