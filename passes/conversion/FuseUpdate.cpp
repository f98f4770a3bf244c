//===- FuseUpdate.cpp - Accumulates gradients into parameters ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Remarks.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_FUSEUPDATEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct FuseUpdatePass : public tacit::impl::FuseUpdatePassBase<FuseUpdatePass> {
  using FuseUpdatePassBase::FuseUpdatePassBase;
  void runOnOperation() override;
};

/// Sums of more terms have a gradient of their own, unless they are matrix
/// products, which are summed up in registers first. Each term that is added to
/// a parameter is rounded to the parameter's digits.
constexpr int64_t kMostTerms = 256;

/// An elementwise w + s g or w - s g.
struct Update {
  OpOperand *parameter = nullptr;
  OpOperand *gradient = nullptr;
  SmallVector<Value> scales;
  bool negated = false;
};
} // namespace

/// Collects the factors of `value`; fails on anything but products and signs.
static bool collectScaled(Value value, linalg::GenericOp op,
                          SmallVectorImpl<Value> &scales, bool &negated,
                          OpOperand *&gradient) {
  if (auto argument = dyn_cast<BlockArgument>(value);
      argument && argument.getOwner() == op.getBody()) {
    OpOperand *operand = &op->getOpOperand(argument.getArgNumber());
    auto type = dyn_cast<RankedTensorType>(operand->get().getType());
    if (!type || type.getRank() == 0) {
      scales.push_back(operand->get());
      return true;
    }
    if (gradient)
      return false;
    gradient = operand;
    return true;
  }
  Operation *source = value.getDefiningOp();
  if (!source || source->getBlock() != op.getBody()) {
    scales.push_back(value);
    return true;
  }
  if (isa<arith::NegFOp>(source)) {
    negated = !negated;
    return collectScaled(source->getOperand(0), op, scales, negated, gradient);
  }
  return isa<arith::MulFOp>(source) &&
         collectScaled(source->getOperand(0), op, scales, negated, gradient) &&
         collectScaled(source->getOperand(1), op, scales, negated, gradient);
}

/// Matches `op` as an update of a value that it writes in place, or could.
static std::optional<Update> matchUpdate(linalg::GenericOp op) {
  if (op.getNumReductionLoops() != 0 || op.getNumDpsInits() != 1 ||
      op.getNumResults() != 1)
    return {};
  AffineMap written = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!written.isPermutation())
    return {};
  Operation *sum = op.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::SubFOp>(sum))
    return {};
  for (unsigned base : {0, 1}) {
    if (base == 1 && isa<arith::SubFOp>(sum))
      continue;
    auto argument = dyn_cast<BlockArgument>(sum->getOperand(base));
    if (!argument || argument.getOwner() != op.getBody())
      continue;
    Update update;
    update.negated = isa<arith::SubFOp>(sum);
    update.parameter = &op->getOpOperand(argument.getArgNumber());
    if (op.getMatchingIndexingMap(update.parameter) != written ||
        update.parameter->get().getType() != op.getResultTypes()[0])
      continue;
    if (collectScaled(sum->getOperand(1 - base), op, update.scales,
                      update.negated, update.gradient) &&
        update.gradient && update.gradient != update.parameter &&
        op.getMatchingIndexingMap(update.gradient).isPermutation())
      return update;
  }
  return {};
}

/// What `op` sums up: the term that its body adds to what is there. Null if the
/// body does anything else.
static Value matchSum(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 && !matchContraction(op))
    return {};
  if (op.getNumDpsInits() != 1 || op.hasDynamicShape() ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0))
           .isProjectedPermutation())
    return {};
  Block *body = op.getBody();
  Value accumulator = body->getArguments().back();
  auto sum =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum || sum->getBlock() != body || !accumulator.hasOneUse())
    return {};
  if (sum.getLhs() == accumulator)
    return sum.getRhs();
  return sum.getRhs() == accumulator ? sum.getLhs() : Value();
}

/// Builds the body of the fused operation: what `producer` sums up, scaled by
/// the arguments from `firstScale` on and by `outside`, onto the parameter.
static void buildFusedBody(OpBuilder &builder, Location loc,
                           linalg::GenericOp producer, Value term,
                           unsigned firstScale, ArrayRef<Value> outside,
                           bool negated, ValueRange arguments) {
  IRMapping mapping;
  for (auto [from, to] :
       llvm::zip(producer.getBody()->getArguments().drop_back(), arguments))
    mapping.map(from, to);
  Operation *sum =
      producer.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  for (Operation &op : producer.getBody()->without_terminator())
    if (&op != sum)
      builder.clone(op, mapping);
  Value scaled = mapping.lookupOrDefault(term);
  SmallVector<Value> factors(outside);
  llvm::append_range(factors, arguments.drop_back().drop_front(firstScale));
  for (Value factor : factors)
    scaled = arith::MulFOp::create(builder, loc, scaled, factor);
  Value accumulator = arguments.back();
  Value result =
      negated
          ? arith::SubFOp::create(builder, loc, accumulator, scaled).getResult()
          : arith::AddFOp::create(builder, loc, accumulator, scaled)
                .getResult();
  linalg::YieldOp::create(builder, loc, result);
}

/// How many terms `op` sums up for each entry.
static int64_t termsOf(linalg::GenericOp op) {
  int64_t terms = 1;
  for (auto [extent, kind] :
       llvm::zip(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      terms *= extent;
  return terms;
}

/// Replaces `op` and the sum that makes its gradient by one sum that starts
/// from the parameter.
static void fuseUpdate(linalg::GenericOp op) {
  std::optional<Update> update = matchUpdate(op);
  if (!update)
    return;
  auto producer = update->gradient->get().getDefiningOp<linalg::GenericOp>();
  Value term = producer ? matchSum(producer) : Value();
  if (!term)
    return;
  auto missed = [&](StringRef why) {
    remark::missed(op.getLoc(),
                   remark::RemarkOpts::name("fuse-update").category("tacit"))
        << why;
  };
  if (!producer->hasOneUse())
    return missed("the gradient has another use, so it needs a buffer");
  OpOperand *start = producer.getDpsInitOperand(0);
  if (!isZeroFilled(start->get()))
    return missed("the gradient accumulates onto something else than zeros");
  if (!matchContraction(producer) && termsOf(producer) > kMostTerms)
    return missed("so many small terms, added one by one to a parameter, would "
                  "lose their digits");

  // An entry of the gradient, by the producer's loops, is an entry of the
  // parameter by way of the update's loops.
  AffineMap parameterMap = op.getMatchingIndexingMap(update->parameter)
                               .compose(inversePermutation(
                                   op.getMatchingIndexingMap(update->gradient)))
                               .compose(producer.getMatchingIndexingMap(start));
  SmallVector<Value> inputs(producer.getDpsInputs());
  SmallVector<AffineMap> maps = producer.getIndexingMapsArray();
  maps.pop_back();
  unsigned firstScale = inputs.size();
  SmallVector<Value> outside; // Scales that are no tensors.
  for (Value scale : update->scales) {
    if (!isa<TensorType>(scale.getType())) {
      outside.push_back(scale);
      continue;
    }
    inputs.push_back(scale);
    maps.push_back(AffineMap::get(producer.getNumLoops(), 0, op.getContext()));
  }
  maps.push_back(parameterMap);

  OpBuilder builder(op);
  auto fused = linalg::GenericOp::create(
      builder, op.getLoc(), op.getResultTypes(), inputs,
      ValueRange(update->parameter->get()), maps,
      producer.getIteratorTypesArray(),
      [&](OpBuilder &nested, Location loc, ValueRange arguments) {
        buildFusedBody(nested, loc, producer, term, firstScale, outside,
                       update->negated, arguments);
      });
  op.replaceAllUsesWith(fused.getResults());
  op.erase();
  producer.erase();
}

void FuseUpdatePass::runOnOperation() {
  // Sums, which are erased on the way, match no update.
  SmallVector<linalg::GenericOp> updates;
  getOperation().walk([&](linalg::GenericOp op) {
    if (matchUpdate(op))
      updates.push_back(op);
  });
  for (linalg::GenericOp op : updates)
    fuseUpdate(op);
}
