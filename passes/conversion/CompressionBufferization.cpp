//===- CompressionBufferization.cpp - Payloads on buffers -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How one-shot bufferization sees compression, and what goes through a
/// channel: each result stands in the place of the operand that it is tied to;
/// the others are read.
///
//===----------------------------------------------------------------------===//

#include "passes/conversion/Conversion.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::tacit;

/// The result in the place of `operand`; null if it is only read.
static OpResult resultIn(Operation *op, OpOperand &operand) {
  auto tied = cast<TiedResultsOpInterface>(op);
  for (OpResult result : op->getResults())
    if (tied.getTiedOperand(result.getResultNumber()) == &operand)
      return result;
  return {};
}

/// True if `operand` is a place whose contents do not matter.
static bool isOnlyOverwritten(Operation *op, OpOperand &operand) {
  Value value = operand.get();
  if (auto encode = dyn_cast<EncodeOp>(op))
    return value == encode.getPayload();
  if (auto exchange = dyn_cast<ExchangeEncodedOp>(op))
    return operand.getOperandNumber() == 1;
  if (auto convolution = dyn_cast<ConvolutionOp>(op))
    return &operand == &convolution.getPlaceMutable();
  if (isa<DecodeOp>(op))
    return operand.getOperandNumber() > 0;
  if (auto lowRank = dyn_cast<ExchangeLowRankOp>(op))
    return llvm::is_contained(lowRank.getOutputs(), value);
  return false;
}

namespace {
template <typename OpTy>
struct StoredModel
    : public BufferizableOpInterface::ExternalModel<StoredModel<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !isOnlyOverwritten(op, operand);
  }

  bool bufferizesToMemoryWrite(Operation *op, OpOperand &operand,
                               const AnalysisState &) const {
    return static_cast<bool>(resultIn(op, operand));
  }

  AliasingValueList getAliasingValues(Operation *op, OpOperand &operand,
                                      const AnalysisState &) const {
    if (OpResult result = resultIn(op, operand))
      return {{result, BufferRelation::Equivalent}};
    return {};
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = operand;
      if (isa<TensorType>(operand.getType()))
        buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    SmallVector<Value> replacements;
    auto tied = cast<TiedResultsOpInterface>(op);
    for (OpResult result : op->getResults())
      replacements.push_back(
          buffers[tied.getTiedOperand(result.getResultNumber())
                      ->getOperandNumber()]);
    rewriter.setInsertionPoint(op);
    OperationState created(op->getLoc(), op->getName(), buffers, TypeRange(),
                           op->getDiscardableAttrDictionary().getValue());
    created.propertiesAttr = op->getPropertiesAsAttribute();
    rewriter.create(created);
    replaceOpWithBufferizedValues(rewriter, op, replacements);
    return success();
  }
};
} // namespace

void mlir::tacit::registerCompressionBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TacitDialect *) {
    EncodeOp::attachInterface<StoredModel<EncodeOp>>(*context);
    ExchangeEncodedOp::attachInterface<StoredModel<ExchangeEncodedOp>>(
        *context);
    DecodeOp::attachInterface<StoredModel<DecodeOp>>(*context);
    ClearEncodedOp::attachInterface<StoredModel<ClearEncodedOp>>(*context);
    ExchangeLowRankOp::attachInterface<StoredModel<ExchangeLowRankOp>>(
        *context);
    ConvolutionOp::attachInterface<StoredModel<ConvolutionOp>>(*context);
    CollectOp::attachInterface<StoredModel<CollectOp>>(*context);
    PublishOp::attachInterface<StoredModel<PublishOp>>(*context);
    ElasticAwaitOp::attachInterface<StoredModel<ElasticAwaitOp>>(*context);
  });
}
