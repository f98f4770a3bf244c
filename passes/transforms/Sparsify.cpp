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
  LogicalResult replace(TrainerOp trainer, ArrayRef<AllReduceOp> group,
                        const Choice &choice);
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
  trainer.getStep().walk([&](AllReduceOp op) {
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

/// Replaces the exchanges of `group` by one of a payload.
LogicalResult SparsifyPass::replace(TrainerOp trainer,
                                    ArrayRef<AllReduceOp> group,
                                    const Choice &choice) {
  Operation *last = group.front();
  for (AllReduceOp op : group) {
    if (op->getBlock() != last->getBlock())
      return op.emitOpError() << "stands in another block than others of its "
                                 "vector; exchange gradients in one place";
    if (last->isBeforeInBlock(op))
      last = op;
  }
  for (AllReduceOp op : group)
    for (Operation *user : op->getUsers())
      if (Operation *ancestor = last->getBlock()->findAncestorOpInBlock(*user);
          ancestor && ancestor->isBeforeInBlock(last))
        return user->emitOpError()
               << "uses an averaged gradient before all gradients are known, "
                  "which compression takes together; move it behind them, or "
                  "use scope=variable";

  OpBuilder builder(last);
  Location loc = last->getLoc();
  SmallVector<Value> gradients;
  SmallVector<Type> types;
  int64_t elements = 0;
  for (AllReduceOp op : group) {
    Value gradient = op.getInputs()[0];
    auto type = cast<RankedTensorType>(gradient.getType());
    if (!type.getElementType().isF32())
      return op.emitOpError() << "exchanges " << type.getElementType()
                              << ", and compression takes f32; use "
                                 "exclude to leave this variable dense";
    gradients.push_back(gradient);
    types.push_back(type);
    elements += type.getNumElements();
  }
  Value number;
  if (choice.compressor.isRandom()) {
    FailureOr<Value> counter = getCounter(trainer, last, kExchangeCounter);
    if (failed(counter))
      return failure();
    number = *counter;
  }
  bool isLossy = choice.compressor.isBiased() && !errorFeedback;
  bool hasRest = choice.compressor.isBiased() && errorFeedback;
  Type payload = choice.compressor.getPayloadType(elements, warmUp);
  SmallVector<Type> results = {payload};
  if (hasRest)
    llvm::append_range(results, types);
  auto compress =
      CompressOp::create(builder, loc, results, choice.compressor, gradients,
                         ValueRange(), Value(), number, isLossy, warmUp);
  int64_t ranks = static_cast<int64_t>(*trainer.getRanks());
  results[0] =
      AllReducePayloadOp::getResultType(choice.algorithm, payload, ranks);
  auto reduced = AllReducePayloadOp::create(
      builder, loc, results, choice.algorithm, choice.compressor,
      compress.getPayload(),
      hasRest ? PutBackAttr::get(&getContext(), choice.putBack) : PutBackAttr(),
      compress.getRest(), plainIndices);
  auto dense = DecompressOp::create(builder, loc, types, reduced.getResult());
  for (auto [op, mean] : llvm::zip(group, dense.getResults()))
    AllReduceOp(op).getResult(0).replaceAllUsesWith(mean);
  for (AllReduceOp op : group)
    op.erase();
  std::string text;
  llvm::raw_string_ostream(text) << payload;
  remark::passed(loc,
                 remark::RemarkOpts::name("Compressed").category(DEBUG_TYPE))
      << remark::add("exchanges {0} instead of {1} gradients of {2} elements",
                     text, types.size(), elements);
  return success();
}

/// True if `compressor` keeps every entry as it is.
static bool keepsAll(CompressorAttrInterface compressor) {
  auto topK = dyn_cast<TopKAttr>(compressor);
  return topK && topK.getDensity().convertToDouble() == 1;
}

LogicalResult SparsifyPass::sparsify(TrainerOp trainer, const Choice &choice) {
  if (keepsAll(choice.compressor)) {
    remark::missed(trainer.getLoc(),
                   remark::RemarkOpts::name("Dense").category(DEBUG_TYPE))
        << "a density of 1 keeps every entry: gradients stay dense";
    return success();
  }
  if (!trainer.getRanks())
    return trainer.emitOpError() << "has no number of ranks, on which the size "
                                    "of payloads depends; run tacit-bind-ranks "
                                    "first";
  auto exchanges = collectExchanges(trainer);
  if (exchanges.empty())
    return trainer.getStep().emitOpError()
           << "exchanges no gradient that could be compressed; run "
              "tacit-data-parallel before tacit-sparsify, and tacit-bucket "
              "after it";
  // An empty expression is none.
  llvm::Regex excluded(exclude.empty() ? std::string("$^") : exclude);
  SmallVector<AllReduceOp> group;
  bool anyExcluded = false, anyCompressed = false;
  for (auto [variable, op] : exchanges) {
    bool isExcluded = !exclude.empty() && excluded.match(variable.getSymName());
    bool isSmall = variable.getTensorType().getNumElements() < minElements;
    anyExcluded |= isExcluded;
    anyCompressed |= !isExcluded && !isSmall;
    if (isExcluded || isSmall) {
      remark::missed(variable.getLoc(),
                     remark::RemarkOpts::name("Dense").category(DEBUG_TYPE))
          << remark::add("'@{0}' stays dense: it {1}",
                         variable.getSymName().str(),
                         isExcluded ? "matches 'exclude'"
                                    : "has fewer than min-elements elements");
      continue;
    }
    group.push_back(op);
    if (scope == "variable") {
      if (failed(replace(trainer, group, choice)))
        return failure();
      group.clear();
    }
  }
  if (!exclude.empty() && !anyExcluded)
    trainer.emitWarning() << "exclude '" << exclude
                          << "' matches the name of no variable";
  if (!anyCompressed)
    trainer.emitWarning() << "nothing is compressed: every variable matches "
                             "exclude, or has fewer than min-elements elements";
  if (scope == "variable" || group.empty())
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
