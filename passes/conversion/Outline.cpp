//===- Outline.cpp - Makes functions of steps -------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bufferization works on functions of a module, and silently skips those that
/// are nested in another symbol table. Hence a step's body leaves its trainer
/// before it.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_OUTLINEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct OutlinePass : public tacit::impl::OutlinePassBase<OutlinePass> {
  using OutlinePassBase::OutlinePassBase;
  void runOnOperation() override;
};

/// Turns one body, of a step, of a round's end or of an evaluation, into a
/// function.
class BodyOutliner {
public:
  BodyOutliner(TrainerOp trainer, Operation *bodyOp)
      : trainer(trainer), block(bodyOp->getRegion(0).front()),
        builder(trainer.getContext()) {}

  /// Creates the function behind the trainer and empties the body.
  FailureOr<func::FuncOp> run(StringRef kind, ArrayRef<StringRef> resultNames);

private:
  struct Used {
    VariableOp variable;
    bool isGot = false;
    bool isSet = false;
    BlockArgument buffer;
    Value initial; ///< The tensor at the start; null if it is never got.
    Value current;
  };

  void collect(ArrayRef<StringRef> resultNames);
  func::FuncOp createFunction(StringRef kind);
  void moveBody(func::FuncOp function);
  void markExchanges(func::FuncOp function);
  void materialize();
  Used *find(StringRef name);

  TrainerOp trainer;
  Block &block;
  OpBuilder builder;
  SmallVector<Used> used;
  NextBatchOp batch;
  /// Results by name, in the order of the descriptor.
  SmallVector<std::pair<StringAttr, Value>> results;
  SmallVector<BlockArgument> dataBuffers, resultBuffers;
};
} // namespace

static MemRefType bufferOf(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// True if the buffer of `value` may be that of a tensor in `sources`: if it is
/// computed in the place of one, or is a part of one. Operations that are not
/// known to compute elsewhere count as computing in place.
static bool mayBeStoredIn(Value value, const DenseSet<Value> &sources,
                          DenseSet<Value> &seen) {
  if (sources.contains(value))
    return true;
  if (!isa<TensorType>(value.getType()) || !seen.insert(value).second)
    return false;
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  auto mayBe = [&](Value operand) {
    return mayBeStoredIn(operand, sources, seen);
  };
  if (isa<tensor::EmptyOp>(op))
    return false;
  if (auto tied = dyn_cast<TiedResultsOpInterface>(op)) {
    OpOperand *operand =
        tied.getTiedOperand(cast<OpResult>(value).getResultNumber());
    return operand && mayBe(operand->get());
  }
  if (isa<DecompressOp>(op))
    return false;
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op);
      destination && op->getNumRegions() <= 1)
    return mayBe(destination.getTiedOpOperand(cast<OpResult>(value))->get());
  if (op->getNumRegions() == 0)
    return llvm::any_of(op->getOperands(), mayBe);
  // A loop or a conditional: whatever it takes or captures.
  bool found = llvm::any_of(op->getOperands(), mayBe);
  op->walk([&](Operation *nested) {
    found = found || llvm::any_of(nested->getOperands(), mayBe);
  });
  return found;
}

/// The variable that `value` goes into, by the fewest operations; empty if it
/// goes into none. `setOf` names the variable that each final value is set to.
static StringRef variableServed(Value value,
                                const DenseMap<Value, StringRef> &setOf) {
  SmallVector<Value> frontier = {value};
  DenseSet<Value> seen = {value};
  for (size_t i = 0; i < frontier.size(); ++i) {
    if (auto found = setOf.find(frontier[i]); found != setOf.end())
      return found->second;
    for (OpOperand &use : frontier[i].getUses()) {
      Operation *user = use.getOwner();
      if (auto await = dyn_cast<AwaitOp>(user)) {
        // The result tied to what it holds; operand 0 is the token.
        if (use.getOperandNumber() == 0)
          continue;
        Value result = await.getResults()[use.getOperandNumber() - 1];
        if (seen.insert(result).second)
          frontier.push_back(result);
        continue;
      }
      for (Value result : user->getResults())
        if (seen.insert(result).second)
          frontier.push_back(result);
    }
  }
  return {};
}

BodyOutliner::Used *BodyOutliner::find(StringRef name) {
  for (Used &entry : used)
    if (entry.variable.getSymName() == name)
      return &entry;
  return nullptr;
}

void BodyOutliner::collect(ArrayRef<StringRef> resultNames) {
  llvm::StringMap<std::pair<bool, bool>> uses;
  for (Operation &op : block) {
    if (auto get = dyn_cast<GetOp>(op))
      uses[get.getVariable()].first = true;
    else if (auto set = dyn_cast<SetOp>(op))
      uses[set.getVariable()].second = true;
    else if (auto next = dyn_cast<NextBatchOp>(op))
      batch = next;
  }
  for (auto variable : trainer.getBody().getOps<VariableOp>()) {
    auto found = uses.find(variable.getSymName());
    if (found == uses.end())
      continue;
    Used entry;
    entry.variable = variable;
    entry.isGot = found->second.first;
    entry.isSet = found->second.second;
    used.push_back(entry);
  }
  if (auto yield =
          dyn_cast_or_null<YieldOp>(block.empty() ? nullptr : &block.back()))
    for (auto [name, value] : llvm::zip(resultNames, yield.getValues()))
      results.push_back({builder.getStringAttr(name), value});
  for (auto report : block.getOps<ReportOp>())
    results.push_back({report.getKeyAttr(), report.getValue()});
}

func::FuncOp BodyOutliner::createFunction(StringRef kind) {
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  auto add = [&](Type tensor, StringRef attribute, StringRef name) {
    types.push_back(bufferOf(tensor));
    attributes.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr(attribute, builder.getStringAttr(name))));
  };
  for (Used &entry : used)
    add(entry.variable.getType(), kVariableAttrName,
        entry.variable.getSymName());
  if (batch)
    for (auto [i, type] : llvm::enumerate(batch.getResultTypes()))
      add(type, kDataAttrName, batch.getArgumentName(i));
  for (auto &[name, value] : results)
    add(value.getType(), kResultAttrName, name.getValue());

  auto function = func::FuncOp::create(
      builder, trainer.getLoc(), (trainer.getSymName() + "." + kind).str(),
      builder.getFunctionType(types, {}));
  function.setPrivate();
  function.setAllArgAttrs(attributes);
  Block *entry = function.addEntryBlock();
  unsigned next = 0;
  for (Used &variable : used)
    variable.buffer = entry->getArgument(next++);
  if (batch)
    for (size_t i = 0; i < batch.getNumResults(); ++i)
      dataBuffers.push_back(entry->getArgument(next++));
  for (size_t i = 0; i < results.size(); ++i)
    resultBuffers.push_back(entry->getArgument(next++));
  return function;
}

void BodyOutliner::moveBody(func::FuncOp function) {
  Block &entry = function.getBody().front();
  builder.setInsertionPointToEnd(&entry);
  Location loc = trainer.getLoc();
  for (Used &variable : used) {
    if (!variable.isGot)
      continue;
    variable.initial = bufferization::ToTensorOp::create(
        builder, variable.variable.getLoc(), variable.variable.getType(),
        variable.buffer, /*restrict=*/true, /*writable=*/variable.isSet);
    variable.current = variable.initial;
  }
  // Results stand for values that the loop below replaces.
  auto replace = [&](Value from, Value to) {
    for (auto &[name, value] : results)
      if (value == from)
        value = to;
    from.replaceAllUsesWith(to);
  };
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto get = dyn_cast<GetOp>(op)) {
      replace(get.getValue(), find(get.getVariable())->current);
      get.erase();
    } else if (auto set = dyn_cast<SetOp>(op)) {
      find(set.getVariable())->current = set.getValue();
      set.erase();
    } else if (auto next = dyn_cast<NextBatchOp>(op)) {
      for (auto [value, buffer] : llvm::zip(next.getValues(), dataBuffers))
        replace(value, bufferization::ToTensorOp::create(
                           builder, loc, value.getType(), buffer,
                           /*restrict=*/true, /*writable=*/false));
      next.erase();
    } else if (isa<ReportOp, YieldOp>(op)) {
      op.erase();
    } else {
      op.moveBefore(&entry, entry.end());
    }
  }
}

void BodyOutliner::markExchanges(func::FuncOp function) {
  // A parameter is what an exchange is named after, not its momentum.
  DenseMap<Value, StringRef> parameters, others;
  for (Used &entry : used)
    if (entry.isSet)
      (entry.variable.getRole() == Role::parameter ? parameters : others)
          .try_emplace(entry.current, entry.variable.getSymName());
  function.walk([&](Operation *exchange) {
    auto lowRank = dyn_cast<AllReduceLowRankOp>(exchange);
    if ((!lowRank && !isa<ExchangeOpInterface, DecompressOp>(exchange)) ||
        exchange->hasAttr(kServesAttrName))
      return;
    SmallVector<StringRef> names;
    // Not after the residuals and factors that it leaves.
    for (Value result : lowRank ? lowRank.getMeans() : exchange->getResults()) {
      if (!isa<TensorType>(result.getType()))
        continue;
      StringRef name = variableServed(result, parameters);
      if (name.empty())
        name = variableServed(result, others);
      if (!name.empty())
        names.push_back(name);
    }
    if (!names.empty())
      exchange->setAttr(kServesAttrName, builder.getStrArrayAttr(names));
  });
}

void BodyOutliner::materialize() {
  Location loc = trainer.getLoc();
  for (auto [named, buffer] : llvm::zip(results, resultBuffers))
    bufferization::MaterializeInDestinationOp::create(
        builder, loc, /*result=*/TypeRange(), named.second, buffer,
        /*restrict=*/true, /*writable=*/true);
  // A variable's new value may lie where another variable's old one did, which
  // the stores below overwrite: bufferization does not see their order.
  for (Used &entry : used) {
    if (!entry.isSet)
      continue;
    DenseSet<Value> others, seen;
    for (Used &other : used)
      if (&other != &entry && other.isSet && other.initial)
        others.insert(other.initial);
    if (!mayBeStoredIn(entry.current, others, seen))
      continue;
    entry.current = bufferization::AllocTensorOp::create(
        builder, loc, cast<RankedTensorType>(entry.current.getType()),
        /*dynamicSizes=*/ValueRange(), /*copy=*/entry.current);
  }
  for (Used &entry : used)
    if (entry.isSet && entry.current != entry.initial)
      bufferization::MaterializeInDestinationOp::create(
          builder, loc, /*result=*/TypeRange(), entry.current, entry.buffer,
          /*restrict=*/!entry.initial, /*writable=*/true);
}

FailureOr<func::FuncOp> BodyOutliner::run(StringRef kind,
                                          ArrayRef<StringRef> resultNames) {
  WalkResult calls = block.walk([](func::CallOp call) {
    call.emitOpError() << "is still in the body; run tacit-inline before "
                          "tacit-outline";
    return WalkResult::interrupt();
  });
  if (calls.wasInterrupted())
    return failure();
  builder.setInsertionPointAfter(trainer);
  collect(resultNames);
  func::FuncOp function = createFunction(kind);
  moveBody(function);
  markExchanges(function);
  materialize();
  func::ReturnOp::create(builder, trainer.getLoc());
  return function;
}

/// Replaces the trainer by a program and functions.
static LogicalResult outline(TrainerOp trainer) {
  FailureOr<func::FuncOp> step, endRound = func::FuncOp(),
                                evaluate = func::FuncOp();
  if (EvaluateOp op = trainer.getEvaluate()) {
    evaluate = BodyOutliner(trainer, op).run("evaluate", {"loss", "correct"});
    if (failed(evaluate))
      return failure();
  }
  if (EndRoundOp op = trainer.getEndRound()) {
    endRound = BodyOutliner(trainer, op).run("end_round", {});
    if (failed(endRound))
      return failure();
  }
  step = BodyOutliner(trainer, trainer.getStep()).run("step", {"loss"});
  if (failed(step))
    return failure();
  auto nameOf = [](FailureOr<func::FuncOp> function) {
    return function->getOperation()
               ? FlatSymbolRefAttr::get(function->getSymNameAttr())
               : FlatSymbolRefAttr();
  };
  OpBuilder builder(trainer);
  auto program = ProgramOp::create(
      builder, trainer.getLoc(), trainer.getSymNameAttr(), nameOf(step),
      nameOf(endRound), nameOf(evaluate), trainer.getRanksAttr(),
      trainer.getAccumulateAttr(), /*sites=*/ArrayAttr(),
      /*compressions=*/ArrayAttr());
  Block &body = program.getBody().emplaceBlock();
  for (auto variable :
       llvm::make_early_inc_range(trainer.getBody().getOps<VariableOp>()))
    variable->moveBefore(&body, body.end());
  if (ChannelOp channel = trainer.getChannel())
    channel->moveBefore(&body, body.end());
  trainer.erase();
  return success();
}

void OutlinePass::runOnOperation() {
  SmallVector<TrainerOp> trainers(getOperation().getOps<TrainerOp>());
  for (TrainerOp trainer : trainers)
    if (failed(outline(trainer)))
      return signalPassFailure();
}
