//===- ConvertExchange.cpp - Exchanges to calls -----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The only file that knows the signatures of what compiled code calls.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Conversion.h"
#include "passes/conversion/RuntimeTerms.h"
#include "runtime/abi/tacit_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <cstddef>

namespace mlir::tacit {
#define GEN_PASS_DEF_CONVERTEXCHANGEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct ConvertExchangePass
    : public tacit::impl::ConvertExchangePassBase<ConvertExchangePass> {
  using ConvertExchangePassBase::ConvertExchangePassBase;
  void runOnOperation() override;
};

/// Writes the calls of one function.
class CallWriter {
public:
  CallWriter(func::FuncOp function, SmallVectorImpl<Attribute> &sites)
      : function(function), sites(sites), builder(function.getContext()),
        pointer(LLVM::LLVMPointerType::get(function.getContext())) {}

  /// Converts every operation of the dialect in the function.
  LogicalResult run();

private:
  void takeRankAndReturnStatus();
  LogicalResult convert(Operation *op);
  LogicalResult convertStart(Operation *op, Value &token);
  LogicalResult convertToken(StartOp op);
  void convertAwait(Location loc, Value token);
  void convertGemm(GemmOp op);
  void convertConvolution(ConvolutionOp op);
  void convertEncode(EncodeOp op);
  void convertExchangeEncoded(ExchangeEncodedOp op);
  void convertDecode(DecodeOp op);
  void convertClear(ClearEncodedOp op);
  void convertAdaptPeriod(AdaptPeriodOp op);
  void convertClock(ClockOp op);
  void convertLowRank(ExchangeLowRankOp op);
  /// Of a site that compresses values * scale + added: both addresses, one of
  /// which is null, and the scale.
  struct Summands {
    Value added, values, scale;
  };
  template <typename OpTy> Summands summandsOf(OpTy op);
  void convertCollect(CollectOp op);
  void convertContribution(ContributionOpInterface op, StringRef callee);
  void convertRankRead(Operation *op, size_t offset);
  uint32_t addSite(Operation *op);

  /// Room for what a call gives back.
  Value makeSlot(Location loc, Type type);
  Value number32(int64_t value, Location loc);
  Value number64(int64_t value, Location loc);
  /// The address of a buffer's first element.
  Value addressOf(Value buffer, Location loc);
  /// The address of the first of buffers that lie end to end; null of none.
  Value addressOfAll(OperandRange buffers, Location loc);
  /// The address of an array of the buffers' addresses; null of none.
  Value addressOfArray(OperandRange buffers, Location loc);
  /// Calls the runtime's `name`, which is declared if need be.
  void call(StringRef name, ValueRange arguments, Location loc);

  func::FuncOp function;
  SmallVectorImpl<Attribute> &sites;
  OpBuilder builder;
  LLVM::LLVMPointerType pointer;
  Value rank;
};
} // namespace

Value CallWriter::number32(int64_t value, Location loc) {
  return LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                  builder.getI32IntegerAttr(value));
}

Value CallWriter::number64(int64_t value, Location loc) {
  return LLVM::ConstantOp::create(builder, loc, builder.getI64Type(),
                                  builder.getI64IntegerAttr(value));
}

Value CallWriter::addressOf(Value buffer, Location loc) {
  auto type = cast<MemRefType>(buffer.getType());
  Value index =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, buffer);
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (failed(type.getStridesAndOffset(strides, offset)))
    offset = ShapedType::kDynamic;
  if (offset != 0) {
    auto metadata =
        memref::ExtractStridedMetadataOp::create(builder, loc, buffer);
    Value bytes = arith::ConstantIndexOp::create(
        builder, loc, type.getElementTypeBitWidth() / 8);
    Value shift =
        arith::MulIOp::create(builder, loc, metadata.getOffset(), bytes);
    index = arith::AddIOp::create(builder, loc, index, shift);
  }
  Value address =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
  return LLVM::IntToPtrOp::create(builder, loc, pointer, address);
}

void CallWriter::call(StringRef name, ValueRange arguments, Location loc) {
  auto module = function->getParentOfType<ModuleOp>();
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!callee) {
    OpBuilder atModule(module.getBodyRegion());
    auto type = LLVM::LLVMFunctionType::get(
        builder.getI32Type(), SmallVector<Type>(arguments.getTypes()));
    callee = LLVM::LLVMFuncOp::create(atModule, loc, name, type);
  }
  LLVM::CallOp::create(builder, loc, callee, arguments);
}

/// "all_reduce of layer0.weight, layer0.bias".
static std::string siteName(Operation *op, ExchangeKind kind, int64_t site) {
  std::string name = stringifyExchangeKind(kind).str();
  if (auto served = op->getAttrOfType<ArrayAttr>(kServesAttrName)) {
    name += " of ";
    llvm::raw_string_ostream stream(name);
    llvm::interleaveComma(served.getAsValueRange<StringAttr>(), stream);
    return name;
  }
  return name + " " + std::to_string(site);
}

uint32_t CallWriter::addSite(Operation *op) {
  auto exchange = cast<ExchangeOpInterface>(op);
  ExchangeKind kind = exchange.getExchangeKind();
  Reduction reduction = Reduction::sum;
  int64_t root = 0, count = 0;
  if (auto start = dyn_cast<StartOp>(op)) {
    reduction = start.getReduction().value_or(Reduction::sum);
    root = start.getRoot().value_or(0);
  } else if (auto reduce = dyn_cast<AllReduceOp>(op)) {
    reduction = reduce.getReduction();
  } else if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    root = broadcast.getRoot();
  }
  for (Value input : exchange.getExchanged())
    count += cast<MemRefType>(input.getType()).getNumElements();
  Type element =
      cast<MemRefType>(exchange.getExchanged()[0].getType()).getElementType();
  auto site = static_cast<uint32_t>(sites.size());
  sites.push_back(SiteAttr::get(builder.getContext(), siteName(op, kind, site),
                                kind, reduction, element, root, count,
                                op->hasAttr(kControlAttrName)));
  return site;
}

Value CallWriter::makeSlot(Location loc, Type type) {
  // In the entry block, so that a loop does not grow the stack.
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&function.getBody().front());
  return LLVM::AllocaOp::create(builder, loc, pointer, type, number64(1, loc));
}

void CallWriter::convertAdaptPeriod(AdaptPeriodOp op) {
  Location loc = op.getLoc();
  Value slot = makeSlot(loc, builder.getI64Type());
  call("tacit_adapt_period",
       {rank, op.getPeriod(), op.getLoss(), op.getFirstLoss(), op.getRatio(),
        number64(static_cast<int64_t>(op.getInitial()), loc), slot},
       loc);
  Value next = LLVM::LoadOp::create(builder, loc, builder.getI64Type(), slot);
  op.getResult().replaceAllUsesWith(next);
}

void CallWriter::convertClock(ClockOp op) {
  Location loc = op.getLoc();
  Value slot = makeSlot(loc, builder.getF64Type());
  call("tacit_clock", {rank, slot}, loc);
  Value seconds =
      LLVM::LoadOp::create(builder, loc, builder.getF64Type(), slot);
  op.getSeconds().replaceAllUsesWith(seconds);
}

/// Starts the exchange `op`; `token` is what identifies it in flight.
LogicalResult CallWriter::convertStart(Operation *op, Value &token) {
  Location loc = op->getLoc();
  auto exchange = cast<ExchangeOpInterface>(op);
  OperandRange inputs = exchange.getExchanged();
  bool isGather = exchange.getExchangeKind() == ExchangeKind::all_gather;
  if (isGather && inputs.size() != 1)
    return op->emitOpError()
           << "of " << inputs.size()
           << " operands has no layout for what it gathers; gather each alone";
  Value slot = makeSlot(loc, builder.getI64Type());
  SmallVector<Value> arguments = {rank, number32(addSite(op), loc),
                                  addressOf(inputs[0], loc)};
  if (isGather)
    arguments.push_back(addressOf(op->getOperand(inputs.size()), loc));
  arguments.push_back(slot);
  call(isGather ? "tacit_start_gather" : "tacit_start", arguments, loc);
  token = LLVM::LoadOp::create(builder, loc, builder.getI64Type(), slot);
  return success();
}

void CallWriter::convertAwait(Location loc, Value token) {
  call("tacit_await", {rank, token}, loc);
}

/// Starts, and lets every await of the token name what is in flight.
LogicalResult CallWriter::convertToken(StartOp op) {
  Value token;
  if (failed(convertStart(op, token)))
    return failure();
  for (Operation *user : llvm::make_early_inc_range(op.getToken().getUsers())) {
    auto await = dyn_cast<AwaitOp>(user);
    if (!await)
      return user->emitOpError()
             << "takes a token; only tacit.await can be lowered";
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(await);
    convertAwait(await.getLoc(), token);
    await.erase();
  }
  return success();
}

void CallWriter::convertGemm(GemmOp op) {
  Location loc = op.getLoc();
  ArrayRef<int64_t> sizes = op.getSizes();
  ArrayRef<int64_t> leading = op.getLeading();
  int64_t flags = (op.getTransposeA() ? TACIT_TRANSPOSE_A : 0) |
                  (op.getTransposeB() ? TACIT_TRANSPOSE_B : 0);
  Value beta = LLVM::ConstantOp::create(
      builder, loc, builder.getF32Type(),
      builder.getF32FloatAttr(op.getAccumulate() ? 1.0f : 0.0f));
  call("tacit_gemm_f32",
       {rank, number32(flags, loc), number64(sizes[0], loc),
        number64(sizes[1], loc), number64(sizes[2], loc), op.getAlpha(),
        addressOf(op.getA(), loc), number64(leading[0], loc),
        addressOf(op.getB(), loc), number64(leading[1], loc), beta,
        addressOf(op.getC(), loc), number64(leading[2], loc)},
       loc);
}

void CallWriter::convertConvolution(ConvolutionOp op) {
  Location loc = op.getLoc();
  SmallVector<int64_t> fields = convolutionFields(op);
  auto module = function->getParentOfType<ModuleOp>();
  std::string name;
  for (unsigned i = 0; name.empty() || module.lookupSymbol(name); ++i)
    name = "tacit.convolution." + std::to_string(i);
  OpBuilder atModule(module.getBodyRegion());
  auto type = LLVM::LLVMArrayType::get(builder.getI64Type(), fields.size());
  auto global = LLVM::GlobalOp::create(atModule, loc, type, /*isConstant=*/true,
                                       LLVM::Linkage::Internal, name,
                                       builder.getI64TensorAttr(fields));
  call("tacit_convolution_f32",
       {rank, LLVM::AddressOfOp::create(builder, loc, global),
        addressOf(op.getLhs(), loc), addressOf(op.getRhs(), loc),
        addressOf(op.getPlace(), loc)},
       loc);
}

Value CallWriter::addressOfAll(OperandRange buffers, Location loc) {
  if (buffers.empty())
    return LLVM::ZeroOp::create(builder, loc, pointer);
  return addressOf(buffers.front(), loc);
}

template <typename OpTy> CallWriter::Summands CallWriter::summandsOf(OpTy op) {
  Location loc = op.getLoc();
  Value scale = op.getScale();
  if (!scale)
    scale = LLVM::ConstantOp::create(builder, loc, builder.getF64Type(),
                                     builder.getF64FloatAttr(1));
  if (!op.getLossy())
    return {addressOfAll(op.getAdded(), loc), addressOfAll(op.getValues(), loc),
            scale};
  // What is only read is what is added to nothing.
  Value none = LLVM::ZeroOp::create(builder, loc, pointer);
  return {addressOfAll(op.getValues(), loc), none, scale};
}

void CallWriter::convertEncode(EncodeOp op) {
  Location loc = op.getLoc();
  Summands sum = summandsOf(op);
  Value number = op.getNumber();
  if (!number)
    number = number64(0, loc);
  call("tacit_encode",
       {rank, number32(static_cast<int64_t>(op.getSite()), loc), sum.added,
        sum.values, sum.scale, number, addressOf(op.getPayload(), loc)},
       loc);
}

void CallWriter::convertLowRank(ExchangeLowRankOp op) {
  Location loc = op.getLoc();
  Summands sum = summandsOf(op);
  call("tacit_exchange_low_rank",
       {rank, number32(static_cast<int64_t>(op.getSite()), loc), sum.added,
        sum.values, sum.scale, addressOfAll(op.getFactors(), loc),
        addressOfAll(op.getOutputs(), loc)},
       loc);
}

void CallWriter::convertExchangeEncoded(ExchangeEncodedOp op) {
  Location loc = op.getLoc();
  call("tacit_exchange_payload",
       {rank, number32(static_cast<int64_t>(op.getSite()), loc),
        addressOf(op.getPayload(), loc), addressOf(op.getOutput(), loc),
        addressOfAll(op.getRest(), loc)},
       loc);
}

void CallWriter::convertDecode(DecodeOp op) {
  Location loc = op.getLoc();
  call("tacit_decode",
       {rank, number32(static_cast<int64_t>(op.getSite()), loc),
        number32(op.getExchanged(), loc), addressOf(op.getPayload(), loc),
        addressOfAll(op.getOutputs(), loc)},
       loc);
}

void CallWriter::convertClear(ClearEncodedOp op) {
  Location loc = op.getLoc();
  call("tacit_clear_selected",
       {rank, number32(static_cast<int64_t>(op.getSite()), loc),
        addressOf(op.getPayload(), loc), addressOfAll(op.getValues(), loc)},
       loc);
}

Value CallWriter::addressOfArray(OperandRange buffers, Location loc) {
  if (buffers.empty())
    return LLVM::ZeroOp::create(builder, loc, pointer);
  Value array =
      makeSlot(loc, LLVM::LLVMArrayType::get(pointer, buffers.size()));
  for (auto [i, buffer] : llvm::enumerate(buffers)) {
    Value place =
        LLVM::GEPOp::create(builder, loc, pointer, pointer, array,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    LLVM::StoreOp::create(builder, loc, addressOf(buffer, loc), place);
  }
  return array;
}

void CallWriter::convertCollect(CollectOp op) {
  Location loc = op.getLoc();
  call("tacit_collect", {rank, addressOfArray(op.getParameters(), loc)}, loc);
}

/// Fills a tacit_contribution, and hands it over.
void CallWriter::convertContribution(ContributionOpInterface op,
                                     StringRef callee) {
  Location loc = op.getLoc();
  OperandRange sent(op.getSentOperands());
  Value none = LLVM::ZeroOp::create(builder, loc, pointer);
  bool isDense = !op.getPayloadSite();
  Value fields[] = {isDense ? addressOfArray(sent, loc) : none,
                    isDense ? none : addressOf(sent.front(), loc),
                    addressOfArray(OperandRange(op.getRestOperands()), loc),
                    op.getRate()};
  auto type = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), {pointer, pointer, pointer, builder.getF64Type()});
  Value contribution = makeSlot(loc, type);
  for (auto [i, field] : llvm::enumerate(fields)) {
    Value place =
        LLVM::GEPOp::create(builder, loc, pointer, type, contribution,
                            ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    LLVM::StoreOp::create(builder, loc, field, place);
  }
  call(callee,
       {rank, contribution,
        addressOfArray(OperandRange(op.getMovedOperands()), loc)},
       loc);
}

void CallWriter::convertRankRead(Operation *op, size_t offset) {
  Location loc = op->getLoc();
  Value address =
      LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), rank,
                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  Value value =
      LLVM::LoadOp::create(builder, loc, builder.getI64Type(), address);
  op->getResult(0).replaceAllUsesWith(value);
}

LogicalResult CallWriter::convert(Operation *op) {
  builder.setInsertionPoint(op);
  Location loc = op->getLoc();
  if (isa<AllReduceOp, BroadcastOp, AllGatherOp>(op)) {
    Value token;
    if (failed(convertStart(op, token)))
      return failure();
    convertAwait(loc, token);
  } else if (auto start = dyn_cast<StartOp>(op)) {
    if (failed(convertToken(start)))
      return failure();
  } else if (isa<ProgressOp>(op)) {
    call("tacit_progress", {rank}, loc);
  } else if (auto gemm = dyn_cast<GemmOp>(op)) {
    convertGemm(gemm);
  } else if (auto convolution = dyn_cast<ConvolutionOp>(op)) {
    convertConvolution(convolution);
  } else if (auto encode = dyn_cast<EncodeOp>(op)) {
    convertEncode(encode);
  } else if (auto exchange = dyn_cast<ExchangeEncodedOp>(op)) {
    convertExchangeEncoded(exchange);
  } else if (auto decode = dyn_cast<DecodeOp>(op)) {
    convertDecode(decode);
  } else if (auto clear = dyn_cast<ClearEncodedOp>(op)) {
    convertClear(clear);
  } else if (auto lowRank = dyn_cast<ExchangeLowRankOp>(op)) {
    convertLowRank(lowRank);
  } else if (auto collect = dyn_cast<CollectOp>(op)) {
    convertCollect(collect);
  } else if (isa<PublishOp>(op)) {
    convertContribution(cast<ContributionOpInterface>(op), "tacit_publish");
  } else if (isa<ElasticAwaitOp>(op)) {
    convertContribution(cast<ContributionOpInterface>(op),
                        "tacit_elastic_await");
  } else if (auto adapt = dyn_cast<AdaptPeriodOp>(op)) {
    convertAdaptPeriod(adapt);
  } else if (auto clock = dyn_cast<ClockOp>(op)) {
    convertClock(clock);
  } else if (isa<RankOp>(op)) {
    convertRankRead(op, offsetof(tacit_rank_view, rank));
  } else if (isa<NumRanksOp>(op)) {
    convertRankRead(op, offsetof(tacit_rank_view, ranks));
  } else {
    return op->emitOpError("has no call of the runtime");
  }
  op->erase();
  return success();
}

void CallWriter::takeRankAndReturnStatus() {
  Location loc = function.getLoc();
  unsigned index = function.getNumArguments();
  (void)function.insertArgument(index, pointer,
                                builder.getDictionaryAttr(builder.getNamedAttr(
                                    kRankAttrName, builder.getUnitAttr())),
                                loc);
  rank = function.getArgument(index);
  (void)function.insertResult(0, builder.getI32Type(), {});
  function.walk([&](func::ReturnOp op) {
    builder.setInsertionPoint(op);
    op->setOperands({arith::ConstantOp::create(
        builder, loc, builder.getI32IntegerAttr(TACIT_OK))});
  });
}

LogicalResult CallWriter::run() {
  takeRankAndReturnStatus();
  SmallVector<Operation *> ops;
  // Awaits go with their starts.
  function.walk([&](Operation *op) {
    if (isa<TacitDialect>(op->getDialect()) && !isa<AwaitOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops)
    if (failed(convert(op)))
      return failure();
  return success();
}

void ConvertExchangePass::runOnOperation() {
  for (auto program : getOperation().getOps<ProgramOp>()) {
    SmallVector<Attribute> sites;
    for (func::FuncOp function : bodiesOf(program))
      if (failed(CallWriter(function, sites).run()))
        return signalPassFailure();
    program.setSitesAttr(ArrayAttr::get(&getContext(), sites));
  }
}
