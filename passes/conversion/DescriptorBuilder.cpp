//===- DescriptorBuilder.cpp - Constants in the ABI's layout ----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/conversion/DescriptorBuilder.h"

#include "passes/analysis/Uniformity.h"
#include "passes/conversion/Conversion.h"
#include "passes/conversion/RuntimeTerms.h"
#include "runtime/abi/tacit_abi.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::tacit;

SmallVector<uint64_t> mlir::tacit::stateOffsets(ProgramOp program) {
  SmallVector<uint64_t> offsets;
  uint64_t end = 0, unpadded = 0;
  // Residuals make up one flat vector, and so do PowerSGD's factors.
  enum class Flat { No, Residual, Factor } before = Flat::No;
  for (auto variable : program.getBody().getOps<VariableOp>()) {
    Flat flat = Flat::No;
    if (variable.getRole() == Role::residual)
      flat = Flat::Residual;
    else if (isa_and_nonnull<FactorAttr>(variable.getInitializerAttr()))
      flat = Flat::Factor;
    if (flat != Flat::No && flat == before)
      end = unpadded;
    before = flat;
    offsets.push_back(end);
    RankedTensorType type = variable.getTensorType();
    end += bytesOf(MemRefType::get(type.getShape(), type.getElementType()));
    unpadded = end;
    end = (end + TACIT_ALIGNMENT - 1) / TACIT_ALIGNMENT * TACIT_ALIGNMENT;
  }
  offsets.push_back(end);
  return offsets;
}

namespace {
/// Builds one constant after the other; each is private but the last.
class DescriptorBuilder {
public:
  DescriptorBuilder(ProgramOp program, const ProgramDescription &description)
      : program(program), description(description),
        module(program->getParentOfType<ModuleOp>()), loc(program.getLoc()),
        builder(OpBuilder::atBlockEnd(module.getBody())),
        i32(builder.getI32Type()), i64(builder.getI64Type()),
        f64(builder.getF64Type()),
        pointer(LLVM::LLVMPointerType::get(builder.getContext())),
        tensorType(structOf({i32, i32, pointer})),
        initializerType(structOf({i32, i32, f64, f64})),
        variableType(
            structOf({pointer, i32, i32, tensorType, i64, initializerType})),
        namedTensorType(structOf({pointer, tensorType, i64})),
        siteType(structOf({pointer, i32, i32, i32, i32, i32, i32, i64})),
        memberType(structOf({pointer, i64, i64})),
        compressionType(structOf({pointer, i32, i32, i32, i32, i32, i32, f64,
                                  i64, i64, i64, pointer})),
        channelType(
            structOf({pointer, i32, i32, i32, i32, i32, i32, i32, i32, i64, i64,
                      i64, i64, f64, f64, i64, i64, pointer, pointer})),
        entryType(structOf({pointer, i32, i32, pointer, pointer})),
        programType(structOf({i32, i32, pointer, pointer, i64, i64, i64, i64,
                              i32, i32, pointer, pointer, i32, i32, pointer,
                              pointer, entryType, entryType, entryType})) {}

  LogicalResult build();

private:
  // Inside the region of a global, values are built; a field that points at
  // something names a global, which is made before.
  using Fill = llvm::function_ref<Value()>;

  LLVM::LLVMStructType structOf(ArrayRef<Type> fields) {
    return LLVM::LLVMStructType::getLiteral(module.getContext(), fields);
  }
  FlatSymbolRefAttr makeGlobal(Type type, Fill fill, StringRef name = {});
  FlatSymbolRefAttr makeString(StringRef text);
  FlatSymbolRefAttr makeShape(ShapedType type);
  FlatSymbolRefAttr makeTensors(ArrayRef<NamedTensor> tensors);
  FlatSymbolRefAttr makeVariables();
  FlatSymbolRefAttr makeSites();
  FlatSymbolRefAttr makeCompressions();
  FlatSymbolRefAttr makeMembers(ArrayRef<StringRef> names,
                                ArrayRef<int64_t> lengths,
                                ArrayRef<int64_t> columns);
  FlatSymbolRefAttr makeChannel();

  Value number(Type type, int64_t value);
  Value real(double value);
  /// The address of a global or a function; null for none.
  Value address(FlatSymbolRefAttr symbol);
  Value pack(LLVM::LLVMStructType type, ArrayRef<Value> fields);
  Value packArray(Type element, ArrayRef<Value> entries);
  Value packTensor(ShapedType type, FlatSymbolRefAttr shape);
  Value packInitializer(Attribute initializer);
  Value packEntry(const EntryDescription &entry, FlatSymbolRefAttr arguments,
                  FlatSymbolRefAttr results);
  uint64_t fingerprint();

  ProgramOp program;
  const ProgramDescription &description;
  ModuleOp module;
  Location loc;
  OpBuilder builder;
  Type i32, i64, f64;
  LLVM::LLVMPointerType pointer;
  LLVM::LLVMStructType tensorType, initializerType, variableType,
      namedTensorType, siteType, memberType, compressionType, channelType,
      entryType, programType;
  int nextName = 0;
};
} // namespace

FlatSymbolRefAttr DescriptorBuilder::makeGlobal(Type type, Fill fill,
                                                StringRef name) {
  OpBuilder::InsertionGuard guard(builder);
  std::string own = "tacit.constant." + std::to_string(nextName);
  if (name.empty())
    ++nextName;
  auto global = LLVM::GlobalOp::create(
      builder, loc, type, /*isConstant=*/true,
      name.empty() ? LLVM::Linkage::Internal : LLVM::Linkage::External,
      name.empty() ? StringRef(own) : name, Attribute());
  Block *body = builder.createBlock(&global.getInitializerRegion());
  builder.setInsertionPointToStart(body);
  LLVM::ReturnOp::create(builder, loc, fill());
  return FlatSymbolRefAttr::get(global.getSymNameAttr());
}

FlatSymbolRefAttr DescriptorBuilder::makeString(StringRef text) {
  std::string ended = text.str();
  ended.push_back('\0');
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), ended.size());
  auto global = LLVM::GlobalOp::create(
      builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal,
      "tacit.constant." + std::to_string(nextName++),
      builder.getStringAttr(ended));
  return FlatSymbolRefAttr::get(global.getSymNameAttr());
}

FlatSymbolRefAttr DescriptorBuilder::makeShape(ShapedType type) {
  if (type.getRank() == 0)
    return {};
  return makeGlobal(LLVM::LLVMArrayType::get(i64, type.getRank()), [&] {
    SmallVector<Value> extents;
    for (int64_t extent : type.getShape())
      extents.push_back(number(i64, extent));
    return packArray(i64, extents);
  });
}

Value DescriptorBuilder::number(Type type, int64_t value) {
  return LLVM::ConstantOp::create(builder, loc, type,
                                  builder.getIntegerAttr(type, value));
}

Value DescriptorBuilder::real(double value) {
  return LLVM::ConstantOp::create(builder, loc, f64,
                                  builder.getF64FloatAttr(value));
}

Value DescriptorBuilder::address(FlatSymbolRefAttr symbol) {
  if (!symbol)
    return LLVM::ZeroOp::create(builder, loc, pointer);
  return LLVM::AddressOfOp::create(builder, loc, pointer, symbol);
}

Value DescriptorBuilder::pack(LLVM::LLVMStructType type,
                              ArrayRef<Value> fields) {
  Value value = LLVM::PoisonOp::create(builder, loc, type);
  for (auto [i, field] : llvm::enumerate(fields))
    value = LLVM::InsertValueOp::create(builder, loc, value, field,
                                        static_cast<int64_t>(i));
  return value;
}

Value DescriptorBuilder::packArray(Type element, ArrayRef<Value> entries) {
  Value value = LLVM::PoisonOp::create(
      builder, loc, LLVM::LLVMArrayType::get(element, entries.size()));
  for (auto [i, entry] : llvm::enumerate(entries))
    value = LLVM::InsertValueOp::create(builder, loc, value, entry,
                                        static_cast<int64_t>(i));
  return value;
}

Value DescriptorBuilder::packTensor(ShapedType type, FlatSymbolRefAttr shape) {
  return pack(tensorType, {number(i32, *dtypeOf(type.getElementType())),
                           number(i32, type.getRank()), address(shape)});
}

Value DescriptorBuilder::packInitializer(Attribute initializer) {
  int32_t kind = TACIT_NO_INITIALIZER;
  double a = 0.0, b = 0.0;
  if (auto interface =
          dyn_cast_or_null<InitializerAttrInterface>(initializer)) {
    ResolvedInitializer resolved = interface.resolve();
    a = resolved.a;
    b = resolved.b;
    switch (resolved.kind) {
    case ResolvedInitializer::Kind::Constant:
      kind = TACIT_CONSTANT;
      break;
    case ResolvedInitializer::Kind::Normal:
      kind = TACIT_NORMAL;
      break;
    case ResolvedInitializer::Kind::Uniform:
      kind = TACIT_UNIFORM;
      break;
    case ResolvedInitializer::Kind::Factor:
      kind = TACIT_FACTOR;
      break;
    case ResolvedInitializer::Kind::SameAs:
      kind = TACIT_SAME_AS;
      break;
    case ResolvedInitializer::Kind::OfRun:
      kind = TACIT_OF_RUN;
      break;
    }
  }
  return pack(initializerType,
              {number(i32, kind), number(i32, 0), real(a), real(b)});
}

FlatSymbolRefAttr
DescriptorBuilder::makeTensors(ArrayRef<NamedTensor> tensors) {
  if (tensors.empty())
    return {};
  SmallVector<std::pair<FlatSymbolRefAttr, FlatSymbolRefAttr>> parts;
  for (const NamedTensor &tensor : tensors)
    parts.push_back({makeString(tensor.name), makeShape(tensor.type)});
  return makeGlobal(
      LLVM::LLVMArrayType::get(namedTensorType, tensors.size()), [&] {
        SmallVector<Value> entries;
        for (auto [tensor, part] : llvm::zip(tensors, parts))
          entries.push_back(
              pack(namedTensorType,
                   {address(part.first), packTensor(tensor.type, part.second),
                    number(i64, tensor.classes)}));
        return packArray(namedTensorType, entries);
      });
}

/// When ranks may hold different values of `variable`: what the uniformity
/// analysis wrote down. One rank has nobody to differ from, but its residual is
/// a rank's own, and is called so.
static tacit_sharing getSharing(ProgramOp program, VariableOp variable) {
  if (variable.getRole() == Role::residual || variable.isOwnCopy())
    return TACIT_PER_RANK;
  // Ranks of a channel make steps of their own.
  if (program.getChannel())
    return variable.getRole() == Role::parameter ||
                   variable.getRole() == Role::model_state
               ? TACIT_REPLICATED
               : TACIT_PER_RANK;
  if (program.getRanks() == std::optional<uint64_t>(1))
    return TACIT_SHARED;
  if (variable->hasAttr(kPerRankInRoundAttrName))
    return TACIT_PER_RANK_IN_ROUND;
  return variable->hasAttr(kPerRankAttrName) ? TACIT_PER_RANK : TACIT_SHARED;
}

/// The name without the role: the symbol, in which the residual of @w0 is
/// "w0.residual", and a rank's copy of it "w0.own".
static StringRef nameOf(VariableOp variable) {
  StringRef name = variable.getSymName();
  if (variable.getRole() == Role::residual)
    name.consume_back(".residual");
  if (variable.isOwnCopy())
    name.consume_back(kOwnSuffix);
  return name;
}

FlatSymbolRefAttr DescriptorBuilder::makeVariables() {
  SmallVector<VariableOp> variables(program.getBody().getOps<VariableOp>());
  if (variables.empty())
    return {};
  SmallVector<uint64_t> offsets = stateOffsets(program);
  SmallVector<std::pair<FlatSymbolRefAttr, FlatSymbolRefAttr>> parts;
  for (VariableOp variable : variables)
    parts.push_back(
        {makeString(nameOf(variable)), makeShape(variable.getTensorType())});
  return makeGlobal(
      LLVM::LLVMArrayType::get(variableType, variables.size()), [&] {
        SmallVector<Value> entries;
        for (auto [variable, part, offset] :
             llvm::zip_first(variables, parts, offsets)) {
          entries.push_back(
              pack(variableType,
                   {address(part.first),
                    number(i32, static_cast<int64_t>(variable.getRole())),
                    number(i32, getSharing(program, variable)),
                    packTensor(variable.getTensorType(), part.second),
                    number(i64, static_cast<int64_t>(offset)),
                    packInitializer(variable.getInitializerAttr())}));
        }
        return packArray(variableType, entries);
      });
}

FlatSymbolRefAttr DescriptorBuilder::makeSites() {
  ArrayAttr sites = program.getSitesAttr();
  if (!sites || sites.empty())
    return {};
  SmallVector<FlatSymbolRefAttr> names;
  for (auto site : sites.getAsRange<SiteAttr>())
    names.push_back(makeString(site.getName()));
  return makeGlobal(LLVM::LLVMArrayType::get(siteType, sites.size()), [&] {
    SmallVector<Value> entries;
    for (auto [site, name] : llvm::zip(sites.getAsRange<SiteAttr>(), names))
      entries.push_back(pack(
          siteType,
          {address(name), number(i32, static_cast<int64_t>(site.getKind())),
           number(i32, static_cast<int64_t>(site.getReduction())),
           number(i32, *dtypeOf(site.getElement())),
           number(i32, site.getRoot()), number(i32, site.getControl()),
           number(i32, 0), number(i64, site.getCount())}));
    return packArray(siteType, entries);
  });
}

FlatSymbolRefAttr DescriptorBuilder::makeMembers(ArrayRef<StringRef> names,
                                                 ArrayRef<int64_t> lengths,
                                                 ArrayRef<int64_t> columns) {
  SmallVector<FlatSymbolRefAttr> strings;
  for (StringRef name : names)
    strings.push_back(makeString(name));
  return makeGlobal(LLVM::LLVMArrayType::get(memberType, names.size()), [&] {
    SmallVector<Value> entries;
    for (auto [name, length, column] : llvm::zip(strings, lengths, columns))
      entries.push_back(pack(memberType, {address(name), number(i64, length),
                                          number(i64, column)}));
    return packArray(memberType, entries);
  });
}

FlatSymbolRefAttr DescriptorBuilder::makeCompressions() {
  ArrayAttr compressions = program.getCompressionsAttr();
  if (!compressions || compressions.empty())
    return {};
  SmallVector<std::pair<FlatSymbolRefAttr, FlatSymbolRefAttr>> parts;
  for (auto each : compressions.getAsRange<CompressionAttr>())
    parts.push_back(
        {makeString(each.getName()),
         makeMembers(
             llvm::to_vector(each.getMembers().getAsValueRange<StringAttr>()),
             each.getLengths().asArrayRef(), each.getColumns().asArrayRef())});
  return makeGlobal(
      LLVM::LLVMArrayType::get(compressionType, compressions.size()), [&] {
        SmallVector<Value> entries;
        for (auto [each, part] :
             llvm::zip(compressions.getAsRange<CompressionAttr>(), parts)) {
          ResolvedCompressor compressor =
              resolveCompressor(each.getCompressor());
          int64_t putBack =
              each.getPutBack()
                  ? static_cast<int64_t>(each.getPutBack().getValue())
                  : TACIT_PUT_BACK_NONE;
          entries.push_back(pack(
              compressionType,
              {address(part.first), number(i32, compressor.kind),
               number(i32, static_cast<int64_t>(each.getAlgorithm())),
               number(i32, putBack), number(i32, each.getPlainIndices()),
               number(i32, each.getWarmUp()),
               number(i32, static_cast<int64_t>(each.getLengths().size())),
               real(compressor.parameter),
               number(i64, getPayloadElements(each.getPayload())),
               number(i64, roomIn(each.getPayload())),
               number(i64, roomIn(each.getResult())), address(part.second)}));
        }
        return packArray(compressionType, entries);
      });
}

/// What makes a channel's payloads: the one compressor of the program; -1 if
/// there is none.
static int64_t compressionOf(ProgramOp program) {
  ArrayAttr compressions = program.getCompressionsAttr();
  return compressions && !compressions.empty() ? 0 : -1;
}

FlatSymbolRefAttr DescriptorBuilder::makeChannel() {
  ChannelOp channel = program.getChannel();
  if (!channel)
    return {};
  SmallVector<int64_t> lengths, columns;
  for (VariableOp variable : getMemberVariables(channel)) {
    RankedTensorType type = variable.getTensorType();
    lengths.push_back(type.getNumElements());
    columns.push_back(type.getRank() > 0 ? type.getShape().back() : 1);
  }
  ResolvedScheduler scheduler = resolveScheduler(channel.getPolicy());
  int64_t compression = compressionOf(program);
  int64_t bytes =
      compression < 0
          ? 4 * std::accumulate(lengths.begin(), lengths.end(), int64_t{0})
          : payloadBytes(cast<CompressionAttr>(
                             program.getCompressionsAttr()[static_cast<size_t>(
                                 compression)])
                             .getPayload());
  FlatSymbolRefAttr name = makeString(channel.getSymName());
  FlatSymbolRefAttr members =
      makeMembers(channel.getMemberNames(), lengths, columns);
  ArrayRef<int32_t> ends = channel.getTopology().getEdges();
  FlatSymbolRefAttr edges;
  if (!ends.empty())
    edges = makeGlobal(LLVM::LLVMArrayType::get(i32, ends.size()), [&] {
      SmallVector<Value> entries;
      for (int32_t end : ends)
        entries.push_back(number(i32, end));
      return packArray(i32, entries);
    });
  return makeGlobal(channelType, [&] {
    return pack(
        channelType,
        {address(name),
         number(i32, static_cast<int64_t>(channel.getTopology().getKind())),
         number(i32, scheduler.kind), number(i32, scheduler.granularity),
         number(i32, scheduler.damping), number(i32, compression),
         number(i32, static_cast<int64_t>(lengths.size())),
         number(i32, static_cast<int64_t>(ends.size() / 2)),
         number(i32, scheduler.mean), number(i64, scheduler.maxStaleness),
         number(i64, scheduler.sendEvery), number(i64, scheduler.maxDelay),
         number(i64, scheduler.resync), real(scheduler.beta),
         real(scheduler.wait), number(i64, scheduler.bucketBytes),
         number(i64, bytes), address(members), address(edges)});
  });
}

Value DescriptorBuilder::packEntry(const EntryDescription &entry,
                                   FlatSymbolRefAttr arguments,
                                   FlatSymbolRefAttr results) {
  LLVM::LLVMFuncOp function = entry.function;
  FlatSymbolRefAttr name;
  if (function)
    name = FlatSymbolRefAttr::get(function.getSymNameAttr());
  return pack(entryType, {address(name), number(i32, entry.arguments.size()),
                          number(i32, entry.results.size()), address(arguments),
                          address(results)});
}

/// 64-bit FNV-1a over the variables' names, roles, element types and shapes: a
/// hash that does not change with the version of a library.
uint64_t DescriptorBuilder::fingerprint() {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (auto variable : program.getBody().getOps<VariableOp>())
    stream << variable.getSymName() << " " << stringifyRole(variable.getRole())
           << " " << variable.getType() << ";";
  uint64_t hash = 0xcbf29ce484222325u;
  for (unsigned char byte : text)
    hash = (hash ^ byte) * 0x100000001b3u;
  return hash;
}

LogicalResult DescriptorBuilder::build() {
  auto check = [&](StringRef name, Type element) -> LogicalResult {
    if (succeeded(dtypeOf(element)))
      return success();
    return program.emitOpError()
           << "'" << name << "' has elements of " << element
           << ", which the runtime does not know; it knows f32, f64, i64, i32, "
              "i8 and i1";
  };
  for (const EntryDescription *entry :
       {&description.step, &description.endRound, &description.evaluate})
    for (ArrayRef<NamedTensor> tensors :
         {ArrayRef(entry->arguments), ArrayRef(entry->results)})
      for (const NamedTensor &tensor : tensors)
        if (failed(check(tensor.name, tensor.type.getElementType())))
          return failure();

  const EntryDescription &step = description.step;
  const EntryDescription &evaluate = description.evaluate;
  FlatSymbolRefAttr name = makeString(program.getSymName());
  FlatSymbolRefAttr strategy = makeString(description.strategy);
  FlatSymbolRefAttr variables = makeVariables();
  FlatSymbolRefAttr sites = makeSites();
  FlatSymbolRefAttr compressions = makeCompressions();
  FlatSymbolRefAttr channel = makeChannel();
  FlatSymbolRefAttr stepArguments = makeTensors(step.arguments);
  FlatSymbolRefAttr stepResults = makeTensors(step.results);
  FlatSymbolRefAttr endRoundResults = makeTensors(description.endRound.results);
  FlatSymbolRefAttr evaluateArguments = makeTensors(evaluate.arguments);
  FlatSymbolRefAttr evaluateResults = makeTensors(evaluate.results);
  auto numVariables = llvm::range_size(program.getBody().getOps<VariableOp>());
  uint64_t hash = fingerprint();
  makeGlobal(
      programType,
      [&] {
        return pack(
            programType,
            {number(i32, TACIT_ABI_VERSION), number(i32, sizeof(tacit_program)),
             address(name), address(strategy),
             number(i64, static_cast<int64_t>(hash)),
             number(i64, program.getRanks().value_or(0)),
             number(i64, static_cast<int64_t>(stateOffsets(program).back())),
             number(i64, static_cast<int64_t>(description.arenaBytes)),
             number(i32, numVariables),
             number(i32,
                    program.getSitesAttr() ? program.getSitesAttr().size() : 0),
             address(variables), address(sites),
             number(i32, program.getCompressionsAttr()
                             ? program.getCompressionsAttr().size()
                             : 0),
             number(i32,
                    static_cast<int64_t>(program.getAccumulate().value_or(1))),
             address(compressions), address(channel),
             packEntry(step, stepArguments, stepResults),
             packEntry(description.endRound, {}, endRoundResults),
             packEntry(evaluate, evaluateArguments, evaluateResults)});
      },
      "tacit_program");
  return success();
}

LogicalResult
mlir::tacit::buildDescriptor(ProgramOp program,
                             const ProgramDescription &description) {
  return DescriptorBuilder(program, description).build();
}
