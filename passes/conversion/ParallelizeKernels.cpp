//===- ParallelizeKernels.cpp - Cuts kernels into pieces --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Conversion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_PARALLELIZEKERNELSPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct ParallelizeKernelsPass
    : public tacit::impl::ParallelizeKernelsPassBase<ParallelizeKernelsPass> {
  using ParallelizeKernelsPassBase::ParallelizeKernelsPassBase;
  void runOnOperation() override;
};
} // namespace

/// The extent along `operand` of the first loop of `op`, which must walk one
/// dimension of it alone; nothing if it does not.
static std::optional<unsigned> outermostDimension(linalg::LinalgOp op,
                                                  OpOperand *operand) {
  AffineMap map = op.getMatchingIndexingMap(operand);
  std::optional<unsigned> found;
  for (auto [dim, result] : llvm::enumerate(map.getResults())) {
    if (!result.isFunctionOfDim(0))
      continue;
    if (found || !isa<AffineDimExpr>(result))
      return {};
    found = dim;
  }
  return found;
}

/// True if all of `nests` can be cut along their first loops: a piece of one
/// then uses only what the same piece of the others has written.
static bool canBeCut(ArrayRef<linalg::LinalgOp> nests, int64_t extent) {
  DenseMap<Value, unsigned> cuts; // Of buffers that are written.
  for (linalg::LinalgOp op : nests)
    for (OpOperand &init : op.getDpsInitsMutable()) {
      std::optional<unsigned> dim = outermostDimension(op, &init);
      if (!dim || op.getNumLoops() == 0 ||
          op.getIteratorTypesArray()[0] != utils::IteratorType::parallel ||
          op.getStaticLoopRanges()[0] != extent)
        return false;
      auto [place, isNew] = cuts.try_emplace(init.get(), *dim);
      if (!isNew && place->second != *dim)
        return false;
    }
  for (linalg::LinalgOp op : nests)
    for (OpOperand *input : op.getDpsInputOperands()) {
      auto cut = cuts.find(input->get());
      if (cut != cuts.end() && outermostDimension(op, input) != cut->second)
        return false;
    }
  return true;
}

/// Operations that one call of `nests` carries out.
static int64_t workOf(ArrayRef<linalg::LinalgOp> nests) {
  int64_t work = 0;
  for (linalg::LinalgOp op : nests) {
    int64_t iterations = 1;
    for (int64_t extent : op.getStaticLoopRanges())
      iterations *= extent;
    work += iterations *
            static_cast<int64_t>(op.getBlock()->getOperations().size());
  }
  return work;
}

/// The nests of `function` if it holds nothing else that has effects.
static SmallVector<linalg::LinalgOp> nestsOf(func::FuncOp function) {
  SmallVector<linalg::LinalgOp> nests;
  for (Operation &op : function.getBody().front().without_terminator()) {
    auto nest = dyn_cast<linalg::LinalgOp>(op);
    if (nest && nest.hasPureBufferSemantics() && !nest.hasDynamicShape())
      nests.push_back(nest);
    else if (nest || !isPure(&op))
      return {};
  }
  return nests;
}

/// Gives `kernel` the arguments, and its outermost loops the bounds.
static LogicalResult cut(func::FuncOp kernel, ArrayRef<linalg::LinalgOp> nests,
                         int64_t extent) {
  Builder builder(kernel.getContext());
  Type index = builder.getIndexType();
  unsigned count = kernel.getNumArguments();
  if (failed(kernel.insertArguments({count, count}, {index, index}, {},
                                    {kernel.getLoc(), kernel.getLoc()})))
    return failure();
  Value begin = kernel.getArgument(kernel.getNumArguments() - 2);
  Value end = kernel.getArgument(kernel.getNumArguments() - 1);
  IRRewriter rewriter(kernel.getContext());
  for (linalg::LinalgOp nest : nests) {
    rewriter.setInsertionPoint(nest);
    FailureOr<linalg::LinalgLoops> loops =
        linalg::linalgOpToLoops(rewriter, nest);
    if (failed(loops))
      return nest.emitOpError("has no form as loops");
    auto outermost = cast<scf::ForOp>(loops->front());
    outermost.setLowerBound(begin);
    outermost.setUpperBound(end);
    rewriter.eraseOp(nest);
  }
  kernel->setAttr(kPiecesAttrName, builder.getI64IntegerAttr(extent));
  return success();
}

void ParallelizeKernelsPass::runOnOperation() {
  ModuleOp module = getOperation();
  DenseMap<StringAttr, SmallVector<func::CallOp>> calls;
  module.walk([&](func::CallOp call) {
    calls[call.getCalleeAttr().getAttr()].push_back(call);
  });
  for (auto kernel :
       llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (!kernel.isPrivate() || kernel.isDeclaration() ||
        !calls.contains(kernel.getSymNameAttr()))
      continue;
    SmallVector<linalg::LinalgOp> nests = nestsOf(kernel);
    if (nests.empty() || nests[0].getNumLoops() == 0 || workOf(nests) < minWork)
      continue;
    int64_t extent = nests[0].getStaticLoopRanges()[0];
    if (extent < 2 || !canBeCut(nests, extent))
      continue;
    if (failed(cut(kernel, nests, extent)))
      return signalPassFailure();
    for (func::CallOp call : calls[kernel.getSymNameAttr()]) {
      OpBuilder builder(call);
      SmallVector<Value> operands(call.getOperands());
      for (int64_t bound : {int64_t(0), extent})
        operands.push_back(
            arith::ConstantIndexOp::create(builder, call.getLoc(), bound));
      func::CallOp::create(builder, call.getLoc(), kernel, operands);
      call.erase();
    }
  }
}
