//===- AdjointBuilder.cpp - The reverse sweep over a block ------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/AdjointBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace mlir::tacit;

#include "passes/transforms/differentiation/DifferentiableOpInterface.cpp.inc"

//===----------------------------------------------------------------------===//
// Activity
//===----------------------------------------------------------------------===//

bool tacit::isDefinedIn(Value value, Region &region) {
  Region *current = value.getParentRegion();
  while (current && current != &region) {
    Operation *parent = current->getParentOp();
    current = parent ? parent->getParentRegion() : nullptr;
  }
  return current;
}

void tacit::forEachRead(Operation *op, function_ref<void(Value)> visit) {
  for (Value operand : op->getOperands())
    visit(operand);
  for (Region &region : op->getRegions())
    region.walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (!isDefinedIn(operand, region))
          visit(operand);
    });
}

/// The operations of `block` that `roots` depend on.
static llvm::DenseSet<Operation *> findSlice(Block &block, ValueRange roots) {
  llvm::DenseSet<Operation *> slice;
  SmallVector<Value> worklist(roots);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (op && op->getBlock() == &block && slice.insert(op).second)
      forEachRead(op, [&](Value value) { worklist.push_back(value); });
  }
  return slice;
}

/// For those who ask which rules made a gradient (--remarks-filter).
static void remarkRule(Operation *op) {
  remark::passed(op->getLoc(), remark::RemarkOpts::name("Differentiated")
                                   .category("tacit-differentiate"))
      << op->getName().getStringRef();
}

static LogicalResult reportNoRule(Operation *op) {
  InFlightDiagnostic error = op->emitOpError("has no differentiation rule; ");
  if (isa<func::CallOp>(op))
    return error << "inline calls first (tacit-inline)";
  if (isa<tensor::GatherOp>(op))
    return error << "write the lookup as a product with one-hot rows";
  return error << "write it with operations of linalg, tensor, arith and math "
                  "that have one";
}

static bool makesIntegers(Operation *op) {
  return isa<arith::FPToSIOp, arith::FPToUIOp>(op) ||
         (isa<arith::BitcastOp>(op) &&
          !isFloatLike(op->getResult(0).getType()));
}

/// The operation in `op`, or `op`, which reads an active value, that makes
/// integers of one; null if there is none.
static Operation *findConversion(Operation *op,
                                 function_ref<bool(Value)> isActive) {
  if (makesIntegers(op))
    return op;
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  if (!structured)
    return nullptr;
  // The body of one that returns integers has no adjoint, which would look.
  llvm::SmallDenseSet<Value> inner;
  for (OpOperand &operand : op->getOpOperands())
    if (isActive(operand.get()))
      inner.insert(structured.getMatchingBlockArgument(&operand));
  for (Operation &each : *structured.getBlock()) {
    if (llvm::none_of(each.getOperands(), [&](Value value) {
          return inner.contains(value) || isActive(value);
        }))
      continue;
    if (makesIntegers(&each))
      return &each;
    for (Value result : each.getResults())
      if (isFloatLike(result.getType()))
        inner.insert(result);
  }
  return nullptr;
}

static LogicalResult reportConversion(Operation *op) {
  return op->emitOpError()
         << "makes integers of what is to be differentiated, and the loss "
            "depends on them: integers have no gradient; compute it in floats, "
            "or let the function return the gradients that are meant";
}

LogicalResult AdjointBuilder::findActive(Block &block, ValueRange variables,
                                         ValueRange roots) {
  active.insert(variables.begin(), variables.end());
  llvm::DenseSet<Operation *> slice = findSlice(block, roots);
  for (Operation &op : block) {
    if (!slice.contains(&op))
      continue;
    bool reads = false;
    forEachRead(&op, [&](Value value) { reads |= active.contains(value); });
    if (!reads)
      continue;
    if (Operation *conversion = findConversion(
            &op, [&](Value value) { return active.contains(value); }))
      return reportConversion(conversion);
    auto rule = dyn_cast<DifferentiableOpInterface>(op);
    if (!rule)
      return reportNoRule(&op);
    if (rule.hasZeroDerivative()) {
      remarkRule(&op);
      continue;
    }
    for (Value result : op.getResults())
      if (isFloatLike(result.getType()))
        active.insert(result);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

Value AdjointBuilder::getGradient(Value value) {
  auto it = contributions.find(value);
  if (it == contributions.end())
    return nullptr;
  SmallVector<Value> &parts = it->second;
  if (parts.size() > 1) {
    Value sum = buildGradientSum(builder, loc, parts);
    parts.assign(1, sum);
  }
  return parts.front();
}

/// True if the derivative of `op`, a scalar operation, is finite whatever its
/// operands are.
static bool hasFiniteDerivative(Operation *op) {
  if (isa<arith::AddFOp, arith::SubFOp, arith::NegFOp, arith::SelectOp,
          arith::ExtFOp, arith::TruncFOp, arith::MaximumFOp, arith::MaxNumFOp,
          arith::MinimumFOp, arith::MinNumFOp>(op))
    return true;
  if (isa<arith::MulFOp>(op) && matchPattern(op->getOperand(0), m_Constant()))
    return true;
  return isa<arith::MulFOp, arith::DivFOp>(op) &&
         matchPattern(op->getOperand(1), m_Constant());
}

void AdjointBuilder::addGradient(Value value, Value contribution) {
  if (!contribution || !needsGradient(value))
    return;
  assert(contribution.getType() == value.getType() && "gradient of wrong type");
  if (!chosen) {
    always.insert(value);
  } else if (isa<FloatType>(value.getType()) &&
             !hasFiniteDerivative(chosen.getDefiningOp())) {
    Term gradient(*this, getGradient(chosen));
    Value isZero = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::OEQ, gradient, Term(gradient, 0.0));
    contribution = arith::SelectOp::create(
        builder, loc, isZero,
        buildNumber(builder, loc, value.getType(), 0.0, value), contribution);
  }
  contributions[value].push_back(contribution);
}

void AdjointBuilder::addChosenGradient(Value value, Value contribution) {
  if (contribution && needsGradient(value))
    contributions[value].push_back(contribution);
}

Value AdjointBuilder::accumulateGradient(Value value, Value sum) {
  auto it = contributions.find(value);
  return it == contributions.end()
             ? sum
             : buildAccumulation(builder, loc, sum, it->second);
}

LogicalResult AdjointBuilder::sweep(Block &block) {
  // Rules may put operations before their own: these are not to be visited.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    if (llvm::none_of(op.getResults(), [&](Value result) {
          return contributions.contains(result);
        }))
      continue;
    loc = op.getLoc();
    // Operations with bodies see to it themselves.
    chosen = op.getNumRegions() == 0 && isChosen(op.getResult(0))
                 ? op.getResult(0)
                 : Value();
    auto rule = cast<DifferentiableOpInterface>(op);
    if (failed(rule.buildAdjoint(*this)))
      return failure();
    remarkRule(&op);
  }
  chosen = Value();
  return success();
}

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

Term::Term(Term like, double number)
    : adjoint(like.adjoint),
      value(buildNumber(adjoint->getBuilder(), adjoint->getLoc(),
                        like.getType(), number, like)) {}

Term Term::operator-() const { return apply<arith::NegFOp>(*this); }

Term tacit::operator+(Term a, Term b) {
  return Term::apply<arith::AddFOp>(a, b);
}
Term tacit::operator-(Term a, Term b) {
  return Term::apply<arith::SubFOp>(a, b);
}
Term tacit::operator*(Term a, Term b) {
  return Term::apply<arith::MulFOp>(a, b);
}
Term tacit::operator/(Term a, Term b) {
  return Term::apply<arith::DivFOp>(a, b);
}

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

bool tacit::isFloatLike(Type type) {
  return isa<FloatType>(type) ||
         (isa<RankedTensorType>(type) &&
          isa<FloatType>(cast<RankedTensorType>(type).getElementType()));
}

std::optional<APFloat> tacit::getSplat(Value value) {
  APFloat number(0.0);
  if (matchPattern(value, m_ConstantFloat(&number)))
    return number;
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    if (matchPattern(fill.getInputs()[0], m_ConstantFloat(&number)))
      return number;
  return std::nullopt;
}

Value tacit::buildEmptyLike(OpBuilder &builder, Location loc, Value like) {
  return tensor::EmptyOp::create(builder, loc,
                                 tensor::getMixedSizes(builder, loc, like),
                                 getElementTypeOrSelf(like));
}

static Value buildFill(OpBuilder &builder, Location loc, Value scalar,
                       Value like) {
  return linalg::FillOp::create(builder, loc, scalar,
                                buildEmptyLike(builder, loc, like))
      .getResult(0);
}

Value tacit::buildZerosLike(OpBuilder &builder, Location loc, Value like) {
  TypedAttr zero = builder.getFloatAttr(getElementTypeOrSelf(like), 0.0);
  return buildFill(builder, loc, arith::ConstantOp::create(builder, loc, zero),
                   like);
}

Value tacit::buildNumber(OpBuilder &builder, Location loc, Type type,
                         double number, Value like) {
  TypedAttr scalar = builder.getFloatAttr(getElementTypeOrSelf(type), number);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return arith::ConstantOp::create(builder, loc, scalar);
  if (tensor.hasStaticShape())
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(tensor, scalar));
  return buildFill(builder, loc,
                   arith::ConstantOp::create(builder, loc, scalar), like);
}

void tacit::registerDifferentiationExternalModels(DialectRegistry &registry) {
  registerArithDifferentiation(registry);
  registerMathDifferentiation(registry);
  registerTensorDifferentiation(registry);
  registerLinalgDifferentiation(registry);
  registerControlFlowDifferentiation(registry);
}
