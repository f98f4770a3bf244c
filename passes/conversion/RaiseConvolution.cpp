//===- RaiseConvolution.cpp - Recognises convolutions -----------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The three tensors of a convolution meet in one sum of products, whichever of
/// them it writes. The input is the one whose position along h and w is a sum
/// of two loops; one of these is the output's, the other the filter's.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/conversion/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_RAISECONVOLUTIONPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

namespace {
struct RaiseConvolutionPass
    : public tacit::impl::RaiseConvolutionPassBase<RaiseConvolutionPass> {
  using RaiseConvolutionPassBase::RaiseConvolutionPassBase;
  void runOnOperation() override;
};

/// A position along h or w of the input: `step` times the loop of the output
/// and `dilation` times that of the filter.
struct Window {
  unsigned output = 0, filter = 0;
  int64_t step = 1, dilation = 1;
};

/// Finds a convolution in an operation of three operands.
class Finder {
public:
  explicit Finder(linalg::LinalgOp op)
      : op(op), extents(op.getStaticLoopRanges()) {}

  /// False if `op` is none.
  bool find();
  /// Replaces the operation; on failure `reason` says why not.
  LogicalResult raise();
  StringRef reason;

  int64_t work() const {
    int64_t count = 1;
    for (int64_t extent : extents)
      count *= extent;
    return count;
  }

private:
  AffineMap mapOf(OpOperand *operand) {
    return op.getMatchingIndexingMap(operand);
  }
  bool uses(OpOperand *operand, unsigned loop) {
    return mapOf(operand).isFunctionOfDim(loop);
  }
  bool findInput();
  bool splitWindows(OpOperand *first, OpOperand *second);
  bool nameLoops();
  std::string layoutOf(OpOperand *operand, StringRef names);
  bool takePadding(Value &value, SmallVectorImpl<int64_t> &padding);

  linalg::LinalgOp op;
  SmallVector<int64_t> extents;
  OpOperand *input = nullptr, *filter = nullptr, *output = nullptr;
  /// Along h and w: two loops with their factors, then by whose they are.
  SmallVector<SmallVector<std::pair<unsigned, int64_t>>> sums;
  Window windows[2];
  /// For each loop, its letter in input or output, and in the filter.
  SmallVector<std::pair<char, char>> names;
};
} // namespace

/// True if the body adds the product of both inputs to the output.
static bool isSumOfProducts(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !op.hasPureTensorSemantics() || op.hasDynamicShape() ||
      op->getNumRegions() != 1)
    return false;
  Block *body = op.getBlock();
  if (body->getNumArguments() != 3 ||
      !llvm::all_of(body->getArgumentTypes(),
                    [](Type type) { return type.isF32(); }))
    return false;
  auto sum =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum || body->getOperations().size() != 3)
    return false;
  Value accumulator = body->getArgument(2);
  Value term = sum.getLhs() == accumulator   ? sum.getRhs()
               : sum.getRhs() == accumulator ? sum.getLhs()
                                             : Value();
  auto product = term ? term.getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  if (!product)
    return false;
  Value a = body->getArgument(0), b = body->getArgument(1);
  return (product.getLhs() == a && product.getRhs() == b) ||
         (product.getLhs() == b && product.getRhs() == a);
}

/// Collects loops and positive factors of a sum such as 2 d0 + d1; fails on
/// anything else.
static bool collectSum(AffineExpr expression, int64_t factor,
                       SmallVectorImpl<std::pair<unsigned, int64_t>> &sum) {
  if (auto loop = dyn_cast<AffineDimExpr>(expression)) {
    sum.push_back({loop.getPosition(), factor});
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expression);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return collectSum(binary.getLHS(), factor, sum) &&
           collectSum(binary.getRHS(), factor, sum);
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && constant &&
         constant.getValue() > 0 &&
         collectSum(binary.getLHS(), factor * constant.getValue(), sum);
}

bool Finder::findInput() {
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = mapOf(&operand);
    if (map.getNumResults() != 4)
      return false;
    if (map.isProjectedPermutation())
      continue;
    if (input)
      return false;
    input = &operand;
    SmallVector<bool> seen(extents.size(), false);
    for (AffineExpr result : map.getResults()) {
      SmallVector<std::pair<unsigned, int64_t>> sum;
      if (!collectSum(result, 1, sum) || sum.size() > 2 ||
          (sum.size() == 1 && sum[0].second != 1))
        return false;
      for (auto [loop, factor] : sum) {
        if (seen[loop])
          return false;
        seen[loop] = true;
      }
      if (sum.size() == 2)
        sums.push_back(sum);
    }
  }
  return input && sums.size() == 2;
}

/// Gives the first loop of both windows to the output and the other to the
/// filter, where `first` is the output and `second` the filter; false if that
/// does not go.
bool Finder::splitWindows(OpOperand *first, OpOperand *second) {
  for (auto [window, sum] : llvm::zip(windows, sums)) {
    if (!uses(first, sum[0].first))
      std::swap(sum[0], sum[1]);
    if (!uses(first, sum[0].first) || uses(second, sum[0].first) ||
        !uses(second, sum[1].first) || uses(first, sum[1].first))
      return false;
    window = {sum[0].first, sum[1].first, sum[0].second, sum[1].second};
  }
  output = first;
  filter = second;
  return true;
}

bool Finder::nameLoops() {
  names.assign(extents.size(), {0, 0});
  for (auto [letter, window] : llvm::zip(StringRef("hw"), windows)) {
    names[window.output] = {letter, 0};
    names[window.filter] = {0, letter};
  }
  for (unsigned loop = 0; loop < extents.size(); ++loop) {
    if (names[loop] != std::pair<char, char>(0, 0))
      continue;
    bool inInput = uses(input, loop), inFilter = uses(filter, loop),
         inOutput = uses(output, loop);
    if (inInput + inFilter + inOutput != 2)
      return false;
    if (!inFilter)
      names[loop] = {'n', 0};
    else
      names[loop] = {'c', inInput ? 'i' : 'o'};
  }
  return true;
}

bool Finder::find() {
  if (extents.size() != 7 || !isSumOfProducts(op) || !findInput())
    return false;
  SmallVector<OpOperand *> others;
  for (OpOperand &operand : op->getOpOperands())
    if (&operand != input)
      others.push_back(&operand);
  // Between an output and a filter there is no difference but their extents: a
  // filter is the smaller.
  auto reach = [&](OpOperand *operand) {
    int64_t product = 1;
    for (const auto &sum : sums)
      for (auto [loop, factor] : sum)
        product *= uses(operand, loop) ? extents[loop] : 1;
    return product;
  };
  if (reach(others[0]) < reach(others[1]) ||
      (reach(others[0]) == reach(others[1]) &&
       others[1]->getOperandNumber() == 2))
    std::swap(others[0], others[1]);
  return splitWindows(others[0], others[1]) && nameLoops();
}

/// The letters of `operand`, in the order in which it is stored.
std::string Finder::layoutOf(OpOperand *operand, StringRef allowed) {
  std::string layout;
  for (AffineExpr result : mapOf(operand).getResults()) {
    SmallVector<std::pair<unsigned, int64_t>> sum;
    collectSum(result, 1, sum);
    for (auto [loop, factor] : sum) {
      char letter = operand == filter ? names[loop].second : names[loop].first;
      if (letter)
        layout.push_back(letter);
    }
  }
  return succeeded(ConvolutionOp::placesOf(layout, allowed)) ? layout : "";
}

/// Takes zeros around the input off `value`, and counts them; then makes
/// `padding` such that no more outputs fit than there are.
bool Finder::takePadding(Value &value, SmallVectorImpl<int64_t> &padding) {
  std::string layout = layoutOf(input, "nchw");
  size_t places[] = {layout.find('h'), layout.find('w')};
  padding.assign(4, 0);
  auto pad = value.getDefiningOp<tensor::PadOp>();
  Value filling = pad ? pad.getConstantPaddingValue() : Value();
  if (filling && isZero(filling) && input->getOperandNumber() != 2 &&
      pad.getSourceType().hasStaticShape()) {
    ArrayRef<int64_t> low = pad.getStaticLow(), high = pad.getStaticHigh();
    bool fits = true;
    for (auto [dim, before, behind] : llvm::enumerate(low, high))
      fits = fits && before >= 0 && behind >= 0 &&
             (llvm::is_contained(places, dim) || before + behind == 0);
    if (fits) {
      value = pad.getSource();
      padding.assign(
          {low[places[0]], high[places[0]], low[places[1]], high[places[1]]});
    }
  }
  auto type = cast<RankedTensorType>(value.getType());
  for (unsigned i : {0, 1}) {
    const Window &window = windows[i];
    int64_t last = (extents[window.output] - 1) * window.step +
                   (extents[window.filter] - 1) * window.dilation;
    int64_t size =
        type.getDimSize(places[i]) + padding[2 * i] + padding[2 * i + 1];
    int64_t unused = size - 1 - last;
    if (unused >= window.step) {
      padding[2 * i + 1] -= unused;
      if (padding[2 * i + 1] < 0) {
        reason = "it ignores a part of its input";
        return false;
      }
    }
  }
  return true;
}

LogicalResult Finder::raise() {
  std::string layouts[] = {layoutOf(input, "nchw"), layoutOf(filter, "oihw"),
                           layoutOf(output, "nchw")};
  if (llvm::is_contained(layouts, "")) {
    reason = "its extents are not those of a convolution";
    return failure();
  }
  OpOperand *init = op.getDpsInitOperand(0);
  if (!isZeroFilled(init->get())) {
    reason = "it accumulates onto something else than zeros";
    return failure();
  }
  Value source = input->get();
  SmallVector<int64_t> padding;
  if (!takePadding(source, padding))
    return failure();
  OpBuilder builder(op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Value place = tensor::EmptyOp::create(builder, op.getLoc(), type.getShape(),
                                        type.getElementType());
  auto kind = ConvolutionKind::forward;
  Value lhs = source, rhs = filter->get();
  if (init == input) {
    kind = ConvolutionKind::backward_data;
    lhs = output->get();
  } else if (init == filter) {
    kind = ConvolutionKind::backward_weights;
    rhs = output->get();
  }
  auto raised = ConvolutionOp::create(
      builder, op.getLoc(), TypeRange(type), kind, lhs, rhs, place,
      builder.getStrArrayAttr({layouts[0], layouts[1], layouts[2]}),
      {windows[0].step, windows[1].step},
      {windows[0].dilation, windows[1].dilation}, padding);
  op->replaceAllUsesWith(raised->getResults());
  op->erase();
  return success();
}

void RaiseConvolutionPass::runOnOperation() {
  SmallVector<linalg::LinalgOp> ops;
  getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
  for (linalg::LinalgOp op : ops) {
    Finder finder(op);
    if (!finder.find())
      continue;
    auto missed = [&](StringRef why) {
      remark::missed(
          op.getLoc(),
          remark::RemarkOpts::name("raise-convolution").category("tacit"))
          << ("stays a loop nest: " + why).str();
    };
    if (finder.work() < minWork)
      missed("too little work for a call");
    else if (failed(finder.raise()))
      missed(finder.reason);
  }
}
