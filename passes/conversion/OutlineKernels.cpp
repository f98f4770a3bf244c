//===- OutlineKernels.cpp - A function for each loop nest -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// In a whole step, all buffers come from two pointers, the state and the
/// arena, and some share bytes at different times. Within one loop nest, they
/// are all alive at once, hence disjoint, and arguments can say so.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Conversion.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct OutlineKernelsPass
    : public tacit::impl::OutlineKernelsPassBase<OutlineKernelsPass> {
  using OutlineKernelsPassBase::OutlineKernelsPassBase;
  void runOnOperation() override;
};

/// The allocations and arguments that buffers of one function may be.
class BufferRoots {
public:
  explicit BufferRoots(func::FuncOp function) : flow(function) {}

  /// True if `x` and `y` are known to have no byte in common.
  bool areDisjoint(Value x, Value y) const {
    SmallPtrSet<Value, 4> rootsOfX, rootsOfY;
    if (!collect(x, rootsOfX) || !collect(y, rootsOfY))
      return false;
    return llvm::none_of(rootsOfX,
                         [&](Value root) { return rootsOfY.contains(root); });
  }

private:
  /// False if `value` may be something else than what is collected.
  bool collect(Value value, SmallPtrSetImpl<Value> &roots) const {
    for (Value source : flow.resolveReverse(value)) {
      Operation *op = source.getDefiningOp();
      if (isa_and_nonnull<memref::AllocOp, memref::GetGlobalOp>(op)) {
        roots.insert(source);
        continue;
      }
      auto argument = dyn_cast<BlockArgument>(source);
      if (argument && isa<func::FuncOp>(argument.getOwner()->getParentOp())) {
        roots.insert(source);
        continue;
      }
      if (flow.mayBeTerminalBuffer(source))
        return false;
    }
    return !roots.empty();
  }

  BufferViewFlowAnalysis flow;
};
} // namespace

/// Copies between layouts become loops; those of one piece stay copies.
static void convertStridedCopies(func::FuncOp function) {
  SmallVector<memref::CopyOp> copies;
  function.walk([&](memref::CopyOp copy) {
    auto isDense = [](Value buffer) {
      auto type = dyn_cast<MemRefType>(buffer.getType());
      return type && type.getLayout().isIdentity();
    };
    if (!isDense(copy.getSource()) || !isDense(copy.getTarget()))
      copies.push_back(copy);
  });
  for (memref::CopyOp copy : copies) {
    OpBuilder builder(copy);
    linalg::CopyOp::create(builder, copy.getLoc(), copy.getSource(),
                           copy.getTarget());
    copy.erase();
  }
}

/// True if a function can take `type` as a bare pointer or a number.
static bool canBePassed(Type type) {
  auto buffer = dyn_cast<MemRefType>(type);
  if (!buffer)
    return type.isIntOrIndexOrFloat();
  SmallVector<int64_t> strides;
  int64_t offset;
  return buffer.hasStaticShape() &&
         succeeded(buffer.getStridesAndOffset(strides, offset)) &&
         !ShapedType::isDynamic(offset) &&
         llvm::none_of(strides, ShapedType::isDynamic);
}

/// Values from outside that `ops` use; what is cloned inside instead goes to
/// `cloned`.
static SetVector<Value> collectInputs(ArrayRef<Operation *> ops,
                                      SetVector<Operation *> &cloned) {
  SetVector<Value> used;
  for (Operation *op : ops) {
    used.insert_range(op->getOperands());
    getUsedValuesDefinedAbove(op->getRegions(), used);
  }
  SetVector<Value> inputs;
  for (Value value : used) {
    Operation *source = value.getDefiningOp();
    if (source &&
        (matchPattern(value, m_Constant()) || isa<memref::GetGlobalOp>(source)))
      cloned.insert(source);
    else
      inputs.insert(value);
  }
  return inputs;
}

/// True if two kernels differ in nothing but their names.
static bool areSame(func::FuncOp x, func::FuncOp y) {
  return x.getFunctionType() == y.getFunctionType() &&
         x.getArgAttrsAttr() == y.getArgAttrsAttr() &&
         OperationEquivalence::isRegionEquivalentTo(
             &x.getBody(), &y.getBody(), OperationEquivalence::IgnoreLocations);
}

/// Moves `ops`, which follow each other, into a function, and calls it; or
/// calls one of `kernels` that does the same.
static void outlineKernel(ArrayRef<Operation *> ops, StringRef name,
                          func::FuncOp parent, const BufferRoots &roots,
                          SmallVectorImpl<func::FuncOp> &kernels) {
  SetVector<Operation *> cloned;
  SetVector<Value> inputs = collectInputs(ops, cloned);
  if (!llvm::all_of(inputs.getArrayRef(),
                    [](Value value) { return canBePassed(value.getType()); }))
    return;
  OpBuilder builder(parent);
  Location loc = ops.back()->getLoc();
  SmallVector<Value> arguments(inputs.getArrayRef());
  auto kernel = func::FuncOp::create(
      builder, loc, name,
      builder.getFunctionType(ValueRange(arguments).getTypes(), {}));
  kernel.setPrivate();
  Block *body = kernel.addEntryBlock();

  for (auto [i, value] : llvm::enumerate(arguments)) {
    if (!isa<MemRefType>(value.getType()))
      continue;
    bool isAlone = true;
    for (auto [j, other] : llvm::enumerate(arguments))
      if (i != j && isa<MemRefType>(other.getType()))
        isAlone = isAlone && roots.areDisjoint(value, other);
    if (isAlone)
      kernel.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                        builder.getUnitAttr());
  }

  builder.setInsertionPointToEnd(body);
  IRMapping mapping;
  for (auto [value, argument] : llvm::zip(arguments, body->getArguments()))
    mapping.map(value, argument);
  for (Operation *op : cloned)
    builder.clone(*op, mapping);
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  func::ReturnOp::create(builder, loc);

  auto same = llvm::find_if(
      kernels, [&](func::FuncOp other) { return areSame(kernel, other); });
  if (same == kernels.end()) {
    kernels.push_back(kernel);
  } else {
    kernel.erase();
    kernel = *same;
  }
  builder.setInsertionPoint(ops.front());
  func::CallOp::create(builder, loc, kernel, arguments);
  for (Operation *op : llvm::reverse(ops))
    op->erase();
}

/// Moves each fill to the first operation that uses what it fills, if that is
/// a loop nest which goes on from there.
static void sinkFills(func::FuncOp function) {
  SmallVector<linalg::FillOp> fills;
  function.walk([&](linalg::FillOp fill) { fills.push_back(fill); });
  for (linalg::FillOp fill : fills) {
    Value buffer = fill.getOutputs()[0];
    Value root = rootOfBuffer(buffer);
    if (!root)
      continue;
    Operation *next = fill->getNextNode();
    while (next && !mayUseBuffer(next, root))
      next = next->getNextNode();
    auto nest = dyn_cast_or_null<linalg::LinalgOp>(next);
    if (nest && llvm::is_contained(nest.getDpsInits(), buffer))
      fill->moveBefore(nest);
  }
}

static void outlineKernels(func::FuncOp function,
                           SmallVectorImpl<func::FuncOp> &kernels) {
  convertStridedCopies(function);
  sinkFills(function);
  SmallVector<SmallVector<Operation *>> groups;
  function.walk([&](linalg::LinalgOp op) {
    // A fill goes with the loop nest that goes on where it ends.
    Operation *before = op->getPrevNode();
    if (auto fill = dyn_cast_or_null<linalg::FillOp>(before);
        fill && !isa<linalg::FillOp>(*op) &&
        llvm::is_contained(op.getDpsInits(), fill.getOutputs()[0])) {
      groups.back().push_back(op);
      return;
    }
    groups.push_back({op});
  });
  BufferRoots roots(function);
  for (auto [i, group] : llvm::enumerate(groups))
    outlineKernel(group, (function.getSymName() + "." + Twine(i)).str(),
                  function, roots, kernels);
}

void OutlineKernelsPass::runOnOperation() {
  SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
  SmallVector<func::FuncOp> kernels;
  for (func::FuncOp function : functions)
    if (!function.isDeclaration())
      outlineKernels(function, kernels);
}
