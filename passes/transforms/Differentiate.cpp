//===- Differentiate.cpp - Expands the gradient of a loss -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/differentiation/AdjointBuilder.h"
#include "passes/transforms/differentiation/Normalize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_DIFFERENTIATEPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct DifferentiatePass
    : public tacit::impl::DifferentiatePassBase<DifferentiatePass> {
  using DifferentiatePassBase::DifferentiatePassBase;
  void runOnOperation() override;

private:
  LogicalResult expand(ValueAndGradOp op, func::FuncOp callee);
};

/// The sweep over the tensors of a function: its adjoint stands after it, in
/// the same block, where every forward value can be used.
class FunctionAdjoint : public AdjointBuilder {
public:
  explicit FunctionAdjoint(func::ReturnOp end)
      : AdjointBuilder(OpBuilder(end), end.getLoc()) {}
  Value getPrimal(Value value) override { return value; }
};
} // namespace

/// Lets `function`, which returns a loss first, return the gradients with
/// respect to the arguments `wrt` after it, before what else it returns.
static LogicalResult appendGradients(func::FuncOp function,
                                     ArrayRef<int64_t> wrt) {
  Block &block = function.getBody().front();
  auto end = cast<func::ReturnOp>(block.getTerminator());
  Value loss = end.getOperand(0);
  FunctionAdjoint adjoint(end);
  SmallVector<Value> variables;
  for (int64_t number : wrt)
    variables.push_back(function.getArgument(number));
  if (failed(adjoint.findActive(block, variables, loss)))
    return failure();
  OpBuilder &builder = adjoint.getBuilder();
  adjoint.addGradient(
      loss, buildNumber(builder, end.getLoc(), loss.getType(), 1.0, loss));
  if (failed(adjoint.sweep(block)))
    return failure();

  SmallVector<Value> results = {loss};
  for (Value variable : variables) {
    Value gradient = adjoint.getGradient(variable);
    if (!gradient)
      gradient =
          buildNumber(builder, end.getLoc(), variable.getType(), 0.0, variable);
    results.push_back(gradient);
  }
  llvm::append_range(results, end.getOperands().drop_front());
  end.getOperandsMutable().assign(results);
  function.removeResAttrsAttr();
  function.setType(builder.getFunctionType(function.getArgumentTypes(),
                                           ValueRange(results).getTypes()));
  return success();
}

LogicalResult DifferentiatePass::expand(ValueAndGradOp op,
                                        func::FuncOp callee) {
  if (!callee.getBody().hasOneBlock())
    return op.emitOpError() << "differentiates functions of one block, but '@"
                            << callee.getSymName() << "' has "
                            << callee.getBody().getBlocks().size()
                            << "; write its branches with arith.select";
  // Rewrites a copy: others may use the function.
  func::FuncOp copy = callee.clone();
  SymbolTable(callee->getParentOp()).insert(copy, callee->getIterator());
  auto run = [&](OpPassManager &pipeline) {
    return runPipeline(pipeline, copy);
  };
  LogicalResult result = success();
  if (failed(normalizeForDifferentiation(copy, run)) ||
      failed(appendGradients(copy, op.getWrt())) ||
      failed(cleanUpAfterDifferentiation(copy, run)))
    result = failure();
  if (succeeded(result)) {
    OpBuilder builder(op);
    IRMapping mapping;
    Block &block = copy.getBody().front();
    mapping.map(block.getArguments(), op.getOperands());
    for (Operation &inner : block.without_terminator())
      builder.clone(inner, mapping);
    for (auto [old, fresh] :
         llvm::zip_equal(op.getResults(), block.getTerminator()->getOperands()))
      old.replaceAllUsesWith(mapping.lookup(fresh));
    op.erase();
  }
  copy.erase();
  return result;
}

void DifferentiatePass::runOnOperation() {
  SmallVector<ValueAndGradOp> ops;
  getOperation().walk([&](ValueAndGradOp op) { ops.push_back(op); });
  SymbolTableCollection symbols;
  SetVector<func::FuncOp> callees;
  for (ValueAndGradOp op : ops) {
    auto callee =
        symbols.lookupNearestSymbolFrom<func::FuncOp>(op, op.getCalleeAttr());
    callees.insert(callee);
    if (failed(expand(op, callee)))
      return signalPassFailure();
  }
  for (func::FuncOp callee : callees)
    if (callee.isPrivate() &&
        SymbolTable::symbolKnownUseEmpty(callee, callee->getParentOp()))
      callee.erase();
}
