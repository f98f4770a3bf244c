//===- ExchangeBufferization.cpp - Exchanges on buffers ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How one-shot bufferization sees exchanges: each result is its operand,
/// overwritten in place. That holds for a start too, whose held tensors keep
/// the buffers in flight from being reused before the await.
///
//===----------------------------------------------------------------------===//

#include "passes/conversion/Conversion.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::tacit;

// Which operand each result is tied to: operand `i + tiedBegin(op)` to result
// i. Operands before those are read only, or no tensors.

static unsigned tiedBegin(AllReduceOp) { return 0; }
static unsigned tiedBegin(BroadcastOp) { return 0; }
static unsigned tiedBegin(AwaitOp) { return 1; } // after the token
static unsigned tiedBegin(AllGatherOp op) { return op.getInputs().size(); }
static unsigned tiedBegin(StartOp op) {
  return op.getKind() == ExchangeKind::all_gather ? op.getInputs().size() : 0;
}

/// True if what the tied operands hold before is never read.
template <typename OpTy> static bool onlyOverwrites(OpTy op) {
  if (auto start = dyn_cast<StartOp>(*op))
    return start.getKind() == ExchangeKind::all_gather;
  return isa<AllGatherOp>(*op);
}

namespace {
template <typename OpTy>
struct ExchangeModel
    : public BufferizableOpInterface::ExternalModel<ExchangeModel<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return operand.getOperandNumber() < tiedBegin(cast<OpTy>(op)) ||
           !onlyOverwrites(cast<OpTy>(op));
  }

  bool bufferizesToMemoryWrite(Operation *op, OpOperand &operand,
                               const AnalysisState &) const {
    return operand.getOperandNumber() >= tiedBegin(cast<OpTy>(op));
  }

  AliasingValueList getAliasingValues(Operation *op, OpOperand &operand,
                                      const AnalysisState &) const {
    unsigned begin = tiedBegin(cast<OpTy>(op));
    if (operand.getOperandNumber() < begin)
      return {};
    return {{op->getResult(operand.getOperandNumber() - begin),
             BufferRelation::Equivalent}};
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    SmallVector<Value> operands;
    SmallVector<Value> buffers; // One for each operand.
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = operand;
      if (isa<TensorType>(operand.getType()))
        buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
      // On buffers, nothing is held: an await takes its token alone.
      if (!isa<AwaitOp>(op) || !isa<TensorType>(operand.getType()))
        operands.push_back(*buffer);
    }
    // The same operation on buffers has only the results that are no tensors.
    SmallVector<Type> types;
    for (Type type : op->getResultTypes())
      if (!isa<TensorType>(type))
        types.push_back(type);
    rewriter.setInsertionPoint(op);
    OperationState created(op->getLoc(), op->getName(), operands, types,
                           op->getDiscardableAttrDictionary().getValue());
    created.propertiesAttr = op->getPropertiesAsAttribute();
    Operation *onBuffers = rewriter.create(created);

    unsigned next = tiedBegin(cast<OpTy>(op)), other = 0;
    SmallVector<Value> replacements;
    for (Type type : op->getResultTypes())
      replacements.push_back(isa<TensorType>(type)
                                 ? buffers[next++]
                                 : onBuffers->getResult(other++));
    replaceOpWithBufferizedValues(rewriter, op, replacements);
    return success();
  }
};
} // namespace

void mlir::tacit::registerExchangeBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TacitDialect *) {
    AllReduceOp::attachInterface<ExchangeModel<AllReduceOp>>(*context);
    BroadcastOp::attachInterface<ExchangeModel<BroadcastOp>>(*context);
    AllGatherOp::attachInterface<ExchangeModel<AllGatherOp>>(*context);
    StartOp::attachInterface<ExchangeModel<StartOp>>(*context);
    AwaitOp::attachInterface<ExchangeModel<AwaitOp>>(*context);
  });
}
