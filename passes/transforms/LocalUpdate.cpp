//===- LocalUpdate.cpp - Averages now and then ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/Elementwise.h"
#include "passes/transforms/LocalRounds.h"
#include "passes/transforms/ServedVariable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "tacit-local-update"

namespace mlir::tacit {
#define GEN_PASS_DEF_LOCALUPDATEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct LocalUpdatePass
    : public tacit::impl::LocalUpdatePassBase<LocalUpdatePass> {
  using LocalUpdatePassBase::LocalUpdatePassBase;
  void runOnOperation() override;

private:
  LogicalResult update(TrainerOp trainer);
};
} // namespace

namespace {
/// A parameter on its way through the end of a round.
struct Averaged {
  VariableOp parameter;
  FailureOr<VariableOp> anchor = failure(); ///< Of those whose change counts.
  Value before;                             ///< The anchor's value.
  Value exchanged;
};
} // namespace

/// Reads what `entry` exchanges: its parameter, or by how much that has changed
/// since the last round ended.
static LogicalResult read(TrainerOp trainer, OpBuilder &builder,
                          Averaged &entry, bool change) {
  VariableOp parameter = entry.parameter;
  Location loc = parameter.getLoc();
  RankedTensorType type = parameter.getTensorType();
  Value mine = GetOp::create(builder, loc, type, parameter.getSymName());
  entry.exchanged = mine;
  if (!change)
    return success();
  entry.anchor = addCopy(trainer, trainer.getEndRound(), parameter,
                         kAnchorSuffix, Role::outer);
  if (failed(entry.anchor))
    return failure();
  entry.before = GetOp::create(builder, loc, type, entry.anchor->getSymName());
  entry.exchanged = buildElementwise(
      builder, loc, {entry.before, mine},
      [](ImplicitLocOpBuilder &b, ValueRange entries) -> Value {
        return arith::SubFOp::create(b, entries[0], entries[1]);
      });
  return success();
}

/// Sets the mean; or applies the mean change, by a step of SGD of rate 1, to
/// what all ranks began with.
static void write(OpBuilder &builder, const Averaged &entry, Value mean) {
  VariableOp parameter = entry.parameter;
  Location loc = parameter.getLoc();
  if (succeeded(entry.anchor)) {
    FloatAttr one = builder.getF64FloatAttr(1),
              none = builder.getF64FloatAttr(0);
    mean = SGDOp::create(builder, loc, parameter.getTensorType(), entry.before,
                         mean, /*lr=*/one, /*momentum=*/none,
                         /*weight_decay=*/none, /*nesterov=*/UnitAttr(),
                         /*schedule=*/ArrayAttr());
    VariableOp anchor = *entry.anchor;
    SetOp::create(builder, loc, anchor.getSymName(), mean);
  }
  SetOp::create(builder, loc, parameter.getSymName(), mean);
}

/// Fills what ends a round. All parameters are read before any is exchanged,
/// and exchanged before any is written, so that exchanges can go together.
static LogicalResult averageParameters(TrainerOp trainer, OpBuilder &builder,
                                       ArrayRef<VariableOp> parameters,
                                       bool change) {
  SmallVector<Averaged> entries;
  for (VariableOp parameter : parameters) {
    Averaged &entry = entries.emplace_back();
    entry.parameter = parameter;
    if (failed(read(trainer, builder, entry, change)))
      return failure();
  }
  SmallVector<Value> means;
  for (Averaged &entry : entries)
    means.push_back(AllReduceOp::create(builder, entry.parameter.getLoc(),
                                        entry.exchanged.getType(),
                                        Reduction::mean, entry.exchanged)
                        .getResult(0));
  for (auto [entry, mean] : llvm::zip(entries, means))
    write(builder, entry, mean);
  return success();
}

LogicalResult LocalUpdatePass::update(TrainerOp trainer) {
  SmallVector<VariableOp> parameters = getTrainedParameters(trainer);
  FailureOr<EndRoundOp> endRound = addRounds(trainer, period, getArgument());
  if (failed(endRound))
    return failure();
  OpBuilder builder = OpBuilder::atBlockBegin(&endRound->getBody().front());
  if (failed(averageParameters(trainer, builder, parameters, change)))
    return failure();
  remark::passed(endRound->getLoc(),
                 remark::RemarkOpts::name("Local").category(DEBUG_TYPE))
      << remark::add("averages {0} of {1} parameters every {2} steps",
                     change ? "the changes" : "the values", parameters.size(),
                     period.getValue());
  return success();
}

void LocalUpdatePass::runOnOperation() {
  if (period < 1) {
    emitError(getOperation().getLoc())
        << "tacit-local-update: period must be at least 1, got "
        << period.getValue();
    return signalPassFailure();
  }
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(update(trainer)))
      return signalPassFailure();
}
