//===- RegionAdjoint.cpp - The adjoint of a region of control flow -*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/RegionAdjoint.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::tacit;

SetVector<Value> tacit::findCaptured(Region &region) {
  SetVector<Value> captured;
  region.walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (!isDefinedIn(operand, region))
        captured.insert(operand);
  });
  return captured;
}

llvm::DenseSet<Value> tacit::findInfluences(Block &block, ValueRange roots) {
  llvm::DenseSet<Value> influences;
  SmallVector<Value> worklist(roots);
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    if (!influences.insert(value).second)
      continue;
    Operation *op = value.getDefiningOp();
    if (op && op->getBlock() == &block)
      forEachRead(op, [&](Value read) { worklist.push_back(read); });
  }
  return influences;
}

int64_t tacit::getBytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  Type element = getElementTypeOrSelf(type);
  int64_t bytes =
      element.isIntOrFloat() ? (element.getIntOrFloatBitWidth() + 7) / 8 : 8;
  if (!tensor)
    return bytes;
  return tensor.hasStaticShape() ? tensor.getNumElements() * bytes : 0;
}

/// True for what costs little more than to read and write its result.
static bool isCheap(Operation *op) {
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return structured.getNumReductionLoops() == 0;
  return op->getNumRegions() == 0 &&
         isa<arith::ArithDialect, math::MathDialect, tensor::TensorDialect>(
             op->getDialect());
}

ForwardValues::ForwardValues(Region &forward, Region &backward, bool recompute)
    : forward(forward), backward(backward), recompute(recompute) {
  backward.walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (isInside(operand))
        needed.insert(operand);
  });
}

bool ForwardValues::isInside(Value value) const {
  return isDefinedIn(value, forward);
}

bool ForwardValues::collectArguments(Value value,
                                     SetVector<Value> &arguments) const {
  if (!isInside(value) || value == free || saved.contains(value))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op) {
    arguments.insert(value);
    return true;
  }
  if (!recompute && !isCheap(op))
    return false;
  bool possible = isMemoryEffectFree(op);
  forEachRead(op, [&](Value read) {
    possible = possible && collectArguments(read, arguments);
  });
  return possible;
}

SmallVector<Value> ForwardValues::findSaved(Value freeValue) {
  free = freeValue;
  Block &block = forward.front();
  for (BlockArgument argument : block.getArguments())
    if (needed.contains(argument) && argument != free)
      saved.insert(argument);
  // From the first to the last: what an earlier one saved, later ones use.
  for (Operation &op : block)
    for (Value value : op.getResults()) {
      if (!needed.contains(value))
        continue;
      SetVector<Value> arguments;
      bool possible = collectArguments(value, arguments);
      int64_t bytes = 0;
      for (Value argument : arguments)
        bytes += getBytes(argument.getType());
      // To save the arguments must not take more than to save the value.
      if (possible && (recompute || bytes <= getBytes(value.getType())))
        saved.insert(arguments.begin(), arguments.end());
      else
        saved.insert(value);
    }
  return SmallVector<Value>(saved.begin(), saved.end());
}

Value ForwardValues::compute(OpBuilder &builder, Value value,
                             function_ref<Value(Value)> read) {
  if (!isInside(value))
    return value;
  if (Value known = resolved.lookupOrNull(value))
    return known;
  Value result = saved.contains(value) ? read(value) : Value();
  if (!result) {
    Operation *op = value.getDefiningOp();
    assert(op && "an argument is saved or free");
    IRMapping mapping;
    forEachRead(op, [&](Value operand) {
      mapping.map(operand, compute(builder, operand, read));
    });
    Operation *copy = builder.clone(*op, mapping);
    result = copy->getResult(cast<OpResult>(value).getResultNumber());
  }
  resolved.map(value, result);
  return result;
}

void ForwardValues::resolve(OpBuilder &builder, function_ref<Value(Value)> read,
                            Value freeValue) {
  if (free)
    resolved.map(free, freeValue);
  for (Operation &op : forward.front())
    for (Value value : op.getResults())
      if (needed.contains(value))
        compute(builder, value, read);
  for (BlockArgument argument : forward.getArguments())
    if (needed.contains(argument))
      compute(builder, argument, read);
  backward.walk([&](Operation *op) {
    for (OpOperand &operand : op->getOpOperands())
      if (Value value = resolved.lookupOrNull(operand.get()))
        operand.set(value);
  });
}
