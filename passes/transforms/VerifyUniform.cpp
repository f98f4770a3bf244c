//===- VerifyUniform.cpp - Proves that no rank waits forever -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/analysis/Uniformity.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SmallPtrSet.h"

#define DEBUG_TYPE "tacit-verify-uniform"

namespace mlir::tacit {
#define GEN_PASS_DEF_VERIFYUNIFORMPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct VerifyUniformPass
    : public tacit::impl::VerifyUniformPassBase<VerifyUniformPass> {
  using VerifyUniformPassBase::VerifyUniformPassBase;
  void runOnOperation() override;
};
} // namespace

/// Says what `value` is: "the data "x" of the rank's batch", "result #0 of
/// 'arith.addi'".
static std::string describe(Value value) {
  std::string text;
  llvm::raw_string_ostream out(text);
  auto result = dyn_cast<OpResult>(value);
  if (!result) {
    auto argument = cast<BlockArgument>(value);
    out << "block argument #" << argument.getArgNumber() << " of '"
        << argument.getOwner()->getParentOp()->getName() << "'";
    return text;
  }
  Operation *op = result.getOwner();
  if (auto batch = dyn_cast<NextBatchOp>(op))
    out << "the data \"" << batch.getArgumentName(result.getResultNumber())
        << "\" of the rank's own batch";
  else if (isa<RankOp>(op))
    out << "the rank's number";
  else if (isa<ClockOp>(op))
    out << "the rank's own clock";
  else if (isa<CollectOp, ContributionOpInterface>(op))
    out << "parameters that updates reach at different times";
  else
    out << "result #" << result.getResultNumber() << " of '" << op->getName()
        << "'";
  return text;
}

/// Reports a collective that `decider` decides on.
static LogicalResult reportDivergence(Operation *collective, Value decider,
                                      const UniformityAnalysis &analysis) {
  InFlightDiagnostic diagnostic =
      collective->emitOpError()
      << "is reached by some ranks and not by others, which leaves the former "
         "waiting: whether it runs depends on "
      << describe(decider)
      << ", which differs between ranks; decide by a value that all ranks "
         "agree on, such as the result of a tacit.all_reduce";
  diagnostic.attachNote(decider.getLoc()) << "the deciding value is here";
  UniformityAnalysis::Origin origin = analysis.getOrigin(decider);
  for (SetOp set : origin.sets)
    diagnostic.attachNote(set.getLoc()) << "it comes out of the variable '@"
                                        << set.getVariable() << "', set here";
  diagnostic.attachNote(origin.source.getLoc())
      << "first non-uniform value here: " << describe(origin.source);
  return diagnostic;
}

/// True if `callee`, or what it calls, exchanges.
static bool exchanges(func::FuncOp callee,
                      SmallPtrSetImpl<Operation *> &visited) {
  if (!callee || !visited.insert(callee).second)
    return false;
  WalkResult walk = callee.walk([&](Operation *op) {
    bool found = op->hasTrait<Collective>();
    if (auto call = dyn_cast<func::CallOp>(op))
      found = exchanges(SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
                            call, call.getCalleeAttr()),
                        visited);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return walk.wasInterrupted();
}

/// Fails if ranks may end their rounds after different numbers of steps.
static LogicalResult verifyPeriod(TrainerOp trainer,
                                  const UniformityAnalysis &analysis) {
  EndRoundOp endRound = trainer.getEndRound();
  if (!endRound)
    return success();
  for (StringRef name : {endRound.getPeriod(), endRound.getPosition()}) {
    auto variable =
        cast<VariableOp>(SymbolTable::lookupSymbolIn(trainer, name));
    if (analysis.isUniform(variable))
      continue;
    SetOp set = analysis.getCause(variable);
    InFlightDiagnostic diagnostic =
        endRound.emitOpError()
        << "is reached by ranks after different numbers of steps, which leaves "
           "some of them waiting: '@"
        << name
        << "' differs between ranks; set it to a value that all ranks agree "
           "on, such as one made of the result of a tacit.all_reduce";
    diagnostic.attachNote(set.getLoc()) << "the variable is set here";
    UniformityAnalysis::Origin origin = analysis.getOrigin(set.getValue());
    for (SetOp passed : origin.sets)
      diagnostic.attachNote(passed.getLoc())
          << "it comes out of the variable '@" << passed.getVariable()
          << "', set here";
    diagnostic.attachNote(origin.source.getLoc())
        << "first non-uniform value here: " << describe(origin.source);
    return diagnostic;
  }
  return success();
}

static LogicalResult verifyTrainer(TrainerOp trainer,
                                   const UniformityAnalysis &analysis) {
  if (failed(verifyPeriod(trainer, analysis)))
    return failure();
  WalkResult walk = trainer.walk<WalkOrder::PreOrder>([&](Operation *op) {
    // Functions are looked at where they are called.
    if (isa<func::FuncOp>(op))
      return WalkResult::skip();
    if (auto call = dyn_cast<func::CallOp>(op)) {
      SmallPtrSet<Operation *, 4> visited;
      if (!exchanges(SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
                         call, call.getCalleeAttr()),
                     visited))
        return WalkResult::advance();
      call.emitOpError() << "calls '@" << call.getCallee()
                         << "', which exchanges; run tacit-inline first";
      return WalkResult::interrupt();
    }
    if (!op->hasTrait<Collective>())
      return WalkResult::advance();
    if (ChannelOp channel = trainer.getChannel()) {
      InFlightDiagnostic diagnostic =
          op->emitOpError()
          << "is an exchange in which every rank waits for all, which does not "
             "go with a channel: its ranks make different numbers of steps";
      diagnostic.attachNote(channel.getLoc()) << "the channel is here";
      return WalkResult::interrupt();
    }
    Value decider = analysis.getDecidingValue(op);
    if (!decider)
      return WalkResult::advance();
    (void)reportDivergence(op, decider, analysis);
    return WalkResult::interrupt();
  });
  return failure(walk.wasInterrupted());
}

void VerifyUniformPass::runOnOperation() {
  for (auto trainer : getOperation().getOps<TrainerOp>()) {
    UniformityAnalysis analysis(trainer);
    if (failed(verifyTrainer(trainer, analysis)))
      return signalPassFailure();
    for (auto variable : trainer.getBody().getOps<VariableOp>()) {
      bool isUniform = analysis.isUniformBetweenRounds(variable);
      auto mark = [&](StringRef name, bool differs) {
        if (differs)
          variable->setAttr(name, UnitAttr::get(&getContext()));
        else
          variable->removeAttr(name);
      };
      mark(kPerRankAttrName, !isUniform);
      mark(kPerRankInRoundAttrName, isUniform && !analysis.isUniform(variable));
      remark::analysis(variable.getLoc(), remark::RemarkOpts::name(
                                              isUniform ? "Uniform" : "PerRank")
                                              .category(DEBUG_TYPE))
          << remark::add("'@{0}' {1}", variable.getSymName().str(),
                         isUniform ? "is the same on every rank"
                                   : "may differ between ranks");
    }
  }
}
