//===- SetOptimizer.cpp - Replaces a trainer's optimizer -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/TermText.h"

#include "mlir/IR/Verifier.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_SETOPTIMIZERPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct SetOptimizerPass
    : public tacit::impl::SetOptimizerPassBase<SetOptimizerPass> {
  using SetOptimizerPassBase::SetOptimizerPassBase;
  void runOnOperation() override;
};

/// An optimizer as its text says, before it is given to a variable.
struct OptimizerChoice {
  enum class Kind { SGD, AdamW };
  Kind kind = Kind::SGD;
  double lr = 0.1;
  double momentum = 0.0;
  bool nesterov = false;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weightDecay = 0.0;

  static FailureOr<OptimizerChoice> parse(StringRef text,
                                          TextErrorHandler error);

  /// Replaces `op` by this optimizer, with the schedules of `op`.
  LogicalResult replace(OptimizerOpInterface op) const;
};
} // namespace

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

FailureOr<OptimizerChoice> OptimizerChoice::parse(StringRef text,
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
  TermReader reader(term, error);
  if (term.name == "sgd") {
    reader.read("lr", choice.lr);
    reader.read("momentum", choice.momentum);
    reader.read("nesterov", choice.nesterov);
  } else if (term.name == "adamw") {
    choice.kind = Kind::AdamW;
    choice.lr = 1e-3;
    choice.weightDecay = 0.01;
    reader.read("lr", choice.lr);
    reader.read("beta1", choice.beta1);
    reader.read("beta2", choice.beta2);
    reader.read("epsilon", choice.epsilon);
  } else {
    (void)error("unknown optimizer '" + term.name + "'" +
                suggestName(term.name, {"adamw", "sgd"}));
    return failure();
  }
  reader.read("weight-decay", choice.weightDecay);
  if (failed(reader.finish()))
    return failure();
  return choice;
}

LogicalResult OptimizerChoice::replace(OptimizerOpInterface op) const {
  OpBuilder builder(op);
  auto number = [&](double value) { return builder.getF64FloatAttr(value); };
  Value parameter = op.getParameterValue();
  Value gradient = op.getGradientOperand().get();
  Operation *replacement;
  if (kind == Kind::SGD)
    replacement = SGDOp::create(
        builder, op.getLoc(), parameter.getType(), parameter, gradient,
        number(lr), number(momentum), number(weightDecay),
        nesterov ? builder.getUnitAttr() : UnitAttr(), op.getScheduleFactors());
  else
    replacement = AdamWOp::create(builder, op.getLoc(), parameter.getType(),
                                  parameter, gradient, number(lr),
                                  number(beta1), number(beta2), number(epsilon),
                                  number(weightDecay), op.getScheduleFactors());
  op->replaceAllUsesWith(replacement);
  op->erase();
  // The op's verifier knows the bounds of each number.
  return verify(replacement);
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

/// The schedule of one term; null for one that is constant.
static FailureOr<Attribute> parseScheduleTerm(const NamedTerm &term,
                                              MLIRContext *context,
                                              Location loc,
                                              TextErrorHandler error) {
  TermReader reader(term, error);
  if (term.name == "constant") {
    if (failed(reader.finish()))
      return failure();
    return Attribute();
  }
  if (term.name == "step") {
    int64_t every = 0;
    double gamma = 0;
    reader.read("every", every);
    reader.read("gamma", gamma);
    if (failed(reader.finish()))
      return failure();
    if (every < 1 || gamma <= 0) {
      (void)error("schedule 'step' needs every=N of at least 1 local step and "
                  "gamma=G above 0, as in step{every=1000 gamma=0.1}");
      return failure();
    }
    return Attribute(StepScheduleAttr::get(context, every, APFloat(gamma)));
  }
  if (term.name == "cosine" || term.name == "warmup") {
    (void)error("schedule '" + term.name +
                "' is not available in this version; available: constant, "
                "step");
    return failure();
  }
  (void)error("unknown schedule '" + term.name + "'" +
              suggestName(term.name, {"constant", "step"}));
  return failure();
}

/// The schedules of `text`, without those that change nothing.
static FailureOr<ArrayAttr> parseSchedule(StringRef text, MLIRContext *context,
                                          Location loc,
                                          TextErrorHandler error) {
  FailureOr<SmallVector<NamedTerm>> terms = parseTerms(text, "schedule", error);
  if (failed(terms))
    return failure();
  SmallVector<Attribute> factors;
  for (const NamedTerm &term : *terms) {
    FailureOr<Attribute> factor = parseScheduleTerm(term, context, loc, error);
    if (failed(factor))
      return failure();
    if (*factor)
      factors.push_back(*factor);
  }
  return factors.empty() ? ArrayAttr() : ArrayAttr::get(context, factors);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

void SetOptimizerPass::runOnOperation() {
  ModuleOp module = getOperation();
  auto error = [&](const Twine &message) -> LogicalResult {
    return module.emitError(message);
  };
  std::optional<OptimizerChoice> choice;
  if (!optimizer.empty()) {
    FailureOr<OptimizerChoice> parsed =
        OptimizerChoice::parse(optimizer, error);
    if (failed(parsed))
      return signalPassFailure();
    choice = *parsed;
  }
  ArrayAttr factors;
  if (!schedule.empty()) {
    FailureOr<ArrayAttr> parsed =
        parseSchedule(schedule, &getContext(), module.getLoc(), error);
    if (failed(parsed))
      return signalPassFailure();
    factors = *parsed;
  }
  if (!choice && schedule.empty())
    return markAllAnalysesPreserved();

  for (auto trainer : module.getOps<TrainerOp>()) {
    StepOp step = trainer.getStep();
    SmallVector<OptimizerOpInterface> optimizers;
    step.walk([&](OptimizerOpInterface op) { optimizers.push_back(op); });
    if (optimizers.empty()) {
      step.emitOpError() << "has no optimizer to replace; update parameters by "
                            "tacit.sgd or tacit.adamw";
      return signalPassFailure();
    }
    for (OptimizerOpInterface op : optimizers) {
      if (!schedule.empty())
        op.setScheduleFactors(factors);
      if (choice && failed(choice->replace(op)))
        return signalPassFailure();
    }
  }
}
