//===- Sparsify.cpp - Exchanges payloads instead of gradients ---*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/CompressorText.h"
#include "passes/transforms/Counters.h"
#include "passes/transforms/ServedVariable.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/Regex.h"

#define DEBUG_TYPE "tacit-sparsify"

namespace mlir::tacit {
#define GEN_PASS_DEF_SPARSIFYPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct SparsifyPass : public tacit::impl::SparsifyPassBase<SparsifyPass> {
  using SparsifyPassBase::SparsifyPassBase;
  void runOnOperation() override;

private:
  /// What the options say, checked.
  struct Choice {
    CompressorAttrInterface compressor;
    PayloadAlgorithm algorithm;
    PutBack putBack;
  };

  FailureOr<Choice> readOptions();
  LogicalResult sparsify(TrainerOp trainer, const Choice &choice);
  /// Gradients that one payload stands for.
  struct Group {
    SmallVector<VariableOp> variables;
    SmallVector<AllReduceOp> exchanges;
  };
  LogicalResult replace(TrainerOp trainer, const Group &group,
                        const Choice &choice);
  FailureOr<SmallVector<Value>> exchangePayload(TrainerOp trainer,
                                                Operation *last,
                                                ArrayRef<Value> gradients,
                                                const Choice &choice);
  LogicalResult sparsifyChannel(TrainerOp trainer, const Choice &choice);
  FailureOr<CompressOp> compress(TrainerOp trainer, Operation *place,
                                 ArrayRef<Value> values, const Choice &choice);
  FailureOr<SmallVector<Value>>
  exchangeLowRank(TrainerOp trainer, Operation *last, ArrayRef<Value> gradients,
                  const Group &group, PowerSGDAttr compressor);
};
} // namespace

FailureOr<SparsifyPass::Choice> SparsifyPass::readOptions() {
  ModuleOp module = getOperation();
  auto error = [&](const Twine &message) -> LogicalResult {
    return emitError(module.getLoc()) << "tacit-sparsify: " << message;
  };
  FailureOr<CompressorChoice> kind = parseCompressor(compressor, error);
  FailureOr<PayloadAlgorithm> algorithm =
      parsePayloadAlgorithm(exchange, error);
  if (failed(kind) || failed(algorithm))
    return failure();
  std::optional<PutBack> how = symbolizePutBack(putBack);
  if (!how)
    return error("put-back must be conserving or published, got '" + putBack +
                 "'");
  if (scope != "global" && scope != "variable")
    return error("scope must be global or variable, got '" + scope + "'");
  std::string reason;
  if (!exclude.empty() && !llvm::Regex(exclude).isValid(reason))
    return error("exclude is no regular expression: '" + exclude +
                 "': " + reason);
  Choice choice{kind->getAttribute(&getContext()), *algorithm, *how};
  if (std::string why = choice.compressor.whyNot(*algorithm); !why.empty())
    return error("exchange '" + exchange + "' does not go with compressor '" +
                 compressor + "': " + why);
  if (*how != PutBack::conserving && *algorithm != PayloadAlgorithm::gtopk)
    return error("put-back=published is defined for exchange gtopk alone, got "
                 "exchange '" +
                 exchange + "'");
  if (warmUp && kind->kind != CompressorChoice::Kind::TopK)
    return error("warm-up needs the compressor top_k, got '" + compressor +
                 "'");
  return choice;
}

/// The exchange of dense gradients that come from `op`, with the variable that
/// each serves, in the order of the trainer's variables.
static SmallVector<std::pair<VariableOp, AllReduceOp>>
collectExchanges(TrainerOp trainer) {
  llvm::StringMap<AllReduceOp> found;
  trainer.getExchangingBody().walk([&](AllReduceOp op) {
    if (op.getReduction() != Reduction::mean || op.getInputs().size() != 1)
      return;
    if (StringRef name = getServedVariable(op.getResult(0)); !name.empty())
      found.try_emplace(name, op);
  });
  SmallVector<std::pair<VariableOp, AllReduceOp>> exchanges;
  for (auto variable : trainer.getBody().getOps<VariableOp>())
    if (AllReduceOp op = found.lookup(variable.getSymName()))
      exchanges.push_back({variable, op});
  return exchanges;
}

/// The last of `exchanges`, before which nothing uses what any of them gives;
/// fails if that is not so.
static FailureOr<Operation *> findPlace(ArrayRef<AllReduceOp> exchanges) {
  Operation *last = exchanges.front();
  for (AllReduceOp op : exchanges) {
    if (op->getBlock() != last->getBlock())
      return op.emitOpError() << "stands in another block than others of its "
                                 "vector; exchange gradients in one place";
    if (last->isBeforeInBlock(op))
      last = op;
  }
  for (AllReduceOp op : exchanges)
    for (Operation *user : op->getUsers())
      if (Operation *ancestor = last->getBlock()->findAncestorOpInBlock(*user);
          ancestor && ancestor->isBeforeInBlock(last))
        return user->emitOpError()
               << "uses an averaged gradient before all gradients are known, "
                  "which compression takes together; move it behind them, or "
                  "use scope=variable";
  return last;
}

static void reportCompressed(Location loc, ArrayRef<Value> gradients,
                             Type payload) {
  std::string text;
  llvm::raw_string_ostream(text) << payload;
  remark::passed(loc,
                 remark::RemarkOpts::name("Compressed").category(DEBUG_TYPE))
      << remark::add("exchanges {0} instead of {1} gradients of {2} elements",
                     text, gradients.size(), getPayloadElements(payload));
}

/// Compresses `values` together before `place`.
FailureOr<CompressOp> SparsifyPass::compress(TrainerOp trainer,
                                             Operation *place,
                                             ArrayRef<Value> values,
                                             const Choice &choice) {
  OpBuilder builder(place);
  SmallVector<Type> types(ValueRange(values).getTypes());
  Value number;
  if (choice.compressor.isRandom()) {
    FailureOr<Value> counter = getCounter(trainer, place, kExchangeCounter);
    if (failed(counter))
      return failure();
    number = *counter;
  }
  bool isLossy = choice.compressor.isBiased() && !errorFeedback;
  Type payload = choice.compressor.getPayloadType(types, warmUp);
  SmallVector<Type> results = {payload};
  if (choice.compressor.isBiased() && errorFeedback)
    llvm::append_range(results, types);
  auto op = CompressOp::create(builder, place->getLoc(), results,
                               choice.compressor, values, ValueRange(), Value(),
                               number, isLossy, warmUp);
  reportCompressed(place->getLoc(), values, payload);
  return op;
}

/// Compresses `gradients` together before `last`, exchanges the payload, and
/// returns their means.
FailureOr<SmallVector<Value>>
SparsifyPass::exchangePayload(TrainerOp trainer, Operation *last,
                              ArrayRef<Value> gradients, const Choice &choice) {
  FailureOr<CompressOp> compressed = compress(trainer, last, gradients, choice);
  if (failed(compressed))
    return failure();
  CompressOp compress = *compressed;
  OpBuilder builder(last);
  Location loc = last->getLoc();
  Type payload = compress.getPayload().getType();
  SmallVector<Type> types(ValueRange(gradients).getTypes());
  SmallVector<Type> results(compress.getResultTypes());
  bool hasRest = !compress.getRest().empty();
  int64_t ranks = static_cast<int64_t>(*trainer.getRanks());
  results[0] =
      AllReducePayloadOp::getResultType(choice.algorithm, payload, ranks);
  auto reduced = AllReducePayloadOp::create(
      builder, loc, results, choice.algorithm, choice.compressor,
      compress.getPayload(),
      hasRest ? PutBackAttr::get(&getContext(), choice.putBack) : PutBackAttr(),
      compress.getRest(), plainIndices);
  auto dense = DecompressOp::create(builder, loc, types, reduced.getResult());
  return SmallVector<Value>(dense.getResults());
}

/// As exchangePayload, by factors that variables remember.
FailureOr<SmallVector<Value>>
SparsifyPass::exchangeLowRank(TrainerOp trainer, Operation *last,
                              ArrayRef<Value> gradients, const Group &group,
                              PowerSGDAttr compressor) {
  OpBuilder builder(last);
  Location loc = last->getLoc();
  SmallVector<VariableOp> trained(trainer.getBody().getOps<VariableOp>());
  SmallVector<StringRef> names;
  SmallVector<Value> factors;
  SmallVector<Type> factorTypes;
  for (VariableOp variable : group.variables) {
    RankedTensorType type = compressor.getFactorType(variable.getTensorType());
    auto number = llvm::find(trained, variable) - trained.begin();
    FailureOr<VariableOp> factor =
        addVariable(trainer, last, (variable.getSymName() + ".factor").str(),
                    type, Role::optimizer);
    if (failed(factor))
      return failure();
    factor->setInitializerAttr(FactorAttr::get(&getContext(), number));
    names.push_back(factor->getSymName());
    factorTypes.push_back(type);
    factors.push_back(GetOp::create(builder, loc, type, names.back()));
  }
  SmallVector<Type> types(ValueRange(gradients).getTypes());
  auto exchange = AllReduceLowRankOp::create(
      builder, loc, types, errorFeedback ? TypeRange(types) : TypeRange(),
      factorTypes, compressor, /*lossy=*/!errorFeedback, gradients,
      /*added=*/ValueRange(), /*scale=*/Value(), factors);
  for (auto [name, factor] : llvm::zip(names, exchange.getNewFactors()))
    SetOp::create(builder, loc, name, factor);
  reportCompressed(loc, gradients,
                   compressor.getPayloadType(types, /*warmUp=*/false));
  return SmallVector<Value>(exchange.getMeans());
}

/// Replaces the exchanges of `group` by one of a payload.
LogicalResult SparsifyPass::replace(TrainerOp trainer, const Group &group,
                                    const Choice &choice) {
  FailureOr<Operation *> last = findPlace(group.exchanges);
  if (failed(last))
    return failure();
  SmallVector<Value> gradients;
  for (AllReduceOp op : group.exchanges) {
    Value gradient = op.getInputs()[0];
    Type element = cast<RankedTensorType>(gradient.getType()).getElementType();
    if (!element.isF32())
      return op.emitOpError() << "exchanges " << element
                              << ", and compression takes f32; use "
                                 "exclude to leave this variable dense";
    gradients.push_back(gradient);
  }
  auto powersgd = dyn_cast<PowerSGDAttr>(choice.compressor);
  FailureOr<SmallVector<Value>> means =
      powersgd ? exchangeLowRank(trainer, *last, gradients, group, powersgd)
               : exchangePayload(trainer, *last, gradients, choice);
  if (failed(means))
    return failure();
  for (auto [op, mean] : llvm::zip(group.exchanges, *means)) {
    AllReduceOp(op).getResult(0).replaceAllUsesWith(mean);
    AllReduceOp(op).erase();
  }
  return success();
}

/// Lets what the trainer's channel carries be payloads.
LogicalResult SparsifyPass::sparsifyChannel(TrainerOp trainer,
                                            const Choice &choice) {
  ChannelOp channel = trainer.getChannel();
  auto refuse = [&](const Twine &what, const Twine &why) -> LogicalResult {
    return channel.emitOpError() << "does not go with " << what << ": " << why;
  };
  if (choice.algorithm != PayloadAlgorithm::all_gather &&
      choice.algorithm != PayloadAlgorithm::dense)
    return refuse("exchange " + exchange,
                  "it merges the payloads of all ranks, which wait for one "
                  "another; a channel delivers each by itself: use all_gather");
  if (isa<PowerSGDAttr>(choice.compressor))
    return refuse("powersgd", "it averages factors over all ranks, which wait "
                              "for one another; use another compressor");
  if (warmUp)
    return refuse("warm-up", "its messages are all of one size");
  if (scope != "global" || minElements > 0 || !exclude.empty())
    return refuse(scope != "global" ? "scope=variable"
                  : minElements > 0 ? "min-elements"
                                    : "exclude",
                  "a message is one payload, of all parameters");
  ContributionOpInterface found;
  trainer.getStep().walk([&](ContributionOpInterface op) { found = op; });
  if (!found)
    return refuse("compression", "nothing is handed to it");
  if (auto policy = dyn_cast<DecentralizedAttr>(channel.getScheduler());
      policy && policy.getSendEvery() > 1)
    return refuse("compression",
                  "with send_every above 1, own steps are applied before they "
                  "are sent, so that nobody could apply exactly what is sent");
  if (auto policy = dyn_cast<NormBoundedAttr>(channel.getScheduler());
      policy && policy.getGranularity() == Granularity::bucket)
    return refuse("compression", "buckets are all-reduced, and payloads are "
                                 "not cut up; use granularity rank");
  SmallVector<Value> values(OperandRange(found.getSentOperands()));
  FailureOr<CompressOp> compressed = compress(trainer, found, values, choice);
  if (failed(compressed))
    return failure();
  found.getSentOperands().assign(compressed->getPayload());
  found.getRestOperands().assign(compressed->getRest());
  return success();
}

LogicalResult SparsifyPass::sparsify(TrainerOp trainer, const Choice &choice) {
  // What chance chooses is asked for to be looked at, at any density.
  if (keepsAll(choice.compressor) && !choice.compressor.isRandom()) {
    remark::missed(trainer.getLoc(),
                   remark::RemarkOpts::name("Dense").category(DEBUG_TYPE))
        << "a density of 1 keeps every entry: gradients stay dense";
    return success();
  }
  if (!trainer.getRanks())
    return trainer.emitOpError() << "has no number of ranks, on which the size "
                                    "of payloads depends; run tacit-bind-ranks "
                                    "first";
  if (trainer.getChannel())
    return sparsifyChannel(trainer, choice);
  auto exchanges = collectExchanges(trainer);
  if (exchanges.empty())
    return trainer.getStep().emitOpError()
           << "exchanges no gradient that could be compressed; run "
              "tacit-data-parallel before tacit-sparsify, and tacit-bucket "
              "after it";
  // An empty expression is none.
  llvm::Regex excluded(exclude.empty() ? std::string("$^") : exclude);
  auto powersgd = dyn_cast<PowerSGDAttr>(choice.compressor);
  /// Why a variable stays dense; empty if it does not.
  auto whyDense = [&](VariableOp variable) -> StringRef {
    if (!exclude.empty() && excluded.match(variable.getSymName()))
      return "it matches 'exclude'";
    if (variable.getTensorType().getNumElements() < minElements)
      return "it has fewer than min-elements elements";
    if (powersgd && !powersgd.saves(variable.getTensorType()))
      return "factors of that rank are no smaller than it";
    return "";
  };
  Group group;
  bool anyExcluded = false, anyCompressed = false;
  for (auto [variable, op] : exchanges) {
    anyExcluded |= !exclude.empty() && excluded.match(variable.getSymName());
    if (StringRef why = whyDense(variable); !why.empty()) {
      remark::missed(variable.getLoc(),
                     remark::RemarkOpts::name("Dense").category(DEBUG_TYPE))
          << remark::add("'@{0}' stays dense: {1}", variable.getSymName().str(),
                         why.str());
      continue;
    }
    anyCompressed = true;
    group.variables.push_back(variable);
    group.exchanges.push_back(op);
    if (scope == "variable") {
      if (failed(replace(trainer, group, choice)))
        return failure();
      group = {};
    }
  }
  if (!exclude.empty() && !anyExcluded)
    trainer.emitWarning() << "exclude '" << exclude
                          << "' matches the name of no variable";
  if (!anyCompressed)
    trainer.emitWarning() << "nothing is compressed: every variable matches "
                             "exclude, or has fewer than min-elements elements"
                          << (powersgd ? ", or is no matrix larger than its "
                                         "factors"
                                       : "");
  if (scope == "variable" || group.exchanges.empty())
    return success();
  return replace(trainer, group, choice);
}

void SparsifyPass::runOnOperation() {
  FailureOr<Choice> choice = readOptions();
  if (failed(choice))
    return signalPassFailure();
  for (auto trainer : getOperation().getOps<TrainerOp>())
    if (failed(sparsify(trainer, *choice)))
      return signalPassFailure();
}
