//===- Conversion.cpp - What the lowering registers -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/conversion/Conversion.h"

#include "mlir/Dialect/Arith/Transforms/BufferViewFlowOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

void mlir::tacit::registerConversionExternalModels(DialectRegistry &registry) {
  registerExchangeBufferization(registry);
  registerCompressionBufferization(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerSubsetOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  // A select of buffers is either: without this, the arena would give the
  // memory of both to others.
  arith::registerBufferViewFlowOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
}

SmallVector<func::FuncOp> mlir::tacit::bodiesOf(ProgramOp program) {
  SmallVector<func::FuncOp> bodies;
  for (FlatSymbolRefAttr name :
       {program.getStepAttr(), program.getEndRoundAttr(),
        program.getEvaluateAttr()})
    if (name)
      if (auto function = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
              program->getParentOp(), name))
        bodies.push_back(function);
  return bodies;
}

BlockArgument mlir::tacit::findMarkedArgument(func::FuncOp function,
                                              StringRef name) {
  for (BlockArgument argument : function.getArguments())
    if (function.getArgAttr(argument.getArgNumber(), name))
      return argument;
  return {};
}

int64_t mlir::tacit::bytesOf(MemRefType type) {
  // Like LLVM's layout: an i1 takes a byte.
  int64_t bits =
      type.getElementType().isIndex() ? 64 : type.getElementTypeBitWidth();
  return type.getNumElements() * ((bits + 7) / 8);
}

Value mlir::tacit::rootOfBuffer(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  if (buffer.getDefiningOp<memref::AllocOp>())
    return buffer;
  auto argument = dyn_cast<BlockArgument>(buffer);
  if (argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()))
    return buffer;
  return {};
}

bool mlir::tacit::mayUseBuffer(Operation *op, Value root) {
  return op
      ->walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (isa<BaseMemRefType>(operand.getType()))
            if (Value other = rootOfBuffer(operand); !other || other == root)
              return WalkResult::interrupt();
        return WalkResult::advance();
      })
      .wasInterrupted();
}
