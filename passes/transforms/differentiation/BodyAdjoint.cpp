//===- BodyAdjoint.cpp - The adjoint of a linalg body -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/BodyAdjoint.h"

#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tacit;

BodyAdjoint::BodyAdjoint(linalg::LinalgOp op, AdjointBuilder &outer)
    : AdjointBuilder(OpBuilder(op.getContext()), op.getLoc()), op(op),
      outer(outer), body(&region.emplaceBlock()) {
  builder.setInsertionPointToEnd(body);
}

Value BodyAdjoint::read(Value tensor, AffineMap map) {
  if (!isa<ShapedType>(tensor.getType()))
    return tensor;
  for (BlockArgument argument : body->getArguments()) {
    const Stored &known = stored[argument];
    if (known.tensor == tensor && known.map == map)
      return argument;
  }
  if (std::optional<APFloat> number = getSplat(tensor))
    return arith::ConstantOp::create(
        builder, loc,
        builder.getFloatAttr(getElementTypeOrSelf(tensor), *number));
  BlockArgument argument =
      body->addArgument(getElementTypeOrSelf(tensor), tensor.getLoc());
  stored[argument] = {tensor, map};
  return argument;
}

Value BodyAdjoint::computeAgain(Value value) {
  Operation *source = value.getDefiningOp();
  IRMapping mapping;
  forEachRead(source,
              [&](Value operand) { mapping.map(operand, getPrimal(operand)); });
  Operation *copy = builder.clone(*source, mapping);
  return copy->getResult(cast<OpResult>(value).getResultNumber());
}

Value BodyAdjoint::getPrimal(Value value) {
  if (value.getParentRegion() != &op->getRegion(0))
    return value;
  if (Value known = primals.lookup(value))
    return known;
  bool reduces = op.getNumReductionLoops() != 0;
  Value primal;
  for (OpOperand &operand : op->getOpOperands())
    if (op.getMatchingBlockArgument(&operand) == value) {
      if (reduces && op.isDpsInit(&operand))
        missing = cast<BlockArgument>(value);
      primal = read(operand.get(), op.getMatchingIndexingMap(&operand));
    }
  // What is computed and stored need not be computed again.
  if (!primal && !reduces && !matchPattern(value, m_Constant()))
    for (OpOperand &init : op.getDpsInitsMutable())
      if (op.getMatchingYieldValue(&init)->get() == value)
        primal =
            read(op.getTiedOpResult(&init), op.getMatchingIndexingMap(&init));
  if (!primal)
    primal = computeAgain(value);
  primals[value] = primal;
  return primal;
}

Value BodyAdjoint::finishConstant(Value entry, AffineMap map, Value like) {
  APFloat number(0.0);
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  if (!matchPattern(entry, m_ConstantFloat(&number)) ||
      !map.isProjectedPermutation() ||
      llvm::any_of(extents, ShapedType::isDynamic))
    return nullptr;
  double product = number.convertToDouble();
  for (auto [dim, extent] : llvm::enumerate(extents))
    if (!map.isFunctionOfDim(dim))
      product *= extent;
  return buildNumber(outer.getBuilder(), loc, like.getType(), product, like);
}

void BodyAdjoint::extract(Value value, Extract &part) {
  if (part.mapping.contains(value))
    return;
  Block &block = part.region.front();
  if (auto it = stored.find(value); it != stored.end()) {
    part.mapping.map(value, block.addArgument(value.getType(), loc));
    part.inputs.push_back(it->second.tensor);
    part.maps.push_back(it->second.map);
    return;
  }
  Operation *source = value.getDefiningOp();
  if (!source || source->getBlock() != body)
    return; // from outside
  forEachRead(source, [&](Value operand) { extract(operand, part); });
  OpBuilder inside(op.getContext()); // the region has no context yet
  inside.setInsertionPointToEnd(&block);
  inside.clone(*source, part.mapping);
}

static bool determinesLoops(ArrayRef<AffineMap> maps, AffineMap map) {
  SmallVector<AffineMap> all(maps);
  all.push_back(map);
  return static_cast<bool>(
      inversePermutation(concatAffineMaps(all, map.getContext())));
}

void BodyAdjoint::determineLoops(AffineMap map, Extract &part) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (determinesLoops(part.maps, map))
      return;
    if (!isa<ShapedType>(operand.get().getType()))
      continue;
    part.inputs.push_back(operand.get());
    part.maps.push_back(op.getMatchingIndexingMap(&operand));
    part.region.addArgument(getElementTypeOrSelf(operand.get()), loc);
  }
}

Value BodyAdjoint::finish(Value entry, AffineMap map, Value like) {
  OpBuilder &outside = outer.getBuilder();
  if (Value constant = finishConstant(entry, map, like))
    return constant;
  // Every entry is reached by one point: nothing to sum.
  bool isTensor = isa<RankedTensorType>(like.getType());
  bool direct = isTensor && map.isPermutation();
  if (auto it = stored.find(entry);
      direct && it != stored.end() && it->second.map == map &&
      it->second.tensor.getType() == like.getType())
    return it->second.tensor;

  Extract part;
  Block &block = part.region.emplaceBlock();
  extract(entry, part);
  determineLoops(map, part);
  Value result = part.mapping.lookupOrDefault(entry);
  BlockArgument sum = block.addArgument(getElementTypeOrSelf(like), loc);
  OpBuilder inside(op.getContext());
  inside.setInsertionPointToEnd(&block);
  if (!direct)
    result = arith::AddFOp::create(inside, loc, sum, result);
  linalg::YieldOp::create(inside, loc, result);

  Value shape = like;
  if (!isTensor)
    shape = tensor::EmptyOp::create(outside, loc, ArrayRef<int64_t>(),
                                    like.getType());
  Value init = direct ? buildEmptyLike(outside, loc, shape)
                      : buildZerosLike(outside, loc, shape);
  SmallVector<utils::IteratorType> iterators(map.getNumDims(),
                                             utils::IteratorType::reduction);
  for (AffineExpr expr : map.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      iterators[dim.getPosition()] = utils::IteratorType::parallel;
  part.maps.push_back(map);
  auto generic = linalg::GenericOp::create(
      outside, loc, init.getType(), part.inputs, init, part.maps, iterators);
  generic.getRegion().takeBody(part.region);
  if (!isTensor)
    return tensor::ExtractOp::create(outside, loc, generic.getResult(0),
                                     ValueRange());
  if (direct && entry.getDefiningOp())
    stored[entry] = {generic.getResult(0), map};
  return generic.getResult(0);
}

Value BodyAdjoint::scatter(Value entry, ValueRange indices, Value like) {
  OpBuilder &outside = outer.getBuilder();
  SmallVector<Value> places;
  for (Value index : indices)
    places.push_back(getPrimal(index));
  Extract part;
  Block &block = part.region.emplaceBlock();
  extract(entry, part);
  for (Value place : places)
    extract(place, part);

  SmallVector<Value> lows, highs, steps;
  for (Range range : op.createLoopRanges(outside, loc)) {
    lows.push_back(getValueOrCreateConstantIndexOp(outside, loc, range.offset));
    highs.push_back(getValueOrCreateConstantIndexOp(outside, loc, range.size));
    steps.push_back(
        getValueOrCreateConstantIndexOp(outside, loc, range.stride));
  }
  auto addEntry = [&](OpBuilder &nested, Location loc, ValueRange point,
                      ValueRange sums) -> SmallVector<Value> {
    IRMapping mapping;
    for (auto [argument, input, map] :
         llvm::zip_equal(block.getArguments(), part.inputs, part.maps)) {
      SmallVector<Value> at;
      for (AffineExpr expr : map.getResults())
        at.push_back(affine::expandAffineExpr(nested, loc, expr, point, {}));
      mapping.map(argument, tensor::ExtractOp::create(nested, loc, input, at));
    }
    for (Operation &inner : block)
      nested.clone(inner, mapping);
    auto find = [&](Value value) {
      return mapping.lookupOrDefault(part.mapping.lookupOrDefault(value));
    };
    SmallVector<Value> at = llvm::map_to_vector(places, find);
    Value old = tensor::ExtractOp::create(nested, loc, sums[0], at);
    Value sum = arith::AddFOp::create(nested, loc, old, find(entry));
    return {tensor::InsertOp::create(nested, loc, sum, sums[0], at)};
  };
  scf::LoopNest nest =
      scf::buildLoopNest(outside, loc, lows, highs, steps,
                         buildZerosLike(outside, loc, like), addEntry);
  // A nest without loops has no results but those of its body.
  if (nest.loops.empty())
    return nest.results[0];
  SmallVector<Value> point;
  for (scf::ForOp loop : nest.loops)
    point.push_back(loop.getInductionVar());
  nest.loops.back()->walk([&](linalg::IndexOp index) {
    if (isa<linalg::LinalgOp>(index->getParentOp()))
      return;
    index.replaceAllUsesWith(point[index.getDim()]);
    index.erase();
  });
  return nest.results[0];
}
