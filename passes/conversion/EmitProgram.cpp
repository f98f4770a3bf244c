//===- EmitProgram.cpp - Emits entries and descriptor -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/DescriptorBuilder.h"
#include "runtime/abi/tacit_abi.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <cstddef>

namespace mlir::tacit {
#define GEN_PASS_DEF_EMITPROGRAMPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct EmitProgramPass
    : public tacit::impl::EmitProgramPassBase<EmitProgramPass> {
  using EmitProgramPassBase::EmitProgramPassBase;
  void runOnOperation() override;
};

/// Creates the entry of one function, and describes it.
class EntryBuilder {
public:
  EntryBuilder(ProgramOp program, LLVM::LLVMFuncOp function)
      : program(program), function(function), builder(function),
        pointer(LLVM::LLVMPointerType::get(function.getContext())) {}

  FailureOr<EntryDescription> build(StringRef name);

private:
  Value loadPointer(Value base, int64_t offset);
  Value stateOf(StringRef variable);
  Value argumentFor(unsigned index, EntryDescription &entry);

  ProgramOp program;
  LLVM::LLVMFuncOp function;
  OpBuilder builder;
  LLVM::LLVMPointerType pointer;
  Value rank, batch, state, arena, arguments, results;
};
} // namespace

/// Where `tacit-convert-to-llvm` keeps the type that an argument had.
static ShapedType typeOfArgument(LLVM::LLVMFuncOp function, unsigned index) {
  auto type = function.getArgAttrOfType<TypeAttr>(index, kTypeAttrName);
  return type ? cast<ShapedType>(type.getValue()) : ShapedType();
}

Value EntryBuilder::loadPointer(Value base, int64_t offset) {
  Value address = LLVM::GEPOp::create(
      builder, function.getLoc(), pointer, builder.getI8Type(), base,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  return LLVM::LoadOp::create(builder, function.getLoc(), pointer, address);
}

Value EntryBuilder::stateOf(StringRef variable) {
  SmallVector<uint64_t> offsets = stateOffsets(program);
  for (auto [op, offset] :
       llvm::zip_first(program.getBody().getOps<VariableOp>(), offsets)) {
    if (op.getSymName() != variable)
      continue;
    Value bytes = LLVM::ConstantOp::create(
        builder, function.getLoc(), builder.getI64Type(),
        builder.getI64IntegerAttr(static_cast<int64_t>(offset)));
    return LLVM::GEPOp::create(builder, function.getLoc(), pointer,
                               builder.getI8Type(), state,
                               ArrayRef<LLVM::GEPArg>{bytes});
  }
  return {};
}

/// What the entry passes as argument `index`; null if that is not marked.
Value EntryBuilder::argumentFor(unsigned index, EntryDescription &entry) {
  if (function.getArgAttr(index, kRankAttrName))
    return rank;
  if (function.getArgAttr(index, kArenaAttrName))
    return arena;
  auto nameOf = [&](StringRef attribute) {
    return function.getArgAttrOfType<StringAttr>(index, attribute);
  };
  if (StringAttr name = nameOf(kVariableAttrName))
    return stateOf(name.getValue());
  ShapedType type = typeOfArgument(function, index);
  if (!type)
    return {};
  if (StringAttr name = nameOf(kDataAttrName)) {
    auto classes =
        function.getArgAttrOfType<IntegerAttr>(index, kClassesAttrName);
    entry.arguments.push_back(
        {name.str(), type, classes ? classes.getInt() : 0});
    return loadPointer(arguments,
                       (entry.arguments.size() - 1) * sizeof(void *));
  }
  if (StringAttr name = nameOf(kResultAttrName)) {
    entry.results.push_back({name.str(), type});
    return loadPointer(results, (entry.results.size() - 1) * sizeof(void *));
  }
  return {};
}

FailureOr<EntryDescription> EntryBuilder::build(StringRef name) {
  Location loc = function.getLoc();
  builder.setInsertionPointAfter(function);
  EntryDescription entry;
  entry.function = LLVM::LLVMFuncOp::create(
      builder, loc, name,
      LLVM::LLVMFunctionType::get(builder.getI32Type(), {pointer, pointer}),
      LLVM::Linkage::Internal);
  builder.setInsertionPointToStart(entry.function.addEntryBlock(builder));
  rank = entry.function.getArgument(0);
  batch = entry.function.getArgument(1);
  state = loadPointer(rank, offsetof(tacit_rank_view, state));
  arena = loadPointer(rank, offsetof(tacit_rank_view, arena));
  arguments = loadPointer(batch, offsetof(tacit_batch, arguments));
  results = loadPointer(batch, offsetof(tacit_batch, results));

  SmallVector<Value> passed;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    Value value = argumentFor(i, entry);
    if (!value)
      return function.emitOpError()
             << "argument #" << i
             << " is neither a variable, data, a result, the arena nor the "
                "rank";
    passed.push_back(value);
  }
  auto call = LLVM::CallOp::create(builder, loc, function, passed);
  LLVM::ReturnOp::create(builder, loc, call.getResults());
  return entry;
}

static uint64_t arenaBytesOf(LLVM::LLVMFuncOp function) {
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (function.getArgAttr(i, kArenaAttrName))
      if (ShapedType type = typeOfArgument(function, i))
        return type.getNumElements();
  return 0;
}

/// Functions are seen by nobody else; loop nests stay functions, so that what
/// their arguments promise holds for as long as they run, and no longer.
static void makeInternal(ModuleOp module, ProgramOp program) {
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    if (function.isExternal())
      continue;
    function.setLinkage(LLVM::Linkage::Internal);
    auto isCalled = [&](FlatSymbolRefAttr name) {
      return name && name.getValue() == function.getSymName();
    };
    if (!isCalled(program.getStepAttr()) &&
        !isCalled(program.getEndRoundAttr()) &&
        !isCalled(program.getEvaluateAttr()))
      function.setNoInline(true);
    // The marks have done their work, and mean nothing to LLVM.
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      for (StringRef mark :
           {kVariableAttrName, kDataAttrName, kResultAttrName, kArenaAttrName,
            kRankAttrName, kTypeAttrName, kClassesAttrName})
        function.removeArgAttr(i, mark);
  }
}

void EmitProgramPass::runOnOperation() {
  ModuleOp module = getOperation();
  SmallVector<ProgramOp> programs(module.getOps<ProgramOp>());
  if (programs.size() != 1) {
    module.emitError() << "tacit-emit-program: needs one program, got "
                       << programs.size();
    return signalPassFailure();
  }
  ProgramOp program = programs.front();
  ProgramDescription description;
  description.strategy = strategy;
  auto emit = [&](FlatSymbolRefAttr name, StringRef entryName,
                  EntryDescription &entry) -> LogicalResult {
    if (!name)
      return success();
    auto function = SymbolTable::lookupNearestSymbolFrom<LLVM::LLVMFuncOp>(
        program->getParentOp(), name);
    if (!function)
      return program.emitOpError()
             << "needs '" << name << "' as an LLVM function";
    FailureOr<EntryDescription> built =
        EntryBuilder(program, function).build(entryName);
    if (failed(built))
      return failure();
    entry = *built;
    description.arenaBytes =
        std::max(description.arenaBytes, arenaBytesOf(function));
    return success();
  };
  if (failed(
          emit(program.getStepAttr(), "tacit.step.entry", description.step)) ||
      failed(emit(program.getEndRoundAttr(), "tacit.end_round.entry",
                  description.endRound)) ||
      failed(emit(program.getEvaluateAttr(), "tacit.evaluate.entry",
                  description.evaluate)) ||
      failed(buildDescriptor(program, description)))
    return signalPassFailure();
  makeInternal(module, program);
  program.erase();
}
