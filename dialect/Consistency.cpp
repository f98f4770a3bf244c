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

//===----------------------------------------------------------------------===//
// Schedulers
//===----------------------------------------------------------------------===//

ConsistencyTerm DecentralizedAttr::getTerm(int64_t ranks) const {
  ConsistencyTerm term;
  term.cause = "decentralized";
  term.multiple = kUnbounded;
  if (getDamping()) {
    term.formula = "what damping takes of an update never comes";
    return term;
  }
  if (getMaxStaleness() < 0) {
    term.formula = "no max_staleness";
    return term;
  }
  auto p = static_cast<double>(ranks),
       s = static_cast<double>(getMaxStaleness());
  term.cause += ", max_staleness " + std::to_string(getMaxStaleness());
  term.formula = getMean() ? "(P - 1) (s + 1) / P" : "(P - 1) (s + 1)";
  term.multiple = (p - 1) * (s + 1) / (getMean() ? p : 1);
  return term;
}

/// An update counts in full, not as its share of a mean.
double DecentralizedAttr::getFeedbackFactor(int64_t ranks) const {
  return getMean() ? 1 : static_cast<double>(ranks);
}

/// Of schedulers under which gradients are at most `maxDelay` steps late, each
/// of which weighs `weight`.
static ConsistencyTerm getElasticTerm(std::string name, bool waitsForAll,
                                      int64_t maxDelay, int64_t ranks,
                                      int64_t weight) {
  ConsistencyTerm term;
  term.cause = std::move(name);
  if (waitsForAll || maxDelay == 0) {
    term.formula = "waits for all";
    return term;
  }
  auto p = static_cast<double>(ranks);
  term.cause += ", max_delay " + std::to_string(maxDelay);
  term.formula = (weight == 1 ? "" : std::to_string(weight) + " ") +
                 std::string("(P - 1) max_delay / P");
  term.multiple = static_cast<double>(weight * maxDelay) * (p - 1) / p;
  return term;
}

ConsistencyTerm NormBoundedAttr::getTerm(int64_t ranks) const {
  bool waitsForAll = getBeta().isInfinity();
  if (getGranularity() == Granularity::rank)
    return getElasticTerm("norm_bounded", waitsForAll, getMaxDelay(), ranks, 1);
  // What is late is of the mean, this rank's own share included.
  ConsistencyTerm term;
  term.cause = "norm_bounded by bucket";
  term.formula = "waits for all";
  if (waitsForAll || getMaxDelay() == 0)
    return term;
  term.cause += ", max_delay " + std::to_string(getMaxDelay());
  term.formula = "max_delay";
  term.multiple = static_cast<double>(getMaxDelay());
  return term;
}

ConsistencyTerm VarianceBoundedAttr::getTerm(int64_t ranks) const {
  // The difference of two gradients is up to twice as long as one.
  return getElasticTerm("variance_bounded", getWait().isInfinity(),
                        getMaxDelay(), ranks, 2);
}

double NormBoundedAttr::getFeedbackFactor(int64_t) const { return 1; }
double VarianceBoundedAttr::getFeedbackFactor(int64_t) const { return 1; }

static ConsistencyTerm getChannelTerm(Operation *op, int64_t ranks) {
  ChannelOp channel = op->getParentOfType<TrainerOp>().getChannel();
  return channel.getPolicy().getTerm(ranks);
}

ConsistencyTerm PublishOp::getConsistencyTerm(int64_t ranks) {
  return getChannelTerm(*this, ranks);
}
ConsistencyTerm ElasticAwaitOp::getConsistencyTerm(int64_t ranks) {
  return getChannelTerm(*this, ranks);
}

//===----------------------------------------------------------------------===//
// Compression
//===----------------------------------------------------------------------===//

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

ConsistencyTerm CompressOp::getConsistencyTerm(int64_t ranks) {
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
  if (auto trainer = (*this)->getParentOfType<TrainerOp>();
      trainer && trainer.getChannel())
    if (double factor =
            trainer.getChannel().getPolicy().getFeedbackFactor(ranks);
        factor != 1) {
      term.multiple *= factor;
      term.formula = "P " + term.formula;
    }
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
