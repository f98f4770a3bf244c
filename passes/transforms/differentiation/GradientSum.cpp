//===- GradientSum.cpp - Sums what flows to one value -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/AdjointBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tacit;

/// True if the slices, whose places are known, have no entry in common.
static bool areDisjoint(tensor::InsertSliceOp a, tensor::InsertSliceOp b) {
  for (unsigned d = 0; d < a.getStaticOffsets().size(); ++d) {
    auto last = [d](tensor::InsertSliceOp slice) {
      return slice.getStaticOffsets()[d] +
             (slice.getStaticSizes()[d] - 1) * slice.getStaticStrides()[d];
    };
    if (last(a) < b.getStaticOffsets()[d] || last(b) < a.getStaticOffsets()[d])
      return true;
  }
  return false;
}

/// `value` if it is a slice in zeros, at a place known at compile time.
static tensor::InsertSliceOp matchSliceInZeros(Value value) {
  auto slice = value.getDefiningOp<tensor::InsertSliceOp>();
  if (!slice || ShapedType::isDynamicShape(slice.getStaticOffsets()) ||
      ShapedType::isDynamicShape(slice.getStaticSizes()) ||
      ShapedType::isDynamicShape(slice.getStaticStrides()))
    return nullptr;
  std::optional<APFloat> number = getSplat(slice.getDest());
  return number && number->isZero() ? slice : nullptr;
}

/// Slices in zeros that do not overlap, such as the gradients of the parts that
/// a tensor was cut into, go into one tensor: nothing has to be added.
static SmallVector<Value> mergeSlices(OpBuilder &builder, Location loc,
                                      ArrayRef<Value> values) {
  SmallVector<Value> rest;
  SmallVector<tensor::InsertSliceOp> merged;
  Value whole;
  for (Value value : values) {
    tensor::InsertSliceOp slice = matchSliceInZeros(value);
    if (!slice || !llvm::all_of(merged, [&](tensor::InsertSliceOp other) {
          return areDisjoint(slice, other);
        })) {
      rest.push_back(value);
      continue;
    }
    merged.push_back(slice);
    whole = whole
                ? tensor::InsertSliceOp::create(builder, loc, slice.getSource(),
                                                whole, slice.getMixedOffsets(),
                                                slice.getMixedSizes(),
                                                slice.getMixedStrides())
                      .getResult()
                : value;
  }
  if (whole)
    rest.push_back(whole);
  return rest;
}

/// The sum of `values`, all of one type. Tensors are summed by one generic, in
/// whose body those of equal entries are constants.
static Value addAll(OpBuilder &builder, Location loc, ArrayRef<Value> values) {
  auto add = [&](OpBuilder &builder, Value sum, Value term) -> Value {
    return sum ? builder.createOrFold<arith::AddFOp>(loc, sum, term) : term;
  };
  Value sum;
  auto type = dyn_cast<RankedTensorType>(values.front().getType());
  if (!type) {
    for (Value value : values)
      sum = add(builder, sum, value);
    return sum;
  }
  SmallVector<Value> tensors;
  APFloat constant = APFloat::getZero(
      cast<FloatType>(type.getElementType()).getFloatSemantics());
  for (Value value : values)
    if (std::optional<APFloat> number = getSplat(value))
      constant = constant + *number;
    else
      tensors.push_back(value);
  if (tensors.empty())
    return buildNumber(builder, loc, type, constant.convertToDouble(),
                       values.front());
  SmallVector<AffineMap> maps(tensors.size() + 1,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, type, tensors, buildEmptyLike(builder, loc, tensors[0]),
      maps, iterators, [&](OpBuilder &nested, Location loc, ValueRange args) {
        for (Value term : args.drop_back())
          sum = add(nested, sum, term);
        if (!constant.isZero())
          sum = add(nested, sum,
                    arith::ConstantOp::create(
                        nested, loc,
                        nested.getFloatAttr(type.getElementType(), constant)));
        linalg::YieldOp::create(nested, loc, sum);
      });
  return generic.getResult(0);
}

Value tacit::buildGradientSum(OpBuilder &builder, Location loc,
                              ArrayRef<Value> contributions) {
  SmallVector<Value> values = mergeSlices(builder, loc, contributions);
  return values.size() == 1 ? values.front() : addAll(builder, loc, values);
}

Value tacit::buildAccumulation(OpBuilder &builder, Location loc, Value sum,
                               ArrayRef<Value> contributions) {
  SmallVector<Value> whole;
  SmallVector<tensor::InsertSliceOp> slices;
  for (Value value : contributions) {
    auto slice = value.getDefiningOp<tensor::InsertSliceOp>();
    std::optional<APFloat> rest =
        slice ? getSplat(slice.getDest()) : std::nullopt;
    if (rest && rest->isZero())
      slices.push_back(slice);
    else
      whole.push_back(value);
  }
  if (!whole.empty()) {
    whole.insert(whole.begin(), sum);
    sum = addAll(builder, loc, whole);
  }
  for (tensor::InsertSliceOp slice : slices) {
    Value old = tensor::ExtractSliceOp::create(
        builder, loc, slice.getSourceType(), sum, slice.getMixedOffsets(),
        slice.getMixedSizes(), slice.getMixedStrides());
    sum = tensor::InsertSliceOp::create(
        builder, loc, addAll(builder, loc, {old, slice.getSource()}), sum,
        slice.getMixedOffsets(), slice.getMixedSizes(),
        slice.getMixedStrides());
  }
  return sum;
}
