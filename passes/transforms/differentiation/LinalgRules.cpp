//===- LinalgRules.cpp - Differentiation rules of linalg --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One rule for every structured operation, named or generic: it differentiates
/// the body. For an operand k read through the map m_k,
///
///     gradient_k[m_k(i)] += d(yield)/d(operand k) * gradient[m_out(i)]
///
/// over all points i of the iteration space, which is again a linalg.generic.
/// Contractions are told apart, and give contractions, so that the lowering
/// sees a matrix product as one.
///
//===----------------------------------------------------------------------===//

#include "passes/transforms/differentiation/BodyAdjoint.h"
#include "passes/transforms/differentiation/ScalarRules.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tacit;
using linalg::LinalgOp;

namespace {
/// How the points of the iteration space make an entry of a result.
enum class Accumulation {
  Each,    ///< One point each.
  Sum,     ///< init + the sum of terms over reduction dimensions.
  Extremum ///< The largest, or smallest, of init and candidates.
};

/// A result with a gradient.
struct Output {
  OpOperand *init;
  BlockArgument running; ///< The init's entry, or what is reduced so far.
  Value yielded;
  Value result;
  AffineMap map;
  Value gradient;
  Accumulation accumulation = Accumulation::Each;
  Value candidate =
      {}; ///< Of an extremum: what a point compares with `running`.
};
} // namespace

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// True if `yielded` is `running` plus or minus terms without it.
static bool isRunningSum(Value running, Value yielded) {
  Value value = running;
  while (value != yielded) {
    if (!value.hasOneUse())
      return false;
    OpOperand &use = *value.use_begin();
    Operation *user = use.getOwner();
    bool adds = isa<arith::AddFOp>(user) ||
                (isa<arith::SubFOp>(user) && use.getOperandNumber() == 0) ||
                (isa<math::FmaOp>(user) && use.getOperandNumber() == 2);
    if (!adds)
      return false;
    value = user->getResult(0);
  }
  return value.hasOneUse();
}

/// If `yielded` is the larger or smaller of `running` and something without it,
/// that.
static Value matchExtremum(Value running, Value yielded) {
  Operation *op = yielded.getDefiningOp();
  if (!op || !running.hasOneUse() || !yielded.hasOneUse() ||
      !isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp,
           arith::MinNumFOp>(op))
    return nullptr;
  if (op->getOperand(0) == running)
    return op->getOperand(1);
  return op->getOperand(1) == running ? op->getOperand(0) : Value();
}

static LogicalResult classify(LinalgOp op, Output &output) {
  if (op.getNumReductionLoops() == 0)
    return success();
  if (isRunningSum(output.running, output.yielded)) {
    output.accumulation = Accumulation::Sum;
    return success();
  }
  output.candidate = matchExtremum(output.running, output.yielded);
  if (output.candidate) {
    output.accumulation = Accumulation::Extremum;
    return success();
  }
  InFlightDiagnostic error = op->emitOpError();
  if (output.running.use_empty())
    return error << "overwrites its result along a reduction dimension, which "
                    "has no differentiation rule; make the dimension parallel "
                    "or reduce over it";
  error << "reduces by ";
  if (Operation *last = output.yielded.getDefiningOp())
    error << "'" << last->getName() << "'";
  else
    error << "an unchanged value";
  return error << " in a way that has no differentiation rule; those that have "
                  "one are sums of terms and a maximum or minimum, in which "
                  "the running value occurs once";
}

/// An elementwise generic on tensors of the shape of `inputs[0]`.
static Value buildElementwise(OpBuilder &builder, Location loc,
                              ValueRange inputs,
                              function_ref<Value(OpBuilder &, ValueRange)> f) {
  auto type = cast<RankedTensorType>(inputs[0].getType());
  SmallVector<AffineMap> maps(inputs.size() + 1,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, type, inputs,
             buildEmptyLike(builder, loc, inputs[0]), maps, iterators,
             [&](OpBuilder &nested, Location loc, ValueRange args) {
               linalg::YieldOp::create(nested, loc, f(nested, args));
             })
      .getResult(0);
}

/// 1 where `a` equals `b`, else 0.
static Value buildEquals(OpBuilder &builder, Location loc, Value a, Value b) {
  Value equal =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, a, b);
  return arith::UIToFPOp::create(builder, loc, a.getType(), equal);
}

/// The gradient of an extremum goes to all candidates that equal it, in equal
/// parts (as in JAX). Replaces the gradient by one candidate's part, and adds
/// the init's, which is a candidate too if it depends on parameters.
static void splitAmongEquals(LinalgOp op, Output &output,
                             AdjointBuilder &adjoint) {
  OpBuilder &builder = adjoint.getBuilder();
  Location loc = op.getLoc();
  BodyAdjoint counting(op, adjoint);
  Value equals = buildEquals(counting.getBuilder(), loc,
                             counting.getPrimal(output.candidate),
                             counting.read(output.result, output.map));
  Value count = counting.finish(equals, output.map, output.result);

  SmallVector<Value> inputs = {output.gradient, count};
  Value init = output.init->get();
  bool initCounts = adjoint.needsGradient(init);
  if (initCounts)
    inputs.append({output.result, init});
  output.gradient = buildElementwise(
      builder, loc, inputs, [&](OpBuilder &nested, ValueRange args) -> Value {
        Value number = args[1];
        if (initCounts)
          number = arith::AddFOp::create(
              nested, loc, number, buildEquals(nested, loc, args[3], args[2]));
        return arith::DivFOp::create(nested, loc, args[0], number);
      });
  if (!initCounts)
    return;
  adjoint.addGradient(
      init, buildElementwise(
                builder, loc, {output.gradient, output.result, init},
                [&](OpBuilder &nested, ValueRange args) -> Value {
                  Value equal = arith::CmpFOp::create(
                      nested, loc, arith::CmpFPredicate::OEQ, args[2], args[1]);
                  Value zero = arith::ConstantOp::create(
                      nested, loc, nested.getFloatAttr(args[0].getType(), 0.0));
                  return arith::SelectOp::create(nested, loc, equal, args[0],
                                                 zero);
                }));
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// True if products read through `a` and `b` and summed into `target` are what
/// linalg.contract holds, with at least one dimension to sum over.
static bool isContraction(AffineMap a, AffineMap b, AffineMap target) {
  bool sums = false;
  for (unsigned dim = 0; dim < target.getNumDims(); ++dim) {
    bool inA = a.isFunctionOfDim(dim), inB = b.isFunctionOfDim(dim);
    bool kept = target.isFunctionOfDim(dim);
    if (kept ? !(inA || inB) : !(inA && inB))
      return false;
    sums |= !kept;
  }
  return sums;
}

/// The gradient of operand `number` (0 or 1) of the contraction `op` as a
/// contraction of the other operand with the gradient of the result; null if it
/// is none. Transposition is left to the maps.
static Value buildContraction(LinalgOp op, unsigned number, Value gradient,
                              AdjointBuilder &adjoint) {
  Type element = getElementTypeOrSelf(gradient);
  for (Value input : op.getDpsInputs())
    if (!isa<RankedTensorType>(input.getType()) ||
        getElementTypeOrSelf(input) != element)
      return nullptr;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<Value> inputs = op.getDpsInputs();
  Value target = inputs[number];
  std::swap(inputs[number], gradient);
  std::swap(maps[number], maps[2]);
  if (!isContraction(maps[0], maps[1], maps[2]))
    return nullptr;
  OpBuilder &builder = adjoint.getBuilder();
  Location loc = op.getLoc();
  return linalg::ContractOp::create(builder, loc, target.getType(), inputs,
                                    buildZerosLike(builder, loc, target),
                                    builder.getAffineMapArrayAttr(maps))
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// All structured operations
//===----------------------------------------------------------------------===//

namespace {
/// What a body reads of what needs a gradient, besides operands.
struct Captures {
  SetVector<Value> scalars;
  SmallVector<tensor::ExtractOp> lookups; ///< Entries of tensors.
};
} // namespace

/// Finds what the body of `op` captures; an error where it does more with a
/// tensor than to look up entries.
static FailureOr<Captures> findCaptures(LinalgOp op, AdjointBuilder &adjoint) {
  Captures captures;
  WalkResult walk = op.getBlock()->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands()) {
      if (op->isAncestor(operand.getParentRegion()->getParentOp()) ||
          !adjoint.needsGradient(operand))
        continue;
      if (!isa<ShapedType>(operand.getType())) {
        captures.scalars.insert(operand);
        continue;
      }
      auto lookup = dyn_cast<tensor::ExtractOp>(inner);
      if (!lookup || lookup->getBlock() != op.getBlock()) {
        inner->emitOpError("reads a tensor that depends on parameters in the "
                           "body of '")
            << op->getName()
            << "', which has no differentiation rule here; read its entries by "
               "tensor.extract outside of loops, or make it an operand";
        return WalkResult::interrupt();
      }
      captures.lookups.push_back(lookup);
    }
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();
  return captures;
}

static SmallVector<Output> findOutputs(LinalgOp op, AdjointBuilder &adjoint) {
  SmallVector<Output> outputs;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    Value result = op.getTiedOpResult(&init);
    if (Value gradient = adjoint.getGradient(result))
      outputs.push_back({&init, op.getMatchingBlockArgument(&init),
                         op.getMatchingYieldValue(&init)->get(), result,
                         op.getMatchingIndexingMap(&init), gradient});
  }
  return outputs;
}

namespace {
/// Something that the body reads and that needs a gradient: the entry of
/// `operand` that `map` says, or `operand` itself if it is a scalar.
struct Target {
  Value entry; ///< As the body sees it.
  AffineMap map;
  Value operand;
};
} // namespace

/// Adds the gradients of results to what the body yields, and sweeps it.
static LogicalResult sweepBody(LinalgOp op, ArrayRef<Output> outputs,
                               ArrayRef<Value> entries, AdjointBuilder &outer,
                               BodyAdjoint &body) {
  Block &block = *op.getBlock();
  SmallVector<Value> roots;
  for (const Output &output : outputs)
    roots.push_back(output.candidate ? output.candidate : output.yielded);
  if (failed(body.findActive(block, entries, roots)))
    return failure();
  for (auto [output, root] : llvm::zip_equal(outputs, roots)) {
    if (!body.needsGradient(root))
      continue;
    Term gradient(body, body.read(output.gradient, output.map));
    if (output.accumulation == Accumulation::Extremum) {
      Term extremum(body, body.read(output.result, output.map));
      gradient = where(
          compare(arith::CmpFPredicate::OEQ, primal(body, root), extremum),
          gradient);
    }
    if (outer.isChosen(output.result))
      body.addChosenGradient(root, gradient);
    else
      body.addGradient(root, gradient);
  }
  if (failed(body.sweep(block)))
    return failure();
  if (body.getMissing())
    return op->emitOpError("has a term that depends on the running value of a "
                           "reduction, which has no differentiation rule; "
                           "reduce in an operation of its own");
  return success();
}

/// Builds what flows to `targets` by differentiating the body.
static LogicalResult buildBodyAdjoints(LinalgOp op, ArrayRef<Output> outputs,
                                       ArrayRef<Target> targets,
                                       ArrayRef<tensor::ExtractOp> lookups,
                                       AdjointBuilder &adjoint) {
  if (targets.empty() && lookups.empty())
    return success();
  BodyAdjoint body(op, adjoint);
  SmallVector<Value> entries;
  for (const Target &target : targets)
    entries.push_back(target.entry);
  for (tensor::ExtractOp lookup : lookups)
    entries.push_back(lookup);
  if (failed(sweepBody(op, outputs, entries, adjoint, body)))
    return failure();
  // Those that need no sum first: the sums of others can read them.
  for (bool direct : {true, false})
    for (const Target &target : targets) {
      Value entry = body.getGradient(target.entry);
      if (!entry || target.map.isPermutation() != direct)
        continue;
      Value gradient = body.finish(entry, target.map, target.operand);
      if (direct && body.isChosen(target.entry))
        adjoint.addChosenGradient(target.operand, gradient);
      else
        adjoint.addGradient(target.operand, gradient);
    }
  for (tensor::ExtractOp lookup : lookups)
    if (Value entry = body.getGradient(lookup))
      adjoint.addGradient(
          lookup.getTensor(),
          body.scatter(entry, lookup.getIndices(), lookup.getTensor()));
  return success();
}

/// If `op` is a contraction, adds what flows to its inputs as contractions.
/// Inputs that do not get theirs this way are added to `others`.
static void buildContractions(LinalgOp op, ArrayRef<Output> outputs,
                              AdjointBuilder &adjoint,
                              SmallVectorImpl<OpOperand *> &others) {
  bool contraction = linalg::isaContractionOpInterface(op);
  // Parameters first: an exchange can begin as soon as their gradients exist.
  for (bool parameters : {true, false})
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (isa<BlockArgument>(input->get()) != parameters ||
          !adjoint.needsGradient(input->get()))
        continue;
      Value gradient;
      if (contraction)
        gradient = buildContraction(op, input->getOperandNumber(),
                                    outputs[0].gradient, adjoint);
      if (gradient)
        adjoint.addGradient(input->get(), gradient);
      else
        others.push_back(input);
    }
}

static LogicalResult buildStructuredAdjoint(LinalgOp op,
                                            AdjointBuilder &adjoint) {
  SmallVector<Output> outputs = findOutputs(op, adjoint);
  FailureOr<Captures> captures = findCaptures(op, adjoint);
  if (failed(captures))
    return failure();
  SmallVector<OpOperand *> operands;
  for (Output &output : outputs) {
    if (failed(classify(op, output)))
      return failure();
    if (output.accumulation == Accumulation::Sum)
      adjoint.addGradient(output.init->get(), output.gradient);
    else if (output.accumulation == Accumulation::Extremum)
      splitAmongEquals(op, output, adjoint);
    else if (adjoint.needsGradient(output.init->get()))
      operands.push_back(output.init);
  }
  buildContractions(op, outputs, adjoint, operands);

  SmallVector<Target> targets;
  for (OpOperand *operand : operands)
    targets.push_back({op.getMatchingBlockArgument(operand),
                       op.getMatchingIndexingMap(operand), operand->get()});
  AffineMap toScalar = AffineMap::get(op.getNumLoops(), 0, op.getContext());
  for (Value scalar : captures->scalars)
    targets.push_back({scalar, toScalar, scalar});
  return buildBodyAdjoints(op, outputs, targets, captures->lookups, adjoint);
}

namespace {
template <typename OpTy>
struct StructuredModel
    : public DifferentiableOpInterface::ExternalModel<StructuredModel<OpTy>,
                                                      OpTy> {
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    return buildStructuredAdjoint(cast<LinalgOp>(op), adjoint);
  }
};
} // namespace

/// Operations of integers (quantized, unsigned) and of random numbers.
template <typename OpTy>
static constexpr bool hasNoGradient = llvm::is_one_of<
    OpTy, linalg::FillRng2DOp, linalg::DivUnsignedOp,
    linalg::PoolingNhwcMaxUnsignedOp, linalg::PoolingNhwcMinUnsignedOp,
    linalg::PoolingNwcMaxUnsignedOp, linalg::PoolingNwcMinUnsignedOp,
    linalg::QuantizedMatmulOp, linalg::QuantizedBatchMatmulOp,
    linalg::Conv2DNchwFchwQOp, linalg::Conv2DNgchwGfchwQOp,
    linalg::Conv2DNhwcFhwcQOp, linalg::Conv2DNhwcHwcfQOp,
    linalg::Conv2DNhwgcGfhwcQOp, linalg::Conv3DNdhwcDhwcfQOp,
    linalg::DepthwiseConv2DNhwcHwcQOp,
    linalg::DepthwiseConv2DNhwcHwcmQOp>::value;

template <typename OpTy> static void attach(MLIRContext *context) {
  if constexpr (!hasNoGradient<OpTy>)
    OpTy::template attachInterface<StructuredModel<OpTy>>(*context);
}

template <typename... OpTys> static void attachAll(MLIRContext *context) {
  (attach<OpTys>(context), ...);
}

void tacit::registerLinalgDifferentiation(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linalg::LinalgDialect *) {
    attachAll<
#define GET_OP_LIST
#include "mlir/Dialect/Linalg/IR/LinalgStructuredOps.cpp.inc"
        >(context);
  });
}
