//===- gradient_check.cpp - Gradients against differences -------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

#include "dialect/Tacit.h"
#include "passes/Passes.h"
#include "passes/transforms/differentiation/AdjointBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/Remarks.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/TargetSelect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

using namespace mlir;

namespace tacit::differential {

std::vector<int64_t> Random::permutation(int64_t count) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), generator);
  return order;
}

std::string join(const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string tensorType(const Shape &shape, const std::string &element) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element + ">";
}

std::string dynamicType(const Shape &shape) {
  std::string text = "tensor<";
  for (size_t i = 0; i < shape.size(); ++i)
    text += "?x";
  return text + "f64>";
}

std::string affineMap(int64_t dims, const std::string &results) {
  std::vector<std::string> names;
  for (int64_t dim = 0; dim < dims; ++dim)
    names.push_back("d" + std::to_string(dim));
  return "affine_map<(" + join(names) + ") -> (" + results + ")>";
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

/// All inputs of a case as arguments: with the types that the loss knows, or
/// those of callers.
static std::string argumentType(const Input &input, bool caller) {
  return input.dynamic && !caller ? dynamicType(input.shape)
                                  : tensorType(input.shape);
}

static std::string weightedSum(const Case &test) {
  if (!test.weighted)
    return "  return " + test.results[0].value + " : tensor<f64>\n";
  std::string text = "  %loss_zero = arith.constant 0.0 : f64\n"
                     "  %loss_empty = tensor.empty() : tensor<f64>\n"
                     "  %loss0 = linalg.fill ins(%loss_zero : f64) "
                     "outs(%loss_empty : tensor<f64>) -> tensor<f64>\n";
  for (size_t r = 0; r < test.results.size(); ++r) {
    const Case::Result &result = test.results[r];
    int64_t rank = static_cast<int64_t>(result.shape.size());
    std::string dims, iterators;
    for (int64_t d = 0; d < rank; ++d) {
      dims += (d ? ", d" : "d") + std::to_string(d);
      iterators += d ? ", \"reduction\"" : "\"reduction\"";
    }
    std::string map = affineMap(rank, dims), type = tensorType(result.shape);
    std::string number = std::to_string(r), next = std::to_string(r + 1);
    text += "  %loss" + next + " = linalg.generic {indexing_maps = [" + map +
            ", " + map + ", " + affineMap(rank, "") + "], iterator_types = [" +
            iterators + "]} ins(" + result.value + ", %weights" + number +
            " : " + type + ", " + type + ") outs(%loss" + number +
            " : tensor<f64>) {\n"
            "  ^bb0(%loss_v: f64, %loss_w: f64, %loss_sum: f64):\n"
            "    %loss_p = arith.mulf %loss_v, %loss_w : f64\n"
            "    %loss_next = arith.addf %loss_sum, %loss_p : f64\n"
            "    linalg.yield %loss_next : f64\n"
            "  } -> tensor<f64>\n";
  }
  return text + "  return %loss" + std::to_string(test.results.size()) +
         " : tensor<f64>\n";
}

std::string writeLoss(const Case &test, size_t number) {
  std::vector<std::string> arguments;
  for (size_t i = 0; i < test.inputs.size(); ++i)
    arguments.push_back("%x" + std::to_string(i) + ": " +
                        argumentType(test.inputs[i], false));
  for (size_t r = 0; test.weighted && r < test.results.size(); ++r)
    arguments.push_back("%weights" + std::to_string(r) + ": " +
                        tensorType(test.results[r].shape));
  return "func.func private @loss" + std::to_string(number) + "(" +
         join(arguments) + ") -> tensor<f64> {\n" + test.body +
         weightedSum(test) + "}\n";
}

/// Three functions: the loss, `@valueN` that calls it, and `@gradientN`.
static std::string writeCase(const Case &test, size_t number) {
  const std::string n = std::to_string(number);
  const std::string readOnly = " {bufferization.writable = false}";
  std::vector<std::string> caller, operands, types, wrt, gradients,
      staticGradients, values;
  std::string casts, castsBack;
  for (size_t i = 0; i < test.inputs.size(); ++i) {
    const Input &input = test.inputs[i];
    std::string x = "%x" + std::to_string(i), operand = x;
    std::string outer = argumentType(input, true);
    std::string inner = argumentType(input, false);
    if (input.dynamic) {
      operand = "%c" + std::to_string(i);
      casts += "  " + operand + " = tensor.cast " + x + " : " + outer + " to " +
               inner + "\n";
    }
    caller.push_back(x + ": " + outer + readOnly);
    operands.push_back(operand);
    types.push_back(inner);
    if (!input.differentiate)
      continue;
    std::string g = "%g#" + std::to_string(wrt.size());
    wrt.push_back(std::to_string(i));
    gradients.push_back(inner);
    staticGradients.push_back(outer);
    if (input.dynamic) {
      castsBack += "  %b" + std::to_string(i) + " = tensor.cast " + g + " : " +
                   inner + " to " + outer + "\n";
      g = "%b" + std::to_string(i);
    }
    values.push_back(g);
  }
  for (size_t r = 0; test.weighted && r < test.results.size(); ++r) {
    std::string type = tensorType(test.results[r].shape);
    std::string w = "%weights" + std::to_string(r);
    caller.push_back(w + ": " + type + readOnly);
    operands.push_back(w);
    types.push_back(type);
  }
  return writeLoss(test, number) + "func.func @value" + n + "(" + join(caller) +
         ") -> tensor<f64> {\n" + casts + "  %loss = func.call @loss" + n +
         "(" + join(operands) + ") : (" + join(types) +
         ") -> tensor<f64>\n"
         "  return %loss : tensor<f64>\n}\n"
         "func.func @gradient" +
         n + "(" + join(caller) + ") -> (tensor<f64>, " +
         join(staticGradients) + ") {\n" + casts +
         "  %loss, %g:" + std::to_string(wrt.size()) +
         " = tacit.value_and_grad @loss" + n + "(" + join(operands) +
         ") wrt [" + join(wrt) + "] : (" + join(types) + ") -> (tensor<f64>, " +
         join(gradients) + ")\n" + castsBack + "  return %loss, " +
         join(values) + " : tensor<f64>, " + join(staticGradients) + "\n}\n";
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

static std::unique_ptr<MLIRContext> makeContext() {
  static const bool once = [] {
    registerAllPasses();
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)once;
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  mlir::tacit::registerTacit(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->loadAllAvailableDialects();
  return context;
}

/// Parses and differentiates; null, with a failure of the test, on error.
static OwningOpRef<ModuleOp> differentiate(const std::vector<Case> &cases,
                                           MLIRContext &context) {
  std::string text;
  for (size_t i = 0; i < cases.size(); ++i)
    text += "// " + cases[i].name + "\n" + writeCase(cases[i], i);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module) {
    ADD_FAILURE() << "cannot be parsed:\n" << text;
    return nullptr;
  }
  PassManager passes(&context, ModuleOp::getOperationName());
  passes.addPass(mlir::tacit::createDifferentiatePass());
  if (failed(passes.run(*module))) {
    ADD_FAILURE() << "cannot be differentiated:\n" << text;
    return nullptr;
  }
  return module;
}

/// |x| is in [low, high], for classifications that MLIR does not lower.
template <typename OpTy>
static LogicalResult rewriteClass(OpTy op, PatternRewriter &rewriter,
                                  double low, double high) {
  Location loc = op.getLoc();
  auto number = [&](double value) -> Value {
    return arith::ConstantOp::create(rewriter, loc,
                                     rewriter.getF64FloatAttr(value));
  };
  Value size = math::AbsFOp::create(rewriter, loc, op.getOperand());
  Value above = arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::OGE,
                                      size, number(low));
  Value below = arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::OLE,
                                      size, number(high));
  rewriter.replaceOpWithNewOp<arith::AndIOp>(op, above, below);
  return success();
}

/// What upstream's passes leave behind.
static LogicalResult lowerLeftOvers(ModuleOp module) {
  using Limits = std::numeric_limits<double>;
  RewritePatternSet patterns(module.getContext());
  tensor::populateDecomposeTensorConcatPatterns(patterns);
  patterns.add(+[](math::IsInfOp op, PatternRewriter &rewriter) {
    return rewriteClass(op, rewriter, Limits::infinity(), Limits::infinity());
  });
  patterns.add(+[](math::IsNormalOp op, PatternRewriter &rewriter) {
    return rewriteClass(op, rewriter, Limits::min(), Limits::max());
  });
  patterns.add(+[](linalg::SoftmaxOp op, PatternRewriter &rewriter) {
    FailureOr<SmallVector<Value>> results = op.decomposeOperation(rewriter);
    if (failed(results))
      return failure();
    rewriter.replaceOp(op, *results);
    return success();
  });
  return applyPatternsGreedily(module, std::move(patterns));
}

static LogicalResult lower(ModuleOp module) {
  PassManager convert(module.getContext(), ModuleOp::getOperationName());
  convert.addPass(createInlinerPass());
  convert.addPass(createSymbolDCEPass());
  convert.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  if (failed(convert.run(module)) || failed(lowerLeftOvers(module)))
    return failure();
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  passes.enableVerifier(false); // upstream's passes, and most of the time
  if (failed(parsePassPipeline(
          "one-shot-bufferize{bufferize-function-boundaries "
          "allow-return-allocs-from-loops "
          "function-boundary-type-conversion=identity-layout-map},"
          "buffer-results-to-out-params{modify-public-functions=true},"
          "func.func(convert-linalg-to-loops,"
          "promote-buffers-to-stack{max-alloc-size-in-bytes=1000000}),"
          "buffer-deallocation-pipeline,convert-bufferization-to-memref,"
          "inline,symbol-dce," // what frees the buffers of loops is a function
          "expand-strided-metadata,lower-affine,convert-scf-to-cf,"
          "func.func(math-expand-ops{ops=clampf}),convert-math-to-llvm,"
          "convert-math-to-libm,convert-arith-to-llvm,finalize-memref-to-llvm,"
          "convert-func-to-llvm{use-bare-ptr-memref-call-conv},"
          "convert-cf-to-llvm,convert-index-to-llvm,"
          "reconcile-unrealized-casts",
          passes)))
    return failure();
  return passes.run(module);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

using Values = std::vector<double>;

static int64_t size(const Shape &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1},
                         std::multiplies<>());
}

namespace {
/// One compiled case, with values for its arguments.
class Runner {
public:
  Runner(const Case &test, size_t number, ExecutionEngine &engine,
         Random &random)
      : test(test), number(number), engine(engine) {
    for (const Input &input : test.inputs)
      arguments.push_back(
          draw(size(input.shape), input.low, input.high, random));
    if (test.weighted)
      for (const Case::Result &result : test.results)
        arguments.push_back(draw(size(result.shape), -1.0, 1.0, random));
  }

  /// Runs at these values, with weights 1.
  void setValues(const std::vector<Values> &values) {
    for (size_t i = 0; i < arguments.size(); ++i)
      arguments[i] =
          i < values.size() ? values[i] : Values(arguments[i].size(), 1.0);
  }

  /// The loss.
  double value() {
    double loss = 0.0;
    call("value", {&loss});
    return loss;
  }

  /// The gradients of the inputs that are differentiated, in order.
  std::vector<Values> gradients(double &loss) {
    std::vector<Values> results;
    for (const Input &input : test.inputs)
      if (input.differentiate)
        results.emplace_back(size(input.shape), std::nan(""));
    std::vector<double *> out = {&loss};
    for (Values &result : results)
      out.push_back(result.data());
    call("gradient", out);
    return results;
  }

  /// (f(x + h v) - f(x - h v)) / 2h along `direction` of argument `argument`.
  double difference(size_t argument, const Values &direction, double h) {
    Values center = arguments[argument];
    auto at = [&](double step) {
      for (size_t i = 0; i < center.size(); ++i)
        arguments[argument][i] = center[i] + step * direction[i];
      return value();
    };
    double difference = (at(h) - at(-h)) / (2.0 * h);
    arguments[argument] = center;
    return difference;
  }

  const std::vector<Values> &getArguments() const { return arguments; }

private:
  static Values draw(int64_t count, double low, double high, Random &random) {
    Values values(count);
    for (double &value : values)
      value = random.real(low, high);
    return values;
  }

  void call(const std::string &function, const std::vector<double *> &results) {
    std::vector<double *> pointers;
    for (Values &argument : arguments)
      pointers.push_back(argument.data());
    pointers.insert(pointers.end(), results.begin(), results.end());
    SmallVector<void *> packed;
    for (double *&pointer : pointers)
      packed.push_back(&pointer);
    llvm::Error error =
        engine.invokePacked(function + std::to_string(number), packed);
    if (error)
      ADD_FAILURE() << llvm::toString(std::move(error));
  }

  const Case &test;
  size_t number;
  ExecutionEngine &engine;
  std::vector<Values> arguments;
};
} // namespace

/// The deviation of `got` from the derivative along `direction`, as a part of
/// 1 + the derivative. A difference across a kink is none: there a smaller
/// step, with fewer digits, decides.
static double findDeviation(Runner &runner, size_t input,
                            const Values &direction, double got) {
  double deviation = 0.0;
  for (auto [step, allowed] : {std::pair(1e-5, 1e-6), std::pair(1e-7, 1e-4)}) {
    double expected = runner.difference(input, direction, step);
    deviation = std::abs(got - expected) / (1.0 + std::abs(expected));
    if (deviation <= allowed)
      return std::min(deviation, 1e-6);
  }
  return deviation;
}

static void checkCase(const Case &test, Runner &runner, Random &random,
                      Sample &sample, double &worst) {
  sample.arguments = runner.getArguments();
  sample.gradients = runner.gradients(sample.loss);
  double loss = sample.loss;
  ASSERT_NEAR(loss, runner.value(), 1e-12 * (1.0 + std::abs(loss)));
  bool flows = false;
  size_t next = 0;
  for (size_t k = 0; k < test.inputs.size(); ++k) {
    if (!test.inputs[k].differentiate)
      continue;
    const Values &gradient = sample.gradients[next++];
    double norm = 0.0;
    for (double entry : gradient)
      norm += std::abs(entry);
    ASSERT_TRUE(std::isfinite(norm)) << "gradient of input " << k;
    flows |= norm > 0.0;
    // All entries at once, then some of them one by one.
    for (int trial = 0; trial < 4; ++trial) {
      Values direction(gradient.size(), 0.0);
      if (trial == 0)
        for (double &entry : direction)
          entry = random.real(-1.0, 1.0);
      else
        direction[random.integer(0, gradient.size() - 1)] = 1.0;
      double got = std::inner_product(gradient.begin(), gradient.end(),
                                      direction.begin(), 0.0);
      double deviation = findDeviation(runner, k, direction, got);
      ASSERT_LE(deviation, 1e-6)
          << "gradient of input " << k << ", trial " << trial << ": " << got
          << " instead of " << runner.difference(k, direction, 1e-5);
      worst = std::max(worst, deviation);
    }
  }
  EXPECT_TRUE(flows) << "all gradients are zero: nothing was tested";
}

/// Compiles `cases`; null, with a failure of the test, on error.
static std::unique_ptr<ExecutionEngine> compile(const std::vector<Case> &cases,
                                                MLIRContext &context) {
  OwningOpRef<ModuleOp> module = differentiate(cases, context);
  if (!module || failed(lower(*module))) {
    ADD_FAILURE() << "cannot be lowered";
    return nullptr;
  }
  ExecutionEngineOptions options;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::None;
  llvm::Expected<std::unique_ptr<ExecutionEngine>> engine =
      ExecutionEngine::create(*module, options);
  if (!engine) {
    ADD_FAILURE() << llvm::toString(engine.takeError());
    return nullptr;
  }
  return std::move(*engine);
}

std::vector<Sample> checkGradients(const std::vector<Case> &cases,
                                   double *worst) {
  std::vector<Sample> samples(cases.size());
  double largest = 0.0;
  std::unique_ptr<MLIRContext> context = makeContext();
  std::unique_ptr<ExecutionEngine> engine = compile(cases, *context);
  for (size_t i = 0; engine && i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].name + "\n" + writeCase(cases[i], i));
    Random random(i + 1);
    Runner runner(cases[i], i, *engine, random);
    checkCase(cases[i], runner, random, samples[i], largest);
  }
  if (worst)
    *worst = std::max(*worst, largest);
  return samples;
}

void expectGradients(const Case &test, const std::vector<Values> &values,
                     const std::vector<Values> &expected) {
  SCOPED_TRACE(test.name);
  std::unique_ptr<MLIRContext> context = makeContext();
  std::unique_ptr<ExecutionEngine> engine = compile({test}, *context);
  ASSERT_TRUE(engine);
  Random random(0);
  Runner runner(test, 0, *engine, random);
  runner.setValues(values);
  double loss = 0.0;
  EXPECT_EQ(runner.gradients(loss), expected);
}

//===----------------------------------------------------------------------===//
// Coverage
//===----------------------------------------------------------------------===//

namespace {
/// Collects the operations that remarks say were differentiated.
class RuleCollector : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RuleCollector(std::set<std::string> &names) : names(names) {}
  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    for (const remark::detail::Remark::Arg &argument : remark.getArgs())
      names.insert(argument.val);
  }

private:
  std::set<std::string> &names;
};
} // namespace

std::set<std::string> findRulesUsed(const std::vector<Case> &cases) {
  std::set<std::string> names;
  std::unique_ptr<MLIRContext> context = makeContext();
  remark::RemarkCategories categories;
  categories.passed = "tacit-differentiate";
  LogicalResult enabled = remark::enableOptimizationRemarks(
      *context, std::make_unique<RuleCollector>(names),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
  EXPECT_TRUE(succeeded(enabled));
  differentiate(cases, *context);
  return names;
}

std::set<std::string> findRules() {
  std::set<std::string> names;
  std::unique_ptr<MLIRContext> context = makeContext();
  for (RegisteredOperationName name : context->getRegisteredOperations())
    if (name.hasInterface<mlir::tacit::DifferentiableOpInterface>())
      names.insert(name.getStringRef().str());
  return names;
}

} // namespace tacit::differential
