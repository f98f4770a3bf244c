//===- Overlap.cpp - Computes while gradients are exchanged -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Remarks.h"

#include <map>

#define DEBUG_TYPE "tacit-overlap"

namespace mlir::tacit {
#define GEN_PASS_DEF_OVERLAPPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

/// How many innermost iterations take long enough, some tens of microseconds,
/// that exchanges should be moved along after them.
static constexpr int64_t kLongComputation = int64_t(1) << 18;

namespace {
struct OverlapPass : public tacit::impl::OverlapPassBase<OverlapPass> {
  using OverlapPassBase::OverlapPassBase;
  void runOnOperation() override;
};

/// An exchange that was split.
struct Split {
  StartOp start;
  AwaitOp await;
};

/// Splits and schedules the exchanges of one step.
class Overlapper {
public:
  explicit Overlapper(StepOp step)
      : step(step), block(step.getBody().front()), builder(step.getContext()) {}

  void run();

private:
  Split split(AllReduceOp op);
  /// Sorts what follows the last start by the exchange that it waits for.
  void scheduleTail();
  /// Makes whole again what is awaited where it is started.
  void rejoin();
  /// `inFlight` exchanges are under way when the step begins.
  void insertProgress(int64_t inFlight);

  StepOp step;
  Block &block;
  OpBuilder builder;
  SmallVector<Split> splits; ///< In the order of starts.
};

/// Tells, going down a block, which exchange an operation waits for.
class LevelAssigner {
public:
  /// The level of the await comes from outside; others follow from it.
  void set(Operation *op, int64_t level) { levels[op] = level; }
  int64_t assign(Operation *op);

private:
  /// Of operations that were met; what was not depends on no await.
  DenseMap<Operation *, int64_t> levels;
  /// Of the last get or set of each variable.
  llvm::StringMap<int64_t> variableLevels;
  int64_t barrier = -1;
  int64_t highest = -1;
};
} // namespace

//===----------------------------------------------------------------------===//
// Splitting
//===----------------------------------------------------------------------===//

Split Overlapper::split(AllReduceOp op) {
  Operation *last = nullptr;
  for (Value input : op.getInputs())
    if (Operation *producer = input.getDefiningOp();
        producer && (!last || last->isBeforeInBlock(producer)))
      last = producer;
  Operation *first = nullptr;
  for (Operation *user : op->getUsers())
    if (Operation *ancestor = block.findAncestorOpInBlock(*user);
        !first || ancestor->isBeforeInBlock(first))
      first = ancestor;
  // Behind other exchanges that start there already: theirs come first.
  while (last && isa<StartOp>(last->getNextNode()))
    last = last->getNextNode();
  if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointToStart(&block);
  ValueRange inputs = op.getInputs();
  auto start =
      StartOp::create(builder, op.getLoc(), inputs.getTypes(),
                      TokenType::get(op.getContext()), ExchangeKind::all_reduce,
                      op.getReductionAttr(), /*root=*/IntegerAttr(), inputs,
                      /*outputs=*/ValueRange());
  builder.setInsertionPoint(first ? first : block.getTerminator());
  auto await = AwaitOp::create(builder, op.getLoc(), inputs.getTypes(),
                               start.getToken(), start.getHeld());
  op->replaceAllUsesWith(await);
  op.erase();
  return {start, await};
}

//===----------------------------------------------------------------------===//
// Scheduling
//===----------------------------------------------------------------------===//

int64_t LevelAssigner::assign(Operation *op) {
  int64_t level = barrier;
  op->walk([&](Operation *nested) {
    for (Value operand : nested->getOperands())
      if (Operation *producer = operand.getDefiningOp())
        if (auto known = levels.find(producer); known != levels.end())
          level = std::max(level, known->second);
  });
  // Accesses of one variable keep their order. What has any other effect,
  // reports and batches excepted, keeps its place among everything.
  auto keepOrder = [&](StringRef variable) {
    int64_t &last = variableLevels.try_emplace(variable, -1).first->second;
    level = last = std::max(level, last);
  };
  if (auto get = dyn_cast<GetOp>(op))
    keepOrder(get.getVariable());
  else if (auto set = dyn_cast<SetOp>(op))
    keepOrder(set.getVariable());
  else if (!isa<ReportOp, NextBatchOp>(op) && !isMemoryEffectFree(op))
    level = barrier = std::max(level, highest);
  highest = std::max(highest, level);
  levels[op] = level;
  return level;
}

void Overlapper::scheduleTail() {
  Operation *lastStart = splits.back().start;
  LevelAssigner assigner;
  // By level; -1 waits for nothing. An await stands at the head of its level.
  std::map<int64_t, SmallVector<Operation *>> tail;
  for (auto [number, split] : llvm::enumerate(splits)) {
    if (split.await->isBeforeInBlock(lastStart))
      continue; // Needed early: it stays where it is needed.
    assigner.set(split.await, static_cast<int64_t>(number));
    tail[static_cast<int64_t>(number)].push_back(split.await);
  }
  for (Operation *op = lastStart->getNextNode(); op != block.getTerminator();
       op = op->getNextNode())
    if (!isa<AwaitOp>(op))
      tail[assigner.assign(op)].push_back(op);
  for (auto &[level, ops] : tail)
    for (Operation *op : ops)
      op->moveBefore(block.getTerminator());
}

void Overlapper::rejoin() {
  for (Split &split : splits) {
    if (split.start->getNextNode() != split.await)
      continue;
    remark::missed(split.start.getLoc(),
                   remark::RemarkOpts::name("Whole").category(DEBUG_TYPE))
        << "is not overlapped: its result is needed at once";
    builder.setInsertionPoint(split.start);
    ValueRange inputs = split.start.getInputs();
    auto whole =
        AllReduceOp::create(builder, split.start.getLoc(), inputs.getTypes(),
                            *split.start.getReduction(), inputs);
    split.await->replaceAllUsesWith(whole);
    split.await.erase();
    split.start.erase();
    split = {};
  }
  llvm::erase_if(splits, [](Split &split) { return !split.start; });
}

//===----------------------------------------------------------------------===//
// Progress
//===----------------------------------------------------------------------===//

/// True if `op` runs long enough for an exchange to need attention after it.
static bool isLong(Operation *op) {
  if (auto optimizer = dyn_cast<OptimizerOpInterface>(op))
    return cast<RankedTensorType>(optimizer.getParameterValue().getType())
               .getNumElements() >= kLongComputation;
  // What is filled is usually accumulated into; it takes no time of its own.
  if (isa<linalg::FillOp>(op))
    return false;
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    int64_t iterations = 1;
    for (int64_t extent : linalgOp.getStaticLoopRanges()) {
      if (ShapedType::isDynamic(extent))
        return true;
      iterations *= extent;
    }
    return iterations >= kLongComputation;
  }
  // Loops, calls: nobody knows.
  return op->getNumRegions() != 0 || isa<func::CallOp, ValueAndGradOp>(op);
}

/// Updates of a channel come and go at any time. Its operations move them.
static bool isChannelOp(Operation &op) {
  return isa<CollectOp, PublishOp, ElasticAwaitOp>(op);
}

void Overlapper::insertProgress(int64_t inFlight) {
  bool isDue = false;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (isa<StartOp, AwaitOp>(op)) {
      // Both move along what is in flight.
      inFlight += isa<StartOp>(op) ? 1 : -1;
      isDue = false;
      continue;
    }
    if (isChannelOp(op)) {
      isDue = false;
      continue;
    }
    if (!isLong(&op))
      continue;
    if (isDue && inFlight > 0) {
      builder.setInsertionPoint(&op);
      ProgressOp::create(builder, op.getLoc());
    }
    isDue = true;
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

void Overlapper::run() {
  // No collective stands beside a channel.
  if (llvm::any_of(block, isChannelOp))
    return insertProgress(/*inFlight=*/1);
  SmallVector<AllReduceOp> exchanges(block.getOps<AllReduceOp>());
  if (exchanges.empty())
    return;
  for (AllReduceOp op : exchanges)
    splits.push_back(split(op));
  llvm::sort(splits, [](Split a, Split b) {
    return a.start->isBeforeInBlock(b.start);
  });
  scheduleTail();
  rejoin();
  insertProgress(/*inFlight=*/0);
  remark::passed(step.getLoc(),
                 remark::RemarkOpts::name("Overlapped").category(DEBUG_TYPE))
      << remark::add("{0} of {1} exchanges run while the step computes",
                     splits.size(), exchanges.size());
}

void OverlapPass::runOnOperation() {
  for (auto trainer : getOperation().getOps<TrainerOp>())
    Overlapper(trainer.getStep()).run();
}
