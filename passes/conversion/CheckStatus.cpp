//===- CheckStatus.cpp - Returns when a call fails --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_CHECKSTATUSPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct CheckStatusPass
    : public tacit::impl::CheckStatusPassBase<CheckStatusPass> {
  using CheckStatusPassBase::CheckStatusPassBase;
  void runOnOperation() override;
};
} // namespace

void CheckStatusPass::runOnOperation() {
  func::FuncOp function = getOperation();
  SmallVector<LLVM::CallOp> calls;
  function.walk([&](LLVM::CallOp call) {
    if (call.getCallee() && call.getCallee()->starts_with("tacit_") &&
        call.getNumResults() == 1)
      calls.push_back(call);
  });
  if (calls.empty())
    return;
  OpBuilder builder(&getContext());
  Location loc = function.getLoc();
  // Every failure leaves by one block, which returns its argument.
  Block *exit =
      builder.createBlock(&function.getBody(), function.getBody().end(),
                          {builder.getI32Type()}, {loc});
  func::ReturnOp::create(builder, loc, exit->getArguments());
  for (LLVM::CallOp call : calls) {
    if (!isa<func::FuncOp>(call->getParentOp())) {
      call.emitOpError() << "is still inside '"
                         << call->getParentOp()->getName()
                         << "'; tacit-check-status needs branches";
      return signalPassFailure();
    }
    Block *block = call->getBlock();
    Block *rest = block->splitBlock(std::next(call->getIterator()));
    builder.setInsertionPointToEnd(block);
    Value ok = arith::ConstantOp::create(builder, call.getLoc(),
                                         builder.getI32IntegerAttr(0));
    Value failed = arith::CmpIOp::create(
        builder, call.getLoc(), arith::CmpIPredicate::ne, call.getResult(), ok);
    cf::CondBranchOp::create(builder, call.getLoc(), failed, exit,
                             ValueRange(call.getResult()), rest, ValueRange());
  }
}
