//===- ProgramOps.cpp - Verifies trainers and what they hold -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialect/Tacit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tacit;

static bool isStateElement(Type type) {
  return type.isF32() || type.isF64() || type.isSignlessInteger(32) ||
         type.isSignlessInteger(64);
}

//===----------------------------------------------------------------------===//
// TrainerOp
//===----------------------------------------------------------------------===//

LogicalResult TrainerOp::verifyRegions() {
  StepOp step;
  EndRoundOp endRound;
  EvaluateOp evaluate;
  ChannelOp channel;
  for (Operation &op : getBody().front()) {
    if (!isa<VariableOp, func::FuncOp, StepOp, EndRoundOp, EvaluateOp,
             ChannelOp>(op)) {
      InFlightDiagnostic diagnostic =
          emitOpError() << "holds only tacit.variable, func.func, tacit.step, "
                           "tacit.end_round, tacit.evaluate and tacit.channel";
      diagnostic.attachNote(op.getLoc()) << "got '" << op.getName() << "' here";
      return diagnostic;
    }
    if (auto found = dyn_cast<StepOp>(op)) {
      if (step) {
        InFlightDiagnostic diagnostic = emitOpError()
                                        << "has more than one tacit.step";
        diagnostic.attachNote(op.getLoc()) << "the second is here";
        return diagnostic;
      }
      step = found;
    }
    if (auto found = dyn_cast<EndRoundOp>(op)) {
      if (endRound) {
        InFlightDiagnostic diagnostic = emitOpError()
                                        << "has more than one tacit.end_round";
        diagnostic.attachNote(op.getLoc()) << "the second is here";
        return diagnostic;
      }
      endRound = found;
    }
    if (auto found = dyn_cast<EvaluateOp>(op)) {
      if (evaluate) {
        InFlightDiagnostic diagnostic = emitOpError()
                                        << "has more than one tacit.evaluate";
        diagnostic.attachNote(op.getLoc()) << "the second is here";
        return diagnostic;
      }
      evaluate = found;
    }
    if (auto found = dyn_cast<ChannelOp>(op)) {
      if (channel) {
        InFlightDiagnostic diagnostic = emitOpError()
                                        << "has more than one tacit.channel";
        diagnostic.attachNote(op.getLoc()) << "the second is here";
        return diagnostic;
      }
      channel = found;
    }
  }
  if (channel && endRound) {
    InFlightDiagnostic diagnostic =
        emitOpError() << "has a tacit.channel and a tacit.end_round: ranks "
                         "that do not wait for one another end no rounds "
                         "together";
    diagnostic.attachNote(channel.getLoc()) << "the channel is here";
    return diagnostic;
  }
  if (!step)
    return emitOpError() << "has no tacit.step";
  if (std::optional<uint64_t> batches = getAccumulate();
      batches && static_cast<int64_t>(*batches) < 1)
    return emitOpError() << "needs 'accumulate' to be at least 1, got "
                         << static_cast<int64_t>(*batches);
  if (std::optional<uint64_t> ranks = getRanks();
      ranks && static_cast<int64_t>(*ranks) < 1)
    return emitOpError() << "needs at least 1 rank, got "
                         << static_cast<int64_t>(*ranks);
  return success();
}

StepOp TrainerOp::getStep() {
  auto steps = getBody().getOps<StepOp>();
  return steps.empty() ? StepOp() : *steps.begin();
}

EndRoundOp TrainerOp::getEndRound() {
  auto ends = getBody().getOps<EndRoundOp>();
  return ends.empty() ? EndRoundOp() : *ends.begin();
}

Block &TrainerOp::getExchangingBody() {
  if (EndRoundOp endRound = getEndRound())
    return endRound.getBody().front();
  return getStep().getBody().front();
}

ChannelOp TrainerOp::getChannel() {
  auto channels = getBody().getOps<ChannelOp>();
  return channels.empty() ? ChannelOp() : *channels.begin();
}

EvaluateOp TrainerOp::getEvaluate() {
  auto evaluations = getBody().getOps<EvaluateOp>();
  return evaluations.empty() ? EvaluateOp() : *evaluations.begin();
}

//===----------------------------------------------------------------------===//
// VariableOp
//===----------------------------------------------------------------------===//

bool VariableOp::isOwnCopy() {
  return getRole() == Role::parameter && getSymName().ends_with(kOwnSuffix) &&
         isa_and_present<SameAsAttr>(getInitializerAttr());
}

LogicalResult VariableOp::verify() {
  RankedTensorType type = getTensorType();
  if (!type.hasStaticShape())
    return emitOpError() << "needs a static shape, got " << type;
  Type element = type.getElementType();
  if (!isStateElement(element))
    return emitOpError() << "needs elements of f32, f64, i32 or i64, got "
                         << element;
  Attribute initializer = getInitializerAttr();
  if (!initializer)
    return success();
  auto interface = dyn_cast<InitializerAttrInterface>(initializer);
  if (!interface)
    return emitOpError() << "needs an initialiser such as #tacit.zeros, got "
                         << initializer;
  if (isa<FloatType>(element))
    return success();
  ResolvedInitializer resolved = interface.resolve();
  if (resolved.kind == ResolvedInitializer::Kind::OfRun)
    return success();
  if (resolved.kind != ResolvedInitializer::Kind::Constant ||
      resolved.a != std::floor(resolved.a))
    return emitOpError()
           << "holds integers, which take #tacit.zeros or a whole "
              "#tacit.constant, got "
           << initializer;
  return success();
}

//===----------------------------------------------------------------------===//
// GetOp, SetOp
//===----------------------------------------------------------------------===//

template <typename OpT>
static LogicalResult verifyVariableUse(OpT op,
                                       SymbolTableCollection &symbolTable) {
  auto variable =
      symbolTable.lookupNearestSymbolFrom<VariableOp>(op, op.getVariableAttr());
  if (!variable)
    return op.emitOpError() << "'@" << op.getVariable()
                            << "' does not name a variable of the trainer";
  if (variable.getType() != op.getValue().getType()) {
    InFlightDiagnostic diagnostic = op.emitOpError()
                                    << "has type " << op.getValue().getType()
                                    << " but '@" << op.getVariable()
                                    << "' has type " << variable.getType();
    diagnostic.attachNote(variable.getLoc()) << "the variable is here";
    return diagnostic;
  }
  return success();
}

LogicalResult GetOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  if (failed(verifyVariableUse(*this, symbolTable)))
    return failure();
  if (!isa<StepOp, EndRoundOp, EvaluateOp>((*this)->getParentOp()))
    return emitOpError() << "must stand directly in tacit.step, "
                            "tacit.end_round or tacit.evaluate, got '"
                         << (*this)->getParentOp()->getName() << "'";
  return success();
}

LogicalResult SetOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  if (failed(verifyVariableUse(*this, symbolTable)))
    return failure();
  if (!isa<StepOp, EndRoundOp>((*this)->getParentOp()))
    return emitOpError() << "must stand directly in tacit.step or "
                            "tacit.end_round, got '"
                         << (*this)->getParentOp()->getName() << "'";
  return success();
}

//===----------------------------------------------------------------------===//
// StepOp, EvaluateOp
//===----------------------------------------------------------------------===//

static bool isScalarFloat(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 0 &&
         isa<FloatType>(tensor.getElementType());
}

/// Says of `op` what its yield must be, and what it is.
static LogicalResult emitYieldError(Operation *op, YieldOp yield,
                                    const Twine &wanted) {
  InFlightDiagnostic diagnostic =
      op->emitOpError() << "must end with a tacit.yield of " << wanted;
  if (yield)
    diagnostic << ", got (" << yield.getOperandTypes() << ")";
  return diagnostic;
}

LogicalResult StepOp::verifyRegions() {
  auto yield = dyn_cast<YieldOp>(getBody().front().back());
  if (!yield || yield.getValues().size() != 1 ||
      !isScalarFloat(yield.getValues()[0].getType()))
    return emitYieldError(*this, yield,
                          "one scalar tensor of floats, the loss");
  auto batches = getBody().getOps<NextBatchOp>();
  if (llvm::range_size(batches) <= 1)
    return success();
  InFlightDiagnostic diagnostic = emitOpError()
                                  << "has more than one tacit.next_batch";
  diagnostic.attachNote((*std::next(batches.begin())).getLoc())
      << "the second is here";
  return diagnostic;
}

static LogicalResult verifyNoExchange(EvaluateOp op) {
  Operation *exchange = nullptr;
  op.getBody().walk([&](Operation *inner) {
    if (!inner->hasTrait<Collective>())
      return WalkResult::advance();
    exchange = inner;
    return WalkResult::interrupt();
  });
  if (!exchange)
    return success();
  InFlightDiagnostic diagnostic =
      op.emitOpError()
      << "must not exchange: ranks evaluate different numbers of batches";
  diagnostic.attachNote(exchange->getLoc())
      << "'" << exchange->getName() << "' is here";
  return diagnostic;
}

LogicalResult EvaluateOp::verifyRegions() {
  auto batches = getBody().getOps<NextBatchOp>();
  if (llvm::range_size(batches) != 1)
    return emitOpError() << "needs exactly one tacit.next_batch, got "
                         << llvm::range_size(batches);
  int64_t rows = cast<RankedTensorType>((*batches.begin()).getResultTypes()[0])
                     .getDimSize(0);
  auto yield = dyn_cast<YieldOp>(getBody().front().back());
  auto isPerRow = [&](Type type) {
    auto tensor = cast<RankedTensorType>(type);
    return isa<FloatType>(tensor.getElementType()) &&
           tensor.getShape() == ArrayRef<int64_t>{rows};
  };
  if (yield) {
    auto types = yield.getOperandTypes();
    if (types.size() == 1 && isScalarFloat(types[0]))
      return verifyNoExchange(*this);
    if ((types.size() == 1 || types.size() == 2) &&
        llvm::all_of(types, isPerRow))
      return verifyNoExchange(*this);
  }
  return emitYieldError(*this, yield,
                        "a scalar loss, or of one or two tensors of floats "
                        "with an entry for each of the " +
                            Twine(rows) + " rows");
}

//===----------------------------------------------------------------------===//
// NextBatchOp, ReportOp, NumRanksOp
//===----------------------------------------------------------------------===//

StringRef NextBatchOp::getArgumentName(unsigned index) {
  if (std::optional<ArrayAttr> names = getNames())
    return cast<StringAttr>((*names)[index]).getValue();
  return index == 0 ? "x" : "y";
}

LogicalResult NextBatchOp::verify() {
  if (getNumResults() == 0)
    return emitOpError() << "needs at least one result";
  if (std::optional<ArrayAttr> names = getNames()) {
    if (names->size() != getNumResults())
      return emitOpError() << "has " << getNumResults() << " results but "
                           << names->size() << " names";
    llvm::StringSet<> seen;
    for (Attribute name : *names)
      if (!seen.insert(cast<StringAttr>(name).getValue()).second)
        return emitOpError() << "names two arguments " << name;
  } else if (getNumResults() > 2) {
    return emitOpError() << "needs names for " << getNumResults()
                         << " results: only one or two default to \"x\" and "
                            "\"y\"";
  }
  for (Type result : getResultTypes()) {
    auto type = cast<RankedTensorType>(result);
    if (!type.hasStaticShape() || type.getRank() < 1)
      return emitOpError() << "needs static shapes with a first extent, the "
                              "rows, got "
                           << type;
    auto first = cast<RankedTensorType>(getResultTypes()[0]);
    if (type.getDimSize(0) != first.getDimSize(0))
      return emitOpError() << "has batches of " << first.getDimSize(0)
                           << " and of " << type.getDimSize(0) << " rows";
    if (!isStateElement(type.getElementType()))
      return emitOpError() << "needs elements of f32, f64, i32 or i64, got "
                           << type.getElementType();
  }
  return success();
}

LogicalResult ReportOp::verify() {
  if (getKey() == "loss")
    return emitOpError() << "\"loss\" is what the step yields; use another key";
  for (ReportOp other : (*this)->getBlock()->getOps<ReportOp>()) {
    if (other == *this)
      break;
    if (other.getKey() != getKey())
      continue;
    InFlightDiagnostic diagnostic = emitOpError() << "reports \"" << getKey()
                                                  << "\" a second time";
    diagnostic.attachNote(other.getLoc()) << "the first is here";
    return diagnostic;
  }
  return success();
}

OpFoldResult NumRanksOp::fold(FoldAdaptor adaptor) {
  auto trainer = (*this)->getParentOfType<TrainerOp>();
  if (!trainer || !trainer.getRanks())
    return {};
  return IntegerAttr::get(getType(), *trainer.getRanks());
}
