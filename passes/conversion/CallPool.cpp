//===- CallPool.cpp - Runs kernels on the pool ------------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Conversion.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_CALLPOOLPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct CallPoolPass : public tacit::impl::CallPoolPassBase<CallPoolPass> {
  using CallPoolPassBase::CallPoolPassBase;
  void runOnOperation() override;
};
} // namespace

/// What a kernel takes, except which pieces.
static LLVM::LLVMStructType contextOf(LLVM::LLVMFuncOp kernel) {
  return LLVM::LLVMStructType::getLiteral(
      kernel.getContext(), kernel.getFunctionType().getParams().drop_back(2));
}

/// Makes the function that the pool calls: it takes the kernel's arguments from
/// the context.
static LLVM::LLVMFuncOp makeBody(LLVM::LLVMFuncOp kernel) {
  OpBuilder builder(kernel);
  Location loc = kernel.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(kernel.getContext());
  Type i64 = builder.getI64Type();
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(kernel.getContext()), {pointer, i64, i64});
  auto body = LLVM::LLVMFuncOp::create(builder, loc,
                                       (kernel.getSymName() + ".piece").str(),
                                       type, LLVM::Linkage::Internal);
  builder.setInsertionPointToStart(body.addEntryBlock(builder));
  LLVM::LLVMStructType context = contextOf(kernel);
  SmallVector<Value> arguments;
  for (auto [i, field] : llvm::enumerate(context.getBody())) {
    Value place =
        LLVM::GEPOp::create(builder, loc, pointer, context, body.getArgument(0),
                            ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    arguments.push_back(LLVM::LoadOp::create(builder, loc, field, place));
  }
  llvm::append_values(arguments, body.getArgument(1), body.getArgument(2));
  LLVM::CallOp::create(builder, loc, kernel, arguments);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  return body;
}

/// The runtime's function, which is declared if need be.
static LLVM::LLVMFuncOp declarePool(ModuleOp module) {
  if (auto found = module.lookupSymbol<LLVM::LLVMFuncOp>("tacit_parallel_for"))
    return found;
  OpBuilder builder(module.getBodyRegion());
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto type = LLVM::LLVMFunctionType::get(
      builder.getI32Type(), {pointer, builder.getI64Type(), pointer, pointer});
  return LLVM::LLVMFuncOp::create(builder, module.getLoc(),
                                  "tacit_parallel_for", type);
}

/// The argument of `function` that is the rank; null if it has none.
static Value rankOf(LLVM::LLVMFuncOp function) {
  for (BlockArgument argument : function.getArguments())
    if (function.getArgAttr(argument.getArgNumber(), kRankAttrName))
      return argument;
  return {};
}

static void callPool(LLVM::CallOp call, LLVM::LLVMFuncOp kernel,
                     LLVM::LLVMFuncOp body, LLVM::LLVMFuncOp pool) {
  auto caller = call->getParentOfType<LLVM::LLVMFuncOp>();
  Value rank = rankOf(caller);
  if (!rank)
    return; // It computes all pieces itself.
  Location loc = call.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(call.getContext());
  LLVM::LLVMStructType context = contextOf(kernel);
  // In the entry block, so that a loop does not grow the stack.
  OpBuilder builder(call.getContext());
  builder.setInsertionPointToStart(&caller.getBody().front());
  Value one = LLVM::ConstantOp::create(builder, loc, builder.getI64Type(),
                                       builder.getI64IntegerAttr(1));
  Value slot = LLVM::AllocaOp::create(builder, loc, pointer, context, one);
  builder.setInsertionPoint(call);
  for (auto [i, value] :
       llvm::enumerate(call.getCalleeOperands().drop_back(2))) {
    Value place =
        LLVM::GEPOp::create(builder, loc, pointer, context, slot,
                            ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    LLVM::StoreOp::create(builder, loc, value, place);
  }
  Value address = LLVM::AddressOfOp::create(builder, loc, body);
  Value count = call.getCalleeOperands().back();
  // It has no way to fail: its status is not looked at.
  LLVM::CallOp::create(builder, loc, pool,
                       ValueRange{rank, count, address, slot});
  call.erase();
}

void CallPoolPass::runOnOperation() {
  ModuleOp module = getOperation();
  DenseMap<StringAttr, SmallVector<LLVM::CallOp>> calls;
  module.walk([&](LLVM::CallOp call) {
    if (FlatSymbolRefAttr callee = call.getCalleeAttr())
      calls[callee.getAttr()].push_back(call);
  });
  SmallVector<LLVM::LLVMFuncOp> kernels;
  for (auto kernel : module.getOps<LLVM::LLVMFuncOp>())
    if (kernel->hasAttr(kPiecesAttrName))
      kernels.push_back(kernel);
  for (LLVM::LLVMFuncOp kernel : kernels) {
    LLVM::LLVMFuncOp pool = declarePool(module), body = makeBody(kernel);
    for (LLVM::CallOp call : calls[kernel.getSymNameAttr()])
      callPool(call, kernel, body, pool);
    kernel->removeAttr(kPiecesAttrName);
  }
}
