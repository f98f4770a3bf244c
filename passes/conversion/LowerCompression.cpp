//===- LowerCompression.cpp - Gives payloads places -------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Payloads have types of their own, which bufferization does not know; behind
/// this pass they are tensors of bytes, written in place.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Conversion.h"
#include "passes/conversion/RuntimeTerms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_LOWERCOMPRESSIONPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct LowerCompressionPass
    : public tacit::impl::LowerCompressionPassBase<LowerCompressionPass> {
  using LowerCompressionPassBase::LowerCompressionPassBase;
  void runOnOperation() override;
};

/// Lowers what one function compresses.
class Lowering {
public:
  Lowering(func::FuncOp function, ProgramOp program,
           SmallVectorImpl<Attribute> &sites)
      : function(function), program(program), sites(sites),
        builder(function.getContext()) {}

  LogicalResult run();

private:
  /// A payload as bytes: whose it is, and whether it was exchanged.
  struct Bytes {
    Value tensor;
    int64_t site = 0;
    bool exchanged = false;
  };

  LogicalResult lower(AccumulateResidualOp op);
  LogicalResult lower(CompressOp op);
  LogicalResult lower(AllReducePayloadOp op);
  LogicalResult lower(DecompressOp op);
  LogicalResult lower(ClearSelectedOp op);
  LogicalResult lower(AllReduceLowRankOp op);
  LogicalResult lower(ContributionOpInterface op);
  LogicalResult addSite(CompressOp op);
  SmallVector<StringRef> namesOf(Value payload);
  FailureOr<Bytes> find(Operation *user, Value payload);
  /// Room for a payload.
  Value makePlace(Location loc, Type payload);
  Value makeEmpty(Location loc, Type tensor);

  func::FuncOp function;
  ProgramOp program;
  SmallVectorImpl<Attribute> &sites;
  OpBuilder builder;
  DenseMap<Value, Bytes> bytes;
};
} // namespace

static int64_t sizeOf(Type payload) {
  auto quantized = dyn_cast<QuantizedType>(payload);
  return payloadBytes(payload) * (quantized ? quantized.getParts() : 1);
}

Value Lowering::makePlace(Location loc, Type payload) {
  return tensor::EmptyOp::create(builder, loc, {sizeOf(payload)},
                                 builder.getI8Type());
}

Value Lowering::makeEmpty(Location loc, Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return tensor::EmptyOp::create(builder, loc, type.getShape(),
                                 type.getElementType());
}

FailureOr<Lowering::Bytes> Lowering::find(Operation *user, Value payload) {
  auto found = bytes.find(payload);
  if (found != bytes.end())
    return found->second;
  return user->emitOpError()
         << "takes a payload through control flow, for "
            "which it has no place; compress and decompress "
            "in one block";
}

LogicalResult Lowering::lower(AccumulateResidualOp op) {
  Location loc = op.getLoc();
  Value scale = op.getScale();
  if (scale)
    scale = arith::TruncFOp::create(builder, loc, builder.getF32Type(), scale);
  for (auto [value, residual, result] :
       llvm::zip(op.getValues(), op.getResiduals(), op.getResults())) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<AffineMap> maps(2,
                                builder.getMultiDimIdentityMap(type.getRank()));
    SmallVector<utils::IteratorType> iterators(type.getRank(),
                                               utils::IteratorType::parallel);
    auto sum = linalg::GenericOp::create(
        builder, loc, type, value, residual, maps, iterators,
        [&](OpBuilder &b, Location inner, ValueRange entries) {
          Value kept = entries[1];
          if (scale)
            kept = arith::MulFOp::create(b, inner, kept, scale);
          Value next = arith::AddFOp::create(b, inner, kept, entries[0]);
          linalg::YieldOp::create(b, inner, next);
        });
    result.replaceAllUsesWith(sum.getResult(0));
  }
  op.erase();
  return success();
}

static void addNamesServed(Operation *op, SmallVectorImpl<StringRef> &names) {
  if (auto served = op->getAttrOfType<ArrayAttr>(kServesAttrName))
    llvm::append_range(names, served.getAsValueRange<StringAttr>());
}

/// The variables that a payload's vector is made of, where it is known.
SmallVector<StringRef> Lowering::namesOf(Value payload) {
  SmallVector<StringRef> names;
  for (Operation *user : payload.getUsers()) {
    if (isa<ContributionOpInterface>(user))
      return program.getChannel().getMemberNames();
    if (isa<DecompressOp>(user))
      addNamesServed(user, names);
  }
  return names;
}

namespace {
/// The tensors that make up a compressed vector.
struct Members {
  /// `what` is done to variables called `names`, of `types`.
  Members(Builder builder, StringRef what, SmallVector<StringRef> names,
          TypeRange types)
      : title(what.str()) {
    SmallVector<int64_t> counts, extents;
    for (Type type : types) {
      auto tensor = cast<RankedTensorType>(type);
      counts.push_back(tensor.getNumElements());
      extents.push_back(tensor.getRank() > 0 ? tensor.getShape().back() : 1);
    }
    if (names.size() == counts.size()) {
      title += " of ";
      llvm::raw_string_ostream out(title);
      llvm::interleaveComma(names, out);
    } else {
      names.assign(counts.size(), "");
    }
    this->names = builder.getStrArrayAttr(names);
    lengths = builder.getDenseI64ArrayAttr(counts);
    columns = builder.getDenseI64ArrayAttr(extents);
  }

  std::string title; ///< "gtopk of w0, b0".
  ArrayAttr names;
  DenseI64ArrayAttr lengths, columns;
};
} // namespace

LogicalResult Lowering::addSite(CompressOp op) {
  AllReducePayloadOp exchange = op.getExchange();
  for (Operation *user : op.getPayload().getUsers())
    if (isa<AllReducePayloadOp>(user) && user != exchange)
      return user->emitOpError() << "exchanges a payload that is exchanged "
                                    "already; compress for each exchange";
  Value last = exchange ? exchange.getResult() : op.getPayload();
  Members members(builder,
                  exchange ? stringifyPayloadAlgorithm(exchange.getAlgorithm())
                           : StringRef("compress"),
                  namesOf(last), op.getInputs().getTypes());
  sites.push_back(CompressionAttr::get(
      builder.getContext(), members.title, op.getCompressor(),
      exchange ? exchange.getAlgorithm() : PayloadAlgorithm::all_gather,
      exchange ? exchange.getPutBackAttr() : PutBackAttr(),
      exchange && exchange.getPlainIndices(), op.getWarmUp(),
      op.getPayload().getType(), last.getType(), members.names, members.lengths,
      members.columns));
  return success();
}

/// Fails if the rest of a biased compressor goes nowhere.
static LogicalResult checkRestIsKept(CompressOp op) {
  if (op.getLossy() || !op.getCompressor().isBiased())
    return success();
  SmallVector<Value> rest(op.getRest());
  if (AllReducePayloadOp exchange = op.getExchange();
      exchange && ValueRange(exchange.getRest()) == ValueRange(op.getRest()))
    rest.assign(exchange.getRestResults().begin(),
                exchange.getRestResults().end());
  for (Value value : rest)
    if (value.use_empty())
      return op.emitOpError()
             << "leaves a rest that nothing keeps, though "
             << op.getCompressor()
             << " is biased; run tacit-error-feedback, or say lossy";
  return success();
}

LogicalResult Lowering::lower(CompressOp op) {
  if (failed(checkRestIsKept(op)) || failed(addSite(op)))
    return failure();
  Location loc = op.getLoc();
  auto site = static_cast<int64_t>(sites.size()) - 1;
  Value place = makePlace(loc, op.getPayload().getType());
  // Without a rest, the vector is only read.
  bool onlyReads = op.getRest().empty();
  SmallVector<Type> types;
  if (!onlyReads)
    llvm::append_range(types, op.getRest().getTypes());
  types.push_back(place.getType());
  auto encoded = EncodeOp::create(
      builder, loc, types, static_cast<uint64_t>(site), onlyReads,
      op.getInputs(), op.getAdded(), op.getScale(), op.getNumber(), place);
  bytes[op.getPayload()] = {encoded.getResults().back(), site, false};
  for (auto [rest, result] : llvm::zip(op.getRest(), encoded.getResults()))
    rest.replaceAllUsesWith(result);
  return success();
}

LogicalResult Lowering::lower(AllReducePayloadOp op) {
  FailureOr<Bytes> payload = find(op, op.getPayload());
  if (failed(payload))
    return failure();
  Location loc = op.getLoc();
  Value place = makePlace(loc, op.getResult().getType());
  SmallVector<Type> types = {place.getType()};
  llvm::append_range(types, op.getRest().getTypes());
  auto exchanged = ExchangeEncodedOp::create(
      builder, loc, types, static_cast<uint64_t>(payload->site),
      payload->tensor, place, op.getRest());
  bytes[op.getResult()] = {exchanged.getResult(0), payload->site, true};
  for (auto [rest, result] :
       llvm::zip(op.getRestResults(), exchanged.getResults().drop_front()))
    rest.replaceAllUsesWith(result);
  return success();
}

LogicalResult Lowering::lower(DecompressOp op) {
  FailureOr<Bytes> payload = find(op, op.getPayload());
  if (failed(payload))
    return failure();
  SmallVector<Value> outputs;
  for (Type type : op.getResultTypes())
    outputs.push_back(makeEmpty(op.getLoc(), type));
  auto decoded = DecodeOp::create(builder, op.getLoc(), op.getResultTypes(),
                                  static_cast<uint64_t>(payload->site),
                                  payload->exchanged, payload->tensor, outputs);
  op.replaceAllUsesWith(decoded.getResults());
  return success();
}

LogicalResult Lowering::lower(ClearSelectedOp op) {
  FailureOr<Bytes> payload = find(op, op.getPayload());
  if (failed(payload))
    return failure();
  if (payload->exchanged)
    return op.emitOpError() << "clears what all ranks sent together; take the "
                               "payload before its exchange";
  auto cleared = ClearEncodedOp::create(
      builder, op.getLoc(), op.getResultTypes(),
      static_cast<uint64_t>(payload->site), payload->tensor, op.getValues());
  op.replaceAllUsesWith(cleared.getResults());
  return success();
}

/// A channel takes the bytes, and is told what made them.
LogicalResult Lowering::lower(ContributionOpInterface op) {
  MutableOperandRange sent = op.getSentOperands();
  if (!isa<SparseType, QuantizedType>(sent[0].get().getType()))
    return success();
  FailureOr<Bytes> payload = find(op, sent[0].get());
  if (failed(payload))
    return failure();
  sent.assign(payload->tensor);
  op.setPayloadSite(payload->site);
  return success();
}

LogicalResult Lowering::lower(AllReduceLowRankOp op) {
  Location loc = op.getLoc();
  TypeRange types = op.getInputs().getTypes();
  SmallVector<StringRef> names;
  addNamesServed(op, names);
  Members members(builder, "powersgd", names, types);
  Type payload = op.getCompressor().getPayloadType(types, /*warmUp=*/false);
  for (Value value : op.getRest())
    if (value.use_empty())
      return op.emitOpError() << "leaves a rest that nothing keeps; run "
                                 "tacit-error-feedback, or say lossy";
  auto site = static_cast<uint64_t>(sites.size());
  sites.push_back(CompressionAttr::get(
      builder.getContext(), members.title, op.getCompressor(),
      PayloadAlgorithm::dense, PutBackAttr(), /*plain_indices=*/false,
      /*warm_up=*/false, payload, payload, members.names, members.lengths,
      members.columns));
  SmallVector<Value> outputs;
  for (Type type : types)
    outputs.push_back(makeEmpty(loc, type));
  auto exchanged = ExchangeLowRankOp::create(
      builder, loc, op.getResultTypes(), site, op.getLossy(), op.getInputs(),
      op.getAdded(), op.getScale(), op.getFactors(), outputs);
  op.replaceAllUsesWith(exchanged.getResults());
  return success();
}

LogicalResult Lowering::run() {
  SmallVector<Operation *> ops, payloads;
  function.walk([&](Operation *op) {
    if (isa<AccumulateResidualOp, CompressOp, AllReducePayloadOp, DecompressOp,
            ClearSelectedOp, AllReduceLowRankOp, ContributionOpInterface>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    builder.setInsertionPoint(op);
    // An accumulation is replaced at once; the others when all are done, since
    // they ask each other.
    if (!isa<AccumulateResidualOp, ContributionOpInterface>(op))
      payloads.push_back(op);
    LogicalResult lowered =
        TypeSwitch<Operation *, LogicalResult>(op)
            .Case<AccumulateResidualOp, CompressOp, AllReducePayloadOp,
                  DecompressOp, ClearSelectedOp, AllReduceLowRankOp,
                  ContributionOpInterface>(
                [&](auto each) { return lower(each); });
    if (failed(lowered))
      return failure();
  }
  for (Operation *op : llvm::reverse(payloads))
    op->erase();
  return success();
}

void LowerCompressionPass::runOnOperation() {
  for (auto program : getOperation().getOps<ProgramOp>()) {
    SmallVector<Attribute> sites;
    for (func::FuncOp function : bodiesOf(program))
      if (failed(Lowering(function, program, sites).run()))
        return signalPassFailure();
    if (!sites.empty())
      program.setCompressionsAttr(ArrayAttr::get(&getContext(), sites));
  }
}
