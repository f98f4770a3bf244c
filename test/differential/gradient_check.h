//===- gradient_check.h - Gradients against differences ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Differentiates small random functions, runs them, and compares each gradient
/// with central differences of the function, in f64.
///
//===----------------------------------------------------------------------===//

#ifndef TACIT_TEST_DIFFERENTIAL_GRADIENT_CHECK_H
#define TACIT_TEST_DIFFERENTIAL_GRADIENT_CHECK_H

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace tacit::differential {

using Shape = std::vector<int64_t>;

/// An argument of a function under test: f64, uniform in [low, high).
struct Input {
  Shape shape;
  double low = -1.0;
  double high = 1.0;
  bool differentiate = true; ///< Is in `wrt`.
  bool dynamic = false;      ///< The function does not know its extents.
};

/// A function under test. The loss is a weighted sum, with random weights, of
/// all entries of its results.
struct Case {
  std::string name; ///< What it tests, and the seed that makes it again.
  std::vector<Input> inputs; ///< `%x0`, `%x1`, ... in the body.
  std::string body;          ///< MLIR that defines the results.
  struct Result {
    std::string value; ///< Such as "%y".
    Shape shape;
  };
  std::vector<Result> results;
  bool weighted = true; ///< If not, the one result, a scalar, is the loss.
};

/// Random choices of one seed.
class Random {
public:
  explicit Random(uint64_t seed) : generator(seed) {}
  /// Uniform in [low, high], both included.
  int64_t integer(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(generator);
  }
  double real(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(generator);
  }
  bool chance(double probability) { return real(0.0, 1.0) < probability; }
  template <typename T> const T &pick(const std::vector<T> &values) {
    return values[integer(0, static_cast<int64_t>(values.size()) - 1)];
  }
  /// 0, ..., count - 1 in random order.
  std::vector<int64_t> permutation(int64_t count);

private:
  std::mt19937_64 generator;
};

/// "tensor<2x3xf64>"
std::string tensorType(const Shape &shape, const std::string &element = "f64");
/// "tensor<?x?xf64>"
std::string dynamicType(const Shape &shape);
/// "affine_map<(d0, d1) -> (results)>"
std::string affineMap(int64_t dims, const std::string &results);
/// Joins by ", ".
std::string join(const std::vector<std::string> &parts);

/// Cases that differentiate one rule each, or many at once.
std::vector<Case> makeScalarCases();
std::vector<Case> makeElementwiseCases();
std::vector<Case> makeNamedCases();
std::vector<Case> makeContractionCases();
std::vector<Case> makeGenericCases();
std::vector<Case> makeTensorCases();
std::vector<Case> makeGraphCases();

std::vector<Case> makeControlFlowCases();

/// `count` programs of linalg and control flow, from the seeds `first`, ...
std::vector<Case> makePrograms(uint64_t first, int64_t count);

/// What one case computed, by plain loops.
struct Sample {
  std::vector<std::vector<double>> arguments; ///< The inputs, then the weights.
  double loss = 0.0;
  std::vector<std::vector<double>> gradients; ///< Of those in `wrt`.
};

/// Fails the running test for each case whose gradients differ from central
/// differences. Returns what each case gave; raises `worst` to the largest
/// deviation, as a part of 1 + the derivative.
std::vector<Sample> checkGradients(const std::vector<Case> &cases,
                                   double *worst = nullptr);

/// The largest deviations among programs, as parts of a tensor's largest entry
/// where that is above 1.
struct Deviations {
  double gradient = 0.0; ///< From central differences.
  double f64 = 0.0;      ///< The optimized from the plain lowering, in f64.
  double f32 = 0.0;      ///< The optimized in f32 from the plain one in f64.
};
constexpr double kAllowedF64 = 1e-11;
constexpr double kAllowedF32 = 2e-3;

/// Checks the gradients of `cases`, and that the optimizing lowering gives the
/// same loss and gradients as plain loops.
void checkPrograms(const std::vector<Case> &cases, Deviations &worst);

/// `@lossN`, of the inputs of `test` and its weights.
std::string writeLoss(const Case &test, size_t number);

/// Fails the running test if the gradients of `test` at `values`, one list for
/// each input, are not exactly `expected`: for kinks, where differences are of
/// no use. The weights are 1.
void expectGradients(const Case &test,
                     const std::vector<std::vector<double>> &values,
                     const std::vector<std::vector<double>> &expected);

/// The names of the operations whose rules differentiation of `cases` used.
std::set<std::string> findRulesUsed(const std::vector<Case> &cases);

/// The names of the operations that have a rule.
std::set<std::string> findRules();

} // namespace tacit::differential

#endif // TACIT_TEST_DIFFERENTIAL_GRADIENT_CHECK_H
