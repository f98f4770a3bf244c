//===- BodyAdjoint.cpp - The adjoint of a linalg body -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/BodyAdjoint.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

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
  for (auto [input, inputMap, argument] :
       llvm::zip_equal(inputs, maps, body->getArguments()))
    if (input == tensor && inputMap == map)
      return argument;
  if (std::optional<APFloat> number = getSplat(tensor))
    return arith::ConstantOp::create(
        builder, loc,
        builder.getFloatAttr(getElementTypeOrSelf(tensor), *number));
  inputs.push_back(tensor);
  maps.push_back(map);
  return body->addArgument(getElementTypeOrSelf(tensor), tensor.getLoc());
}

Value BodyAdjoint::computeAgain(Value value) {
  Operation *source = value.getDefiningOp();
  IRMapping mapping;
  source->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (!source->isAncestor(operand.getParentRegion()->getParentOp()))
        mapping.map(operand, getPrimal(operand));
  });
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

Value BodyAdjoint::finishConstant(const APFloat &number, AffineMap map,
                                  Value like) {
  double product = number.convertToDouble();
  llvm::SmallBitVector kept(map.getNumDims());
  for (AffineExpr expr : map.getResults())
    kept.set(cast<AffineDimExpr>(expr).getPosition());
  for (auto [dim, extent] : llvm::enumerate(op.getStaticLoopRanges()))
    if (!kept.test(dim))
      product *= extent;
  return buildNumber(outer.getBuilder(), loc, like.getType(), product, like);
}

void BodyAdjoint::dropUnused(Value entry) {
  for (Operation &unused : llvm::make_early_inc_range(llvm::reverse(*body)))
    if (unused.getResults().size() && entry.getDefiningOp() != &unused &&
        isOpTriviallyDead(&unused))
      unused.erase();
  for (unsigned i = inputs.size(); i-- > 0;) {
    BlockArgument argument = body->getArgument(i);
    if (!argument.use_empty() || argument == entry)
      continue;
    body->eraseArgument(i);
    inputs.erase(inputs.begin() + i);
    maps.erase(maps.begin() + i);
  }
}

bool BodyAdjoint::determinesLoops(AffineMap map) {
  SmallVector<AffineMap> all(maps);
  all.push_back(map);
  return static_cast<bool>(
      inversePermutation(concatAffineMaps(all, op.getContext())));
}

void BodyAdjoint::determineLoops(AffineMap map) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (determinesLoops(map))
      return;
    if (!isa<ShapedType>(operand.get().getType()))
      continue;
    inputs.push_back(operand.get());
    maps.push_back(op.getMatchingIndexingMap(&operand));
    body->addArgument(getElementTypeOrSelf(operand.get()), loc);
  }
}

Value BodyAdjoint::finish(Value entry, AffineMap map, Value like) {
  OpBuilder &outside = outer.getBuilder();
  auto type = dyn_cast<RankedTensorType>(like.getType());
  // Every entry is reached by one point: nothing to sum.
  bool direct = map.isPermutation();

  APFloat number(0.0);
  bool boundsKnown =
      llvm::none_of(op.getStaticLoopRanges(), ShapedType::isDynamic);
  if (matchPattern(entry, m_ConstantFloat(&number)) &&
      map.isProjectedPermutation() && boundsKnown)
    return finishConstant(number, map, like);

  dropUnused(entry);
  if (auto argument = dyn_cast<BlockArgument>(entry);
      argument && argument.getOwner() == body) {
    unsigned i = argument.getArgNumber();
    if (direct && maps[i] == map && inputs[i].getType() == like.getType())
      return inputs[i];
  }
  determineLoops(map);

  Value init;
  if (type)
    init = direct ? buildEmptyLike(outside, loc, like)
                  : buildZerosLike(outside, loc, like);
  else
    init =
        buildZerosLike(outside, loc,
                       tensor::EmptyOp::create(
                           outside, loc, ArrayRef<int64_t>(), like.getType()));
  Value sum = body->addArgument(getElementTypeOrSelf(like), loc);
  if (!direct || !type)
    entry = arith::AddFOp::create(builder, loc, sum, entry);
  linalg::YieldOp::create(builder, loc, entry);

  SmallVector<utils::IteratorType> iterators(map.getNumDims(),
                                             utils::IteratorType::reduction);
  for (AffineExpr expr : map.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      iterators[dim.getPosition()] = utils::IteratorType::parallel;
  maps.push_back(map);
  auto generic = linalg::GenericOp::create(outside, loc, init.getType(), inputs,
                                           init, maps, iterators);
  generic.getRegion().takeBody(region);
  if (type)
    return generic.getResult(0);
  return tensor::ExtractOp::create(outside, loc, generic.getResult(0),
                                   ValueRange());
}
