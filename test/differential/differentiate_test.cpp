//===- differentiate_test.cpp - Every rule against differences --*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

#include <gtest/gtest.h>

namespace tacit::differential {

TEST(Differentiate, ScalarsInBodies) { checkGradients(makeScalarCases()); }
TEST(Differentiate, ElementwiseOnTensors) {
  checkGradients(makeElementwiseCases());
}
TEST(Differentiate, NamedOps) { checkGradients(makeNamedCases()); }
TEST(Differentiate, Contractions) { checkGradients(makeContractionCases()); }
TEST(Differentiate, RandomGenerics) { checkGradients(makeGenericCases()); }
TEST(Differentiate, Tensors) { checkGradients(makeTensorCases()); }
TEST(Differentiate, Graphs) { checkGradients(makeGraphCases()); }

TEST(Differentiate, ControlFlow) { checkGradients(makeControlFlowCases()); }

/// `op` on tensors of three entries.
static Case elementwise(const std::string &op, const std::string &operands,
                        size_t count) {
  Case test;
  test.name = op;
  test.inputs.resize(count, Input{{3}});
  test.body = "%zero = arith.constant dense<0.0> : tensor<3xf64>\n%y = " + op +
              " " + operands + " : tensor<3xf64>\n";
  test.results = {{"%y", {3}}};
  return test;
}

// At a tie the second operand gets the gradient, so relu'(0) is 0.
TEST(Differentiate, TiesOfTwo) {
  for (const char *op : {"arith.maximumf", "arith.maxnumf"})
    expectGradients(elementwise(op, "%x0, %x1", 2), {{1, 2, 3}, {1, 3, 2}},
                    {{0, 0, 1}, {1, 1, 0}});
  for (const char *op : {"arith.minimumf", "arith.minnumf"})
    expectGradients(elementwise(op, "%x0, %x1", 2), {{1, 2, 3}, {1, 3, 2}},
                    {{0, 1, 0}, {1, 0, 1}});
  expectGradients(elementwise("arith.maximumf", "%x0, %zero", 1), {{-1, 0, 1}},
                  {{0, 0, 1}});
  expectGradients(elementwise("math.absf", "%x0", 1), {{-2, 0, 2}},
                  {{-1, 0, 1}});
}

TEST(Differentiate, PowersAtZero) {
  expectGradients(elementwise("math.powf", "%x0, %x1", 2),
                  {{0, 0, 1}, {1, 2, 0}}, {{1, 0, 0}, {0, 0, 0}});
  Case test = elementwise("math.fpowi", "%x0, %n", 1);
  test.body = "%n = arith.constant dense<[0, 1, 2]> : tensor<3xi32>\n"
              "%y = math.fpowi %x0, %n : tensor<3xf64>, tensor<3xi32>\n";
  expectGradients(test, {{0, 0, 0}}, {{0, 1, 0}});
}

// Where a value is not chosen its derivative does not count, infinite or not.
TEST(Differentiate, InfiniteDerivativesNotChosen) {
  Case test = elementwise("", "", 1);
  test.name = "sqrt(1 / x) or x";
  test.body = "%zero = arith.constant dense<0.0> : tensor<3xf64>\n"
              "%one = arith.constant dense<1.0> : tensor<3xf64>\n"
              "%r = arith.divf %one, %x0 : tensor<3xf64>\n"
              "%s = math.sqrt %r : tensor<3xf64>\n"
              "%c = arith.cmpf ogt, %x0, %zero : tensor<3xf64>\n"
              "%y = arith.select %c, %s, %x0 : tensor<3xi1>, tensor<3xf64>\n";
  expectGradients(test, {{-1, 0, 1}}, {{1, 1, -0.5}});
}

// Equal entries of a maximum share its gradient, the start among them.
TEST(Differentiate, TiesInReductions) {
  Case test;
  test.name = "maximum of rows";
  test.inputs = {{{2, 4}}, {{2}}};
  test.body = "%y = linalg.reduce { arith.maximumf } ins(%x0 : "
              "tensor<2x4xf64>) outs(%x1 : tensor<2xf64>) dimensions = [1]\n";
  test.results = {{"%y", {2}}};
  expectGradients(test, {{5, 1, 5, 2, 3, 3, 3, 0}, {1, 3}},
                  {{0.5, 0, 0.5, 0, 0.25, 0.25, 0.25, 0}, {0, 0.25}});
}

// What a loss does not read has the gradient 0.
TEST(Differentiate, UnusedInput) {
  Case test = elementwise("math.sin", "%x0", 2);
  expectGradients(test, {{0, 0, 0}, {1, 2, 3}}, {{1, 1, 1}, {0, 0, 0}});
}

// A rule that the cases above do not use is a rule that nothing has confirmed.
TEST(Differentiate, EveryRuleIsTested) {
  std::set<std::string> used;
  for (auto make : {makeScalarCases, makeElementwiseCases, makeNamedCases,
                    makeContractionCases, makeGenericCases, makeTensorCases,
                    makeGraphCases, makeControlFlowCases})
    used.merge(findRulesUsed(make()));
  std::set<std::string> rules = findRules();
  EXPECT_GT(rules.size(), 100u);
  for (const std::string &rule : rules)
    EXPECT_TRUE(used.count(rule)) << "no case uses the rule of " << rule;
}

} // namespace tacit::differential
