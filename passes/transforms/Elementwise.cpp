//===- Elementwise.cpp - Operations entry by entry --------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/Elementwise.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tacit;

SmallVector<Value> mlir::tacit::buildElementwise(
    OpBuilder &builder, Location loc, ValueRange inputs, ValueRange outs,
    function_ref<SmallVector<Value>(ImplicitLocOpBuilder &, ValueRange)> body) {
  auto type = cast<RankedTensorType>(outs[0].getType());
  SmallVector<AffineMap> maps(inputs.size() + outs.size(),
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, outs.getTypes(), inputs, outs, maps, iterators,
      [&](OpBuilder &inner, Location innerLoc, ValueRange entries) {
        ImplicitLocOpBuilder b(innerLoc, inner);
        linalg::YieldOp::create(b, body(b, entries));
      });
  return llvm::to_vector_of<Value>(generic.getResults());
}

Value mlir::tacit::buildElementwise(
    OpBuilder &builder, Location loc, ValueRange inputs, Value out,
    function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body) {
  return buildElementwise(builder, loc, inputs, ValueRange(out),
                          [&](ImplicitLocOpBuilder &b, ValueRange entries) {
                            return SmallVector<Value>{body(b, entries)};
                          })
      .front();
}

Value mlir::tacit::buildElementwise(
    OpBuilder &builder, Location loc, ValueRange inputs,
    function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body) {
  auto type = cast<RankedTensorType>(inputs[0].getType());
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType());
  return buildElementwise(builder, loc, inputs, empty,
                          [&](ImplicitLocOpBuilder &b, ValueRange entries) {
                            return body(b, entries.drop_back());
                          });
}
