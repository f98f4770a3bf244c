//===- optimizer_test.cpp - Compiled optimizers against their definition --===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiles a small model with each optimizer, runs several steps of it for one
/// rank, and compares every parameter with the same steps computed here from
/// the optimizer's definition. All in f64, so that agreement is close.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/execution/CompiledProgram.h"
#include "passes/pipelines/Strategy.h"
#include "passes/pipelines/ToCPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/Extensions/AllExtensions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int kRows = 4;
constexpr int kEntries = 8; ///< Of @b.
constexpr int kSteps = 12;

/// The loss is sum x a^2 + sum y b: the gradients are 2 x a and y.
constexpr const char *kModel = R"(
func.func @loss(%a: tensor<4xf64> {tacit.parameter = "a"},
                %b: tensor<4x2xf64> {tacit.parameter = "b"},
                %x: tensor<4xf64> {tacit.data = "x"},
                %y: tensor<4x2xf64> {tacit.data = "y"}) -> tensor<f64> {
  %zero = arith.constant dense<0.0> : tensor<f64>
  %first = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>],
      iterator_types = ["reduction"]}
      ins(%a, %x : tensor<4xf64>, tensor<4xf64>) outs(%zero : tensor<f64>) {
  ^bb0(%w: f64, %v: f64, %acc: f64):
    %square = arith.mulf %w, %w : f64
    %part = arith.mulf %square, %v : f64
    %sum = arith.addf %acc, %part : f64
    linalg.yield %sum : f64
  } -> tensor<f64>
  %all = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>],
      iterator_types = ["reduction", "reduction"]}
      ins(%b, %y : tensor<4x2xf64>, tensor<4x2xf64>) outs(%first : tensor<f64>) {
  ^bb0(%w: f64, %v: f64, %acc: f64):
    %part = arith.mulf %w, %v : f64
    %sum = arith.addf %acc, %part : f64
    linalg.yield %sum : f64
  } -> tensor<f64>
  return %all : tensor<f64>
}
)";

/// One parameter's update, as its definition says: `w` from its gradient `g`,
/// at local step `t`, with the learning rate `lr` of that step. `state` holds
/// two numbers, 0 at first.
using Update = std::function<double(double w, double g, int t, double lr,
                                    double (&state)[2])>;

/// One optimizer: its text, and what it stands for.
struct Case {
  const char *name;
  mlir::tacit::TrainingOptions options;
  Update update;
  std::function<double(int t)> lr;
  double clip = 0; ///< The most that the norm of both gradients may be; 0: any.
};

double Constant(int) { return 0.1; }

/// 0.2 at first, half of it every 3 steps, a tenth of that every 5 steps.
double Steps(int t) {
  return 0.2 * std::pow(0.5, t / 3) * std::pow(0.1, t / 5);
}

/// 0.2, reached in 3 steps, times what falls from 1 to 0.1 in 8.
double Curves(int t) {
  const double angle = M_PI * std::min(t, 8) / 8;
  return 0.2 * std::min(t + 1, 3) / 3 * (0.1 + 0.9 * (1 + std::cos(angle)) / 2);
}

Update SGD(double momentum, bool nesterov, double weight_decay) {
  return [=](double w, double g, int, double lr, double (&state)[2]) {
    g += weight_decay * w;
    double &v = state[0];
    v = momentum * v + g;
    return w - lr * (nesterov ? g + momentum * v : v);
  };
}

Update AdamW(double beta1, double beta2, double epsilon, double weight_decay) {
  return [=](double w, double g, int t, double lr, double (&state)[2]) {
    state[0] = beta1 * state[0] + (1 - beta1) * g;
    state[1] = beta2 * state[1] + (1 - beta2) * g * g;
    const double m = state[0] / (1 - std::pow(beta1, t + 1));
    const double v = state[1] / (1 - std::pow(beta2, t + 1));
    return w - lr * (m / (std::sqrt(v) + epsilon) + weight_decay * w);
  };
}

mlir::tacit::TrainingOptions Options(const char *optimizer,
                                     const char *schedule = "",
                                     const char *strategy = "ssgd") {
  mlir::tacit::TrainingOptions options;
  options.optimizer = optimizer;
  options.schedule = schedule;
  options.strategy = strategy;
  return options;
}

std::vector<Case> Cases() {
  const char *steps = "step{every=3 gamma=0.5}+step{every=5 gamma=0.1}";
  return {
      {"Sgd", Options(""), SGD(0, false, 0), Constant},
      {"Momentum", Options("sgd{lr=0.1 momentum=0.9}"), SGD(0.9, false, 0),
       Constant},
      {"Nesterov",
       Options("sgd{lr=0.1 momentum=0.9 nesterov=on weight-decay=0.01}"),
       SGD(0.9, true, 0.01), Constant},
      {"WeightDecayAndSchedule", Options("sgd{lr=0.2 weight-decay=0.1}", steps),
       SGD(0, false, 0.1), Steps},
      {"WarmUpAndCosine",
       Options("sgd{lr=0.2}", "warmup{steps=3}+cosine{steps=8 final=0.1}"),
       SGD(0, false, 0), Curves},
      {"AdamW", Options("adamw{lr=0.1}"), AdamW(0.9, 0.999, 1e-8, 0.01),
       Constant},
      {"AdamWAndSchedule",
       Options(
           "adamw{lr=0.2 beta1=0.5 beta2=0.8 epsilon=0.01 weight-decay=0.3}",
           steps),
       AdamW(0.5, 0.8, 0.01, 0.3), Steps},
      {"Clip",
       Options("sgd{lr=0.1 momentum=0.5 weight-decay=0.01}", "",
               "ssgd{clip=3}"),
       SGD(0.5, false, 0.01), Constant, 3},
  };
}

/// Compiles the model as `options` say; null, with a failed test, if it does
/// not compile.
std::unique_ptr<mlir::tacit::CompiledProgram>
Compile(mlir::MLIRContext &context,
        const mlir::tacit::TrainingOptions &options) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(kModel, &context);
  if (!module) {
    ADD_FAILURE() << "the model does not parse";
    return nullptr;
  }
  mlir::PassManager passes(&context);
  mlir::LogicalResult built = mlir::tacit::buildTrainingPipeline(
      passes, options, [](const llvm::Twine &message) {
        ADD_FAILURE() << message.str();
        return mlir::failure();
      });
  if (mlir::failed(built))
    return nullptr;
  mlir::tacit::buildToCPUPipeline(passes, mlir::tacit::ToCPUOptions());
  if (mlir::failed(passes.run(*module))) {
    ADD_FAILURE() << "the model does not compile";
    return nullptr;
  }
  auto program = mlir::tacit::CompiledProgram::create(*module);
  if (!program) {
    ADD_FAILURE() << llvm::toString(program.takeError());
    return nullptr;
  }
  return std::move(*program);
}

/// An area of `bytes`, aligned as a rank's are, all 0.
class AlignedArea {
public:
  explicit AlignedArea(uint64_t bytes) : storage_(bytes + TACIT_ALIGNMENT, 0) {
    auto address = reinterpret_cast<uintptr_t>(storage_.data());
    start_ = storage_.data() +
             (TACIT_ALIGNMENT - address % TACIT_ALIGNMENT) % TACIT_ALIGNMENT;
  }
  char *get() { return start_; }

private:
  std::vector<char> storage_;
  char *start_;
};

class OptimizerTest : public testing::TestWithParam<Case> {
protected:
  OptimizerTest() {
    mlir::DialectRegistry registry;
    registry.insert<mlir::arith::ArithDialect,
                    mlir::bufferization::BufferizationDialect,
                    mlir::func::FuncDialect, mlir::linalg::LinalgDialect,
                    mlir::math::MathDialect, mlir::scf::SCFDialect,
                    mlir::tensor::TensorDialect>();
    mlir::func::registerAllExtensions(registry);
    mlir::tacit::registerTacit(registry);
    mlir::tacit::registerExecution(registry);
    context_.appendDialectRegistry(registry);
  }

  mlir::MLIRContext context_;
};

/// Scales both gradients so that their common norm is at most `clip`.
void Clip(std::vector<double> &gradients, double clip) {
  double squares = 0;
  for (double g : gradients)
    squares += g * g;
  const double factor = std::min(1.0, clip / std::sqrt(squares));
  for (double &g : gradients)
    g *= factor;
}

TEST_P(OptimizerTest, FollowsItsDefinition) {
  const Case &test = GetParam();
  auto code = Compile(context_, test.options);
  ASSERT_NE(code, nullptr);
  const tacit_program &program = *code->get();
  AlignedArea state(program.state_bytes), arena(program.arena_bytes);
  auto variable = [&](const std::string &name) -> double * {
    for (uint32_t i = 0; i < program.num_variables; ++i)
      if (program.variables[i].name == name)
        return reinterpret_cast<double *>(state.get() +
                                          program.variables[i].offset);
    ADD_FAILURE() << "no variable " << name;
    return nullptr;
  };

  // Both parameters in one vector, @a first.
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  constexpr int kAll = kRows + kEntries;
  std::vector<double> expected(kAll);
  std::vector<double[2]> memory(kAll);
  for (double &w : expected)
    w = normal(random);
  double *a = variable("a"), *b = variable("b");
  ASSERT_TRUE(a && b);
  std::copy_n(expected.begin(), kRows, a);
  std::copy_n(expected.begin() + kRows, kEntries, b);

  tacit_rank_view view{};
  view.state = state.get();
  view.arena = arena.get();
  view.ranks = 1;
  int clipped = 0;
  for (int t = 0; t < kSteps; ++t) {
    std::vector<double> data(kAll);
    for (double &x : data)
      x = normal(random);
    double loss = 0, lr = 0;
    const void *arguments[] = {data.data(), data.data() + kRows};
    ASSERT_EQ(program.step.num_results, 2u);
    ASSERT_STREQ(program.step.results[1].name, "lr");
    void *results[] = {&loss, &lr};
    const tacit_batch batch{arguments, results};
    ASSERT_EQ(
        program.step.function(reinterpret_cast<tacit_rank *>(&view), &batch),
        TACIT_OK);

    double expected_loss = 0;
    std::vector<double> gradients(kAll);
    for (int i = 0; i < kAll; ++i) {
      const double w = expected[i];
      expected_loss += data[i] * (i < kRows ? w * w : w);
      gradients[i] = data[i] * (i < kRows ? 2 * w : 1);
    }
    if (test.clip > 0) {
      const double before = gradients[0];
      Clip(gradients, test.clip);
      clipped += gradients[0] != before;
    }
    EXPECT_NEAR(loss, expected_loss, 1e-12 * (1 + std::abs(expected_loss)))
        << "at step " << t;
    EXPECT_DOUBLE_EQ(lr, test.lr(t)) << "at step " << t;
    for (int i = 0; i < kAll; ++i) {
      expected[i] =
          test.update(expected[i], gradients[i], t, test.lr(t), memory[i]);
      const double got = i < kRows ? a[i] : b[i - kRows];
      EXPECT_NEAR(got, expected[i], 1e-11 * (1 + std::abs(expected[i])))
          << "entry " << i << " after step " << t;
    }
  }
  if (test.clip > 0) { // Both sides of the bound were met.
    EXPECT_GT(clipped, 0);
    EXPECT_LT(clipped, kSteps);
  }
}

INSTANTIATE_TEST_SUITE_P(All, OptimizerTest, testing::ValuesIn(Cases()),
                         [](const testing::TestParamInfo<Case> &info) {
                           return std::string(info.param.name);
                         });

} // namespace
