//===- ControlFlowRules.cpp - Rules of loops and branches -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The adjoint of a loop is a loop that runs backward: it carries the gradients
/// of what the loop carries, and sums up those of what its body reads. The
/// adjoint of a branch is a branch on the same condition.
///
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/RegionAdjoint.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace mlir::tacit;

/// Zero, of the type of `like`; a tensor is one to accumulate into.
static Value buildZero(OpBuilder &builder, Location loc, Value like) {
  if (isa<RankedTensorType>(like.getType()))
    return buildZerosLike(builder, loc, like);
  return buildNumber(builder, loc, like.getType(), 0.0, like);
}

/// Those of the values that `region` reads from outside that need a gradient.
static SmallVector<Value> findVariables(Region &region,
                                        AdjointBuilder &adjoint) {
  return llvm::filter_to_vector(findCaptured(region), [&](Value value) {
    return adjoint.needsGradient(value);
  });
}

/// Says how much memory `op` takes for the gradient.
static void remarkSaved(Operation *op, ArrayRef<Value> saved, int64_t times) {
  int64_t bytes = 0;
  for (Value value : saved)
    bytes += getBytes(value.getType()) * times;
  remark::analysis(op->getLoc(), remark::RemarkOpts::name("Saved").category(
                                     "tacit-differentiate"))
      << ("saves " + Twine(bytes) + " bytes for the gradient, in " +
          Twine(saved.size()) + " values")
             .str();
}

//===----------------------------------------------------------------------===//
// scf.for
//===----------------------------------------------------------------------===//

namespace {
/// Builds the adjoint of one loop.
class LoopAdjoint {
public:
  LoopAdjoint(scf::ForOp loop, int64_t trips, AdjointBuilder &outer)
      : loop(loop), trips(trips), outer(outer),
        yield(cast<scf::YieldOp>(loop.getBody()->getTerminator())) {}

  LogicalResult build();

private:
  /// Finds which values carry gradients from one iteration to another.
  LogicalResult findCarried(RegionAdjoint &inner);
  /// Lets the loop save `values`; returns, for each, the tensor of all.
  FailureOr<SmallVector<Value>> save(ArrayRef<Value> values);
  Value insertAt(OpBuilder &builder, Value value, Value stack, Value number);
  Value readAt(OpBuilder &builder, Value value, Value stack, Value number);

  scf::ForOp loop;
  int64_t trips;
  AdjointBuilder &outer;
  scf::YieldOp yield;
  SmallVector<unsigned> carried;
  SmallVector<Value> variables;
};
} // namespace

LogicalResult LoopAdjoint::findCarried(RegionAdjoint &inner) {
  Block &body = *loop.getBody();
  unsigned count = loop.getNumResults();
  // What a result with a gradient depends on, through any number of iterations.
  SmallVector<bool> relevant(count);
  SmallVector<Value> roots;
  for (unsigned i = 0; i < count; ++i)
    if ((relevant[i] = static_cast<bool>(outer.getGradient(loop.getResult(i)))))
      roots.push_back(yield.getOperand(i));
  for (bool changed = true; changed;) {
    changed = false;
    llvm::DenseSet<Value> influences = findInfluences(body, roots);
    for (unsigned i = 0; i < count; ++i) {
      if (relevant[i] || !influences.contains(loop.getRegionIterArg(i)))
        continue;
      relevant[i] = changed = true;
      roots.push_back(yield.getOperand(i));
    }
  }
  // And what depends on a variable.
  SmallVector<Value> sources(variables);
  SmallVector<bool> active(count);
  for (bool changed = true; changed;) {
    changed = false;
    if (failed(inner.findActive(body, sources, roots)))
      return failure();
    for (unsigned i = 0; i < count; ++i) {
      if (active[i] || !relevant[i] ||
          !isFloatLike(loop.getResult(i).getType()) ||
          !(outer.needsGradient(loop.getInitArgs()[i]) ||
            inner.needsGradient(yield.getOperand(i))))
        continue;
      active[i] = changed = true;
      sources.push_back(loop.getRegionIterArg(i));
    }
  }
  for (unsigned i = 0; i < count; ++i)
    if (active[i])
      carried.push_back(i);
  return success();
}

/// The offsets, sizes and strides of entry `number` of a tensor of values.
static std::array<SmallVector<OpFoldResult>, 3>
getEntry(OpBuilder &builder, RankedTensorType type, Value number) {
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank() + 1,
                                    builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes = {builder.getIndexAttr(1)};
  offsets.insert(offsets.begin(), number);
  for (int64_t extent : type.getShape())
    sizes.push_back(builder.getIndexAttr(extent));
  return {offsets, sizes, strides};
}

Value LoopAdjoint::insertAt(OpBuilder &builder, Value value, Value stack,
                            Value number) {
  Location loc = loop.getLoc();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return tensor::InsertOp::create(builder, loc, value, stack, number);
  auto [offsets, sizes, strides] = getEntry(builder, type, number);
  return tensor::InsertSliceOp::create(builder, loc, value, stack, offsets,
                                       sizes, strides);
}

Value LoopAdjoint::readAt(OpBuilder &builder, Value value, Value stack,
                          Value number) {
  Location loc = loop.getLoc();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return tensor::ExtractOp::create(builder, loc, stack, number);
  auto [offsets, sizes, strides] = getEntry(builder, type, number);
  return tensor::ExtractSliceOp::create(builder, loc, type, stack, offsets,
                                        sizes, strides);
}

FailureOr<SmallVector<Value>> LoopAdjoint::save(ArrayRef<Value> values) {
  if (values.empty())
    return SmallVector<Value>();
  OpBuilder builder(loop);
  Location loc = loop.getLoc();
  SmallVector<Value> inits(loop.getInitArgs());
  for (Value value : values) {
    SmallVector<int64_t> shape = {trips};
    if (auto type = dyn_cast<RankedTensorType>(value.getType())) {
      if (!type.hasStaticShape())
        return loop.emitOpError("has to save a value of type ")
               << type << " for its gradient; give it a static shape";
      llvm::append_range(shape, type.getShape());
    }
    inits.push_back(tensor::EmptyOp::create(
        builder, loc, shape, getElementTypeOrSelf(value.getType())));
  }
  auto saving = scf::ForOp::create(builder, loc, loop.getLowerBound(),
                                   loop.getUpperBound(), loop.getStep(), inits);
  saving->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  Block &body = *saving.getBody();
  builder.setInsertionPointToStart(&body);
  Value distance = builder.createOrFold<arith::SubIOp>(
      loc, saving.getInductionVar(), loop.getLowerBound());
  Value number = getValueOrCreateCastToIndexLike(
      builder, loc, builder.getIndexType(),
      builder.createOrFold<arith::DivUIOp>(loc, distance, loop.getStep()));
  SmallVector<Value> stacks(
      saving.getRegionIterArgs().drop_front(loop.getNumResults()));
  IRMapping mapping;
  for (auto [old, fresh] :
       llvm::zip(loop.getBody()->getArguments(), body.getArguments()))
    mapping.map(old, fresh);
  // Each as soon as it exists: later on its memory may hold something else.
  auto saveResults = [&](ValueRange results) {
    for (auto [value, stack] : llvm::zip_equal(values, stacks))
      if (llvm::is_contained(results, value))
        stack = insertAt(builder, mapping.lookup(value), stack, number);
  };
  saveResults(loop.getBody()->getArguments());
  for (Operation &op : loop.getBody()->without_terminator()) {
    if (isOpTriviallyDead(&op))
      continue;
    builder.clone(op, mapping);
    saveResults(op.getResults());
  }
  SmallVector<Value> yields;
  for (Value operand : yield.getOperands())
    yields.push_back(mapping.lookupOrDefault(operand));
  llvm::append_range(yields, stacks);
  scf::YieldOp::create(builder, loc, yields);
  // The old loop is dead from here on, but those who know its results by name
  // may still ask about them.
  loop->replaceAllUsesWith(
      saving.getResults().take_front(loop.getNumResults()));
  remarkSaved(loop, values, trips);
  return SmallVector<Value>(
      saving.getResults().drop_front(loop.getNumResults()));
}

LogicalResult LoopAdjoint::build() {
  OpBuilder &builder = outer.getBuilder();
  Location loc = loop.getLoc();
  variables = findVariables(loop.getRegion(), outer);
  RegionAdjoint inner(builder, loc);
  if (failed(findCarried(inner)))
    return failure();
  if (carried.empty())
    return success();
  // A variable that is only carried has no gradient inside.
  SmallVector<Value> inits;
  for (unsigned i : carried) {
    Value gradient = outer.getGradient(loop.getResult(i));
    inits.push_back(
        gradient
            ? gradient
            : buildZero(builder, loc, outer.getPrimal(loop.getInitArgs()[i])));
  }
  for (Value variable : variables)
    inits.push_back(buildZero(builder, loc, variable));

  auto index = [&](int64_t number) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, number);
  };
  Value last = index(trips - 1);
  auto back =
      scf::ForOp::create(builder, loc, index(0), index(trips), index(1), inits);
  Block &body = *back.getBody();
  OpBuilder &inside = inner.getBuilder();
  inside.setInsertionPointToStart(&body);
  auto number =
      arith::SubIOp::create(inside, loc, last, back.getInductionVar());
  ValueRange gradients = back.getRegionIterArgs();
  for (auto [i, gradient] : llvm::zip(carried, gradients))
    inner.addGradient(yield.getOperand(i), gradient);
  if (failed(inner.sweep(*loop.getBody())))
    return failure();
  SmallVector<Value> yields;
  for (unsigned i : carried) {
    Value argument = loop.getRegionIterArg(i);
    Value gradient = inner.getGradient(argument);
    yields.push_back(gradient ? gradient : buildZero(inside, loc, argument));
  }
  for (auto [variable, sum] :
       llvm::zip_equal(variables, gradients.drop_front(carried.size())))
    yields.push_back(inner.accumulateGradient(variable, sum));
  scf::YieldOp::create(inside, loc, yields);

  ForwardValues values(loop.getRegion(), back.getRegion(), /*recompute=*/false);
  SmallVector<Value> saved = values.findSaved(loop.getInductionVar());
  FailureOr<SmallVector<Value>> stacks = save(saved);
  if (failed(stacks))
    return failure();
  inside.setInsertionPointAfter(number);
  Value step = getValueOrCreateCastToIndexLike(
      inside, loc, loop.getStep().getType(), number);
  Value iteration = inside.createOrFold<arith::AddIOp>(
      loc, loop.getLowerBound(),
      inside.createOrFold<arith::MulIOp>(loc, step, loop.getStep()));
  values.resolve(
      inside,
      [&](Value value) {
        auto place = llvm::find(saved, value) - saved.begin();
        return readAt(inside, value, (*stacks)[place], number);
      },
      iteration);

  for (auto [i, gradient] : llvm::zip(carried, back.getResults()))
    outer.addGradient(loop.getInitArgs()[i], gradient);
  for (auto [variable, gradient] :
       llvm::zip_equal(variables, back.getResults().drop_front(carried.size())))
    outer.addGradient(variable, gradient);
  return success();
}

namespace {
struct ForModel
    : public DifferentiableOpInterface::ExternalModel<ForModel, scf::ForOp> {
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    auto loop = cast<scf::ForOp>(op);
    if (op->getParentOfType<linalg::LinalgOp>())
      return op->emitOpError("in the body of a linalg operation has no "
                             "differentiation rule; make it a loop around the "
                             "operation, or one of its dimensions");
    std::optional<APInt> trips = loop.getStaticTripCount();
    if (!trips)
      return op->emitOpError("has no differentiation rule while its bounds are "
                             "not constants: how many values the gradient "
                             "needs must be known; give it constant bounds, "
                             "with scf.if or arith.select in its body");
    if (trips->isZero()) {
      for (auto [init, result] :
           llvm::zip_equal(loop.getInitArgs(), loop.getResults()))
        adjoint.addGradient(init, adjoint.getGradient(result));
      return success();
    }
    return LoopAdjoint(loop, trips->getSExtValue(), adjoint).build();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// scf.if
//===----------------------------------------------------------------------===//

/// Builds, in `backward`, the adjoint of one branch: it yields the gradients of
/// `variables`.
static LogicalResult buildBranch(scf::IfOp op, Region &forward,
                                 Region &backward, ArrayRef<Value> variables,
                                 AdjointBuilder &outer) {
  Location loc = op.getLoc();
  RegionAdjoint inner(OpBuilder::atBlockEnd(&backward.front()), loc);
  Block &block = forward.front();
  SmallVector<Value> roots, gradients;
  for (auto [yielded, result] :
       llvm::zip_equal(block.getTerminator()->getOperands(), op.getResults()))
    if (Value gradient = outer.getGradient(result)) {
      roots.push_back(yielded);
      gradients.push_back(gradient);
    }
  if (failed(inner.findActive(block, variables, roots)))
    return failure();
  for (auto [root, gradient] : llvm::zip_equal(roots, gradients))
    inner.addGradient(root, gradient);
  if (failed(inner.sweep(block)))
    return failure();
  SmallVector<Value> yields;
  for (Value variable : variables) {
    Value gradient = inner.getGradient(variable);
    yields.push_back(gradient ? gradient
                              : buildZero(inner.getBuilder(), loc, variable));
  }
  scf::YieldOp::create(inner.getBuilder(), loc, yields);
  return success();
}

/// Lets `op` return what its branches have to save as well; the branch that
/// does not run returns anything.
static FailureOr<SmallVector<Value>> saveInBranches(scf::IfOp op,
                                                    ArrayRef<Value> saved) {
  if (saved.empty())
    return SmallVector<Value>();
  OpBuilder builder(op);
  Location loc = op.getLoc();
  SmallVector<Type> types(op.getResultTypes());
  for (Value value : saved) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (type && !type.hasStaticShape())
      return op.emitOpError("has to save a value of type ")
             << type << " for its gradient; give it a static shape";
    types.push_back(value.getType());
  }
  auto saving = scf::IfOp::create(builder, loc, types, op.getCondition(),
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  for (auto [from, to] :
       llvm::zip_equal(op->getRegions(), saving->getRegions())) {
    builder.setInsertionPointToStart(&to.front());
    IRMapping mapping;
    for (Operation &inner : from.front().without_terminator())
      if (!isOpTriviallyDead(&inner))
        builder.clone(inner, mapping);
    SmallVector<Value> yields;
    for (Value operand : from.front().getTerminator()->getOperands())
      yields.push_back(mapping.lookupOrDefault(operand));
    for (Value value : saved) {
      if (isDefinedIn(value, from))
        yields.push_back(mapping.lookup(value));
      else if (auto type = dyn_cast<RankedTensorType>(value.getType()))
        yields.push_back(tensor::EmptyOp::create(builder, loc, type.getShape(),
                                                 type.getElementType()));
      else
        yields.push_back(arith::ConstantOp::create(
            builder, loc, builder.getZeroAttr(value.getType())));
    }
    scf::YieldOp::create(builder, loc, yields);
  }
  op->replaceAllUsesWith(saving.getResults().take_front(op.getNumResults()));
  remarkSaved(op, saved, 1);
  return SmallVector<Value>(saving.getResults().drop_front(op.getNumResults()));
}

namespace {
struct IfModel
    : public DifferentiableOpInterface::ExternalModel<IfModel, scf::IfOp> {
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const;
};
} // namespace

LogicalResult IfModel::buildAdjoint(Operation *op,
                                    AdjointBuilder &adjoint) const {
  auto branch = cast<scf::IfOp>(op);
  OpBuilder &builder = adjoint.getBuilder();
  Location loc = op->getLoc();
  SetVector<Value> variables;
  IRMapping primals;
  for (Region &region : op->getRegions()) {
    variables.insert_range(findVariables(region, adjoint));
    for (Value value : findCaptured(region))
      primals.map(value, adjoint.getPrimal(value));
  }
  if (variables.empty())
    return success();
  // Sums of what flows to the results have to stand before the branch.
  for (Value result : op->getResults())
    adjoint.getGradient(result);
  SmallVector<Type> types(ValueRange(variables.getArrayRef()).getTypes());
  auto back = scf::IfOp::create(builder, loc, types,
                                adjoint.getPrimal(branch.getCondition()),
                                /*addThenBlock=*/true, /*addElseBlock=*/true);
  SmallVector<ForwardValues> values;
  SmallVector<Value> saved;
  // In a body of scalars, to compute again is all that can be done.
  bool recompute = op->getParentOfType<linalg::LinalgOp>() != nullptr;
  for (auto [forward, backward] :
       llvm::zip_equal(op->getRegions(), back->getRegions())) {
    if (failed(buildBranch(branch, forward, backward, variables.getArrayRef(),
                           adjoint)))
      return failure();
    values.emplace_back(forward, backward, recompute);
    llvm::append_range(saved, values.back().findSaved());
  }
  FailureOr<SmallVector<Value>> results = saveInBranches(branch, saved);
  if (failed(results))
    return failure();
  for (auto [region, used] : llvm::zip_equal(back->getRegions(), values)) {
    OpBuilder inside = OpBuilder::atBlockBegin(&region.front());
    used.resolve(inside, [&](Value value) {
      return (*results)[llvm::find(saved, value) - saved.begin()];
    });
    region.walk([&](Operation *inner) {
      for (OpOperand &operand : inner->getOpOperands())
        operand.set(primals.lookupOrDefault(operand.get()));
    });
  }
  for (auto [variable, gradient] :
       llvm::zip_equal(variables, back.getResults()))
    adjoint.addGradient(variable, gradient);
  return success();
}

void tacit::registerControlFlowDifferentiation(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, scf::SCFDialect *) {
    scf::ForOp::attachInterface<ForModel>(*context);
    scf::IfOp::attachInterface<IfModel>(*context);
  });
}
