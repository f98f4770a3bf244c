//===- CompiledOps.cpp - Verifies programs ----------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::tacit;

LogicalResult ProgramOp::verifyRegions() {
  for (Operation &op : getBody().front()) {
    if (isa<VariableOp, ChannelOp>(op))
      continue;
    InFlightDiagnostic diagnostic =
        emitOpError() << "holds only tacit.variable and tacit.channel";
    diagnostic.attachNote(op.getLoc()) << "got '" << op.getName() << "' here";
    return diagnostic;
  }
  auto channels = getBody().getOps<ChannelOp>();
  if (llvm::range_size(channels) <= 1)
    return success();
  InFlightDiagnostic diagnostic = emitOpError()
                                  << "has more than one tacit.channel";
  diagnostic.attachNote((*std::next(channels.begin())).getLoc())
      << "the second is here";
  return diagnostic;
}

ChannelOp ProgramOp::getChannel() {
  auto channels = getBody().getOps<ChannelOp>();
  return channels.empty() ? ChannelOp() : *channels.begin();
}

LogicalResult ProgramOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto verifyFunction = [&](FlatSymbolRefAttr name) -> LogicalResult {
    Operation *found =
        symbolTable.lookupNearestSymbolFrom((*this)->getParentOp(), name);
    if (isa_and_nonnull<FunctionOpInterface>(found))
      return success();
    return emitOpError() << "'" << name << "' does not name a function";
  };
  if (failed(verifyFunction(getStepAttr())))
    return failure();
  for (FlatSymbolRefAttr name : {getEndRoundAttr(), getEvaluateAttr()})
    if (name && failed(verifyFunction(name)))
      return failure();
  return success();
}

LogicalResult GemmOp::verify() {
  for (Value buffer : {getA(), getB(), getC()})
    if (auto type = cast<MemRefType>(buffer.getType());
        !type.getElementType().isF32())
      return emitOpError() << "multiplies f32, got " << type;
  ArrayRef<int64_t> sizes = getSizes();
  ArrayRef<int64_t> leading = getLeading();
  if (sizes.size() != 3 || leading.size() != 3)
    return emitOpError() << "needs 3 sizes and 3 leading dimensions, got "
                         << sizes.size() << " and " << leading.size();
  if (llvm::any_of(sizes, [](int64_t size) { return size < 1; }))
    return emitOpError() << "needs sizes of at least 1, got [" << sizes << "]";
  int64_t m = sizes[0], n = sizes[1], k = sizes[2];
  int64_t rows[3] = {getTransposeA() ? m : k, getTransposeB() ? k : n, n};
  for (auto [name, length, distance] :
       llvm::zip(StringRef("ABC"), rows, leading))
    if (distance < length)
      return emitOpError() << "has rows of " << length << " elements in "
                           << name << " but a leading dimension of "
                           << distance;
  return success();
}

void GemmOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getAMutable());
  effects.emplace_back(MemoryEffects::Read::get(), &getBMutable());
  if (getAccumulate())
    effects.emplace_back(MemoryEffects::Read::get(), &getCMutable());
  effects.emplace_back(MemoryEffects::Write::get(), &getCMutable());
}

//===----------------------------------------------------------------------===//
// Compression on bytes
//===----------------------------------------------------------------------===//

/// Verifies that results are the tensors among `written`.
static LogicalResult verifyStored(Operation *op, ValueRange written) {
  SmallVector<Type> wanted;
  for (Type type : written.getTypes())
    if (isa<RankedTensorType>(type))
      wanted.push_back(type);
  if (op->getResultTypes() == TypeRange(wanted))
    return success();
  return op->emitOpError() << "must return (" << TypeRange(wanted)
                           << "), the tensors that it writes, got ("
                           << op->getResultTypes() << ")";
}

/// The operand among `written` that result `index` stands in the place of.
static OpOperand *storedIn(ArrayRef<OpOperand *> written, unsigned index) {
  return index < written.size() ? written[index] : nullptr;
}

static SmallVector<OpOperand *>
operandsOf(std::initializer_list<MutableOperandRange> ranges) {
  SmallVector<OpOperand *> operands;
  for (MutableOperandRange range : ranges)
    for (OpOperand &operand : range)
      operands.push_back(&operand);
  return operands;
}

static SmallVector<Value> valuesOf(ArrayRef<OpOperand *> operands) {
  SmallVector<Value> values;
  for (OpOperand *operand : operands)
    values.push_back(operand->get());
  return values;
}

/// On buffers, `op` reads all of its operands, and writes `written`.
static void
addStoredEffects(Operation *op, ArrayRef<OpOperand *> written,
                 SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : op->getOpOperands())
    if (isa<BaseMemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand *operand : written)
    if (isa<BaseMemRefType>(operand->get().getType()))
      effects.emplace_back(MemoryEffects::Write::get(), operand);
}

static SmallVector<OpOperand *> getWritten(EncodeOp op) {
  if (op.getLossy())
    return operandsOf({op.getPayloadMutable()});
  return operandsOf({op.getValuesMutable(), op.getPayloadMutable()});
}
static SmallVector<OpOperand *> getWritten(ExchangeEncodedOp op) {
  return operandsOf({op.getOutputMutable(), op.getRestMutable()});
}
static SmallVector<OpOperand *> getWritten(DecodeOp op) {
  return operandsOf({op.getOutputsMutable()});
}
static SmallVector<OpOperand *> getWritten(ClearEncodedOp op) {
  return operandsOf({op.getValuesMutable()});
}

static SmallVector<OpOperand *> getWritten(ExchangeLowRankOp op) {
  if (op.getLossy())
    return operandsOf({op.getOutputsMutable(), op.getFactorsMutable()});
  return operandsOf(
      {op.getOutputsMutable(), op.getValuesMutable(), op.getFactorsMutable()});
}

LogicalResult EncodeOp::verify() {
  if (getValues().empty())
    return emitOpError() << "needs at least one value";
  return verifyStored(*this, valuesOf(getWritten(*this)));
}
void EncodeOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addStoredEffects(*this, getWritten(*this), effects);
}
OpOperand *EncodeOp::getTiedOperand(unsigned index) {
  return storedIn(getWritten(*this), index);
}
SmallVector<MutableOperandRange> EncodeOp::getContiguousOperands() {
  return {getValuesMutable(), getAddedMutable()};
}

LogicalResult ExchangeEncodedOp::verify() {
  return verifyStored(*this, valuesOf(getWritten(*this)));
}
void ExchangeEncodedOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), Wire::get());
  effects.emplace_back(MemoryEffects::Write::get(), Wire::get());
  addStoredEffects(*this, getWritten(*this), effects);
}
OpOperand *ExchangeEncodedOp::getTiedOperand(unsigned index) {
  return storedIn(getWritten(*this), index);
}
SmallVector<MutableOperandRange> ExchangeEncodedOp::getContiguousOperands() {
  return {getRestMutable()};
}

LogicalResult DecodeOp::verify() {
  if (getOutputs().empty())
    return emitOpError() << "needs at least one output";
  return verifyStored(*this, valuesOf(getWritten(*this)));
}
void DecodeOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addStoredEffects(*this, getWritten(*this), effects);
}
OpOperand *DecodeOp::getTiedOperand(unsigned index) {
  return storedIn(getWritten(*this), index);
}
SmallVector<MutableOperandRange> DecodeOp::getContiguousOperands() {
  return {getOutputsMutable()};
}

LogicalResult ExchangeLowRankOp::verify() {
  if (getValues().empty())
    return emitOpError() << "needs at least one value";
  return verifyStored(*this, valuesOf(getWritten(*this)));
}
void ExchangeLowRankOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), Wire::get());
  effects.emplace_back(MemoryEffects::Write::get(), Wire::get());
  addStoredEffects(*this, getWritten(*this), effects);
}
OpOperand *ExchangeLowRankOp::getTiedOperand(unsigned index) {
  return storedIn(getWritten(*this), index);
}
SmallVector<MutableOperandRange> ExchangeLowRankOp::getContiguousOperands() {
  return {getValuesMutable(), getAddedMutable(), getFactorsMutable(),
          getOutputsMutable()};
}

LogicalResult ClearEncodedOp::verify() {
  if (getValues().empty())
    return emitOpError() << "needs at least one value";
  return verifyStored(*this, valuesOf(getWritten(*this)));
}
void ClearEncodedOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addStoredEffects(*this, getWritten(*this), effects);
}
OpOperand *ClearEncodedOp::getTiedOperand(unsigned index) {
  return storedIn(getWritten(*this), index);
}
SmallVector<MutableOperandRange> ClearEncodedOp::getContiguousOperands() {
  return {getValuesMutable()};
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

static SmallVector<OpOperand *> getWritten(ConvolutionOp op) {
  return {&op.getPlaceMutable()};
}

Value ConvolutionOp::getInput() {
  return getKind() == ConvolutionKind::backward_data ? getPlace() : getLhs();
}
Value ConvolutionOp::getFilter() {
  return getKind() == ConvolutionKind::backward_weights ? getPlace() : getRhs();
}
Value ConvolutionOp::getOutput() {
  switch (getKind()) {
  case ConvolutionKind::forward:
    return getPlace();
  case ConvolutionKind::backward_data:
    return getLhs();
  case ConvolutionKind::backward_weights:
    return getRhs();
  }
  llvm_unreachable("no other kind");
}

FailureOr<SmallVector<unsigned>> ConvolutionOp::placesOf(StringRef layout,
                                                         StringRef order) {
  SmallVector<unsigned> places;
  for (char name : order) {
    if (layout.size() != order.size() || layout.count(name) != 1)
      return failure();
    places.push_back(layout.find(name));
  }
  return places;
}

LogicalResult ConvolutionOp::verify() {
  for (Value value : {getLhs(), getRhs(), getPlace()})
    if (auto type = cast<ShapedType>(value.getType());
        !type.getElementType().isF32() || !type.hasStaticShape())
      return emitOpError() << "works on f32 of known extents, got " << type;
  if (getLayouts().size() != 3)
    return emitOpError() << "needs 3 layouts, got " << getLayouts().size();
  SmallVector<int64_t> extents[3]; // Of nchw, oihw, nchw.
  for (auto [i, value] : llvm::enumerate(
           SmallVector<Value>{getInput(), getFilter(), getOutput()})) {
    StringRef order = i == 1 ? "oihw" : "nchw";
    StringRef layout = cast<StringAttr>(getLayouts()[i]).getValue();
    FailureOr<SmallVector<unsigned>> places = placesOf(layout, order);
    auto type = cast<ShapedType>(value.getType());
    if (failed(places) || type.getRank() != 4)
      return emitOpError() << "cannot lay out " << type << " as '" << layout
                           << "'; it takes each letter of '" << order
                           << "' once";
    for (unsigned place : *places)
      extents[i].push_back(type.getDimSize(place));
  }
  auto areAtLeast = [](ArrayRef<int64_t> values, size_t count, int64_t least) {
    return values.size() == count &&
           llvm::all_of(values, [&](int64_t value) { return value >= least; });
  };
  if (!areAtLeast(getStrides(), 2, 1) || !areAtLeast(getDilations(), 2, 1) ||
      !areAtLeast(getPadding(), 4, 0))
    return emitOpError()
           << "needs 2 strides and 2 dilations of at least 1, and "
              "4 paddings of at least 0";
  auto [input, filter, output] = std::tie(extents[0], extents[1], extents[2]);
  if (input[0] != output[0] || input[1] != filter[1] || output[1] != filter[0])
    return emitOpError() << "has batches of " << input[0] << " and "
                         << output[0] << ", and " << input[1] << " to "
                         << output[1] << " channels, but a filter of "
                         << filter[1] << " to " << filter[0];
  for (unsigned i : {0, 1}) {
    int64_t reach = (filter[2 + i] - 1) * getDilations()[i] + 1;
    int64_t room =
        input[2 + i] + getPadding()[2 * i] + getPadding()[2 * i + 1] - reach;
    if (room < 0 || room / getStrides()[i] + 1 != output[2 + i])
      return emitOpError() << "has an output of " << output[2 + i] << " along "
                           << "hw"[i] << " where "
                           << (room < 0 ? 0 : room / getStrides()[i] + 1)
                           << " fit";
  }
  return verifyStored(*this, valuesOf(getWritten(*this)));
}
void ConvolutionOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand *operand : {&getLhsMutable(), &getRhsMutable()})
    if (isa<BaseMemRefType>(operand->get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), operand);
  if (isa<BaseMemRefType>(getPlace().getType()))
    effects.emplace_back(MemoryEffects::Write::get(), &getPlaceMutable());
}
OpOperand *ConvolutionOp::getTiedOperand(unsigned index) {
  return storedIn(getWritten(*this), index);
}
SmallVector<MutableOperandRange> ConvolutionOp::getContiguousOperands() {
  return {};
}
