//===- AccumulateGradients.cpp - Several batches in a step ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/Elementwise.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "tacit-accumulate-gradients"

namespace mlir::tacit {
#define GEN_PASS_DEF_ACCUMULATEGRADIENTSPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct AccumulateGradientsPass
    : public tacit::impl::AccumulateGradientsPassBase<AccumulateGradientsPass> {
  using AccumulateGradientsPassBase::AccumulateGradientsPassBase;
  void runOnOperation() override;
};

/// Puts what makes gradients of a batch into a loop over several batches.
class Accumulator {
public:
  Accumulator(TrainerOp trainer, int64_t batches)
      : trainer(trainer), step(trainer.getStep()),
        block(step.getBody().front()), batches(batches) {}

  LogicalResult run();

private:
  /// Finds what of the step depends on the batch, and what of that optimizers,
  /// model state and the loss take.
  LogicalResult collect();
  /// Sums over all batches, before the first user of any.
  scf::ForOp buildLoop(ImplicitLocOpBuilder &b);
  /// The slice of each of the batch's tensors that number `index` is.
  void takeSlices(ImplicitLocOpBuilder &b, Value index, IRMapping &mapping);
  Value addTo(ImplicitLocOpBuilder &b, Value sum, Value value,
              IRMapping &mapping);

  TrainerOp trainer;
  StepOp step;
  Block &block;
  int64_t batches;
  NextBatchOp batch;
  SetVector<Operation *> inner; ///< What the loop does, in order.
  SetVector<Value> outputs;     ///< What it adds up.
};
} // namespace

/// Whether `set` gives model state a new value that there is a mean of.
static bool setsState(SetOp set) {
  auto variable = SymbolTable::lookupNearestSymbolFrom<VariableOp>(
      set, set.getVariableAttr());
  return variable && variable.getRole() == Role::model_state &&
         isa<FloatType>(variable.getTensorType().getElementType());
}

LogicalResult Accumulator::collect() {
  for (auto op : block.getOps<NextBatchOp>())
    batch = op;
  if (!batch)
    return step.emitOpError()
           << "takes no batch, of which there could be several in a step; "
              "leave accumulate out";
  // What depends on the batch, up to where it is taken.
  SetVector<Operation *> dependent;
  for (Operation &op : block) {
    bool depends = false;
    op.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands()) {
        Operation *producer = operand.getDefiningOp();
        depends |=
            producer && (producer == batch || dependent.contains(producer));
      }
    });
    if (!depends)
      continue;
    if (auto optimizer = dyn_cast<OptimizerOpInterface>(op)) {
      outputs.insert(optimizer.getGradientOperand().get());
      continue;
    }
    if (auto yield = dyn_cast<YieldOp>(op)) {
      outputs.insert(yield.getValues()[0]);
      continue;
    }
    if (auto set = dyn_cast<SetOp>(op); set && setsState(set)) {
      outputs.insert(set.getValue());
      continue;
    }
    if (!isMemoryEffectFree(&op))
      return op.emitOpError()
             << "takes what depends on the batch, which has no meaning over "
                "several batches; only optimizers, model state of floats and "
                "the loss may, or leave accumulate out";
    dependent.insert(&op);
  }
  // All that it takes to compute it but the batch and variables.
  BackwardSliceOptions options;
  options.omitBlockArguments = true;
  options.omitUsesFromAbove = false;
  options.inclusive = true;
  options.filter = [&](Operation *op) {
    return op->getBlock() == &block && !isa<NextBatchOp, GetOp>(op) &&
           isMemoryEffectFree(op);
  };
  SetVector<Operation *> slice;
  for (Value output : outputs) {
    Operation *producer = output.getDefiningOp();
    if (producer == batch || !options.filter(producer))
      continue;
    (void)getBackwardSlice(producer, &slice, options);
  }
  for (Operation &op : block)
    if (slice.contains(&op))
      inner.insert(&op);
  return success();
}

void Accumulator::takeSlices(ImplicitLocOpBuilder &b, Value index,
                             IRMapping &mapping) {
  for (Value whole : batch.getValues()) {
    auto type = cast<RankedTensorType>(whole.getType());
    int64_t rows = type.getDimSize(0) / batches;
    Value first = arith::MulIOp::create(
        b, index, arith::ConstantIndexOp::create(b, rows));
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = rows;
    SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)), sizes,
        strides(type.getRank(), b.getIndexAttr(1));
    offsets[0] = first;
    for (int64_t extent : shape)
      sizes.push_back(b.getIndexAttr(extent));
    mapping.map(whole, tensor::ExtractSliceOp::create(
                           b, type.clone(shape), whole, offsets, sizes, strides)
                           .getResult());
  }
}

/// Whether `init` is a tensor of zeros.
static bool isZeros(Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs()[0], m_AnyZeroFloat());
}

/// `sum` plus what `value` is in the loop: a product that would begin at 0
/// begins at the sum.
Value Accumulator::addTo(ImplicitLocOpBuilder &b, Value sum, Value value,
                         IRMapping &mapping) {
  Value mine = mapping.lookup(value);
  if (auto product = mine.getDefiningOp<linalg::LinalgOp>();
      product && mine.use_empty() && product->getNumResults() == 1 &&
      linalg::isaContractionOpInterface(product) &&
      isZeros(product.getDpsInits()[0])) {
    product.getDpsInitsMutable()[0].set(sum);
    return mine;
  }
  return buildElementwise(
      b, b.getLoc(), mine, sum,
      [](ImplicitLocOpBuilder &inner, ValueRange entries) -> Value {
        return arith::AddFOp::create(inner, entries[1], entries[0]);
      });
}

scf::ForOp Accumulator::buildLoop(ImplicitLocOpBuilder &b) {
  SmallVector<Value> zeros;
  for (Value output : outputs) {
    auto type = cast<RankedTensorType>(output.getType());
    Value empty =
        tensor::EmptyOp::create(b, type.getShape(), type.getElementType());
    Value zero = arith::ConstantOp::create(
        b, cast<TypedAttr>(b.getZeroAttr(type.getElementType())));
    zeros.push_back(linalg::FillOp::create(b, zero, empty).getResult(0));
  }
  Value begin = arith::ConstantIndexOp::create(b, 0),
        end = arith::ConstantIndexOp::create(b, batches),
        one = arith::ConstantIndexOp::create(b, 1);
  return scf::ForOp::create(
      b, begin, end, one, zeros,
      [&](OpBuilder &builder, Location loc, Value index, ValueRange sums) {
        ImplicitLocOpBuilder in(loc, builder);
        IRMapping mapping;
        takeSlices(in, index, mapping);
        for (Operation *op : inner)
          in.clone(*op, mapping);
        SmallVector<Value> next;
        for (auto [output, sum] : llvm::zip(outputs, sums))
          next.push_back(addTo(in, sum, output, mapping));
        scf::YieldOp::create(in, next);
      });
}

LogicalResult Accumulator::run() {
  if (trainer.getAccumulate())
    return trainer.emitOpError() << "accumulates gradients already";
  if (failed(collect()))
    return failure();
  if (outputs.empty())
    return step.emitOpError() << "has no gradient that depends on its batch";

  for (OpResult value : batch->getResults()) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[0] *= batches;
    value.setType(type.clone(shape));
  }
  // Before the first that takes an output.
  Operation *first = block.getTerminator();
  for (Value output : outputs)
    for (Operation *user : output.getUsers())
      if (!inner.contains(block.findAncestorOpInBlock(*user)) &&
          user->isBeforeInBlock(first))
        first = user;
  OpBuilder builder(first);
  ImplicitLocOpBuilder b(step.getLoc(), builder);
  scf::ForOp loop = buildLoop(b);
  for (auto [number, sum] : llvm::enumerate(loop.getResults())) {
    Value output = outputs[number];
    Type element = cast<RankedTensorType>(output.getType()).getElementType();
    Value count = arith::ConstantOp::create(
        b, FloatAttr::get(element, static_cast<double>(batches)));
    Value mean = buildElementwise(
        b, b.getLoc(), ValueRange(), sum,
        [&](ImplicitLocOpBuilder &in, ValueRange entries) -> Value {
          return arith::DivFOp::create(in, entries[0], count);
        });
    output.replaceUsesWithIf(mean, [&](OpOperand &use) {
      Operation *user = block.findAncestorOpInBlock(*use.getOwner());
      return !inner.contains(user) && user != loop &&
             isa<OptimizerOpInterface, SetOp, YieldOp>(user);
    });
  }
  // What only the loop needs is there now.
  for (Operation *op : llvm::reverse(inner))
    if (op->use_empty())
      op->erase();
  trainer.setAccumulate(batches);
  remark::passed(step.getLoc(),
                 remark::RemarkOpts::name("Accumulate").category(DEBUG_TYPE))
      << remark::add("adds up {0} values over {1} batches", outputs.size(),
                     batches);
  return success();
}

void AccumulateGradientsPass::runOnOperation() {
  if (batches < 1) {
    emitError(getOperation().getLoc())
        << "tacit-accumulate-gradients: batches must be at least 1, got "
        << batches.getValue();
    return signalPassFailure();
  }
  if (batches == 1)
    return;
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(Accumulator(trainer, batches).run()))
      return signalPassFailure();
}
