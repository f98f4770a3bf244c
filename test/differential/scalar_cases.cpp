//===- scalar_cases.cpp - Rules of arith and math ---------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

namespace tacit::differential {

namespace {
/// A function of scalars: `body` defines `%r` from `%a`, `%b`, `%c`, each in
/// its range.
struct Formula {
  std::string body;
  std::vector<std::pair<double, double>> ranges;
};
} // namespace

using Ranges = std::vector<std::pair<double, double>>;

static Formula apply(const std::string &op, Ranges ranges) {
  std::string operands = ranges.size() == 1   ? "%a"
                         : ranges.size() == 2 ? "%a, %b"
                                              : "%a, %b, %c";
  return {"%r = " + op + " " + operands + " : T\n", std::move(ranges)};
}

/// What has no derivative, or a zero one, next to a factor that has one.
static Formula timesOperand(const std::string &body, Ranges ranges) {
  return {body + "%r = arith.mulf %s, %a : T\n", std::move(ranges)};
}

/// Formulas that mean the same on scalars and, elementwise, on tensors. T
/// stands for the type; I, L and F for i32, i1 and f80 in its place.
static std::vector<Formula> makeFormulas() {
  const std::pair<double, double> any = {-1.5, 1.5}, positive = {0.3, 2.0},
                                  small = {-0.9, 0.9}, large = {1.2, 3.0};
  std::vector<Formula> formulas;
  for (const char *op : {"arith.addf", "arith.subf", "arith.mulf",
                         "arith.maximumf", "arith.minimumf", "arith.maxnumf",
                         "arith.minnumf", "math.atan2", "math.copysign"})
    formulas.push_back(apply(op, {any, any}));
  formulas.push_back(apply("arith.divf", {any, positive}));
  formulas.push_back(apply("arith.remf", {{-3.0, 3.0}, positive}));
  formulas.push_back(apply("math.powf", {positive, any}));
  formulas.push_back(apply("math.fma", {any, any, any}));
  for (const char *op :
       {"arith.negf", "math.exp", "math.exp2", "math.expm1", "math.tanh",
        "math.sin", "math.cos", "math.tan", "math.sinh", "math.cosh",
        "math.atan", "math.asinh", "math.erf", "math.erfc", "math.absf"})
    formulas.push_back(apply(op, {any}));
  for (const char *op : {"math.log", "math.log2", "math.log10", "math.log1p",
                         "math.sqrt", "math.rsqrt", "math.cbrt"})
    formulas.push_back(apply(op, {positive}));
  for (const char *op : {"math.asin", "math.acos", "math.atanh"})
    formulas.push_back(apply(op, {small}));
  formulas.push_back(apply("math.acosh", {large}));
  formulas.push_back({"%r = math.clampf %a to [%b, %c] : T\n",
                      {any, {-0.6, -0.3}, {0.3, 0.6}}});
  // f80 holds every f64, so that differences see no rounding.
  formulas.push_back({"%e = arith.extf %a : T to F\n"
                      "%s = arith.mulf %e, %e : F\n"
                      "%r = arith.truncf %s : F to T\n",
                      {any}});
  formulas.push_back({"%l = arith.cmpf olt, %a, %b : T\n"
                      "%s = arith.mulf %a, %b : T\n"
                      "%r = arith.select %l, %s, %b : L, T\n",
                      {any, any}});
  for (const char *op : {"math.floor", "math.ceil", "math.round",
                         "math.roundeven", "math.trunc"})
    formulas.push_back(timesOperand(
        "%t = arith.addf %a, %a : T\n%s = " + std::string(op) + " %t : T\n",
        {{0.6, 4.0}}));
  for (const char *op :
       {"math.isfinite", "math.isinf", "math.isnan", "math.isnormal"})
    formulas.push_back({"%l = " + std::string(op) +
                            " %a : T\n"
                            "%s = arith.mulf %a, %a : T\n"
                            "%r = arith.select %l, %s, %a : L, T\n",
                        {any}});
  return formulas;
}

static std::string replaceAll(std::string text, const std::string &from,
                              const std::string &to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// The body of `formula` on values of `shape`, or on scalars.
static std::string instantiate(const Formula &formula, const Shape *shape) {
  auto type = [&](const std::string &element) {
    return shape ? tensorType(*shape, element) : element;
  };
  std::string text = formula.body;
  text = replaceAll(text, ": T", ": " + type("f64"));
  text = replaceAll(text, ", T", ", " + type("f64"));
  text = replaceAll(text, "to T", "to " + type("f64"));
  text = replaceAll(text, ": F", ": " + type("f80"));
  text = replaceAll(text, "to F", "to " + type("f80"));
  text = replaceAll(text, ": I", ": " + type("i32"));
  text = replaceAll(text, "to I", "to " + type("i32"));
  return replaceAll(text, ": L", ": " + type("i1"));
}

static Shape randomShape(Random &random) {
  Shape shape(random.integer(0, 3));
  for (int64_t &extent : shape)
    extent = random.integer(1, 4);
  return shape;
}

/// Each formula in the body of a generic.
std::vector<Case> makeScalarCases() {
  std::vector<Case> cases;
  std::vector<Formula> formulas = makeFormulas();
  // The exponent of fpowi is no float, hence not an operand of a formula.
  for (const char *exponent : {"-2", "-1", "0", "1", "3"})
    formulas.push_back({"%n = arith.constant " + std::string(exponent) +
                            " : i32\n"
                            "%p = math.fpowi %a, %n : f64, i32\n"
                            "%r = arith.addf %p, %a : f64\n",
                        {{0.4, 1.6}}});
  for (const Formula &formula : formulas)
    for (uint64_t seed = 0; seed < 2; ++seed) {
      Random random(seed);
      Case test;
      Shape shape = randomShape(random);
      int64_t rank = static_cast<int64_t>(shape.size());
      std::string dims, iterators;
      for (int64_t d = 0; d < rank; ++d) {
        dims += (d ? ", d" : "d") + std::to_string(d);
        iterators += d ? ", \"parallel\"" : "\"parallel\"";
      }
      std::vector<std::string> maps, operands, types, arguments;
      for (size_t i = 0; i < formula.ranges.size(); ++i) {
        test.inputs.push_back(
            {shape, formula.ranges[i].first, formula.ranges[i].second});
        maps.push_back(affineMap(rank, dims));
        operands.push_back("%x" + std::to_string(i));
        types.push_back(tensorType(shape));
        arguments.push_back("%" + std::string(1, "abc"[i]) + ": f64");
      }
      maps.push_back(affineMap(rank, dims));
      arguments.push_back("%out: f64");
      std::string type = tensorType(shape);
      test.name = "scalar: " + formula.body + "seed " + std::to_string(seed);
      test.name = replaceAll(test.name, "\n", "; ");
      test.body = "%empty = tensor.empty() : " + type +
                  "\n%y = linalg.generic {indexing_maps = [" + join(maps) +
                  "], iterator_types = [" + iterators + "]} ins(" +
                  join(operands) + " : " + join(types) +
                  ") outs(%empty : " + type + ") {\n^bb0(" + join(arguments) +
                  "):\n" + instantiate(formula, nullptr) +
                  "linalg.yield %r : f64\n} -> " + type + "\n";
      test.results = {{"%y", shape}};
      cases.push_back(std::move(test));
    }
  return cases;
}

/// Each formula on whole tensors.
std::vector<Case> makeElementwiseCases() {
  std::vector<Case> cases;
  for (const Formula &formula : makeFormulas()) {
    Random random(cases.size() + 100);
    Case test;
    Shape shape = randomShape(random);
    for (auto [low, high] : formula.ranges)
      test.inputs.push_back({shape, low, high});
    test.name = replaceAll("elementwise: " + formula.body, "\n", "; ");
    std::string body = instantiate(formula, &shape);
    for (size_t i = 0; i < formula.ranges.size(); ++i)
      body = replaceAll(body, "%" + std::string(1, "abc"[i]),
                        "%x" + std::to_string(i));
    test.body = body;
    test.results = {{"%r", shape}};
    cases.push_back(std::move(test));
  }
  return cases;
}

} // namespace tacit::differential
