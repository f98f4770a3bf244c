//===- BuildTrainer.cpp - Makes a trainer of a plain function -*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a front end exports is a function whose arguments are marked as
/// parameters and data. `Model` reads and checks such a function;
/// `TrainerBuilder` writes the trainer around it.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Tacit.h"

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

/// The function that says how a model is evaluated; any other name is a loss.
static constexpr StringLiteral kEvaluateName = "evaluate";

/// The learning rate of a model that brings no optimizer.
static constexpr double kDefaultLearningRate = 0.1;

namespace {
struct BuildTrainerPass
    : public tacit::impl::BuildTrainerPassBase<BuildTrainerPass> {
  using BuildTrainerPassBase::BuildTrainerPassBase;
  void runOnOperation() override;
};

/// One argument of a marked function.
struct Argument {
  bool isParameter;
  StringAttr name;
  RankedTensorType type;
  Attribute initializer; ///< Of a parameter; may be null.
  Location loc;
};

/// A function and what its marks say.
struct MarkedFunction {
  func::FuncOp function;
  SmallVector<Argument> arguments;

  /// Reads the marks of `function`; says what is wrong with them if anything
  /// is.
  static FailureOr<MarkedFunction> read(func::FuncOp function);

  /// The argument with that role and name, or null.
  const Argument *lookup(bool isParameter, StringAttr name) const {
    for (const Argument &argument : arguments)
      if (argument.isParameter == isParameter && argument.name == name)
        return &argument;
    return nullptr;
  }
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
// Reading marks
//===----------------------------------------------------------------------===//

static bool isMarked(func::FuncOp function) {
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    for (StringRef mark : {kParameterAttrName, kDataAttrName, kStateAttrName})
      if (function.getArgAttr(i, mark))
        return true;
  return false;
}

/// "argument #2 of '@loss'", the start of a message about it.
static InFlightDiagnostic emitArgumentError(func::FuncOp function,
                                            unsigned index) {
  return emitError(function.getArgument(index).getLoc())
         << "argument #" << index << " of '@" << function.getSymName() << "' ";
}

static LogicalResult checkParameterType(func::FuncOp function, unsigned index,
                                        StringAttr name) {
  Type type = function.getArgumentTypes()[index];
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && tensor.hasStaticShape() &&
      (tensor.getElementType().isF32() || tensor.getElementType().isF64()))
    return success();
  return emitArgumentError(function, index)
         << "is the parameter " << name << " of type " << type
         << "; a parameter is a tensor of f32 or f64 with a static shape";
}

static LogicalResult checkDataType(func::FuncOp function, unsigned index,
                                   StringAttr name,
                                   std::optional<int64_t> rows) {
  Type type = function.getArgumentTypes()[index];
  auto tensor = dyn_cast<RankedTensorType>(type);
  auto isDataElement = [](Type element) {
    return element.isF32() || element.isF64() ||
           element.isSignlessInteger(32) || element.isSignlessInteger(64);
  };
  if (!tensor || !tensor.hasStaticShape() || tensor.getRank() < 1 ||
      !isDataElement(tensor.getElementType()))
    return emitArgumentError(function, index)
           << "is the data " << name << " of type " << type
           << "; data is a tensor of f32, f64, i32 or i64 with a static shape "
              "whose first extent is the number of rows";
  if (rows && *rows != tensor.getDimSize(0))
    return emitArgumentError(function, index)
           << "is the data " << name << " with " << tensor.getDimSize(0)
           << " rows, but the data before it has " << *rows;
  return success();
}

FailureOr<MarkedFunction> MarkedFunction::read(func::FuncOp function) {
  MarkedFunction marked{function, {}};
  if (function.isDeclaration())
    return emitError(function.getLoc()) << "'@" << function.getSymName()
                                        << "' has marked arguments but no body";
  std::optional<int64_t> rows;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    auto parameter =
        function.getArgAttrOfType<StringAttr>(i, kParameterAttrName);
    auto data = function.getArgAttrOfType<StringAttr>(i, kDataAttrName);
    auto state = function.getArgAttrOfType<StringAttr>(i, kStateAttrName);
    Attribute initializer = function.getArgAttr(i, kInitAttrName);
    if (!parameter && !data && !state)
      return emitArgumentError(function, i)
             << "has no mark; write {tacit.parameter = \"name\"} if it is "
                "trained, or {tacit.data = \"name\"} if it is fed";
    if (state)
      return emitArgumentError(function, i)
             << "is the model state " << state
             << ", which this version does not train; make it part of the loss "
                "function, or a parameter";
    if (parameter && data)
      return emitArgumentError(function, i)
             << "is marked both as the parameter " << parameter
             << " and as the data " << data << "; keep one of the marks";
    StringAttr name = parameter ? parameter : data;
    if (name.empty())
      return emitArgumentError(function, i)
             << "is marked with an empty name; give it one";
    if (marked.lookup(parameter != nullptr, name))
      return emitArgumentError(function, i)
             << "has the name " << name
             << " of an argument before it; rename one of them";
    if (initializer && !parameter)
      return emitArgumentError(function, i)
             << "is data, which takes no tacit.init; remove it";
    if (failed(parameter ? checkParameterType(function, i, name)
                         : checkDataType(function, i, name, rows)))
      return failure();
    auto type = cast<RankedTensorType>(function.getArgumentTypes()[i]);
    if (data)
      rows = type.getDimSize(0);
    marked.arguments.push_back({parameter != nullptr, name, type, initializer,
                                function.getArgument(i).getLoc()});
  }
  return marked;
}

//===----------------------------------------------------------------------===//
// Checking the loss and the evaluation
//===----------------------------------------------------------------------===//

static bool isScalarFloat(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 0 &&
         (tensor.getElementType().isF32() || tensor.getElementType().isF64());
}

/// Checks that `loss` returns the loss, and nothing or the gradient of every
/// parameter after it.
static LogicalResult checkLoss(const MarkedFunction &loss) {
  func::FuncOp function = loss.function;
  auto fail = [&]() {
    return emitError(function.getLoc())
           << "'@" << function.getSymName() << "' ";
  };
  SmallVector<Type> gradients;
  for (const Argument &argument : loss.arguments)
    if (argument.isParameter)
      gradients.push_back(argument.type);
  if (gradients.empty())
    return fail() << "has no parameter; mark at least one argument with "
                     "{tacit.parameter = \"name\"}";
  if (gradients.size() == loss.arguments.size())
    return fail() << "has no data; mark at least one argument with {tacit.data "
                     "= \"name\"}";
  TypeRange results = function.getResultTypes();
  if (results.empty() || !isScalarFloat(results[0]))
    return fail() << "must return the loss, a tensor<f32> or tensor<f64>, "
                     "first; it returns ("
                  << results << ")";
  if (results.size() == 1 || results.drop_front() == TypeRange(gradients))
    return success();
  return fail() << "must return the loss alone, or with the gradient of every "
                   "parameter after it: ("
                << TypeRange(gradients) << "); it returns after the loss ("
                << results.drop_front() << ")";
}

/// Checks that an evaluation takes what the loss takes, but for the number of
/// rows, and returns what `tacit.evaluate` yields.
static LogicalResult checkEvaluate(const MarkedFunction &evaluate,
                                   const MarkedFunction &loss) {
  func::FuncOp function = evaluate.function, trained = loss.function;
  int64_t rows = -1;
  for (auto [index, argument] : llvm::enumerate(evaluate.arguments)) {
    const Argument *same = loss.lookup(argument.isParameter, argument.name);
    StringRef what = argument.isParameter ? "parameter " : "data ";
    if (!same)
      return emitArgumentError(function, index)
             << "is the " << what << argument.name << ", which '@"
             << trained.getSymName() << "' does not take";
    bool agrees = argument.type == same->type;
    if (!argument.isParameter) {
      rows = argument.type.getDimSize(0);
      agrees = argument.type.getElementType() == same->type.getElementType() &&
               argument.type.getShape().drop_front() ==
                   same->type.getShape().drop_front();
    }
    if (!agrees)
      return emitArgumentError(function, index)
             << "is the " << what << argument.name << " of type "
             << argument.type << ", but '@" << trained.getSymName()
             << "' takes it as " << same->type;
  }
  if (rows < 0)
    return emitError(function.getLoc())
           << "'@" << kEvaluateName
           << "' has no data; mark at least one argument with {tacit.data = "
              "\"name\"}";
  TypeRange results = function.getResultTypes();
  auto isPerRow = [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getShape() == ArrayRef<int64_t>{rows} &&
           isa<FloatType>(tensor.getElementType());
  };
  if (results.size() == 1 && isScalarFloat(results[0]))
    return success();
  if ((results.size() == 1 || results.size() == 2) &&
      llvm::all_of(results, isPerRow))
    return success();
  return emitError(function.getLoc())
         << "'@" << kEvaluateName << "' must return the loss of each of the "
         << rows
         << " rows and, for a classifier, 1 or 0 for each: tensors of floats "
            "with "
         << rows << " entries, or the mean loss alone; it returns (" << results
         << ")";
}

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
  for (const Argument &argument : loss.arguments)
    if (argument.isParameter)
      VariableOp::create(builder, argument.loc, argument.name,
                         TypeAttr::get(argument.type), argument.initializer,
                         RoleAttr::get(builder.getContext(), Role::parameter));
}

SmallVector<Value> TrainerBuilder::buildOperands(OpBuilder &builder,
                                                 const MarkedFunction &marked) {
  Location loc = func::FuncOp(marked.function).getLoc();
  SmallVector<Attribute> names;
  SmallVector<Type> types;
  for (const Argument &argument : marked.arguments) {
    if (argument.isParameter)
      continue;
    names.push_back(argument.name);
    types.push_back(argument.type);
  }
  auto batch =
      NextBatchOp::create(builder, loc, types, builder.getArrayAttr(names));
  SmallVector<Value> operands;
  auto nextData = batch.getValues().begin();
  for (const Argument &argument : marked.arguments) {
    if (argument.isParameter)
      operands.push_back(GetOp::create(builder, argument.loc, argument.type,
                                       argument.name.getValue()));
    else
      operands.push_back(*nextData++);
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
    if (!argument.isParameter)
      continue;
    wrt.push_back(static_cast<int64_t>(index));
    types.push_back(argument.type);
  }
  ValueRange results;
  if (function.getNumResults() == 1)
    results = ValueAndGradOp::create(builder, loc, types, function.getSymName(),
                                     operands, wrt)
                  ->getResults();
  else
    results = func::CallOp::create(builder, loc, function.getSymName(), types,
                                   operands)
                  .getResults();
  SmallVector<Value> updated;
  for (auto [index, gradient] : llvm::zip(wrt, results.drop_front()))
    updated.push_back(SGDOp::create(
        builder, loss.arguments[index].loc, gradient.getType(), operands[index],
        gradient, builder.getF64FloatAttr(kDefaultLearningRate),
        builder.getF64FloatAttr(0), builder.getF64FloatAttr(0),
        /*nesterov=*/UnitAttr(), /*schedule=*/ArrayAttr()));
  for (auto [index, value] : llvm::zip(wrt, updated))
    SetOp::create(builder, loss.arguments[index].loc,
                  loss.arguments[index].name.getValue(), value);
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
  // Of a value_and_grad, the gradients are left unused.
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
      return loss.lookup(/*isParameter=*/true,
                         StringAttr::get(module.getContext(), name));
    };
    std::string name = function.getSymName().str();
    while (isTaken(name) ||
           (name != function.getSymName() && symbols.lookup(name)))
      name += "_function";
    if (name != function.getSymName() && failed(symbols.rename(function, name)))
      return emitError(function.getLoc())
             << "'@" << function.getSymName()
             << "' has the name of a parameter, and "
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
      for (StringRef mark : {kParameterAttrName, kDataAttrName, kInitAttrName})
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
