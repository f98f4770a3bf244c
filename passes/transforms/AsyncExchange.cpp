//===- AsyncExchange.cpp - Exchanges that nobody waits for ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/Counters.h"
#include "passes/transforms/EdgeList.h"
#include "passes/transforms/Elementwise.h"
#include "passes/transforms/LearningRate.h"
#include "passes/transforms/LocalRounds.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"

#define DEBUG_TYPE "tacit-async-exchange"

namespace mlir::tacit {
#define GEN_PASS_DEF_ASYNCEXCHANGEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct AsyncExchangePass
    : public tacit::impl::AsyncExchangePassBase<AsyncExchangePass> {
  using AsyncExchangePassBase::AsyncExchangePassBase;
  void runOnOperation() override;

private:
  FailureOr<TopologyAttr> readTopology();
  Attribute readScheduler();
};

/// A parameter, and what updates it in the step.
struct Trained {
  VariableOp variable;
  OptimizerOpInterface optimizer;
};

/// Rewrites one trainer.
class Exchanger {
public:
  Exchanger(TrainerOp trainer, TopologyAttr topology,
            SchedulerAttrInterface scheduler)
      : trainer(trainer), body(trainer.getStep().getBody().front()),
        topology(topology), scheduler(scheduler),
        builder(trainer.getContext()) {}

  LogicalResult run();

private:
  LogicalResult findTrained();
  LogicalResult checkStep();
  LogicalResult checkIsPlain();
  void addChannel();
  FailureOr<Value> buildRate();
  void insertCollect();
  SmallVector<Value> takeUpdates();
  SmallVector<Value> divideByRanks(ArrayRef<Value> updates);
  SmallVector<Value> takeGradients();
  void reportRate(Value rate);
  LogicalResult contribute();

  SmallVector<Value> getParameters();

  TrainerOp trainer;
  Block &body;
  TopologyAttr topology;
  SchedulerAttrInterface scheduler;
  OpBuilder builder;
  SmallVector<Trained> trained;
  ChannelOp channel;
};
} // namespace

//===----------------------------------------------------------------------===//
// What there is
//===----------------------------------------------------------------------===//

LogicalResult Exchanger::findTrained() {
  llvm::MapVector<StringRef, OptimizerOpInterface> optimizers;
  WalkResult walk = trainer.getStep().walk([&](OptimizerOpInterface op) {
    auto get = op.getParameterValue().getDefiningOp<GetOp>();
    if (!get || op->getBlock() != &body) {
      op.emitOpError() << "must update the value of a tacit.get, directly in "
                          "the step, to go through a channel";
      return WalkResult::interrupt();
    }
    if (!optimizers.insert({get.getVariable(), op}).second) {
      op.emitOpError() << "updates '@" << get.getVariable()
                       << "' a second time; a channel takes one update of "
                          "each parameter";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();
  for (auto variable : trainer.getBody().getOps<VariableOp>())
    if (OptimizerOpInterface op = optimizers.lookup(variable.getSymName())) {
      if (!variable.getTensorType().getElementType().isF32())
        return op.emitOpError()
               << "updates " << variable.getTensorType()
               << ", and updates travel in f32; make the parameter f32";
      trained.push_back({variable, op});
    }
  if (trained.empty())
    return trainer.getStep().emitOpError()
           << "has no optimizer, so that there is nothing to send; update "
              "parameters by tacit.sgd or tacit.adamw";
  return success();
}

/// Fails if ranks wait for one another in the trainer: they would make
/// different numbers of steps, and wait forever.
LogicalResult Exchanger::checkStep() {
  if (EndRoundOp endRound = trainer.getEndRound())
    return endRound.emitOpError()
           << "ends rounds that all ranks end together, which does not go "
              "with an asynchronous exchange; for updates of several local "
              "steps, use send-every of the decentralized policy";
  if (ChannelOp present = trainer.getChannel())
    return present.emitOpError()
           << "is there already; run tacit-async-exchange once";
  Operation *collective = nullptr;
  trainer.getStep().walk([&](Operation *op) {
    if (op->hasTrait<Collective>())
      collective = op;
    return collective ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (!collective)
    return success();
  return collective->emitOpError()
         << "is an exchange in which every rank waits for all, which does not "
            "go with an asynchronous one: ranks make different numbers of "
            "steps; run tacit-async-exchange on a step for one worker";
}

/// Elastic scheduling is of plain SGD: what has momentum, or decays weights,
/// does not commute with gradients that come late.
LogicalResult Exchanger::checkIsPlain() {
  auto first = trained.front().optimizer;
  for (Trained &each : trained) {
    auto sgd = dyn_cast<SGDOp>(each.optimizer.getOperation());
    if (!sgd)
      return each.optimizer.emitOpError()
             << "does not go with elastic scheduling, which is defined for "
                "plain SGD: late gradients are applied by themselves; use "
                "tacit.sgd, or the decentralized policy";
    if (!sgd.getMomentum().isZero())
      return sgd.emitOpError()
             << "has a momentum, which does not commute with gradients that "
                "come late; elastic scheduling takes plain SGD: leave it out, "
                "or use the decentralized policy";
    if (!sgd.getWeightDecay().isZero())
      return sgd.emitOpError()
             << "has a weight decay, which does not commute with gradients "
                "that come late; elastic scheduling takes plain SGD: leave it "
                "out, or use the decentralized policy";
    if (each.optimizer.getBaseLearningRate() != first.getBaseLearningRate() ||
        each.optimizer.getScheduleFactors() != first.getScheduleFactors())
      return sgd.emitOpError()
             << "has another learning rate than others, and an elastic "
                "exchange moves all parameters by one; give all one";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// What is added
//===----------------------------------------------------------------------===//

void Exchanger::addChannel() {
  builder.setInsertionPoint(trainer.getStep());
  SmallVector<Attribute> members;
  for (Trained &each : trained)
    members.push_back(FlatSymbolRefAttr::get(each.variable.getSymNameAttr()));
  std::string name = "updates";
  while (SymbolTable::lookupSymbolIn(trainer, name))
    name += "_";
  channel =
      ChannelOp::create(builder, trainer.getLoc(), name,
                        builder.getArrayAttr(members), topology, scheduler);
}

/// The learning rate of the step, an f64: of the first optimizer, should they
/// differ.
FailureOr<Value> Exchanger::buildRate() {
  OptimizerOpInterface first = trained.front().optimizer;
  ArrayAttr schedule = first.getScheduleFactors();
  Value step;
  builder.setInsertionPointToStart(&body);
  if (!getChangingFactors(schedule).empty()) {
    FailureOr<Value> number =
        getCounter(trainer, first, getScheduleCounter(trainer));
    if (failed(number))
      return failure();
    step = *number;
    builder.setInsertionPointAfterValue(step);
  }
  return buildLearningRate(builder, first.getLoc(), first.getBaseLearningRate(),
                           schedule, step);
}

/// The parameters' values, read where the builder stands.
SmallVector<Value> Exchanger::getParameters() {
  SmallVector<Value> values;
  for (Trained &each : trained)
    values.push_back(GetOp::create(builder, each.variable.getLoc(),
                                   each.variable.getTensorType(),
                                   each.variable.getSymName()));
  return values;
}

/// What has arrived is applied before anything reads the parameters.
void Exchanger::insertCollect() {
  builder.setInsertionPointToStart(&body);
  SmallVector<Value> before = getParameters();
  auto collect = CollectOp::create(
      builder, channel.getLoc(), ValueRange(before).getTypes(),
      FlatSymbolRefAttr::get(channel.getSymNameAttr()), before);
  for (auto [each, value] : llvm::zip(trained, collect.getResults()))
    SetOp::create(builder, channel.getLoc(), each.variable.getSymName(), value);
}

/// Lets optimizers give their updates, which it returns.
SmallVector<Value> Exchanger::takeUpdates() {
  SmallVector<Value> updates;
  for (Trained &each : trained) {
    each.optimizer.makeUpdate();
    updates.push_back(each.optimizer->getResult(0));
  }
  return updates;
}

SmallVector<Value> Exchanger::divideByRanks(ArrayRef<Value> updates) {
  Location loc = channel.getLoc();
  ImplicitLocOpBuilder b(loc, builder);
  Value ranks = arith::SIToFPOp::create(b, b.getF32Type(),
                                        NumRanksOp::create(b, b.getI64Type()));
  SmallVector<Value> shares;
  for (Value update : updates)
    shares.push_back(buildElementwise(
        builder, loc, ValueRange(), update,
        [&](ImplicitLocOpBuilder &inner, ValueRange entries) -> Value {
          return arith::DivFOp::create(inner, entries[0], ranks);
        }));
  return shares;
}

SmallVector<Value> Exchanger::takeGradients() {
  SmallVector<Value> gradients;
  for (Trained &each : trained)
    gradients.push_back(each.optimizer.getGradientOperand().get());
  return gradients;
}

/// Sends what optimizers made, or took, behind the last of them, and lets what
/// it gives take the place of their results.
LogicalResult Exchanger::contribute() {
  FailureOr<Value> rate = buildRate();
  if (failed(rate))
    return failure();
  Operation *last = trained.front().optimizer;
  for (Trained &each : trained)
    if (last->isBeforeInBlock(each.optimizer))
      last = each.optimizer;
  SmallVector<Value> results;
  for (Trained &each : trained)
    results.push_back(each.optimizer->getResult(0));
  // Nothing may use a new parameter before all updates are known.
  SmallVector<Operation *> users;
  for (Value result : results)
    for (Operation *user : result.getUsers())
      if (Operation *ancestor = body.findAncestorOpInBlock(*user);
          ancestor && !llvm::is_contained(users, ancestor))
        users.push_back(ancestor);
  for (Operation *user : users)
    if (!isa<SetOp>(user) && user->isBeforeInBlock(last))
      return user->emitOpError()
             << "uses an updated parameter before all updates are known, which "
                "travel together; move it behind the last optimizer";
  builder.setInsertionPointAfter(last);
  SmallVector<Value> sent =
      scheduler.isElastic() ? takeGradients() : takeUpdates();
  if (auto policy = dyn_cast<DecentralizedAttr>(Attribute(scheduler));
      policy && policy.getMean())
    sent = divideByRanks(sent);
  SmallVector<Value> parameters = getParameters();
  auto name = FlatSymbolRefAttr::get(channel.getSymNameAttr());
  ArrayAttr schedule = trained.front().optimizer.getScheduleFactors();
  if (getChangingFactors(schedule).empty())
    schedule = {};
  TypeRange types = ValueRange(parameters).getTypes();
  Operation *exchange =
      scheduler.isElastic()
          ? ElasticAwaitOp::create(builder, channel.getLoc(), types, name, sent,
                                   ValueRange(), *rate, parameters, schedule,
                                   IntegerAttr())
                .getOperation()
          : PublishOp::create(builder, channel.getLoc(), types, name, sent,
                              ValueRange(), *rate, parameters, schedule,
                              IntegerAttr())
                .getOperation();
  SmallPtrSet<Operation *, 8> own = {exchange};
  for (Value value : sent)
    if (Operation *op = value.getDefiningOp())
      own.insert(op);
  for (auto [old, next] : llvm::zip(results, exchange->getResults()))
    old.replaceAllUsesExcept(next, own);
  // Sets that stood before it.
  Operation *place = exchange;
  for (Operation *user : users)
    if (isa<SetOp>(user) && user->isBeforeInBlock(exchange)) {
      user->moveAfter(place);
      place = user;
    }
  if (!scheduler.isElastic())
    return success();
  for (Trained &each : trained)
    each.optimizer.erase();
  reportLearningRate(trainer.getStep(), channel.getLoc(), *rate);
  return success();
}

LogicalResult Exchanger::run() {
  if (failed(checkStep()) || failed(findTrained()))
    return failure();
  if (scheduler.isElastic() && failed(checkIsPlain()))
    return failure();
  addChannel();
  // Whoever runs passes without verifying in between is told here as well.
  if (failed(channel.verify()) || failed(contribute()))
    return failure();
  if (!scheduler.isElastic())
    insertCollect();
  remark::passed(channel.getLoc(),
                 remark::RemarkOpts::name("Asynchronous").category(DEBUG_TYPE))
      << remark::add("sends {0} of {1} parameters without waiting for all",
                     scheduler.isElastic() ? "gradients" : "updates",
                     trained.size());
  return success();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

FailureOr<TopologyAttr> AsyncExchangePass::readTopology() {
  auto error = [&](const Twine &message) -> LogicalResult {
    return emitError(getOperation().getLoc())
           << "tacit-async-exchange: " << message;
  };
  StringRef text = topology;
  SmallVector<int32_t> edges;
  std::optional<TopologyKind> kind = symbolizeTopologyKind(text);
  if (text.consume_front("edges=")) {
    kind = TopologyKind::edges;
    if (failed(readEdgeList(text, edges, error)))
      return failure();
  } else if (!kind || *kind == TopologyKind::edges) {
    return error("topology must be complete, ring, exponential or edges=FILE, "
                 "got '" +
                 topology + "'");
  }
  auto emit = [&] {
    return emitError(getOperation().getLoc())
           << "tacit-async-exchange: topology ";
  };
  return TopologyAttr::getChecked(function_ref<InFlightDiagnostic()>(emit),
                                  &getContext(), *kind,
                                  ArrayRef<int32_t>(edges));
}

Attribute AsyncExchangePass::readScheduler() {
  MLIRContext *context = &getContext();
  auto report = [&] {
    return emitError(getOperation().getLoc()) << "tacit-async-exchange: ";
  };
  function_ref<InFlightDiagnostic()> emit = report;
  if (policy == "decentralized") {
    if (scale != "sum" && scale != "mean") {
      emit() << "scale must be sum or mean, got '" << scale << "'";
      return {};
    }
    return DecentralizedAttr::getChecked(
        emit, context, sendEvery.getValue(), maxStaleness.getValue(),
        damping.getValue(), scale == "mean", resync.getValue());
  }
  if (policy == "norm_bounded") {
    std::optional<Granularity> parts = symbolizeGranularity(granularity);
    if (!parts) {
      emit() << "granularity must be rank or bucket, got '" << granularity
             << "'";
      return {};
    }
    return NormBoundedAttr::getChecked(
        emit, context, APFloat(beta.getValue()), maxDelay.getValue(),
        resync.getValue(), *parts,
        *parts == Granularity::bucket ? bucketBytes.getValue() : 0);
  }
  if (policy == "variance_bounded")
    return VarianceBoundedAttr::getChecked(
        emit, context, APFloat(wait.getValue()), maxDelay.getValue(),
        resync.getValue());
  emit() << "policy must be decentralized, norm_bounded or variance_bounded, "
            "got '"
         << policy << "'";
  return {};
}

void AsyncExchangePass::runOnOperation() {
  FailureOr<TopologyAttr> edges = readTopology();
  if (failed(edges) || !*edges)
    return signalPassFailure();
  auto scheduler = dyn_cast_or_null<SchedulerAttrInterface>(readScheduler());
  if (!scheduler)
    return signalPassFailure();
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(Exchanger(trainer, *edges, scheduler).run()))
      return signalPassFailure();
}
