//===- CompressionOps.cpp - Verifies and folds compression -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// What these operations have in common
//===----------------------------------------------------------------------===//

static LogicalResult verifyFlat(Operation *op, TypeRange types,
                                StringRef what) {
  if (types.empty())
    return op->emitOpError() << "needs at least one " << what;
  for (Type type : types) {
    auto tensor = cast<RankedTensorType>(type);
    if (!tensor.hasStaticShape() || !tensor.getElementType().isF32())
      return op->emitOpError() << "needs static tensors of f32, got " << type;
  }
  return success();
}

static LogicalResult verifySameTypes(Operation *op, TypeRange types,
                                     TypeRange wanted, StringRef what) {
  if (types == wanted)
    return success();
  return op->emitOpError() << "needs " << what << " of the types (" << wanted
                           << "), got (" << types << ")";
}

static LogicalResult verifyElements(Operation *op, TypeRange types,
                                    Type payload) {
  int64_t elements = countElements(types), wanted = getPayloadElements(payload);
  if (elements == wanted)
    return success();
  return op->emitOpError() << "needs tensors of " << wanted
                           << " elements in all, as the payload's vector has, "
                              "got "
                           << elements;
}

/// The operand in whose place result `index` stands, if results `first` and
/// following stand in that of `operands`.
static OpOperand *tiedTo(MutableOperandRange operands, unsigned index,
                         unsigned first) {
  if (index < first || index - first >= operands.size())
    return nullptr;
  return &operands[index - first];
}

/// Verifies what is added to operands of `types`, and by what these are scaled.
template <typename OpTy>
static LogicalResult verifySum(OpTy op, TypeRange types) {
  if (!op.getAdded().empty() &&
      failed(verifySameTypes(op, op.getAdded().getTypes(), types,
                             "what is added")))
    return failure();
  if (op.getScale() && op.getAdded().empty())
    return op.emitOpError() << "has a scale, but nothing is added; scale what "
                               "`plus` is added to";
  return success();
}

//===----------------------------------------------------------------------===//
// AccumulateResidualOp
//===----------------------------------------------------------------------===//

LogicalResult AccumulateResidualOp::verify() {
  if (failed(verifyFlat(*this, getValues().getTypes(), "value")) ||
      failed(verifySameTypes(*this, getResiduals().getTypes(),
                             getValues().getTypes(), "residuals")))
    return failure();
  return verifySameTypes(*this, getResultTypes(), getValues().getTypes(),
                         "results");
}

OpOperand *AccumulateResidualOp::getTiedOperand(unsigned index) {
  return tiedTo(getResidualsMutable(), index, 0);
}

//===----------------------------------------------------------------------===//
// CompressOp
//===----------------------------------------------------------------------===//

int64_t CompressOp::getNumElements() {
  return countElements(getInputs().getTypes());
}

AllReducePayloadOp CompressOp::getExchange() {
  for (Operation *user : getPayload().getUsers())
    if (auto exchange = dyn_cast<AllReducePayloadOp>(user))
      return exchange;
  return {};
}

LogicalResult CompressOp::verify() {
  CompressorAttrInterface compressor = getCompressor();
  TypeRange types = getInputs().getTypes();
  if (failed(verifyFlat(*this, types, "operand")))
    return failure();
  if (isa<PowerSGDAttr>(compressor))
    return emitOpError() << "compresses what is exchanged by it, and "
                         << compressor
                         << " is defined for the mean over ranks; use "
                            "tacit.all_reduce_low_rank";
  Type wanted = compressor.getPayloadType(types, getWarmUp());
  if (getPayload().getType() != wanted)
    return emitOpError() << "makes a payload of " << wanted << ", got "
                         << getPayload().getType();
  if (!getRest().empty() &&
      failed(verifySameTypes(*this, getRest().getTypes(), types, "a rest")))
    return failure();
  if (failed(verifySum(*this, types)))
    return failure();
  if (compressor.isRandom() != static_cast<bool>(getNumber()))
    return emitOpError() << compressor
                         << (getNumber() ? " draws no random numbers and takes "
                                           "no number"
                                         : " draws random numbers and needs "
                                           "the number of the exchange");
  bool forgets = compressor.isBiased() && getRest().empty();
  if (getLossy() != forgets)
    return emitOpError() << (forgets
                                 ? "forgets what it does not keep, which may "
                                   "not converge; return the rest, or say lossy"
                                 : "is not lossy: the rest is returned, or the "
                                   "compressor is unbiased");
  if (getWarmUp() && !isa<TopKAttr>(compressor))
    return emitOpError() << "has a warm-up, which only #tacit.top_k has, got "
                         << compressor;
  return success();
}

OpOperand *CompressOp::getTiedOperand(unsigned index) {
  return tiedTo(getInputsMutable(), index, 1);
}

/// Of a vector of zeros, whatever is kept, zeros remain.
LogicalResult CompressOp::canonicalize(CompressOp op,
                                       PatternRewriter &rewriter) {
  if (op.getRest().empty() || !op.getAdded().empty())
    return rewriter.notifyMatchFailure(op, "no rest of its operands alone");
  bool changed = false;
  for (Value input : op.getInputs())
    if (!matchPattern(input, m_AnyZeroFloat()))
      return rewriter.notifyMatchFailure(op, "an operand may not be zero");
  for (auto [rest, input] : llvm::zip(op.getRest(), op.getInputs())) {
    changed |= !rest.use_empty();
    rewriter.replaceAllUsesWith(rest, input);
  }
  return success(changed);
}

//===----------------------------------------------------------------------===//
// AllReducePayloadOp
//===----------------------------------------------------------------------===//

Type AllReducePayloadOp::getResultType(PayloadAlgorithm algorithm, Type payload,
                                       int64_t ranks) {
  if (auto quantized = dyn_cast<QuantizedType>(payload))
    return QuantizedType::get(payload.getContext(), quantized.getElements(),
                              quantized.getElementType(), quantized.getBytes(),
                              algorithm == PayloadAlgorithm::dense ? 1 : ranks);
  auto sparse = cast<SparseType>(payload);
  int64_t capacity = sparse.getCapacity(), elements = sparse.getElements();
  switch (algorithm) {
  case PayloadAlgorithm::gtopk:
  case PayloadAlgorithm::ok_topk:
    break;
  case PayloadAlgorithm::all_gather:
    capacity = capacity > elements / ranks ? elements : capacity * ranks;
    break;
  case PayloadAlgorithm::dense:
    capacity = elements;
    break;
  }
  return SparseType::get(payload.getContext(), elements,
                         sparse.getElementType(), capacity);
}

LogicalResult AllReducePayloadOp::verify() {
  Type payload = getPayload().getType();
  if (std::string why = getCompressor().whyNot(getAlgorithm()); !why.empty())
    return emitOpError() << stringifyPayloadAlgorithm(getAlgorithm())
                         << " does not go with " << getCompressor() << ": "
                         << why;
  auto trainer = (*this)->getParentOfType<TrainerOp>();
  if (trainer && trainer.getRanks()) {
    Type wanted = getResultType(getAlgorithm(), payload,
                                static_cast<int64_t>(*trainer.getRanks()));
    if (getResult().getType() != wanted)
      return emitOpError() << "on " << *trainer.getRanks() << " ranks gives "
                           << wanted << ", got " << getResult().getType();
  } else if (getPayloadElements(getResult().getType()) !=
             getPayloadElements(payload)) {
    return emitOpError() << "gives a vector as long as the payload's, "
                         << payload << ", got " << getResult().getType();
  }
  if (getRest().empty() != !getPutBack())
    return emitOpError() << (getPutBack() ? "puts back, but has no rest"
                                          : "has a rest, but no put_back");
  if (getRest().empty())
    return success();
  if (failed(verifyFlat(*this, getRest().getTypes(), "rest")) ||
      failed(verifyElements(*this, getRest().getTypes(), payload)) ||
      failed(verifySameTypes(*this, getRestResults().getTypes(),
                             getRest().getTypes(), "a rest")))
    return failure();
  if (*getPutBack() != PutBack::conserving &&
      getAlgorithm() != PayloadAlgorithm::gtopk)
    return emitOpError() << "puts back as " << stringifyPutBack(*getPutBack())
                         << ", which is defined for gtopk alone; "
                         << stringifyPayloadAlgorithm(getAlgorithm())
                         << " takes conserving";
  return success();
}

void AllReducePayloadOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), Wire::get());
  effects.emplace_back(MemoryEffects::Write::get(), Wire::get());
}

OpOperand *AllReducePayloadOp::getTiedOperand(unsigned index) {
  return tiedTo(getRestMutable(), index, 1);
}

//===----------------------------------------------------------------------===//
// AllReduceLowRankOp
//===----------------------------------------------------------------------===//

LogicalResult AllReduceLowRankOp::verify() {
  TypeRange types = getInputs().getTypes();
  if (failed(verifyFlat(*this, types, "operand")))
    return failure();
  PowerSGDAttr compressor = getCompressor();
  SmallVector<Type> factors;
  for (Type type : types) {
    auto tensor = cast<RankedTensorType>(type);
    if (!compressor.saves(tensor))
      return emitOpError() << "makes no less of " << type << " at rank "
                           << compressor.getRank()
                           << "; exchange it as it is, by tacit.all_reduce";
    factors.push_back(compressor.getFactorType(tensor));
  }
  if (failed(
          verifySameTypes(*this, getFactors().getTypes(), factors, "factors")))
    return failure();
  if (failed(verifySum(*this, types)))
    return failure();
  SmallVector<Type> results(types);
  if (!getLossy())
    llvm::append_range(results, types);
  llvm::append_range(results, factors);
  if (failed(verifySameTypes(*this, getMeans().getTypes(), types, "means")))
    return failure();
  return verifySameTypes(*this, getResultTypes(), results,
                         getLossy() ? "means and factors"
                                    : "means, a rest and factors");
}

void AllReduceLowRankOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), Wire::get());
  effects.emplace_back(MemoryEffects::Write::get(), Wire::get());
}

OpOperand *AllReduceLowRankOp::getTiedOperand(unsigned index) {
  unsigned inputs = getInputs().size(), rest = getRest().size();
  if (index >= inputs && index < inputs + rest)
    return &getInputsMutable()[index - inputs];
  return tiedTo(getFactorsMutable(), index, inputs + rest);
}

//===----------------------------------------------------------------------===//
// DecompressOp
//===----------------------------------------------------------------------===//

LogicalResult DecompressOp::verify() {
  if (failed(verifyFlat(*this, getResultTypes(), "result")))
    return failure();
  return verifyElements(*this, getResultTypes(), getPayload().getType());
}

bool mlir::tacit::keepsAll(CompressorAttrInterface compressor) {
  if (auto topK = dyn_cast<TopKAttr>(compressor))
    return topK.getDensity().convertToDouble() == 1;
  if (auto topK = dyn_cast<SampledTopKAttr>(compressor))
    return topK.getDensity().convertToDouble() == 1;
  if (auto randomK = dyn_cast<RandomKAttr>(compressor))
    return randomK.getDensity().convertToDouble() == 1;
  return false;
}

/// Decompression of everything is the vector itself, exchanged or not.
LogicalResult DecompressOp::canonicalize(DecompressOp op,
                                         PatternRewriter &rewriter) {
  Value payload = op.getPayload();
  auto exchange = payload.getDefiningOp<AllReducePayloadOp>();
  if (exchange)
    payload = exchange.getPayload();
  auto compress = payload.getDefiningOp<CompressOp>();
  if (!compress || !keepsAll(compress.getCompressor()))
    return rewriter.notifyMatchFailure(op, "does not keep every entry");
  if (!compress.getAdded().empty() ||
      op.getResultTypes() != compress.getInputs().getTypes())
    return rewriter.notifyMatchFailure(op, "is cut up in another way");
  if (!exchange) {
    rewriter.replaceOp(op, compress.getInputs());
    return success();
  }
  if (!exchange.getResult().hasOneUse())
    return rewriter.notifyMatchFailure(op, "the exchange serves others");
  rewriter.setInsertionPoint(exchange);
  auto dense = AllReduceOp::create(rewriter, exchange.getLoc(),
                                   compress.getInputs().getTypes(),
                                   Reduction::mean, compress.getInputs());
  // Nothing is left, and nothing is put back.
  SmallVector<Value> zeros;
  for (Type type : exchange.getRest().getTypes())
    zeros.push_back(
        arith::ConstantOp::create(rewriter, exchange.getLoc(),
                                  cast<TypedAttr>(rewriter.getZeroAttr(type))));
  rewriter.replaceOp(op, dense.getResults());
  rewriter.replaceAllUsesWith(exchange.getRestResults(), zeros);
  rewriter.eraseOp(exchange);
  return success();
}

//===----------------------------------------------------------------------===//
// ClearSelectedOp
//===----------------------------------------------------------------------===//

LogicalResult ClearSelectedOp::verify() {
  if (failed(verifyFlat(*this, getValues().getTypes(), "value")))
    return failure();
  return verifyElements(*this, getValues().getTypes(), getPayload().getType());
}

OpOperand *ClearSelectedOp::getTiedOperand(unsigned index) {
  return tiedTo(getValuesMutable(), index, 0);
}
