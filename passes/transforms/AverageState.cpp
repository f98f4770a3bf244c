//===- AverageState.cpp - Averages model state over ranks -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/analysis/Uniformity.h"
#include "passes/transforms/Counters.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"

#define DEBUG_TYPE "tacit-average-state"

namespace mlir::tacit {
#define GEN_PASS_DEF_AVERAGESTATEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct AverageStatePass
    : public tacit::impl::AverageStatePassBase<AverageStatePass> {
  using AverageStatePassBase::AverageStatePassBase;
  void runOnOperation() override;
};

/// What ranks average of one element type, in one message: variables, and the
/// last set of each in the step.
using Group = SmallVector<std::pair<VariableOp, SetOp>>;
} // namespace

/// The last set of `variable` in `body`; null if there is none.
static SetOp findLastSet(Block &body, VariableOp variable) {
  SetOp last;
  for (auto set : body.getOps<SetOp>())
    if (set.getVariable() == variable.getSymName())
      last = set;
  return last;
}

/// Groups by element type the model state of `trainer` that its step sets to
/// values which differ between ranks. Fails on such integers.
static FailureOr<llvm::MapVector<Type, Group>> findGroups(TrainerOp trainer) {
  llvm::MapVector<Type, Group> groups;
  UniformityAnalysis uniformity(trainer);
  for (auto variable : trainer.getBody().getOps<VariableOp>()) {
    if (variable.getRole() != Role::model_state)
      continue;
    SetOp set = findLastSet(trainer.getStep().getBody().front(), variable);
    if (!set || uniformity.isUniform(variable))
      continue;
    Type element = variable.getTensorType().getElementType();
    if (isa<FloatType>(element)) {
      groups[element].push_back({variable, set});
      continue;
    }
    Value source = uniformity.getOrigin(set.getValue()).source;
    InFlightDiagnostic diagnostic =
        emitError(set.getLoc())
        << "the model state '@" << variable.getSymName() << "' is of integers, "
        << variable.getTensorType()
        << ", and differs between ranks, which average it: integers have no "
           "mean; make it of floats, or compute it from what all ranks share";
    diagnostic.attachNote(source.getLoc())
        << "first value that differs between ranks here";
    return diagnostic;
  }
  return groups;
}

/// Averages what the variables of `group` hold where a round ends.
static void averageInEndRound(EndRoundOp endRound, const Group &group) {
  OpBuilder builder = atEndOf(endRound.getBody().front());
  SmallVector<Value> mine;
  SmallVector<Location> locs;
  for (auto [variable, set] : group) {
    locs.push_back(variable->getLoc());
    mine.push_back(GetOp::create(builder, locs.back(),
                                 VariableOp(variable).getTensorType(),
                                 VariableOp(variable).getSymName()));
  }
  auto mean =
      AllReduceOp::create(builder, builder.getFusedLoc(locs),
                          ValueRange(mine).getTypes(), Reduction::mean, mine);
  for (auto [entry, value] : llvm::zip(group, mean.getResults()))
    SetOp::create(builder, value.getLoc(), VariableOp(entry.first).getSymName(),
                  value);
}

/// Averages at the end of `step` what it sets the variables of `group` to. What
/// reads one behind its set still reads the rank's own value.
static void averageInStep(StepOp step, const Group &group) {
  Block &body = step.getBody().front();
  OpBuilder builder(body.getTerminator());
  SmallVector<Value> mine;
  SmallVector<Location> locs;
  for (auto [variable, set] : group) {
    locs.push_back(set->getLoc());
    mine.push_back(SetOp(set).getValue());
  }
  auto mean =
      AllReduceOp::create(builder, builder.getFusedLoc(locs),
                          ValueRange(mine).getTypes(), Reduction::mean, mine);
  for (auto [entry, value] : llvm::zip(group, mean.getResults())) {
    SetOp old = entry.second;
    SetOp::create(builder, old.getLoc(), old.getVariable(), value);
    bool isRead = llvm::any_of(body.getOps<GetOp>(), [&](GetOp get) {
      return get.getVariable() == old.getVariable() &&
             old->isBeforeInBlock(get);
    });
    if (!isRead)
      old.erase();
  }
}

static LogicalResult average(TrainerOp trainer) {
  bool hasState = llvm::any_of(trainer.getBody().getOps<VariableOp>(),
                               [](VariableOp variable) {
                                 return variable.getRole() == Role::model_state;
                               });
  if (!hasState)
    return success();
  auto missed = [&](StringRef name, StringRef why) {
    remark::missed(trainer.getLoc(),
                   remark::RemarkOpts::name(name).category(DEBUG_TYPE))
        << why.str();
    return success();
  };
  if (trainer.getChannel())
    return missed("Own", "leaves each rank its own model state: ranks that "
                         "train through a channel have no step in common");
  if (trainer.getRanks() == std::optional<uint64_t>(1))
    return missed("OneRank", "bound to one rank: there is nobody to average "
                             "with");
  FailureOr<llvm::MapVector<Type, Group>> groups = findGroups(trainer);
  if (failed(groups))
    return failure();
  EndRoundOp endRound = trainer.getEndRound();
  size_t count = 0;
  for (auto &[element, group] : *groups) {
    count += group.size();
    if (endRound)
      averageInEndRound(endRound, group);
    else
      averageInStep(trainer.getStep(), group);
  }
  remark::passed(trainer.getLoc(),
                 remark::RemarkOpts::name("Averaged").category(DEBUG_TYPE))
      << remark::add("averages {0} variables of model state {1}", count,
                     endRound ? "when a round ends" : "each step");
  return success();
}

void AverageStatePass::runOnOperation() {
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(average(trainer)))
      return signalPassFailure();
}
