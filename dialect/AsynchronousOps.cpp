//===- AsynchronousOps.cpp - Verifies channels and their use ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// ChannelOp
//===----------------------------------------------------------------------===//

SchedulerAttrInterface ChannelOp::getPolicy() {
  return cast<SchedulerAttrInterface>(getScheduler());
}

SmallVector<VariableOp> mlir::tacit::getMemberVariables(ChannelOp channel) {
  SmallVector<VariableOp> variables;
  for (StringRef name : channel.getMemberNames())
    variables.push_back(dyn_cast_or_null<VariableOp>(
        SymbolTable::lookupSymbolIn(channel->getParentOp(), name)));
  return variables;
}

SmallVector<StringRef> ChannelOp::getMemberNames() {
  SmallVector<StringRef> names;
  for (auto member : getMembers().getAsRange<FlatSymbolRefAttr>())
    names.push_back(member.getValue());
  return names;
}

static LogicalResult verifyMembers(ChannelOp op) {
  if (op.getMembers().empty())
    return op.emitOpError() << "needs at least one member";
  llvm::StringSet<> seen;
  for (auto [name, variable] :
       llvm::zip(op.getMemberNames(), getMemberVariables(op))) {
    if (!variable)
      return op.emitOpError()
             << "has a member '@" << name << "', which names no variable here";
    if (variable.getRole() != Role::parameter ||
        !variable.getTensorType().getElementType().isF32())
      return op.emitOpError()
             << "takes parameters of f32, got '@" << name << "', of role "
             << stringifyRole(variable.getRole()) << " and type "
             << variable.getTensorType();
    if (!seen.insert(name).second)
      return op.emitOpError() << "has '@" << name << "' twice";
  }
  return success();
}

/// "{0, 1} and {2}": the parts of a graph that is not connected.
static std::string describeParts(ArrayRef<SmallVector<int64_t>> parts) {
  std::string text;
  llvm::raw_string_ostream out(text);
  llvm::interleave(
      parts, out,
      [&](const SmallVector<int64_t> &part) {
        out << "{";
        llvm::interleaveComma(part, out);
        out << "}";
      },
      " and ");
  return text;
}

static LogicalResult verifyTopology(ChannelOp op, int64_t ranks) {
  TopologyAttr topology = op.getTopology();
  for (int32_t rank : topology.getEdges())
    if (rank >= ranks)
      return op.emitOpError() << "has an edge to rank " << rank << ", and "
                              << "there are " << ranks << ", from 0";
  SmallVector<SmallVector<int64_t>> parts = topology.getParts(ranks);
  if (parts.size() > 1)
    return op.emitOpError()
           << "has a topology that is not connected: ranks fall into "
           << describeParts(parts)
           << ", and no update passes between them; join them by edges";
  return success();
}

LogicalResult ChannelOp::verify() {
  if (!isa<SchedulerAttrInterface>(getScheduler()))
    return emitOpError() << "needs a scheduler such as "
                            "#tacit.decentralized<send_every = 1>, got "
                         << getScheduler();
  if (failed(verifyMembers(*this)))
    return failure();
  auto trainer = dyn_cast<TrainerOp>((*this)->getParentOp());
  if (!trainer || !trainer.getRanks())
    return success();
  return verifyTopology(*this, static_cast<int64_t>(*trainer.getRanks()));
}

//===----------------------------------------------------------------------===//
// What uses a channel
//===----------------------------------------------------------------------===//

/// The channel of the trainer that `op` stands in; null outside of trainers,
/// where lowered operations stand. Fails if `name` is not its name.
static FailureOr<ChannelOp> findChannel(Operation *op, StringRef name) {
  auto trainer = op->getParentOfType<TrainerOp>();
  if (!trainer)
    return ChannelOp();
  ChannelOp channel = trainer.getChannel();
  if (channel && channel.getSymName() == name)
    return channel;
  return op->emitOpError() << "names '@" << name
                           << "', which is no tacit.channel of the trainer";
}

static LogicalResult verifyMemberTypes(Operation *op, TypeRange types,
                                       ChannelOp channel, StringRef what) {
  SmallVector<Type> wanted;
  for (VariableOp variable : getMemberVariables(channel))
    if (variable)
      wanted.push_back(variable.getTensorType());
  if (types == TypeRange(wanted))
    return success();
  return op->emitOpError() << "needs " << what << " of the types of '@"
                           << channel.getSymName() << "', (" << wanted
                           << "), got (" << types << ")";
}

static LogicalResult verifyTied(Operation *op, TypeRange parameters,
                                TypeRange results) {
  if (parameters.empty())
    return op->emitOpError() << "needs at least one parameter";
  SmallVector<Type> wanted;
  for (Type type : parameters)
    if (isa<RankedTensorType>(type))
      wanted.push_back(type);
  if (results == TypeRange(wanted))
    return success();
  return op->emitOpError() << "needs results of the parameters' types, ("
                           << wanted << "), got (" << results << ")";
}

static LogicalResult verifyScheduler(Operation *op, ChannelOp channel,
                                     bool elastic) {
  if (channel.getPolicy().isElastic() == elastic)
    return success();
  return op->emitOpError()
         << "needs a channel by "
         << (elastic ? "#tacit.norm_bounded or #tacit.variance_bounded"
                     : "#tacit.decentralized")
         << ", got " << channel.getScheduler();
}

static void
addWireEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), Wire::get());
  effects.emplace_back(MemoryEffects::Write::get(), Wire::get());
}

/// Of the buffers among `operands`, those that are moved are written as well.
static void
addBufferEffects(MutableOperandRange read, MutableOperandRange moved,
                 SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addWireEffects(effects);
  for (OpOperand &operand : read)
    if (isa<BaseMemRefType>(operand.get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &operand : moved)
    if (isa<BaseMemRefType>(operand.get().getType())) {
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    }
}

static OpOperand *tiedTo(MutableOperandRange operands, unsigned index) {
  return index < operands.size() ? &operands[index] : nullptr;
}

//===----------------------------------------------------------------------===//
// CollectOp
//===----------------------------------------------------------------------===//

LogicalResult CollectOp::verify() {
  return verifyTied(*this, getParameters().getTypes(), getResultTypes());
}

LogicalResult CollectOp::verifySymbolUses(SymbolTableCollection &) {
  FailureOr<ChannelOp> channel = findChannel(*this, getChannel());
  if (failed(channel) || !*channel)
    return channel;
  return success(
      succeeded(verifyMemberTypes(*this, getParameters().getTypes(), *channel,
                                  "parameters")) &&
      succeeded(verifyScheduler(*this, *channel, /*elastic=*/false)));
}

OpOperand *CollectOp::getTiedOperand(unsigned index) {
  return tiedTo(getParametersMutable(), index);
}

void CollectOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  MutableOperandRange none(getOperation(), 0, 0);
  addBufferEffects(none, getParametersMutable(), effects);
}

//===----------------------------------------------------------------------===//
// Contributions
//===----------------------------------------------------------------------===//

static bool isPayload(Type type) {
  return isa<SparseType, QuantizedType>(type);
}

/// What holds of a contribution wherever it stands.
template <typename OpTy> static LogicalResult verifyContribution(OpTy op) {
  TypeRange sent = op.getSent().getTypes();
  if (sent.empty())
    return op.emitOpError() << "sends nothing";
  if (llvm::any_of(sent, isPayload) && sent.size() > 1)
    return op.emitOpError()
           << "sends tensors, or one payload, got (" << sent << ")";
  return verifyTied(op, op.getParameters().getTypes(), op.getResultTypes());
}

template <typename OpTy> static LogicalResult verifyUse(OpTy op, bool elastic) {
  FailureOr<ChannelOp> found = findChannel(op, op.getChannel());
  if (failed(found) || !*found)
    return found;
  ChannelOp channel = *found;
  if (failed(verifyMemberTypes(op, op.getParameters().getTypes(), channel,
                               "parameters")) ||
      failed(verifyScheduler(op, channel, elastic)))
    return failure();
  Type first = op.getSent()[0].getType();
  if (!isPayload(first)) {
    if (!op.getRest().empty())
      return op.emitOpError() << "leaves something of tensors that are sent "
                                 "whole; only a payload leaves something";
    return verifyMemberTypes(op, op.getSent().getTypes(), channel, "tensors");
  }
  if (!op.getRest().empty() &&
      failed(verifyMemberTypes(op, op.getRest().getTypes(), channel, "a rest")))
    return failure();
  int64_t wanted = countElements(op.getParameters().getTypes());
  if (getPayloadElements(first) != wanted)
    return op.emitOpError()
           << "needs a payload of " << wanted << " elements, as '@"
           << channel.getSymName() << "' has, got " << first;
  return success();
}

LogicalResult PublishOp::verify() { return verifyContribution(*this); }
LogicalResult ElasticAwaitOp::verify() { return verifyContribution(*this); }

LogicalResult PublishOp::verifySymbolUses(SymbolTableCollection &) {
  return verifyUse(*this, /*elastic=*/false);
}
LogicalResult ElasticAwaitOp::verifySymbolUses(SymbolTableCollection &) {
  return verifyUse(*this, /*elastic=*/true);
}

OpOperand *PublishOp::getTiedOperand(unsigned index) {
  return tiedTo(getParametersMutable(), index);
}
OpOperand *ElasticAwaitOp::getTiedOperand(unsigned index) {
  return tiedTo(getParametersMutable(), index);
}

void PublishOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addBufferEffects(getSentMutable(), getParametersMutable(), effects);
}
void ElasticAwaitOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addBufferEffects(getSentMutable(), getParametersMutable(), effects);
}
