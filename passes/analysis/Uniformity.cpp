//===- Uniformity.cpp - Which values are the same on every rank -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Starts from "everything is uniform" and marks what is not, until nothing
/// changes: marks only grow, so that ends. Loops and variables, by which a
/// later value reaches an earlier operation, need more than one round.
///
/// MLIR's sparse data-flow framework follows data through regions, but not the
/// influence of a condition on which value arrives; here that is half of the
/// matter.
///
//===----------------------------------------------------------------------===//

#include "passes/analysis/Uniformity.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::tacit;

/// Marks what is not uniform, one round after the other.
class UniformityAnalysis::Solver {
public:
  explicit Solver(UniformityAnalysis &result) : result(result) {}

  /// Visits a round once, its steps as one; true if a mark was added.
  bool runRound(TrainerOp trainer) {
    changed = false;
    visitBlock(trainer.getStep().getBody().front(), /*decider=*/Value());
    if (EndRoundOp endRound = trainer.getEndRound())
      visitBlock(endRound.getBody().front(), /*decider=*/Value());
    return changed;
  }

private:
  /// `decider` is the value that decides whether ranks reach `op`; null if all
  /// do.
  void visit(Operation *op, Value decider);
  void visitBlock(Block &block, Value decider);
  void visitLeaf(Operation *op);
  void visitIf(scf::IfOp op, Value decider);
  void visitFor(scf::ForOp op, Value decider);
  void visitWhile(scf::WhileOp op, Value decider);
  /// Any other operation with regions: what enters it may be anywhere in it.
  void visitRegions(Operation *op, Value decider);

  /// Marks `value`, because of `cause` or, if that is null, as a source.
  void mark(Value value, Value cause) {
    if (result.causes.try_emplace(value, cause).second)
      changed = true;
  }
  void markAll(ValueRange values, Value cause) {
    for (Value value : values)
      mark(value, cause);
  }
  /// Marks `value` if `source` is marked.
  void flow(Value source, Value value) {
    if (!result.isUniform(source))
      mark(value, source);
  }
  /// The first of `values` that is not uniform; null if all are.
  Value findDifferent(ValueRange values) const {
    for (Value value : values)
      if (!result.isUniform(value))
        return value;
    return {};
  }

  UniformityAnalysis &result;
  bool changed = false;
};

//===----------------------------------------------------------------------===//
// Operations without regions
//===----------------------------------------------------------------------===//

/// True if running `callee`, or what it calls, may give a different result on
/// each rank, given equal operands.
static bool asksForRank(func::FuncOp callee,
                        SmallPtrSetImpl<Operation *> &visited) {
  if (!callee || callee.isDeclaration())
    return true;
  if (!visited.insert(callee).second)
    return false;
  WalkResult walk = callee.walk([&](Operation *op) {
    if (isa<RankOp, ClockOp>(op))
      return WalkResult::interrupt();
    if (auto call = dyn_cast<func::CallOp>(op)) {
      auto inner = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
          call, call.getCalleeAttr());
      if (asksForRank(inner, visited))
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return walk.wasInterrupted();
}

/// True if `op` may give different results though its operands are equal.
static bool readsElse(Operation *op) {
  FlatSymbolRefAttr callee;
  if (auto call = dyn_cast<func::CallOp>(op))
    callee = call.getCalleeAttr();
  else if (auto gradient = dyn_cast<ValueAndGradOp>(op))
    callee = gradient.getCalleeAttr();
  if (!callee)
    return !isMemoryEffectFree(op);
  SmallPtrSet<Operation *, 4> visited;
  return asksForRank(
      SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, callee), visited);
}

void UniformityAnalysis::Solver::visitLeaf(Operation *op) {
  // What every rank takes part in has one result for all. What a start holds is
  // not to be read before the await, whose results these are.
  if (auto exchange = dyn_cast<AllReducePayloadOp>(op))
    // What is put back is each rank's own share.
    return markAll(exchange.getRestResults(), Value());
  if (auto exchange = dyn_cast<AllReduceLowRankOp>(op))
    return markAll(exchange.getRest(), Value());
  if (op->hasTrait<Collective>())
    return;
  // Ranks hear of updates at different times.
  if (isa<CollectOp, ContributionOpInterface>(op))
    return markAll(op->getResults(), Value());
  if (isa<RankOp, NextBatchOp, ClockOp>(op))
    return markAll(op->getResults(), Value());
  if (auto get = dyn_cast<GetOp>(op)) {
    auto cause = result.variableCauses.find(get.getVariable());
    if (cause != result.variableCauses.end())
      mark(get.getValue(), cause->second.getValue());
    return;
  }
  if (auto set = dyn_cast<SetOp>(op)) {
    if (!result.isUniform(set.getValue()) &&
        result.variableCauses.try_emplace(set.getVariable(), set).second)
      changed = true;
    return;
  }
  if (op->getNumResults() == 0)
    return;
  if (Value different = findDifferent(op->getOperands()))
    return markAll(op->getResults(), different);
  if (readsElse(op))
    markAll(op->getResults(), Value());
}

//===----------------------------------------------------------------------===//
// Operations with regions
//===----------------------------------------------------------------------===//

void UniformityAnalysis::Solver::visitBlock(Block &block, Value decider) {
  for (Operation &op : block)
    visit(&op, decider);
}

void UniformityAnalysis::Solver::visitIf(scf::IfOp op, Value decider) {
  Value condition = op.getCondition();
  bool isSplit = !result.isUniform(condition);
  if (!decider && isSplit)
    decider = condition;
  for (Region *region : op.getRegions()) {
    if (region->empty())
      continue;
    visitBlock(region->front(), decider);
    for (auto [yielded, value] : llvm::zip(
             region->front().getTerminator()->getOperands(), op.getResults()))
      flow(yielded, value);
  }
  // Each side may be equal on all ranks; which one arrives is not.
  if (isSplit)
    markAll(op.getResults(), condition);
}

void UniformityAnalysis::Solver::visitFor(scf::ForOp op, Value decider) {
  Value bound =
      findDifferent({op.getLowerBound(), op.getUpperBound(), op.getStep()});
  if (bound)
    mark(op.getInductionVar(), bound);
  // A rank that goes round more often reaches the body more often.
  visitBlock(*op.getBody(), decider ? decider : bound);
  for (auto [init, argument, yielded, value] :
       llvm::zip(op.getInitArgs(), op.getRegionIterArgs(),
                 op.getYieldedValues(), op.getResults())) {
    flow(init, argument);
    flow(yielded, argument);
    flow(argument, value);
  }
  if (bound)
    markAll(op.getResults(), bound);
}

void UniformityAnalysis::Solver::visitWhile(scf::WhileOp op, Value decider) {
  scf::ConditionOp condition = op.getConditionOp();
  for (auto [init, yielded, argument] :
       llvm::zip(op.getInits(), op.getYieldOp().getResults(),
                 op.getBeforeArguments())) {
    flow(init, argument);
    flow(yielded, argument);
  }
  Value test = condition.getCondition();
  bool isSplit = !result.isUniform(test);
  if (!decider && isSplit)
    decider = test;
  visitBlock(*op.getBeforeBody(), decider);
  for (auto [passed, argument, value] : llvm::zip(
           condition.getArgs(), op.getAfterArguments(), op.getResults())) {
    flow(passed, argument);
    flow(passed, value);
  }
  visitBlock(*op.getAfterBody(), decider);
  if (isSplit)
    markAll(op.getResults(), test);
}

void UniformityAnalysis::Solver::visitRegions(Operation *op, Value decider) {
  Value operand = findDifferent(op->getOperands());
  for (Region &region : op->getRegions()) {
    // Between blocks, branches decide which is next, and carry values.
    Value branch;
    if (!region.empty() && !region.hasOneBlock())
      for (Block &block : region)
        if (!branch && !block.empty())
          branch = findDifferent(block.back().getOperands());
    // The body of a structured operation runs as often as its shapes say; of
    // any other, every operand may decide.
    Value inner = decider ? decider : branch;
    if (!inner && !isa<linalg::LinalgOp>(op))
      inner = operand;
    for (Block &block : region) {
      if (Value cause = operand ? operand : branch)
        markAll(block.getArguments(), cause);
      visitBlock(block, inner);
    }
  }
  Value different = operand;
  op->walk([&](Operation *nested) {
    if (!different)
      different = findDifferent(nested->getOperands());
  });
  // With recursive effects, those inside were looked at one by one.
  bool isKnown = op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
                 isMemoryEffectFree(op);
  if (different || !isKnown)
    markAll(op->getResults(), different);
}

void UniformityAnalysis::Solver::visit(Operation *op, Value decider) {
  if (decider && result.decidedBy.try_emplace(op, decider).second)
    changed = true;
  if (op->getNumRegions() == 0)
    return visitLeaf(op);
  TypeSwitch<Operation *>(op)
      .Case([&](scf::IfOp ifOp) { visitIf(ifOp, decider); })
      .Case([&](scf::ForOp forOp) { visitFor(forOp, decider); })
      .Case([&](scf::WhileOp whileOp) { visitWhile(whileOp, decider); })
      .Default([&](Operation *other) { visitRegions(other, decider); });
}

//===----------------------------------------------------------------------===//
// UniformityAnalysis
//===----------------------------------------------------------------------===//

UniformityAnalysis::UniformityAnalysis(TrainerOp trainer) {
  Solver solver(*this);
  while (solver.runRound(trainer))
    ;
}

bool UniformityAnalysis::isUniformBetweenRounds(VariableOp variable) const {
  if (isUniform(variable))
    return true;
  auto trainer = cast<TrainerOp>(variable->getParentOp());
  EndRoundOp endRound = trainer.getEndRound();
  if (!endRound)
    return false;
  SetOp last;
  for (auto set : endRound.getBody().getOps<SetOp>())
    if (set.getVariable() == variable.getSymName())
      last = set;
  return last && isUniform(last.getValue());
}

UniformityAnalysis::Origin UniformityAnalysis::getOrigin(Value value) const {
  Origin origin;
  // Ends, since a cause was marked before what it is the cause of.
  while (Value cause = causes.lookup(value)) {
    if (auto get = value.getDefiningOp<GetOp>())
      origin.sets.push_back(variableCauses.lookup(get.getVariable()));
    value = cause;
  }
  origin.source = value;
  return origin;
}
