//===- Consistency.cpp - What keeps views of the model apart ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What operations contribute to the constant of elastic consistency.
///
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::tacit;

static constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// The largest period of the rounds that `endRound` ends; none if it is not
/// known. What adapts a period never makes it longer than at first.
static std::optional<int64_t> getLongestPeriod(EndRoundOp endRound) {
  auto variable = dyn_cast_or_null<VariableOp>(SymbolTable::lookupSymbolIn(
      endRound->getParentOp(), endRound.getPeriod()));
  auto initial =
      variable
          ? dyn_cast_or_null<ConstantInitAttr>(variable.getInitializerAttr())
          : ConstantInitAttr();
  bool isSet = llvm::any_of(endRound.getBody().getOps<SetOp>(), [&](SetOp set) {
    return set.getVariable() == endRound.getPeriod();
  });
  bool adapts =
      endRound.walk([](AdaptPeriodOp) { return WalkResult::interrupt(); })
          .wasInterrupted();
  if (!initial || (isSet && !adapts))
    return std::nullopt;
  return static_cast<int64_t>(initial.getValue().convertToDouble());
}

ConsistencyTerm EndRoundOp::getConsistencyTerm(int64_t ranks) {
  auto trainer = cast<TrainerOp>((*this)->getParentOp());
  if (llvm::any_of(trainer.getBody().getOps<VariableOp>(),
                   [](VariableOp variable) { return variable.isOwnCopy(); }))
    return {"elastic averaging", "ranks' copies are never set equal",
            kUnbounded, ""};
  std::optional<int64_t> period = getLongestPeriod(*this);
  if (!period)
    return {"local updates", "the longest period is not known", kUnbounded, ""};
  auto p = static_cast<double>(ranks), tau = static_cast<double>(*period);
  return {"local updates, period " + std::to_string(*period),
          "2 (P - 1) / P (tau - 1)", 2 * (p - 1) / p * (tau - 1), ""};
}

/// The term of a compressor in whose residual stays what it does not send.
/// What it compresses is of up to `steps` gradients.
static ConsistencyTerm
getFeedbackTerm(std::string name, std::optional<double> delta, int64_t steps) {
  ConsistencyTerm term;
  term.cause = name + " with error feedback";
  if (!delta) {
    term.formula = "no part of any vector is always sent";
    term.multiple = kUnbounded;
    return term;
  }
  double gamma = 1 - *delta;
  term.formula = "sqrt((2 - gamma) gamma / (1 - gamma)^3)";
  term.multiple = std::sqrt((2 - gamma) * gamma / (*delta * *delta * *delta)) *
                  static_cast<double>(steps);
  if (steps > 1)
    term.formula += " tau";
  llvm::raw_string_ostream(term.formula) << ", gamma = " << gamma;
  return term;
}

/// The local steps whose gradients `op` compresses at once; none if not known.
static std::optional<int64_t> getStepsOf(Operation *op) {
  if (auto endRound = op->getParentOfType<EndRoundOp>())
    return getLongestPeriod(endRound);
  return 1;
}

/// "top_k" of `#tacit.top_k<...>`.
static std::string getShortName(Attribute compressor) {
  StringRef name = compressor.getAbstractAttribute().getName();
  name.consume_front("tacit.");
  return name.str();
}

/// True if `values` hold what earlier exchanges left, of which there is a rest.
static bool remembers(OperandRange values, OperandRange added,
                      ResultRange rest) {
  if (rest.empty())
    return false;
  return !added.empty() ||
         isa_and_present<AccumulateResidualOp>(values[0].getDefiningOp());
}

ConsistencyTerm CompressOp::getConsistencyTerm(int64_t) {
  CompressorAttrInterface compressor = getCompressor();
  std::string name = getShortName(compressor);
  if (!compressor.isBiased())
    return {name, "unbiased: raises the variance of gradients, not B", 0, ""};
  if (!remembers(getInputs(), getAdded(), getRest()))
    return {name, "what is not sent is lost", kUnbounded, ""};
  std::optional<int64_t> steps = getStepsOf(*this);
  if (!steps)
    return {name, "the longest period is not known", kUnbounded, ""};
  ConsistencyTerm term = getFeedbackTerm(
      name, compressor.getContractionFactor(getNumElements()), *steps);
  AllReducePayloadOp exchange = getExchange();
  if (exchange && (exchange.getAlgorithm() == PayloadAlgorithm::gtopk ||
                   exchange.getAlgorithm() == PayloadAlgorithm::ok_topk)) {
    term.cause +=
        " by " + stringifyPayloadAlgorithm(exchange.getAlgorithm()).str();
    term.assumed = "what all ranks' sum loses is at most 1 - k / d of it "
                   "(Shi et al., IJCAI 2019, Assumption 1)";
  }
  return term;
}

ConsistencyTerm AllReduceLowRankOp::getConsistencyTerm(int64_t) {
  std::string name = getShortName(getCompressor());
  if (!remembers(getInputs(), getAdded(), getRest()))
    return {name, "what is not sent is lost", kUnbounded, ""};
  return getFeedbackTerm(name,
                         getCompressor().getContractionFactor(
                             countElements(getInputs().getTypes())),
                         1);
}
