//===- ConvertContraction.cpp - Contractions to matrix products -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Contraction.h"
#include "passes/conversion/Conversion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_CONVERTCONTRACTIONPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct ConvertContractionPass
    : public tacit::impl::ConvertContractionPassBase<ConvertContractionPass> {
  using ConvertContractionPassBase::ConvertContractionPassBase;
  void runOnOperation() override;
};

enum Matrix { A, B, C };

/// One or several loops that walk every operand like one loop.
struct MergedLoop {
  int64_t extent = 1;
  int64_t stride[3] = {0, 0, 0}; ///< In elements, of A, B, C.
  SmallVector<unsigned> loops;
};

/// A matrix product of `m`, `n`, `k`, as `tacit.gemm` takes it.
struct Product {
  int64_t sizes[3];
  int64_t leading[3];
  bool transposeA = false, transposeB = false;
  bool swapped = false;        ///< Computes the transpose of C from B and A.
  SmallVector<unsigned> loops; ///< Those that it covers.

  int64_t work() const { return sizes[0] * sizes[1] * sizes[2]; }
};

/// Finds the largest matrix product inside a contraction on buffers.
class ProductFinder {
public:
  explicit ProductFinder(const Contraction &contraction)
      : contraction(contraction) {}

  /// On failure `reason` says why.
  std::optional<Product> find();
  StringRef reason;

private:
  bool readStrides();
  SmallVector<MergedLoop> merge(ArrayRef<unsigned> loops, Matrix first,
                                Matrix second);

  const Contraction &contraction;
  SmallVector<int64_t> extents;
  SmallVector<std::array<int64_t, 3>> strides; ///< Of each loop.
};
} // namespace

bool ProductFinder::readStrides() {
  linalg::LinalgOp op = contraction.op;
  extents = op.getStaticLoopRanges();
  strides.assign(extents.size(), {0, 0, 0});
  OpOperand *operands[3] = {contraction.a, contraction.b, contraction.c};
  for (Matrix matrix : {A, B, C}) {
    auto type = dyn_cast<MemRefType>(operands[matrix]->get().getType());
    SmallVector<int64_t> own;
    int64_t offset;
    if (!type || failed(type.getStridesAndOffset(own, offset)) ||
        llvm::any_of(own, ShapedType::isDynamic)) {
      reason = "strides are known only at run time";
      return false;
    }
    if (!type.getElementType().isF32()) {
      reason = "elements are not f32";
      return false;
    }
    AffineMap map = contraction.mapOf(operands[matrix]);
    for (auto [result, stride] : llvm::zip(map.getResults(), own))
      strides[cast<AffineDimExpr>(result).getPosition()][matrix] = stride;
  }
  return true;
}

SmallVector<MergedLoop> ProductFinder::merge(ArrayRef<unsigned> loops,
                                             Matrix first, Matrix second) {
  SmallVector<unsigned> sorted(loops);
  llvm::sort(sorted, [&](unsigned x, unsigned y) {
    return strides[x][second] != strides[y][second]
               ? strides[x][second] > strides[y][second]
               : x < y;
  });
  SmallVector<MergedLoop> merged;
  for (unsigned loop : sorted) {
    if (!merged.empty()) {
      MergedLoop &outer = merged.back();
      if (outer.stride[first] == strides[loop][first] * extents[loop] &&
          outer.stride[second] == strides[loop][second] * extents[loop]) {
        outer.extent *= extents[loop];
        outer.stride[first] = strides[loop][first];
        outer.stride[second] = strides[loop][second];
        outer.loops.push_back(loop);
        continue;
      }
    }
    MergedLoop own;
    own.extent = extents[loop];
    own.stride[first] = strides[loop][first];
    own.stride[second] = strides[loop][second];
    own.loops.push_back(loop);
    merged.push_back(own);
  }
  if (merged.empty())
    merged.push_back(MergedLoop()); // An extent of 1.
  return merged;
}

/// The leading dimension of a matrix with `rows` rows of `length` entries whose
/// entries lie `step` apart and whose rows lie `distance` apart; nothing if its
/// rows are not contiguous.
static std::optional<int64_t> leadingDimension(int64_t rows, int64_t length,
                                               int64_t distance, int64_t step) {
  if (length > 1 && step != 1)
    return {};
  int64_t leading = rows > 1 ? distance : std::max(length, distance);
  if (leading < length)
    return {};
  return leading;
}

/// Writes the product of one loop of each kind as a matrix product, if its
/// strides allow.
static std::optional<Product>
makeProduct(const MergedLoop &m, const MergedLoop &n, const MergedLoop &k) {
  auto c = leadingDimension(m.extent, n.extent, m.stride[C], n.stride[C]);
  if (!c) {
    // C by columns: then the transpose of the product is one by rows.
    auto transposed = [](const MergedLoop &loop) {
      MergedLoop other = loop;
      std::swap(other.stride[A], other.stride[B]);
      return other;
    };
    if (!leadingDimension(n.extent, m.extent, n.stride[C], m.stride[C]))
      return {};
    std::optional<Product> product =
        makeProduct(transposed(n), transposed(m), transposed(k));
    if (product)
      product->swapped = true;
    return product;
  }
  Product product;
  product.sizes[0] = m.extent;
  product.sizes[1] = n.extent;
  product.sizes[2] = k.extent;
  auto a = leadingDimension(m.extent, k.extent, m.stride[A], k.stride[A]);
  if (!a) {
    a = leadingDimension(k.extent, m.extent, k.stride[A], m.stride[A]);
    product.transposeA = true;
  }
  auto b = leadingDimension(k.extent, n.extent, k.stride[B], n.stride[B]);
  if (!b) {
    b = leadingDimension(n.extent, k.extent, n.stride[B], k.stride[B]);
    product.transposeB = true;
  }
  if (!a || !b)
    return {};
  product.leading[0] = *a;
  product.leading[1] = *b;
  product.leading[2] = *c;
  for (const MergedLoop *loop : {&m, &n, &k})
    llvm::append_range(product.loops, loop->loops);
  return product;
}

std::optional<Product> ProductFinder::find() {
  if (!readStrides())
    return {};
  SmallVector<unsigned> groups[3]; // m, n, k; batches stay outside.
  for (unsigned loop = 0; loop < extents.size(); ++loop) {
    bool inA = contraction.mapOf(contraction.a).isFunctionOfDim(loop);
    bool inB = contraction.mapOf(contraction.b).isFunctionOfDim(loop);
    bool inC = contraction.mapOf(contraction.c).isFunctionOfDim(loop);
    if (!inB)
      groups[0].push_back(loop);
    else if (!inA)
      groups[1].push_back(loop);
    else if (!inC)
      groups[2].push_back(loop);
  }
  std::optional<Product> best;
  for (const MergedLoop &m : merge(groups[0], A, C))
    for (const MergedLoop &n : merge(groups[1], B, C))
      for (const MergedLoop &k : merge(groups[2], A, B))
        if (std::optional<Product> product = makeProduct(m, n, k);
            product && (!best || product->work() > best->work()))
          best = product;
  if (!best)
    reason = "no operand order makes rows contiguous";
  return best;
}

/// The fill by zeros that is the last to touch `buffer` before `op`.
static linalg::FillOp findZeroFill(Operation *op, Value buffer) {
  Value root = rootOfBuffer(buffer);
  if (!root)
    return {};
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode()) {
    if (auto fill = dyn_cast<linalg::FillOp>(before);
        fill && fill.getOutputs()[0] == buffer)
      return isZero(fill.getInputs()[0]) ? fill : linalg::FillOp();
    if (mayUseBuffer(before, root))
      return {};
  }
  return {};
}

/// The product of the contraction's scalars, as a number.
static Value buildScale(const Contraction &contraction, OpBuilder &builder,
                        Location loc) {
  Value scale;
  for (Value factor : contraction.scales) {
    if (isa<MemRefType>(factor.getType()))
      factor = memref::LoadOp::create(builder, loc, factor, ValueRange());
    scale = scale
                ? arith::MulFOp::create(builder, loc, scale, factor).getResult()
                : factor;
  }
  if (!scale)
    return arith::ConstantOp::create(
        builder, loc,
        builder.getF32FloatAttr(contraction.negated ? -1.0f : 1.0f));
  return contraction.negated
             ? arith::NegFOp::create(builder, loc, scale).getResult()
             : scale;
}

/// The part of `operand` that one pass of the loops in `position` reads: those
/// extents are fixed at the loop's value.
static Value sliceOf(OpOperand *operand, AffineMap map,
                     const DenseMap<unsigned, Value> &position,
                     OpBuilder &builder, Location loc) {
  Value buffer = operand->get();
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<OpFoldResult> offsets, sizes;
  SmallVector<OpFoldResult> ones(type.getRank(), builder.getIndexAttr(1));
  SmallVector<int64_t> kept;
  for (auto [dim, result] : llvm::enumerate(map.getResults())) {
    auto found = position.find(cast<AffineDimExpr>(result).getPosition());
    bool fixed = found != position.end();
    offsets.push_back(fixed ? OpFoldResult(found->second)
                            : OpFoldResult(builder.getIndexAttr(0)));
    sizes.push_back(builder.getIndexAttr(fixed ? 1 : type.getDimSize(dim)));
    if (!fixed)
      kept.push_back(type.getDimSize(dim));
  }
  if (kept.size() == static_cast<size_t>(type.getRank()))
    return buffer;
  MemRefType reduced = memref::SubViewOp::inferRankReducedResultType(
      kept, type, offsets, sizes, ones);
  return memref::SubViewOp::create(builder, loc, reduced, buffer, offsets,
                                   sizes, ones);
}

static void emitProduct(const Contraction &contraction,
                        const Product &product) {
  linalg::LinalgOp op = contraction.op;
  Location loc = op->getLoc();
  OpBuilder builder(op);
  Value scale = buildScale(contraction, builder, loc);
  SmallVector<int64_t> extents = linalg::LinalgOp(op).getStaticLoopRanges();
  AffineMap cMap = contraction.mapOf(contraction.c);
  bool sumsOutside = false;
  SmallVector<unsigned> outer;
  for (unsigned loop = 0; loop < extents.size(); ++loop) {
    if (llvm::is_contained(product.loops, loop))
      continue;
    outer.push_back(loop);
    sumsOutside = sumsOutside || !cMap.isFunctionOfDim(loop);
  }
  bool accumulate = true;
  if (linalg::FillOp fill = findZeroFill(op, contraction.c->get());
      fill && !sumsOutside) {
    fill.erase();
    accumulate = false;
  }

  DenseMap<unsigned, Value> position;
  Value zero, one;
  for (unsigned loop : outer) {
    if (!zero) {
      zero = arith::ConstantIndexOp::create(builder, loc, 0);
      one = arith::ConstantIndexOp::create(builder, loc, 1);
    }
    Value end = arith::ConstantIndexOp::create(builder, loc, extents[loop]);
    auto around = scf::ForOp::create(builder, loc, zero, end, one);
    position[loop] = around.getInductionVar();
    builder.setInsertionPointToStart(around.getBody());
  }
  auto slice = [&](OpOperand *operand) {
    return sliceOf(operand, contraction.mapOf(operand), position, builder, loc);
  };
  Value a = slice(contraction.a);
  Value b = slice(contraction.b);
  Value c = slice(contraction.c);
  if (product.swapped)
    std::swap(a, b);
  GemmOp::create(builder, loc, scale, a, b, c, product.sizes, product.leading,
                 product.transposeA, product.transposeB, accumulate);
  op->erase();
}

void ConvertContractionPass::runOnOperation() {
  SmallVector<Contraction> contractions;
  getOperation().walk([&](linalg::LinalgOp op) {
    if (std::optional<Contraction> found = matchContraction(op);
        found && op.hasPureBufferSemantics())
      contractions.push_back(*found);
  });
  for (const Contraction &contraction : contractions) {
    auto missed = [&](StringRef why) {
      remark::missed(
          contraction.op->getLoc(),
          remark::RemarkOpts::name("convert-contraction").category("tacit"))
          << ("stays a loop nest: " + why).str();
    };
    ProductFinder finder(contraction);
    std::optional<Product> product = finder.find();
    if (!product)
      missed(finder.reason);
    else if (product->work() < minWork)
      missed("too little work for a call");
    else
      emitProduct(contraction, *product);
  }
}
