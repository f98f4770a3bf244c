//===- BuildTrainer.cpp - Makes a trainer of a plain function -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `TrainerBuilder` writes a trainer around a loss and, perhaps, an evaluation,
/// which `MarkedFunction` has read and checked.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"
#include "passes/transforms/MarkedFunction.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Path.h"

namespace mlir::tacit {
#define GEN_PASS_DEF_BUILDTRAINERPASS
#include "passes/Passes.h.inc"
} // namespace mlir::tacit

using namespace mlir;
using namespace mlir::tacit;

/// The learning rate of a model that brings no optimizer.
static constexpr double kDefaultLearningRate = 0.1;

namespace {
struct BuildTrainerPass
    : public tacit::impl::BuildTrainerPassBase<BuildTrainerPass> {
  using BuildTrainerPassBase::BuildTrainerPassBase;
  void runOnOperation() override;
};

/// Writes the trainer of a loss and, perhaps, an evaluation.
class TrainerBuilder {
public:
  TrainerBuilder(ModuleOp module, const MarkedFunction &loss,
                 const std::optional<MarkedFunction> &evaluate)
      : module(module), loss(loss), evaluate(evaluate), symbols(module) {}

  LogicalResult run();

private:
  /// Puts copies of `function`, and of all that it calls, into the trainer.
  LogicalResult takeOver(func::FuncOp function);
  void buildVariables(OpBuilder &builder);
  void buildStep(OpBuilder &builder);
  void buildEvaluate(OpBuilder &builder);
  /// Reads a batch and the variables: operands for a call of `marked`.
  SmallVector<Value> buildOperands(OpBuilder &builder,
                                   const MarkedFunction &marked);

  ModuleOp module;
  const MarkedFunction &loss;
  const std::optional<MarkedFunction> &evaluate;
  SymbolTable symbols;
  TrainerOp trainer;
  /// Functions of the module that the trainer has copies of.
  SetVector<Operation *> taken;
};
} // namespace

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

/// A name for the trainer: the module's, or its file's, or "model".
static std::string chooseName(ModuleOp module) {
  if (std::optional<StringRef> name = module.getSymName();
      name && !name->empty())
    return name->str();
  auto loc = module.getLoc()->findInstanceOf<FileLineColLoc>();
  StringRef stem =
      loc ? llvm::sys::path::stem(loc.getFilename().getValue()) : StringRef();
  bool isName = !stem.empty() && llvm::all_of(stem, [](char c) {
    return llvm::isAlnum(c) || c == '_';
  });
  return isName && !llvm::isDigit(stem[0]) ? stem.str() : "model";
}

LogicalResult TrainerBuilder::takeOver(func::FuncOp function) {
  if (!taken.insert(function))
    return success();
  if (failed(checkOperations(function)))
    return failure();
  SmallVector<func::CallOp> calls;
  function.walk([&](func::CallOp call) { calls.push_back(call); });
  for (func::CallOp call : calls) {
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (!callee || callee.isDeclaration())
      return call.emitOpError()
             << "calls '@" << call.getCallee()
             << "', which has no body here; a model holds all that it uses";
    if (failed(takeOver(callee)))
      return failure();
  }
  return success();
}

void TrainerBuilder::buildVariables(OpBuilder &builder) {
  // Parameters first: they are the flat vector that compressors see.
  for (auto [kind, role] : {std::pair(ArgumentKind::parameter, Role::parameter),
                            std::pair(ArgumentKind::state, Role::model_state)})
    for (const MarkedArgument *argument : loss.getAll(kind))
      VariableOp::create(builder, argument->loc, argument->name,
                         TypeAttr::get(argument->type), argument->initializer,
                         RoleAttr::get(builder.getContext(), role));
}

SmallVector<Value> TrainerBuilder::buildOperands(OpBuilder &builder,
                                                 const MarkedFunction &marked) {
  Location loc = func::FuncOp(marked.function).getLoc();
  SmallVector<Attribute> names;
  SmallVector<Type> types;
  for (const MarkedArgument *argument : marked.getAll(ArgumentKind::data)) {
    names.push_back(argument->name);
    types.push_back(argument->type);
  }
  auto batch =
      NextBatchOp::create(builder, loc, types, builder.getArrayAttr(names));
  SmallVector<Value> operands;
  auto nextData = batch.getValues().begin();
  for (const MarkedArgument &argument : marked.arguments) {
    if (argument.kind == ArgumentKind::data)
      operands.push_back(*nextData++);
    else
      operands.push_back(GetOp::create(builder, argument.loc, argument.type,
                                       argument.name.getValue()));
  }
  return operands;
}

void TrainerBuilder::buildStep(OpBuilder &builder) {
  OpBuilder::InsertionGuard guard(builder);
  func::FuncOp function = loss.function;
  Location loc = function.getLoc();
  auto step = StepOp::create(builder, loc);
  builder.createBlock(&step.getBody());
  SmallVector<Value> operands = buildOperands(builder, loss);
  SmallVector<int64_t> wrt;
  SmallVector<Type> types = {function.getResultTypes()[0]};
  for (auto [index, argument] : llvm::enumerate(loss.arguments)) {
    if (argument.kind != ArgumentKind::parameter)
      continue;
    wrt.push_back(static_cast<int64_t>(index));
    types.push_back(argument.type);
  }
  SmallVector<const MarkedArgument *> states = loss.getAll(ArgumentKind::state);
  for (const MarkedArgument *state : states)
    types.push_back(state->type);
  ValueRange results;
  if (!loss.returnsGradients())
    results = ValueAndGradOp::create(builder, loc, types, function.getSymName(),
                                     operands, wrt)
                  ->getResults();
  else
    results = func::CallOp::create(builder, loc, function.getSymName(), types,
                                   operands)
                  .getResults();
  SmallVector<Value> updated;
  for (auto [index, gradient] : llvm::zip_first(wrt, results.drop_front()))
    updated.push_back(SGDOp::create(
        builder, loss.arguments[index].loc, gradient.getType(), operands[index],
        gradient, builder.getF64FloatAttr(kDefaultLearningRate),
        builder.getF64FloatAttr(0), builder.getF64FloatAttr(0),
        /*nesterov=*/UnitAttr(), /*schedule=*/ArrayAttr()));
  for (auto [index, value] : llvm::zip(wrt, updated))
    SetOp::create(builder, loss.arguments[index].loc,
                  loss.arguments[index].name.getValue(), value);
  for (auto [state, value] :
       llvm::zip(states, results.take_back(states.size())))
    SetOp::create(builder, state->loc, state->name.getValue(), value);
  YieldOp::create(builder, loc, results[0]);
}

void TrainerBuilder::buildEvaluate(OpBuilder &builder) {
  OpBuilder::InsertionGuard guard(builder);
  const MarkedFunction &marked = evaluate ? *evaluate : loss;
  func::FuncOp function = marked.function;
  Location loc = function.getLoc();
  auto op = EvaluateOp::create(builder, loc);
  builder.createBlock(&op.getBody());
  SmallVector<Value> operands = buildOperands(builder, marked);
  auto call = func::CallOp::create(builder, loc, function.getSymName(),
                                   function.getResultTypes(), operands);
  // Gradients and new states are left unused.
  ValueRange results = call.getResults();
  YieldOp::create(builder, loc, evaluate ? results : results.take_front());
}

LogicalResult TrainerBuilder::run() {
  if (failed(takeOver(loss.function)) ||
      (evaluate && failed(takeOver(evaluate->function))))
    return failure();
  // Variables keep their names: checkpoints know them. Functions give way.
  for (Operation *op : taken) {
    auto function = cast<func::FuncOp>(op);
    auto isTaken = [&](StringRef name) {
      return loss.lookupVariable(StringAttr::get(module.getContext(), name));
    };
    std::string name = function.getSymName().str();
    while (isTaken(name) ||
           (name != function.getSymName() && symbols.lookup(name)))
      name += "_function";
    if (name != function.getSymName() && failed(symbols.rename(function, name)))
      return emitError(function.getLoc())
             << "'@" << function.getSymName()
             << "' has the name of a variable, and "
                "cannot be renamed";
  }

  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  trainer = TrainerOp::create(builder, module.getLoc(), chooseName(module),
                              /*ranks=*/IntegerAttr(),
                              /*accumulate=*/IntegerAttr());
  builder.createBlock(&trainer.getBody());
  buildVariables(builder);
  for (Operation *op : taken) {
    auto copy = cast<func::FuncOp>(builder.clone(*op));
    copy.setPrivate();
    for (unsigned i = 0, e = copy.getNumArguments(); i < e; ++i)
      for (StringRef mark :
           {kParameterAttrName, kDataAttrName, kStateAttrName, kInitAttrName})
        copy.removeArgAttr(i, mark);
  }
  buildStep(builder);
  buildEvaluate(builder);

  // What a function outside the model calls stays.
  auto isUnused = [&](Operation *op) {
    return SymbolTable::symbolKnownUseEmpty(op, module.getBody()->getParent());
  };
  while (true) {
    auto *unused = llvm::find_if(taken, isUnused);
    if (unused == taken.end())
      return success();
    Operation *op = *unused;
    taken.remove(op);
    op->erase();
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// True if the module has its one trainer already; fails if it has several.
static FailureOr<bool> hasTrainer(ModuleOp module) {
  TrainerOp first;
  for (auto trainer : module.getOps<TrainerOp>()) {
    if (first) {
      InFlightDiagnostic diagnostic =
          emitError(trainer.getLoc())
          << "'@" << trainer.getSymName()
          << "' is a second trainer; a model file holds one";
      diagnostic.attachNote(first.getLoc())
          << "the first, '@" << first.getSymName() << "', is here";
      return diagnostic;
    }
    first = trainer;
  }
  return static_cast<bool>(first);
}

/// Finds the loss and the evaluation among the functions of the module.
static LogicalResult findFunctions(ModuleOp module, func::FuncOp &loss,
                                   func::FuncOp &evaluate) {
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!isMarked(function))
      continue;
    if (function.getSymName() == kEvaluateName) {
      evaluate = function;
      continue;
    }
    if (loss) {
      InFlightDiagnostic diagnostic =
          emitError(function.getLoc())
          << "'@" << function.getSymName()
          << "' is a second function with marked arguments; keep the marks of "
             "the one to train (and of '@"
          << kEvaluateName << "')";
      diagnostic.attachNote(loss.getLoc())
          << "the first, '@" << loss.getSymName() << "', is here";
      return diagnostic;
    }
    loss = function;
  }
  if (loss)
    return success();
  return emitError(module.getLoc())
         << "no model here: neither a tacit.trainer, nor a loss function whose "
            "arguments are marked {tacit.parameter = \"name\"} or {tacit.data "
            "= \"name\"}";
}

void BuildTrainerPass::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<bool> present = hasTrainer(module);
  if (failed(present))
    return signalPassFailure();
  if (*present)
    return markAllAnalysesPreserved();

  func::FuncOp lossFunction, evaluateFunction;
  if (failed(findFunctions(module, lossFunction, evaluateFunction)))
    return signalPassFailure();
  FailureOr<MarkedFunction> loss = MarkedFunction::read(lossFunction);
  if (failed(loss) || failed(checkLoss(*loss)))
    return signalPassFailure();
  std::optional<MarkedFunction> evaluate;
  if (evaluateFunction) {
    FailureOr<MarkedFunction> read = MarkedFunction::read(evaluateFunction);
    if (failed(read) || failed(checkEvaluate(*read, *loss)))
      return signalPassFailure();
    evaluate = *read;
  }
  if (failed(TrainerBuilder(module, *loss, evaluate).run()))
    signalPassFailure();
}
