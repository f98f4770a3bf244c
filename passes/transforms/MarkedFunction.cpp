//===- MarkedFunction.cpp - A function as front ends export it --*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/MarkedFunction.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::tacit;

//===----------------------------------------------------------------------===//
// Reading marks
//===----------------------------------------------------------------------===//

bool mlir::tacit::isMarked(func::FuncOp function) {
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

/// "the parameter", before a name.
static StringRef describe(ArgumentKind kind) {
  switch (kind) {
  case ArgumentKind::parameter:
    return "the parameter ";
  case ArgumentKind::data:
    return "the data ";
  case ArgumentKind::state:
    return "the model state ";
  }
  llvm_unreachable("a kind of argument that there is not");
}

static bool isVariableElement(Type element) {
  return element.isF32() || element.isF64() || element.isSignlessInteger(32) ||
         element.isSignlessInteger(64);
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

static LogicalResult checkStateType(func::FuncOp function, unsigned index,
                                    StringAttr name) {
  Type type = function.getArgumentTypes()[index];
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (tensor && tensor.hasStaticShape() &&
      isVariableElement(tensor.getElementType()))
    return success();
  return emitArgumentError(function, index)
         << "is the model state " << name << " of type " << type
         << "; model state is a tensor of f32, f64, i32 or i64 with a static "
            "shape";
}

static LogicalResult checkDataType(func::FuncOp function, unsigned index,
                                   StringAttr name,
                                   std::optional<int64_t> rows) {
  Type type = function.getArgumentTypes()[index];
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() || tensor.getRank() < 1 ||
      !isVariableElement(tensor.getElementType()))
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

/// Reads the one mark of argument `index`: its kind and name.
static FailureOr<std::pair<ArgumentKind, StringAttr>>
readMark(func::FuncOp function, unsigned index) {
  SmallVector<std::pair<ArgumentKind, StringAttr>, 3> marks;
  for (auto [kind, mark] :
       {std::pair(ArgumentKind::parameter, StringRef(kParameterAttrName)),
        std::pair(ArgumentKind::data, StringRef(kDataAttrName)),
        std::pair(ArgumentKind::state, StringRef(kStateAttrName))})
    if (auto name = function.getArgAttrOfType<StringAttr>(index, mark))
      marks.push_back({kind, name});
  if (marks.empty())
    return emitArgumentError(function, index)
           << "has no mark; write {tacit.parameter = \"name\"} if it is "
              "trained, {tacit.data = \"name\"} if it is fed, or {tacit.state "
              "= \"name\"} if steps change it otherwise";
  if (marks.size() > 1)
    return emitArgumentError(function, index)
           << "is marked both as " << describe(marks[0].first)
           << marks[0].second << " and as " << describe(marks[1].first)
           << marks[1].second << "; keep one of the marks";
  if (marks[0].second.empty())
    return emitArgumentError(function, index)
           << "is marked with an empty name; give it one";
  return marks[0];
}

FailureOr<MarkedFunction> MarkedFunction::read(func::FuncOp function) {
  MarkedFunction marked{function, {}};
  if (function.isDeclaration())
    return emitError(function.getLoc()) << "'@" << function.getSymName()
                                        << "' has marked arguments but no body";
  std::optional<int64_t> rows;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    FailureOr<std::pair<ArgumentKind, StringAttr>> mark = readMark(function, i);
    if (failed(mark))
      return failure();
    auto [kind, name] = *mark;
    // Parameters and states become variables, which share one space of names.
    if (kind == ArgumentKind::data ? marked.lookup(kind, name)
                                   : marked.lookupVariable(name))
      return emitArgumentError(function, i)
             << "has the name " << name
             << " of an argument before it; rename one of them";
    Attribute initializer = function.getArgAttr(i, kInitAttrName);
    if (initializer && kind == ArgumentKind::data)
      return emitArgumentError(function, i)
             << "is data, which takes no tacit.init; remove it";
    if (failed(kind == ArgumentKind::parameter
                   ? checkParameterType(function, i, name)
               : kind == ArgumentKind::data
                   ? checkDataType(function, i, name, rows)
                   : checkStateType(function, i, name)))
      return failure();
    auto type = cast<RankedTensorType>(function.getArgumentTypes()[i]);
    if (kind == ArgumentKind::data)
      rows = type.getDimSize(0);
    marked.arguments.push_back(
        {kind, name, type, initializer, function.getArgument(i).getLoc()});
  }
  return marked;
}

const MarkedArgument *MarkedFunction::lookup(ArgumentKind kind,
                                             StringAttr name) const {
  for (const MarkedArgument &argument : arguments)
    if (argument.kind == kind && argument.name == name)
      return &argument;
  return nullptr;
}

const MarkedArgument *MarkedFunction::lookupVariable(StringAttr name) const {
  const MarkedArgument *found = lookup(ArgumentKind::parameter, name);
  return found ? found : lookup(ArgumentKind::state, name);
}

SmallVector<const MarkedArgument *>
MarkedFunction::getAll(ArgumentKind kind) const {
  SmallVector<const MarkedArgument *> found;
  for (const MarkedArgument &argument : arguments)
    if (argument.kind == kind)
      found.push_back(&argument);
  return found;
}

//===----------------------------------------------------------------------===//
// Checking the loss
//===----------------------------------------------------------------------===//

static bool isScalarFloat(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 0 &&
         (tensor.getElementType().isF32() || tensor.getElementType().isF64());
}

/// Says how many results there should be after the loss.
static LogicalResult reportNumber(const MarkedFunction &loss,
                                  ArrayRef<const MarkedArgument *> parameters,
                                  ArrayRef<const MarkedArgument *> states,
                                  TypeRange after) {
  func::FuncOp function = loss.function;
  auto number = [](size_t count, StringRef what) {
    return (Twine(count) + " " + what + (count == 1 ? "" : "s")).str();
  };
  std::string state = number(states.size(), "new state");
  InFlightDiagnostic diagnostic =
      emitError(function.getLoc())
      << "'@" << function.getSymName() << "' returns " << after.size()
      << (after.size() == 1 ? " value" : " values") << " after the loss, ("
      << after << "); it must return "
      << (states.empty() ? "the loss alone" : state + " after the loss")
      << ", or with the gradient of every parameter after the loss: "
      << number(parameters.size(), "gradient")
      << (states.empty() ? "" : ", then " + state)
      << ", in the order of arguments";
  // Most likely the first whose type is not at its place.
  for (auto [index, parameter] : llvm::enumerate(parameters))
    if (index >= after.size() || after[index] != parameter->type) {
      diagnostic.attachNote(parameter->loc)
          << "the gradient of the parameter " << parameter->name << ", "
          << parameter->type << ", is not among them as result #" << index + 1;
      break;
    }
  return diagnostic;
}

/// Fails if a result after the loss is not of the type of what it is for.
static LogicalResult checkTypes(func::FuncOp function, unsigned first,
                                ArrayRef<const MarkedArgument *> arguments) {
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    Type type = function.getResultTypes()[first + index];
    if (type == argument->type)
      continue;
    bool isGradient = argument->kind == ArgumentKind::parameter;
    InFlightDiagnostic diagnostic =
        emitError(function.getLoc())
        << "result #" << first + index << " of '@" << function.getSymName()
        << "' is " << type << ", but must be the "
        << (isGradient ? "gradient of " : "new value of ")
        << describe(argument->kind) << argument->name << ", " << argument->type
        << "; after the loss come gradients, if any, then new states, in the "
           "order of arguments";
    diagnostic.attachNote(argument->loc) << "the argument is here";
    return diagnostic;
  }
  return success();
}

LogicalResult mlir::tacit::checkLoss(const MarkedFunction &loss) {
  func::FuncOp function = loss.function;
  auto fail = [&]() {
    return emitError(function.getLoc())
           << "'@" << function.getSymName() << "' ";
  };
  auto parameters = loss.getAll(ArgumentKind::parameter),
       states = loss.getAll(ArgumentKind::state);
  if (parameters.empty())
    return fail() << "has no parameter; mark at least one argument with "
                     "{tacit.parameter = \"name\"}";
  if (loss.getAll(ArgumentKind::data).empty())
    return fail() << "has no data; mark at least one argument with {tacit.data "
                     "= \"name\"}";
  TypeRange results = function.getResultTypes();
  if (results.empty() || !isScalarFloat(results[0]))
    return fail() << "must return the loss, a tensor<f32> or tensor<f64>, "
                     "first; it returns ("
                  << results << ")";
  size_t after = results.size() - 1;
  if (after != states.size() && after != parameters.size() + states.size())
    return reportNumber(loss, parameters, states, results.drop_front());
  bool hasGradients = after > states.size();
  if (hasGradients && failed(checkTypes(function, 1, parameters)))
    return failure();
  return checkTypes(function, hasGradients ? 1 + parameters.size() : 1, states);
}

//===----------------------------------------------------------------------===//
// Checking operations
//===----------------------------------------------------------------------===//

/// Whether the size of `value` is hidden by a cast alone: folding finds it.
static bool isCastOfKnownSize(Value value) {
  auto cast = value.getDefiningOp<tensor::CastOp>();
  auto source = cast ? dyn_cast<RankedTensorType>(cast.getSource().getType())
                     : RankedTensorType();
  return source && source.hasStaticShape();
}

static LogicalResult checkOperation(Operation *op) {
  // Dialects that lowering loads are known to the parser as well.
  StringRef dialect = op->getName().getDialectNamespace();
  if (llvm::is_contained({"bufferization", "complex", "llvm", "memref"},
                         dialect))
    return op->emitOpError()
           << "is of the dialect '" << dialect
           << "', which models are not written in: they are of linalg, tensor, "
              "arith, math, scf and func on tensors";
  for (Value result : op->getResults()) {
    auto tensor = dyn_cast<TensorType>(result.getType());
    if (tensor && !tensor.hasStaticShape() && !isCastOfKnownSize(result))
      return op->emitOpError()
             << "gives a " << tensor
             << ", whose size is known only when it runs; shapes of a model "
                "are static: export it for a fixed number of rows, and sizes "
                "that are numbers";
  }
  return success();
}

LogicalResult mlir::tacit::checkOperations(func::FuncOp function) {
  WalkResult walk = function.walk([](Operation *op) {
    return failed(checkOperation(op)) ? WalkResult::interrupt()
                                      : WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Checking the evaluation
//===----------------------------------------------------------------------===//

LogicalResult mlir::tacit::checkEvaluate(const MarkedFunction &evaluate,
                                         const MarkedFunction &loss) {
  func::FuncOp function = evaluate.function, trained = loss.function;
  int64_t rows = -1;
  for (auto [index, argument] : llvm::enumerate(evaluate.arguments)) {
    const MarkedArgument *same = loss.lookup(argument.kind, argument.name);
    StringRef what = describe(argument.kind);
    if (!same)
      return emitArgumentError(function, index)
             << "is " << what << argument.name << ", which '@"
             << trained.getSymName() << "' does not take";
    bool agrees = argument.type == same->type;
    if (argument.kind == ArgumentKind::data) {
      rows = argument.type.getDimSize(0);
      agrees = argument.type.getElementType() == same->type.getElementType() &&
               argument.type.getShape().drop_front() ==
                   same->type.getShape().drop_front();
    }
    if (!agrees)
      return emitArgumentError(function, index)
             << "is " << what << argument.name << " of type " << argument.type
             << ", but '@" << trained.getSymName() << "' takes it as "
             << same->type;
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
