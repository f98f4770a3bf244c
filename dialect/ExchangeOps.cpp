//===- ExchangeOps.cpp - Verifies exchanges and their tokens -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// What exchanges have in common
//===----------------------------------------------------------------------===//

/// Verifies a non-empty list of static tensors, or of static buffers, with one
/// element type that goes over the wire.
static LogicalResult verifyExchanged(Operation *op, ValueRange values) {
  if (values.empty())
    return op->emitOpError() << "needs at least one operand";
  auto first = cast<ShapedType>(values[0].getType());
  Type element = first.getElementType();
  if (!element.isF32() && !element.isF64() && !element.isSignlessInteger(32) &&
      !element.isSignlessInteger(64))
    return op->emitOpError()
           << "exchanges f32, f64, i32 or i64, got " << element;
  for (Value value : values) {
    auto type = cast<ShapedType>(value.getType());
    if (type.getElementType() != element)
      return op->emitOpError() << "exchanges one element type, got " << element
                               << " and " << type.getElementType();
    if (!type.hasStaticShape())
      return op->emitOpError() << "needs static shapes, got " << type;
    if (isa<RankedTensorType>(type) != isa<RankedTensorType>(first))
      return op->emitOpError()
             << "mixes tensors and buffers: " << first << " and " << type;
  }
  return success();
}

/// Verifies that `op` hands over, as `verb` says, the types of `operands`,
/// which are its `what`; nothing on buffers.
static LogicalResult verifyTied(Operation *op, TypeRange results,
                                ValueRange operands, StringRef verb,
                                StringRef what) {
  SmallVector<Type> expected;
  for (Type type : operands.getTypes())
    if (isa<RankedTensorType>(type))
      expected.push_back(type);
  if (results == TypeRange(expected))
    return success();
  return op->emitOpError() << "must " << verb << " (" << TypeRange(expected)
                           << "), the types of " << what << ", got (" << results
                           << ")";
}

static LogicalResult verifyReduction(Operation *op, Reduction reduction,
                                     Value first) {
  Type element = cast<ShapedType>(first.getType()).getElementType();
  if (reduction != Reduction::mean || isa<FloatType>(element))
    return success();
  return op->emitOpError() << "mean needs floats, got " << element
                           << "; use sum";
}

static LogicalResult verifyRoot(Operation *op, int64_t root) {
  if (root < 0)
    return op->emitOpError() << "root must not be negative, got " << root;
  auto trainer = op->getParentOfType<TrainerOp>();
  if (!trainer || !trainer.getRanks())
    return success();
  auto ranks = static_cast<int64_t>(*trainer.getRanks());
  if (root >= ranks)
    return op->emitOpError() << "root must be below the trainer's " << ranks
                             << " ranks, got " << root;
  return success();
}

/// Verifies what an all_gather brings against where it goes.
static LogicalResult verifyGathered(Operation *op, ValueRange inputs,
                                    ValueRange outputs) {
  if (inputs.size() != outputs.size())
    return op->emitOpError() << "has " << inputs.size() << " operands but "
                             << outputs.size() << " outputs";
  auto trainer = op->getParentOfType<TrainerOp>();
  for (auto [input, output] : llvm::zip(inputs, outputs)) {
    auto from = cast<ShapedType>(input.getType());
    auto to = cast<ShapedType>(output.getType());
    if (isa<RankedTensorType>(from) != isa<RankedTensorType>(to))
      return op->emitOpError()
             << "mixes tensors and buffers: " << from << " and " << to;
    if (to.getElementType() != from.getElementType() || to.getRank() < 1 ||
        to.getShape().drop_front() != from.getShape())
      return op->emitOpError() << "needs for " << from
                               << " an output with one leading extent more, "
                                  "the ranks, got "
                               << to;
    if (!trainer || !trainer.getRanks() || to.isDynamicDim(0))
      continue;
    auto ranks = static_cast<int64_t>(*trainer.getRanks());
    if (to.getDimSize(0) != ranks)
      return op->emitOpError()
             << "is bound to " << ranks << " ranks, but the output is " << to;
  }
  return success();
}

/// Every exchange reads and writes the wire; on buffers it does the same to
/// those in `written`, and reads those in `read`.
static void
addExchangeEffects(MutableArrayRef<OpOperand> read,
                   MutableArrayRef<OpOperand> written,
                   SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), Wire::get());
  effects.emplace_back(MemoryEffects::Write::get(), Wire::get());
  for (OpOperand &operand : read)
    if (isa<BaseMemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &operand : written) {
    if (!isa<BaseMemRefType>(operand.get().getType()))
      continue;
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
    effects.emplace_back(MemoryEffects::Write::get(), &operand);
  }
}

/// True if the trainer around `op` is bound to one rank, so that an exchange
/// changes nothing.
static bool isAlone(Operation *op) {
  auto trainer = op->getParentOfType<TrainerOp>();
  return trainer && trainer.getRanks() == std::optional<uint64_t>(1);
}

/// With one rank, replaces an in-place exchange by its operands.
static LogicalResult foldAlone(Operation *op, ValueRange inputs,
                               PatternRewriter &rewriter) {
  if (!isAlone(op))
    return rewriter.notifyMatchFailure(op, "not bound to one rank");
  if (op->getNumResults() == 0)
    rewriter.eraseOp(op);
  else
    rewriter.replaceOp(op, inputs);
  return success();
}

/// With one rank, an all_gather is its operands behind an extent of one.
/// Appends them to `results` as tensors of the outputs' types.
static LogicalResult gatherAlone(Operation *op, ValueRange inputs,
                                 ValueRange outputs, PatternRewriter &rewriter,
                                 SmallVectorImpl<Value> &results) {
  if (!isa<RankedTensorType>(inputs[0].getType()))
    return rewriter.notifyMatchFailure(op, "gathers buffers");
  results.clear();
  for (auto [input, output] : llvm::zip(inputs, outputs)) {
    auto from = cast<RankedTensorType>(input.getType());
    SmallVector<int64_t> shape{1};
    llvm::append_range(shape, from.getShape());
    // The first extent joins the new one, unless there is none.
    SmallVector<ReassociationIndices> groups;
    for (int64_t extent = 0; extent < from.getRank(); ++extent)
      groups.push_back(extent == 0 ? ReassociationIndices{0, 1}
                                   : ReassociationIndices{extent + 1});
    Value expanded = tensor::ExpandShapeOp::create(
        rewriter, op->getLoc(), from.clone(shape), input, groups);
    if (expanded.getType() != output.getType())
      expanded = tensor::CastOp::create(rewriter, op->getLoc(),
                                        output.getType(), expanded);
    results.push_back(expanded);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// AllReduceOp
//===----------------------------------------------------------------------===//

LogicalResult AllReduceOp::verify() {
  if (failed(verifyExchanged(*this, getInputs())) ||
      failed(verifyTied(*this, getResultTypes(), getInputs(), "return",
                        "its operands")))
    return failure();
  return verifyReduction(*this, getReduction(), getInputs()[0]);
}

void AllReduceOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addExchangeEffects({}, (*this)->getOpOperands(), effects);
}

LogicalResult AllReduceOp::canonicalize(AllReduceOp op,
                                        PatternRewriter &rewriter) {
  return foldAlone(op, op.getInputs(), rewriter);
}

ExchangeKind AllReduceOp::getExchangeKind() { return ExchangeKind::all_reduce; }
OperandRange AllReduceOp::getExchanged() { return getInputs(); }

//===----------------------------------------------------------------------===//
// BroadcastOp
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  if (failed(verifyExchanged(*this, getInputs())) ||
      failed(verifyTied(*this, getResultTypes(), getInputs(), "return",
                        "its operands")))
    return failure();
  return verifyRoot(*this, static_cast<int64_t>(getRoot()));
}

void BroadcastOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addExchangeEffects({}, (*this)->getOpOperands(), effects);
}

LogicalResult BroadcastOp::canonicalize(BroadcastOp op,
                                        PatternRewriter &rewriter) {
  return foldAlone(op, op.getInputs(), rewriter);
}

ExchangeKind BroadcastOp::getExchangeKind() { return ExchangeKind::broadcast; }
OperandRange BroadcastOp::getExchanged() { return getInputs(); }

//===----------------------------------------------------------------------===//
// AllGatherOp
//===----------------------------------------------------------------------===//

ParseResult AllGatherOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::UnresolvedOperand> inputs, outputs;
  SmallVector<Type> inputTypes, outputTypes;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperandList(inputs) || parser.parseKeyword("into") ||
      parser.parseOperandList(outputs) ||
      parser.parseOptionalAttrDict(result.attributes) || parser.parseColon() ||
      parser.parseTypeList(inputTypes) || parser.parseKeyword("into") ||
      parser.parseTypeList(outputTypes) ||
      parser.resolveOperands(inputs, inputTypes, loc, result.operands) ||
      parser.resolveOperands(outputs, outputTypes, loc, result.operands))
    return failure();
  result.getOrAddProperties<Properties>().setOperandSegmentSizes(
      {static_cast<int32_t>(inputs.size()),
       static_cast<int32_t>(outputs.size())});
  for (Type type : outputTypes)
    if (isa<RankedTensorType>(type))
      result.addTypes(type);
  return success();
}

void AllGatherOp::print(OpAsmPrinter &printer) {
  printer << " " << getInputs() << " into " << getOutputs();
  printer.printOptionalAttrDict((*this)->getAttrs(),
                                {getOperandSegmentSizesAttrName()});
  printer << " : " << getInputs().getTypes() << " into "
          << getOutputs().getTypes();
}

LogicalResult AllGatherOp::verify() {
  if (failed(verifyExchanged(*this, getInputs())) ||
      failed(verifyGathered(*this, getInputs(), getOutputs())))
    return failure();
  return verifyTied(*this, getResultTypes(), getOutputs(), "return",
                    "its outputs");
}

void AllGatherOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addExchangeEffects(getInputsMutable(), getOutputsMutable(), effects);
}

/// Gathers straight into what a cast hid the number of ranks of: once ranks are
/// bound, outputs become static and only casts say otherwise.
static LogicalResult absorbOutputCasts(AllGatherOp op,
                                       PatternRewriter &rewriter) {
  SmallVector<Value> outputs;
  SmallVector<Type> types;
  bool changed = false;
  for (Value output : op.getOutputs()) {
    auto cast = output.getDefiningOp<tensor::CastOp>();
    if (cast && tensor::canFoldIntoConsumerOp(cast)) {
      output = cast.getSource();
      changed = true;
    }
    outputs.push_back(output);
    if (isa<RankedTensorType>(output.getType()))
      types.push_back(output.getType());
  }
  if (!changed)
    return rewriter.notifyMatchFailure(op, "no output is cast");
  auto gathered = AllGatherOp::create(rewriter, op.getLoc(), types,
                                      op.getInputs(), outputs);
  gathered->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  SmallVector<Value> results;
  for (auto [result, type] :
       llvm::zip(gathered.getResults(), op.getResultTypes())) {
    Value value = result;
    if (value.getType() != type)
      value = tensor::CastOp::create(rewriter, op.getLoc(), type, value);
    results.push_back(value);
  }
  rewriter.replaceOp(op, results);
  return success();
}

LogicalResult AllGatherOp::canonicalize(AllGatherOp op,
                                        PatternRewriter &rewriter) {
  if (!isAlone(op))
    return absorbOutputCasts(op, rewriter);
  SmallVector<Value> results;
  if (failed(
          gatherAlone(op, op.getInputs(), op.getOutputs(), rewriter, results)))
    return failure();
  rewriter.replaceOp(op, results);
  return success();
}

ExchangeKind AllGatherOp::getExchangeKind() { return ExchangeKind::all_gather; }
OperandRange AllGatherOp::getExchanged() { return getInputs(); }

//===----------------------------------------------------------------------===//
// StartOp
//===----------------------------------------------------------------------===//

/// The operands that an exchange of this start writes.
static OperandRange getWritten(StartOp op) {
  return op.getKind() == ExchangeKind::all_gather ? op.getOutputs()
                                                  : op.getInputs();
}

static LogicalResult verifyStartParameters(StartOp op) {
  ExchangeKind kind = op.getKind();
  bool wantsReduction = kind == ExchangeKind::all_reduce;
  if (wantsReduction != op.getReduction().has_value())
    return op.emitOpError()
           << stringifyExchangeKind(kind)
           << (wantsReduction ? " needs a reduction" : " takes no reduction");
  bool wantsRoot = kind == ExchangeKind::broadcast;
  if (wantsRoot != op.getRoot().has_value())
    return op.emitOpError() << stringifyExchangeKind(kind)
                            << (wantsRoot ? " needs a root" : " takes no root");
  if (kind == ExchangeKind::all_gather)
    return verifyGathered(op, op.getInputs(), op.getOutputs());
  if (!op.getOutputs().empty())
    return op.emitOpError() << stringifyExchangeKind(kind)
                            << " works in place and takes no outputs";
  if (wantsRoot)
    return verifyRoot(op, static_cast<int64_t>(*op.getRoot()));
  return verifyReduction(op, *op.getReduction(), op.getInputs()[0]);
}

LogicalResult StartOp::verify() {
  if (failed(verifyExchanged(*this, getInputs())) ||
      failed(verifyStartParameters(*this)))
    return failure();
  return verifyTied(*this, getHeld().getTypes(), getWritten(*this), "hold",
                    getKind() == ExchangeKind::all_gather ? "its outputs"
                                                          : "its operands");
}

void StartOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  if (getKind() == ExchangeKind::all_gather)
    addExchangeEffects(getInputsMutable(), getOutputsMutable(), effects);
  else
    addExchangeEffects({}, getInputsMutable(), effects);
}

ExchangeKind StartOp::getExchangeKind() { return getKind(); }
OperandRange StartOp::getExchanged() { return getInputs(); }

//===----------------------------------------------------------------------===//
// AwaitOp
//===----------------------------------------------------------------------===//

LogicalResult AwaitOp::verify() {
  auto argument = dyn_cast<BlockArgument>(getToken());
  if (argument && argument.getOwner()->isEntryBlock() &&
      !isa<RegionBranchOpInterface>(argument.getOwner()->getParentOp()))
    return emitOpError() << "must stand where its exchange is started, but its "
                            "token is argument #"
                         << argument.getArgNumber() << " of '"
                         << argument.getOwner()->getParentOp()->getName()
                         << "'";
  return verifyTied(*this, getResultTypes(), getHeld(), "return",
                    "what was held");
}

void AwaitOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addExchangeEffects({}, getHeldMutable(), effects);
  if (!getHeld().empty())
    return;
  // On buffers the token alone says which arrive: it may be any.
  effects.emplace_back(MemoryEffects::Read::get());
  effects.emplace_back(MemoryEffects::Write::get());
}

LogicalResult AwaitOp::canonicalize(AwaitOp op, PatternRewriter &rewriter) {
  if (!isAlone(op))
    return rewriter.notifyMatchFailure(op, "not bound to one rank");
  auto start = op.getToken().getDefiningOp<StartOp>();
  if (!start)
    return rewriter.notifyMatchFailure(op, "token is handed on in between");
  if (!start.getToken().hasOneUse() ||
      ValueRange(start.getHeld()) != ValueRange(op.getHeld()))
    return rewriter.notifyMatchFailure(op, "not the only await of its token");
  SmallVector<Value> results(start.getInputs());
  if (start.getKind() == ExchangeKind::all_gather) {
    rewriter.setInsertionPoint(op);
    if (failed(gatherAlone(start, start.getInputs(), start.getOutputs(),
                           rewriter, results)))
      return failure();
  }
  if (op.getNumResults() == 0)
    rewriter.eraseOp(op);
  else
    rewriter.replaceOp(op, results);
  rewriter.eraseOp(start);
  return success();
}
