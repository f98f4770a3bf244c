//===- InferClasses.cpp - How many classes labels have ----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_INFERCLASSESPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct InferClassesPass
    : public tacit::impl::InferClassesPassBase<InferClassesPass> {
  using InferClassesPassBase::InferClassesPassBase;
  void runOnOperation() override;
};
} // namespace

/// The number of the argument of `function` that `value` holds the entries of,
/// in whatever shape; -1 if it is not a data argument of integers.
static int findDataArgument(func::FuncOp function, Value value) {
  while (Operation *op = value.getDefiningOp()) {
    // A part of a batch, too, must be in range.
    if (!isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp,
             tensor::CollapseShapeOp, tensor::CastOp,
             bufferization::ToTensorOp>(op))
      return -1;
    value = op->getOperand(0);
  }
  auto argument = cast<BlockArgument>(value);
  if (argument.getOwner() != &function.front() ||
      !function.getArgAttr(argument.getArgNumber(), kDataAttrName))
    return -1;
  return static_cast<int>(argument.getArgNumber());
}

/// The loop whose counter `value` is, through casts; -1 if it is none.
static int64_t findLoop(Value value) {
  while (auto cast = value.getDefiningOp<arith::IndexCastOp>())
    value = cast.getIn();
  auto index = value.getDefiningOp<linalg::IndexOp>();
  return index ? static_cast<int64_t>(index.getDim()) : -1;
}

void InferClassesPass::runOnOperation() {
  func::FuncOp function = getOperation();
  OpBuilder builder(&getContext());
  function.walk([&](arith::CmpIOp compare) {
    auto generic = dyn_cast<linalg::GenericOp>(compare->getParentOp());
    if (!generic || compare.getPredicate() != arith::CmpIPredicate::eq)
      return;
    for (auto [label, counter] :
         {std::pair{compare.getLhs(), compare.getRhs()},
          std::pair{compare.getRhs(), compare.getLhs()}}) {
      int64_t loop = findLoop(counter);
      auto element = dyn_cast<BlockArgument>(label);
      if (loop < 0 || !element || element.getOwner() != generic.getBody())
        continue;
      int argument = findDataArgument(
          function, generic->getOperand(element.getArgNumber()));
      if (argument < 0)
        continue;
      int64_t classes = generic.getStaticLoopRanges()[loop];
      if (ShapedType::isDynamic(classes))
        continue;
      // Compared with several ranges, an entry must be in each.
      if (auto known = function.getArgAttrOfType<IntegerAttr>(argument,
                                                              kClassesAttrName))
        classes = std::min(classes, known.getInt());
      function.setArgAttr(argument, kClassesAttrName,
                          builder.getI64IntegerAttr(classes));
    }
  });
}
