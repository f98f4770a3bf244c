//===- TensorRules.cpp - Differentiation rules of tensor --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// These operations move entries, so their adjoints move gradients back:
/// reshapes undo each other, a slice and its insertion are each other's
/// adjoint.
///
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/ScalarRules.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace mlir::tacit;

static void collapse(tensor::ExpandShapeOp op, Term g,
                     AdjointBuilder &adjoint) {
  flowTo(op.getSrc(), adjoint, [&]() -> Value {
    return tensor::CollapseShapeOp::create(
        adjoint.getBuilder(), adjoint.getLoc(), op.getSrcType(), Value(g),
        op.getReassociationIndices());
  });
}

static void expand(tensor::CollapseShapeOp op, Term g,
                   AdjointBuilder &adjoint) {
  flowTo(op.getSrc(), adjoint, [&]() -> Value {
    OpBuilder &builder = adjoint.getBuilder();
    return tensor::ExpandShapeOp::create(
        builder, adjoint.getLoc(), op.getSrcType(), Value(g),
        op.getReassociationIndices(),
        tensor::getMixedSizes(builder, adjoint.getLoc(),
                              adjoint.getPrimal(op.getSrc())));
  });
}

static void castBack(tensor::CastOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getSource(), adjoint, [&]() -> Value {
    return tensor::CastOp::create(adjoint.getBuilder(), adjoint.getLoc(),
                                  op.getSource().getType(), Value(g));
  });
}

/// Zeros of the shape of `like` but for `part`, at the place of a slice.
template <typename SliceOp>
static Value insertIntoZeros(SliceOp slice, Value part, Value like,
                             AdjointBuilder &adjoint) {
  OpBuilder &builder = adjoint.getBuilder();
  Location loc = adjoint.getLoc();
  return tensor::InsertSliceOp::create(
      builder, loc, part, buildZerosLike(builder, loc, like),
      slice.getMixedOffsets(), slice.getMixedSizes(), slice.getMixedStrides());
}

static void slice(tensor::ExtractSliceOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getSource(), adjoint, [&] {
    return insertIntoZeros(op, g, adjoint.getPrimal(op.getSource()), adjoint);
  });
}

static void insertSlice(tensor::InsertSliceOp op, Term g,
                        AdjointBuilder &adjoint) {
  OpBuilder &builder = adjoint.getBuilder();
  Location loc = adjoint.getLoc();
  flowTo(op.getSource(), adjoint, [&]() -> Value {
    return tensor::ExtractSliceOp::create(
        builder, loc, op.getSourceType(), Value(g), op.getMixedOffsets(),
        op.getMixedSizes(), op.getMixedStrides());
  });
  // What was overwritten has no influence.
  flowTo(op.getDest(), adjoint, [&]() -> Value {
    Value zeros =
        buildZerosLike(builder, loc, adjoint.getPrimal(op.getSource()));
    return tensor::InsertSliceOp::create(
        builder, loc, zeros, Value(g), op.getMixedOffsets(), op.getMixedSizes(),
        op.getMixedStrides());
  });
}

static OpFoldResult addOffsets(OpBuilder &builder, Location loc, OpFoldResult a,
                               OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return builder.getIndexAttr(*x + *y);
  return builder.createOrFold<arith::AddIOp>(
      loc, getValueOrCreateConstantIndexOp(builder, loc, a),
      getValueOrCreateConstantIndexOp(builder, loc, b));
}

static void concatenate(tensor::ConcatOp op, Term g, AdjointBuilder &adjoint) {
  OpBuilder &builder = adjoint.getBuilder();
  Location loc = adjoint.getLoc();
  int64_t rank = op.getResultType().getRank();
  SmallVector<OpFoldResult> offsets(rank, builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(rank, builder.getIndexAttr(1));
  for (Value input : op.getInputs()) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, loc, adjoint.getPrimal(input));
    flowTo(input, adjoint, [&]() -> Value {
      return tensor::ExtractSliceOp::create(
          builder, loc, cast<RankedTensorType>(input.getType()), Value(g),
          offsets, sizes, strides);
    });
    offsets[op.getDim()] =
        addOffsets(builder, loc, offsets[op.getDim()], sizes[op.getDim()]);
  }
}

static void splat(tensor::SplatOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getInput(), adjoint, [&]() -> Value {
    OpBuilder &builder = adjoint.getBuilder();
    Location loc = adjoint.getLoc();
    auto type = cast<RankedTensorType>(g.getType());
    TypedAttr zero = builder.getFloatAttr(type.getElementType(), 0.0);
    Value empty = tensor::EmptyOp::create(builder, loc, ArrayRef<int64_t>(),
                                          type.getElementType());
    Value zeros =
        linalg::FillOp::create(
            builder, loc, Value(arith::ConstantOp::create(builder, loc, zero)),
            empty)
            .getResult(0);
    SmallVector<AffineMap> maps = {
        builder.getMultiDimIdentityMap(type.getRank()),
        AffineMap::get(type.getRank(), 0, builder.getContext())};
    SmallVector<utils::IteratorType> iterators(type.getRank(),
                                               utils::IteratorType::reduction);
    auto sum = linalg::GenericOp::create(
        builder, loc, zeros.getType(), Value(g), zeros, maps, iterators,
        [](OpBuilder &nested, Location loc, ValueRange args) {
          Value sum = arith::AddFOp::create(nested, loc, args[1], args[0]);
          linalg::YieldOp::create(nested, loc, sum);
        });
    return tensor::ExtractOp::create(builder, loc, sum.getResult(0),
                                     ValueRange());
  });
}

static void extract(tensor::ExtractOp op, Term g, AdjointBuilder &adjoint) {
  flowTo(op.getTensor(), adjoint, [&]() -> Value {
    OpBuilder &builder = adjoint.getBuilder();
    Location loc = adjoint.getLoc();
    Value zeros =
        buildZerosLike(builder, loc, adjoint.getPrimal(op.getTensor()));
    return tensor::InsertOp::create(builder, loc, Value(g), zeros,
                                    op.getIndices());
  });
}

static void insert(tensor::InsertOp op, Term g, AdjointBuilder &adjoint) {
  OpBuilder &builder = adjoint.getBuilder();
  Location loc = adjoint.getLoc();
  flowTo(op.getScalar(), adjoint, [&]() -> Value {
    return tensor::ExtractOp::create(builder, loc, Value(g), op.getIndices());
  });
  flowTo(op.getDest(), adjoint, [&]() -> Value {
    Value zero = arith::ConstantOp::create(
        builder, loc, builder.getFloatAttr(op.getScalar().getType(), 0.0));
    return tensor::InsertOp::create(builder, loc, zero, Value(g),
                                    op.getIndices());
  });
}

static void fromElements(tensor::FromElementsOp op, Term g,
                         AdjointBuilder &adjoint) {
  OpBuilder &builder = adjoint.getBuilder();
  Location loc = adjoint.getLoc();
  ArrayRef<int64_t> shape = op.getType().getShape();
  SmallVector<int64_t> strides = computeStrides(shape);
  for (auto [number, element] : llvm::enumerate(op.getElements()))
    flowTo(element, adjoint, [&, number = number]() -> Value {
      SmallVector<Value> indices;
      for (int64_t index : delinearize(number, strides))
        indices.push_back(arith::ConstantIndexOp::create(builder, loc, index));
      return tensor::ExtractOp::create(builder, loc, Value(g), indices);
    });
}

namespace {
/// The gradient of a padded tensor is a slice of the gradient; what pads must
/// not depend on parameters.
struct PadModel
    : public DifferentiableOpInterface::ExternalModel<PadModel, tensor::PadOp> {
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    auto pad = cast<tensor::PadOp>(op);
    bool paddingNeedsGradient = false;
    pad.getRegion().walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        paddingNeedsGradient |= adjoint.needsGradient(operand);
    });
    if (paddingNeedsGradient)
      return op->emitOpError("pads with a value that depends on parameters, "
                             "which has no differentiation rule; pad with a "
                             "constant");
    Value g = adjoint.getGradient(pad.getResult());
    if (!g)
      return success();
    OpBuilder &builder = adjoint.getBuilder();
    Location loc = adjoint.getLoc();
    SmallVector<OpFoldResult> strides(pad.getSourceType().getRank(),
                                      builder.getIndexAttr(1));
    flowTo(pad.getSource(), adjoint, [&]() -> Value {
      return tensor::ExtractSliceOp::create(
          builder, loc, pad.getSourceType(), g, pad.getMixedLowPad(),
          tensor::getMixedSizes(builder, loc,
                                adjoint.getPrimal(pad.getSource())),
          strides);
    });
    return success();
  }
};
} // namespace

template <typename OpTy, void (*rule)(OpTy, Term, AdjointBuilder &)>
static void attach(MLIRContext *context) {
  OpTy::template attachInterface<OperandsModel<OpTy, rule>>(*context);
}

void tacit::registerTensorDifferentiation(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tensor::TensorDialect *) {
    attach<tensor::ExpandShapeOp, collapse>(context);
    attach<tensor::CollapseShapeOp, expand>(context);
    attach<tensor::CastOp, castBack>(context);
    attach<tensor::ExtractSliceOp, slice>(context);
    attach<tensor::InsertSliceOp, insertSlice>(context);
    attach<tensor::ConcatOp, concatenate>(context);
    attach<tensor::SplatOp, splat>(context);
    attach<tensor::ExtractOp, extract>(context);
    attach<tensor::InsertOp, insert>(context);
    attach<tensor::FromElementsOp, fromElements>(context);
    tensor::PadOp::attachInterface<PadModel>(*context);
    tensor::DimOp::attachInterface<ZeroDerivativeModel<tensor::DimOp>>(
        *context);
  });
}
