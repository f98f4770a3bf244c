//===- ElasticAveraging.cpp - Ranks held together by a centre ---*- C++ -*-===//
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

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "tacit-elastic-averaging"

namespace mlir::tacit {
#define GEN_PASS_DEF_ELASTICAVERAGINGPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

// Alpha times the number of ranks, where no alpha is given: what the paper
// recommends (section 5).
static constexpr double kPullOfAll = 0.9;

namespace {
struct ElasticAveragingPass
    : public tacit::impl::ElasticAveragingPassBase<ElasticAveragingPass> {
  using ElasticAveragingPassBase::ElasticAveragingPassBase;
  void runOnOperation() override;

private:
  LogicalResult apply(TrainerOp trainer);
  Value buildAlpha(ImplicitLocOpBuilder &b, Type type);
};

/// A parameter, which is the centre, and the rank's own copy of it.
struct Pulled {
  VariableOp centre, own;
  Value before;  ///< The centre's value,
  Value mine;    ///< the copy's,
  Value elastic; ///< and alpha times their difference.
};
} // namespace

Value ElasticAveragingPass::buildAlpha(ImplicitLocOpBuilder &b, Type type) {
  if (alpha > 0)
    return arith::ConstantOp::create(b, FloatAttr::get(type, alpha));
  Value ranks = arith::SIToFPOp::create(b, b.getF64Type(),
                                        NumRanksOp::create(b, b.getI64Type()));
  Value all = arith::ConstantOp::create(b, b.getF64FloatAttr(kPullOfAll));
  Value share = arith::DivFOp::create(b, all, ranks);
  return type.isF64() ? share : arith::TruncFOp::create(b, type, share);
}

/// Lets the step train `own` instead of `centre`.
static void trainCopy(StepOp step, VariableOp centre, VariableOp own) {
  step.walk([&](Operation *op) {
    if (auto get = dyn_cast<GetOp>(op);
        get && get.getVariable() == centre.getSymName())
      get.setVariable(own.getSymName());
    if (auto set = dyn_cast<SetOp>(op);
        set && set.getVariable() == centre.getSymName())
      set.setVariable(own.getSymName());
  });
}

/// minuend - subtrahend, in place of the minuend.
static Value subtract(OpBuilder &builder, Location loc, Value minuend,
                      Value subtrahend) {
  return buildElementwise(
      builder, loc, subtrahend, minuend,
      [](ImplicitLocOpBuilder &b, ValueRange entries) -> Value {
        return arith::SubFOp::create(b, entries[1], entries[0]);
      });
}

LogicalResult ElasticAveragingPass::apply(TrainerOp trainer) {
  StepOp step = trainer.getStep();
  // Equal copies that learn nothing would move by 1 - alpha (P + 1) times their
  // distance to the centre.
  if (std::optional<uint64_t> ranks = trainer.getRanks();
      ranks && alpha >= 2.0 / static_cast<double>(*ranks + 1))
    return trainer.emitOpError()
           << "would be driven apart: alpha must be below 2 / (ranks + 1), "
           << 2.0 / static_cast<double>(*ranks + 1) << " for " << *ranks
           << " ranks, got " << alpha.getValue()
           << "; leave alpha out to have 0.9 / ranks";
  SmallVector<VariableOp> parameters = getTrainedParameters(trainer);
  FailureOr<EndRoundOp> endRound = addRounds(trainer, period, getArgument());
  if (failed(endRound))
    return failure();
  OpBuilder builder = OpBuilder::atBlockBegin(&endRound->getBody().front());
  // All parameters are read before any is exchanged, and exchanged before any
  // is written, so that exchanges can go together.
  SmallVector<Pulled> all;
  for (VariableOp centre : parameters) {
    Location loc = centre.getLoc();
    FailureOr<VariableOp> own =
        addCopy(trainer, *endRound, centre, kOwnSuffix, Role::parameter);
    if (failed(own))
      return failure();
    trainCopy(step, centre, *own);
    Pulled &entry = all.emplace_back(Pulled{centre, *own, {}, {}, {}});
    RankedTensorType type = centre.getTensorType();
    entry.before = GetOp::create(builder, loc, type, centre.getSymName());
    entry.mine = GetOp::create(builder, loc, type, own->getSymName());
    ImplicitLocOpBuilder b(loc, builder);
    Value factor = buildAlpha(b, type.getElementType());
    entry.elastic = buildElementwise(
        builder, loc, {entry.mine, entry.before},
        [&](ImplicitLocOpBuilder &inner, ValueRange entries) -> Value {
          Value apart = arith::SubFOp::create(inner, entries[0], entries[1]);
          return arith::MulFOp::create(inner, factor, apart);
        });
  }
  for (Pulled &entry : all) {
    Location loc = entry.own.getLoc();
    SetOp::create(builder, loc, entry.own.getSymName(),
                  subtract(builder, loc, entry.mine, entry.elastic));
  }
  SmallVector<Value> sums;
  for (Pulled &entry : all)
    sums.push_back(AllReduceOp::create(builder, entry.centre.getLoc(),
                                       entry.elastic.getType(), Reduction::sum,
                                       entry.elastic)
                       .getResult(0));
  for (auto [entry, sum] : llvm::zip(all, sums)) {
    Location loc = entry.centre.getLoc();
    Value next = buildElementwise(
        builder, loc, sum, entry.before,
        [](ImplicitLocOpBuilder &b, ValueRange entries) -> Value {
          return arith::AddFOp::create(b, entries[1], entries[0]);
        });
    SetOp::create(builder, loc, entry.centre.getSymName(), next);
  }
  remark::passed(endRound->getLoc(),
                 remark::RemarkOpts::name("Elastic").category(DEBUG_TYPE))
      << remark::add("pulls {0} parameters and their centre together every {1} "
                     "steps",
                     all.size(), period.getValue());
  return success();
}

void ElasticAveragingPass::runOnOperation() {
  auto error = [&](const Twine &message) {
    emitError(getOperation().getLoc())
        << "tacit-elastic-averaging: " << message;
    signalPassFailure();
  };
  if (period < 1)
    return error("period must be at least 1, got " + Twine(period.getValue()));
  if (!(alpha >= 0 && alpha < 1))
    return error("alpha must be at least 0 and below 1, got " +
                 Twine(std::to_string(alpha)));
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(apply(trainer)))
      return signalPassFailure();
}
