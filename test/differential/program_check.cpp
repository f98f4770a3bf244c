//===- program_check.cpp - Optimized against plain lowering -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

#include "passes/Passes.h"
#include "passes/execution/CompiledProgram.h"
#include "passes/pipelines/ToCPU.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/Extensions/AllExtensions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tacit::differential {

using Values = std::vector<double>;

/// A trainer whose step sets @loss and @g0, @g1, ... from @a0, @a1, ..., all in
/// f64.
static std::string writeTrainer(const Case &test) {
  std::string variables, body, sets;
  std::vector<std::string> operands, types, wrt, gradients;
  auto add = [&](const std::string &name, const std::string &type) {
    variables += "tacit.variable @" + name + " : " + type +
                 " {role = #tacit.role<parameter>}\n";
  };
  auto read = [&](const std::string &type) {
    std::string name = "a" + std::to_string(operands.size());
    add(name, type);
    body += "%" + name + " = tacit.get @" + name + " : " + type + "\n";
    operands.push_back("%" + name);
    types.push_back(type);
  };
  for (const Input &input : test.inputs) {
    std::string type = tensorType(input.shape);
    if (input.differentiate) {
      std::string g = std::to_string(wrt.size());
      add("g" + g, type);
      sets += "tacit.set @g" + g + ", %g#" + g + " : " + type + "\n";
      wrt.push_back(std::to_string(operands.size()));
      gradients.push_back(type);
    }
    read(type);
  }
  for (const Case::Result &result : test.results)
    read(tensorType(result.shape));
  return "tacit.trainer @t {\n" + variables + writeLoss(test, 0) +
         "tacit.step {\n" + body + "%l, %g:" + std::to_string(wrt.size()) +
         " = tacit.value_and_grad @loss0(" + join(operands) + ") wrt [" +
         join(wrt) + "] : (" + join(types) + ") -> (tensor<f64>, " +
         join(gradients) + ")\n" + sets +
         "tacit.yield %l : tensor<f64>\n}\n}\n";
}

/// Entries of the type that the step computes in.
template <typename T> static void store(char *place, const Values &values) {
  for (size_t i = 0; i < values.size(); ++i) {
    T entry = static_cast<T>(values[i]);
    std::memcpy(place + i * sizeof(T), &entry, sizeof(T));
  }
}
template <typename T> static Values load(const char *place, size_t count) {
  Values values(count);
  for (size_t i = 0; i < count; ++i) {
    T entry;
    std::memcpy(&entry, place + i * sizeof(T), sizeof(T));
    values[i] = entry;
  }
  return values;
}

static std::unique_ptr<mlir::tacit::CompiledProgram>
compile(const std::string &trainer, mlir::MLIRContext &context) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(trainer, &context);
  mlir::PassManager passes(&context);
  passes.addPass(mlir::tacit::createDifferentiatePass());
  mlir::tacit::buildToCPUPipeline(passes, mlir::tacit::ToCPUOptions());
  if (!module || mlir::failed(passes.run(*module))) {
    ADD_FAILURE() << "does not compile";
    return nullptr;
  }
  auto code = mlir::tacit::CompiledProgram::create(*module);
  if (!code) {
    ADD_FAILURE() << llvm::toString(code.takeError());
    return nullptr;
  }
  return std::move(*code);
}

/// An area, aligned as a rank's are.
static char *align(std::vector<char> &area) {
  auto address = reinterpret_cast<uintptr_t>(area.data());
  return area.data() +
         (TACIT_ALIGNMENT - address % TACIT_ALIGNMENT) % TACIT_ALIGNMENT;
}

/// The loss and gradients of the compiled step at the sample's arguments; none
/// if it fails.
template <typename T>
static std::vector<Values> run(const std::string &trainer, const Sample &sample,
                               mlir::MLIRContext &context) {
  auto code = compile(trainer, context);
  if (!code)
    return {};
  const tacit_program &program = *code->get();
  std::vector<char> state(program.state_bytes + TACIT_ALIGNMENT, 0);
  // An arena of NaN: nothing may read what was not written.
  std::vector<char> arena(program.arena_bytes + TACIT_ALIGNMENT, char(0xFF));
  auto variable = [&](const std::string &name) -> char * {
    for (uint32_t i = 0; i < program.num_variables; ++i)
      if (program.variables[i].name == name)
        return align(state) + program.variables[i].offset;
    ADD_FAILURE() << "no variable " << name;
    return align(state);
  };
  for (size_t i = 0; i < sample.arguments.size(); ++i)
    store<T>(variable("a" + std::to_string(i)), sample.arguments[i]);
  tacit_rank_view view{};
  view.state = align(state);
  view.arena = align(arena);
  view.ranks = 1;
  T loss = 0;
  void *results[] = {&loss};
  const tacit_batch batch{nullptr, results};
  if (program.step.num_results != 1 ||
      program.step.function(reinterpret_cast<tacit_rank *>(&view), &batch) !=
          TACIT_OK) {
    ADD_FAILURE() << "the step fails";
    return {};
  }
  std::vector<Values> got = {{loss}};
  for (size_t g = 0; g < sample.gradients.size(); ++g)
    got.push_back(
        load<T>(variable("g" + std::to_string(g)), sample.gradients[g].size()));
  return got;
}

/// The largest deviation from the sample, as a part of a tensor's largest entry
/// where that is above 1. NaN and what is missing deviate without bound.
static double compare(const std::vector<Values> &got, const Sample &sample) {
  std::vector<Values> wanted = {{sample.loss}};
  wanted.insert(wanted.end(), sample.gradients.begin(), sample.gradients.end());
  if (got.size() != wanted.size())
    return INFINITY;
  double worst = 0.0;
  for (size_t t = 0; t < wanted.size(); ++t) {
    double scale = 1.0, deviation = 0.0;
    for (size_t i = 0; i < wanted[t].size(); ++i) {
      scale = std::max(scale, std::abs(wanted[t][i]));
      double difference = std::abs(got[t][i] - wanted[t][i]);
      deviation = difference <= deviation ? deviation : difference;
    }
    worst = deviation / scale <= worst ? worst : deviation / scale;
  }
  return worst;
}

static std::unique_ptr<mlir::MLIRContext> makeContext() {
  mlir::DialectRegistry registry;
  registry.insert<mlir::affine::AffineDialect, mlir::arith::ArithDialect,
                  mlir::bufferization::BufferizationDialect,
                  mlir::func::FuncDialect, mlir::linalg::LinalgDialect,
                  mlir::math::MathDialect, mlir::scf::SCFDialect,
                  mlir::tensor::TensorDialect>();
  mlir::func::registerAllExtensions(registry);
  mlir::tacit::registerTacit(registry);
  mlir::tacit::registerExecution(registry);
  return std::make_unique<mlir::MLIRContext>(
      registry, mlir::MLIRContext::Threading::DISABLED);
}

void checkPrograms(const std::vector<Case> &cases, Deviations &worst) {
  std::vector<Sample> samples = checkGradients(cases, &worst.gradient);
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  for (size_t i = 0; i < cases.size(); ++i) {
    if (samples[i].gradients.empty())
      continue; // It has failed already.
    std::string trainer = writeTrainer(cases[i]);
    SCOPED_TRACE(cases[i].name + ", optimized\n" + trainer);
    double f64 =
        compare(run<double>(trainer, samples[i], *context), samples[i]);
    EXPECT_LE(f64, kAllowedF64);
    worst.f64 = std::max(worst.f64, f64);
    for (size_t at = 0; (at = trainer.find("f64", at)) != std::string::npos;)
      trainer.replace(at, 3, "f32");
    double f32 = compare(run<float>(trainer, samples[i], *context), samples[i]);
    EXPECT_LE(f32, kAllowedF32);
    worst.f32 = std::max(worst.f32, f32);
  }
}

} // namespace tacit::differential
