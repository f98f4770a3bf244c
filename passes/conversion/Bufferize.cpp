//===- Bufferize.cpp - Puts tensors into buffers ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_BUFFERIZEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::bufferization;

namespace {
struct BufferizePass : public tacit::impl::BufferizePassBase<BufferizePass> {
  using BufferizePassBase::BufferizePassBase;
  void runOnOperation() override;
};
} // namespace

/// Gives every operation an empty tensor, or a fill, of its own to write to.
/// Two that share one would be two values in one buffer, hence a copy.
static void separateDestinations(Operation *root) {
  SmallVector<DestinationStyleOpInterface> ops;
  root->walk([&](DestinationStyleOpInterface op) { ops.push_back(op); });
  for (DestinationStyleOpInterface op : ops) {
    OpBuilder builder(op);
    for (OpOperand &operand : op.getDpsInitsMutable()) {
      Operation *source = operand.get().getDefiningOp();
      if (!source || operand.get().hasOneUse())
        continue;
      if (isa<tensor::EmptyOp>(source)) {
        operand.set(builder.clone(*source)->getResult(0));
      } else if (auto fill = dyn_cast<linalg::FillOp>(source)) {
        Value destination = fill.getOutputs()[0];
        if (auto empty = destination.getDefiningOp<tensor::EmptyOp>())
          destination = builder.clone(*empty)->getResult(0);
        Operation *clone = builder.clone(*fill);
        clone->setOperand(1, destination);
        operand.set(clone->getResult(0));
      }
    }
  }
}

/// True if nothing reads `value` after `op`, which changes it in place.
static bool isReadBefore(Value value, Operation *op) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    Operation *reader = op->getBlock()->findAncestorOpInBlock(*user);
    return user == op || (reader && reader->isBeforeInBlock(op));
  });
}

/// True if `value` is `argument`, changed in place: entries, slices or loops
/// that start from it.
static bool isUpdateOf(Value value, BlockArgument argument) {
  while (value != argument) {
    auto result = dyn_cast<OpResult>(value);
    if (!result)
      return false;
    Operation *op = result.getOwner();
    if (auto insert = dyn_cast<tensor::InsertOp>(op))
      value = insert.getDest();
    else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
      value = insert.getDest();
    else if (auto loop = dyn_cast<scf::ForOp>(op))
      value = loop.getInitArgs()[result.getResultNumber()];
    else
      return false;
    if (!isReadBefore(value, op))
      return false;
  }
  return true;
}

/// A copy of `value`.
static Value copyTensor(OpBuilder &builder, Location loc, Value value) {
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, value),
      getElementTypeOrSelf(value));
  return linalg::CopyOp::create(builder, loc, value, empty).getResult(0);
}

/// Lets every loop carry its tensors in the same buffers from one iteration to
/// the next: what is yielded goes to where the iteration's argument is. A fresh
/// buffer for each iteration would have no place in an arena.
static void carryInPlace(Operation *root) {
  root->walk([](scf::ForOp loop) {
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    OpBuilder builder(yield);
    // What may lie in the memory of one carried tensor is read before that one
    // changes: all but what an operation of linalg has computed.
    for (auto [argument, operand] :
         llvm::zip(loop.getRegionIterArgs(), yield->getOpOperands()))
      if (isa<RankedTensorType>(argument.getType()) &&
          !isUpdateOf(operand.get(), argument) &&
          !operand.get().getDefiningOp<linalg::LinalgOp>())
        operand.set(copyTensor(builder, yield.getLoc(), operand.get()));
    for (auto [argument, operand] :
         llvm::zip(loop.getRegionIterArgs(), yield->getOpOperands())) {
      if (!isa<RankedTensorType>(argument.getType()) ||
          isUpdateOf(operand.get(), argument))
        continue;
      auto store = MaterializeInDestinationOp::create(builder, yield.getLoc(),
                                                      operand.get(), argument);
      operand.set(store.getResult());
    }
  });
}

/// The buffer in which `value` is materialised in the end, perhaps after other
/// operations have worked on it in its place; null if there is none.
static Value findDestination(Value value) {
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (auto store = dyn_cast<MaterializeInDestinationOp>(user))
      if (store.getSource() == value)
        return store.getDest();
    auto tied = dyn_cast<tacit::TiedResultsOpInterface>(user);
    if (!tied)
      continue;
    for (OpResult result : user->getResults())
      if (tied.getTiedOperand(result.getResultNumber()) == &use)
        if (Value destination = findDestination(result))
          return destination;
  }
  return {};
}

/// The input of `op` that reads, entry by entry, the buffer in which result
/// `number` is materialised in the end; null if there is none.
static OpOperand *findOldValue(linalg::GenericOp op, unsigned number) {
  OpOperand *init = op.getDpsInitOperand(number);
  Value destination = findDestination(op.getResult(number));
  if (!destination)
    return nullptr;
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto old = input->get().getDefiningOp<ToTensorOp>();
    if (old && old.getBuffer() == destination &&
        op.getMatchingIndexingMap(input) == op.getMatchingIndexingMap(init))
      return input;
  }
  return nullptr;
}

/// Lets elementwise updates of a variable write where they read, whichever way
/// they were written down.
static void updateInPlace(Operation *root) {
  root->walk([](linalg::GenericOp op) {
    if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() != 0)
      return;
    for (unsigned i = 0; i < op.getNumResults(); ++i) {
      OpOperand *init = op.getDpsInitOperand(i);
      if (!init->get().getDefiningOp<tensor::EmptyOp>())
        continue;
      if (OpOperand *old = findOldValue(op, i))
        init->set(old->get());
    }
  });
}

void BufferizePass::runOnOperation() {
  ModuleOp module = getOperation();
  updateInPlace(module);
  carryInPlace(module);
  separateDestinations(module);
  OneShotBufferizationOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.setFunctionBoundaryTypeConversion(LayoutMapOption::IdentityLayoutMap);
  options.bufferAlignment = 0; // The arena aligns buffers.
  IRRewriter rewriter(&getContext());
  if (failed(eliminateEmptyTensors(rewriter, module)))
    return signalPassFailure();
  BufferizationState state;
  if (failed(runOneShotModuleBufferize(module, options, state)))
    return signalPassFailure();
  removeBufferizationAttributesInModule(module);
}
