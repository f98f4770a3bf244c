//===- lowering_test.cpp - Compiled steps against their definition --------===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Compiles small steps, random ones among them, runs them, and compares what
/// they set with plain loops here. What compiled code calls stands here too:
/// this program needs no runtime, and sees every call.
///
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/execution/CompiledProgram.h"
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

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

//===----------------------------------------------------------------------===//
// What compiled code calls
//===----------------------------------------------------------------------===//

namespace {

/// The calls of one run, as text, and what they are to do.
struct Calls {
  std::vector<std::string> made;
  int products = 0;
  int convolutions = 0;
  int loops = 0; ///< In pieces.
  tacit_status start_status = TACIT_OK;
  const tacit_program *program = nullptr;
  std::map<tacit_token, std::pair<float *, uint64_t>> in_flight;
};
Calls calls;

} // namespace

extern "C" {

/// "Reduces" when it is awaited: entry i becomes i - itself.
tacit_status tacit_start(tacit_rank *, uint32_t site, void *buffer,
                         tacit_token *token) {
  calls.made.push_back("start " + std::to_string(site));
  if (calls.start_status != TACIT_OK)
    return calls.start_status;
  *token = site + 100;
  calls.in_flight[*token] = {static_cast<float *>(buffer),
                             calls.program->sites[site].count};
  return TACIT_OK;
}

/// Every rank is one that brought the same.
tacit_status tacit_start_gather(tacit_rank *, uint32_t site, const void *input,
                                void *output, tacit_token *token) {
  calls.made.push_back("gather " + std::to_string(site));
  const uint64_t count = calls.program->sites[site].count;
  for (int64_t rank = 0; rank < calls.program->ranks; ++rank)
    std::memcpy(static_cast<float *>(output) + rank * count, input,
                count * sizeof(float));
  *token = site + 100;
  calls.in_flight[*token] = {nullptr, 0};
  return TACIT_OK;
}

tacit_status tacit_await(tacit_rank *, tacit_token token) {
  calls.made.push_back("await " + std::to_string(token - 100));
  auto found = calls.in_flight.find(token);
  if (found == calls.in_flight.end())
    return TACIT_INVALID;
  auto [buffer, count] = found->second;
  for (uint64_t i = 0; i < count; ++i)
    buffer[i] = static_cast<float>(i) - buffer[i];
  calls.in_flight.erase(found);
  return TACIT_OK;
}

tacit_status tacit_progress(tacit_rank *) {
  calls.made.push_back("progress");
  return TACIT_OK;
}

tacit_status tacit_gemm_f32(tacit_rank *, uint32_t flags, int64_t m, int64_t n,
                            int64_t k, float alpha, const float *a, int64_t lda,
                            const float *b, int64_t ldb, float beta, float *c,
                            int64_t ldc) {
  ++calls.products;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < k; ++l)
        sum +=
            double(flags & TACIT_TRANSPOSE_A ? a[l * lda + i]
                                             : a[i * lda + l]) *
            double(flags & TACIT_TRANSPOSE_B ? b[j * ldb + l] : b[l * ldb + j]);
      float &entry = c[i * ldc + j];
      // With beta = 0, C is not read: it may be anything, such as NaN.
      entry = static_cast<float>(alpha * sum +
                                 (beta == 0 ? 0.0 : double(beta) * entry));
    }
  return TACIT_OK;
}

/// In pieces, backwards: none may need another.
tacit_status tacit_parallel_for(tacit_rank *, int64_t count,
                                void (*body)(void *, int64_t, int64_t),
                                void *context) {
  ++calls.loops;
  const int64_t cut = count - count / 3;
  body(context, cut, count);
  body(context, 0, cut);
  return TACIT_OK;
}

tacit_status tacit_convolution_f32(tacit_rank *, const tacit_convolution *what,
                                   const float *a, const float *b, float *c) {
  ++calls.convolutions;
  const tacit_convolution &v = *what;
  const bool makes_input = v.kind == TACIT_BACKWARD_DATA;
  const bool makes_filter = v.kind == TACIT_BACKWARD_WEIGHTS;
  const float *input = a, *filter = b, *output = makes_input ? a : b;
  std::map<int64_t, double> sums; // By their places in what is written.
  auto place = [](const int64_t *strides, int64_t p, int64_t q, int64_t r,
                  int64_t s) {
    return strides[0] * p + strides[1] * q + strides[2] * r + strides[3] * s;
  };
  for (int64_t n = 0; makes_input && n < v.input[0]; ++n)
    for (int64_t i = 0; i < v.input[1]; ++i)
      for (int64_t h = 0; h < v.input[2]; ++h)
        for (int64_t w = 0; w < v.input[3]; ++w)
          sums[place(v.input_strides, n, i, h, w)] = 0;
  for (int64_t n = 0; n < v.input[0]; ++n)
    for (int64_t i = 0; i < v.input[1]; ++i)
      for (int64_t o = 0; o < v.output[1]; ++o)
        for (int64_t y = 0; y < v.output[2]; ++y)
          for (int64_t x = 0; x < v.output[3]; ++x)
            for (int64_t h = 0; h < v.window[0]; ++h)
              for (int64_t w = 0; w < v.window[1]; ++w) {
                const int64_t at_h =
                    y * v.steps[0] + h * v.dilations[0] - v.low[0];
                const int64_t at_w =
                    x * v.steps[1] + w * v.dilations[1] - v.low[1];
                const bool inside = at_h >= 0 && at_h < v.input[2] &&
                                    at_w >= 0 && at_w < v.input[3];
                const int64_t in = place(v.input_strides, n, i, at_h, at_w);
                const int64_t by = place(v.filter_strides, o, i, h, w);
                const int64_t out = place(v.output_strides, n, o, y, x);
                if (makes_input && inside)
                  sums[in] += double(output[out]) * filter[by];
                else if (makes_filter)
                  sums[by] += inside ? double(input[in]) * output[out] : 0;
                else if (!makes_input)
                  sums[out] += inside ? double(input[in]) * filter[by] : 0;
              }
  for (auto [at, sum] : sums)
    c[at] = static_cast<float>(sum);
  return TACIT_OK;
}

} // extern "C"

namespace {

//===----------------------------------------------------------------------===//
// Compiling and running a step
//===----------------------------------------------------------------------===//

/// The code of one step, with its state and arena. The arena begins as NaN:
/// nothing may read what was not written.
class Program {
public:
  explicit Program(const std::string &trainer, bool small_products = false,
                   bool no_calls = false) {
    mlir::DialectRegistry registry;
    registry.insert<mlir::arith::ArithDialect,
                    mlir::bufferization::BufferizationDialect,
                    mlir::func::FuncDialect, mlir::linalg::LinalgDialect,
                    mlir::math::MathDialect, mlir::scf::SCFDialect,
                    mlir::tensor::TensorDialect>();
    mlir::func::registerAllExtensions(registry);
    mlir::tacit::registerTacit(registry);
    mlir::tacit::registerExecution(registry);
    context_ = std::make_unique<mlir::MLIRContext>(
        registry, mlir::MLIRContext::Threading::DISABLED);
    auto module =
        mlir::parseSourceString<mlir::ModuleOp>(trainer, context_.get());
    mlir::PassManager passes(context_.get());
    mlir::tacit::ToCPUOptions options;
    if (small_products)
      options.minWork = 1;
    if (no_calls)
      options.minWork = std::numeric_limits<int64_t>::max();
    mlir::tacit::buildToCPUPipeline(passes, options);
    if (!module || mlir::failed(passes.run(*module))) {
      ADD_FAILURE() << "does not compile:\n" << trainer;
      return;
    }
    auto code = mlir::tacit::CompiledProgram::create(*module);
    if (!code) {
      ADD_FAILURE() << llvm::toString(code.takeError());
      return;
    }
    code_ = std::move(*code);
    calls = Calls();
    calls.program = &program();
    state_.assign(program().state_bytes + TACIT_ALIGNMENT, 0);
    arena_.assign(program().arena_bytes + TACIT_ALIGNMENT, char(0xFF));
  }

  bool ok() const { return code_ != nullptr; }
  const tacit_program &program() const { return *code_->get(); }

  /// The first entry of variable `name`.
  template <typename T> T *Variable(const std::string &name) {
    for (uint32_t i = 0; i < program().num_variables; ++i)
      if (program().variables[i].name == name)
        return reinterpret_cast<T *>(Align(state_) +
                                     program().variables[i].offset);
    ADD_FAILURE() << "no variable " << name;
    return nullptr;
  }

  tacit_status Step(std::vector<const void *> data = {}) {
    tacit_rank_view view{};
    view.state = Align(state_);
    view.arena = Align(arena_);
    view.rank = 2;
    view.ranks = 5;
    double result = 0;
    std::vector<void *> results(program().step.num_results, &result);
    const tacit_batch batch{data.data(), results.data()};
    return program().step.function(reinterpret_cast<tacit_rank *>(&view),
                                   &batch);
  }

private:
  static char *Align(std::vector<char> &area) {
    auto address = reinterpret_cast<uintptr_t>(area.data());
    return area.data() +
           (TACIT_ALIGNMENT - address % TACIT_ALIGNMENT) % TACIT_ALIGNMENT;
  }

  std::unique_ptr<mlir::MLIRContext> context_;
  std::unique_ptr<mlir::tacit::CompiledProgram> code_;
  std::vector<char> state_, arena_;
};

using Shape = std::vector<int64_t>;

std::string TensorType(const Shape &shape, const std::string &element) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element + ">";
}

int64_t Entries(const Shape &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

std::string Variable(const std::string &name, const std::string &type) {
  return "  tacit.variable @" + name + " : " + type +
         " {role = #tacit.role<parameter>}\n";
}

/// A trainer of `variables` whose step is `body` and sets what it likes.
std::string Trainer(const std::string &variables, const std::string &body,
                    const std::string &attributes = "") {
  return "tacit.trainer @t " + attributes + " {\n" + variables +
         "  tacit.step {\n" + body +
         "    %loss = arith.constant dense<0.0> : tensor<f32>\n"
         "    tacit.yield %loss : tensor<f32>\n  }\n}\n";
}

//===----------------------------------------------------------------------===//
// Random contractions and reductions
//===----------------------------------------------------------------------===//

/// One structured operation over `extents`: C (op)= s A B, or of A alone.
struct Nest {
  Shape extents;
  std::vector<int> a, b, c; ///< Loops of each operand, in its order.
  std::string element = "f32";
  double scale = 1;
  bool negated = false;
  bool zero_filled = false;
  bool maximum = false; ///< Of A and C, instead of the sum.

  Shape shape(const std::vector<int> &loops) const {
    Shape found;
    for (int loop : loops)
      found.push_back(extents[loop]);
    return found;
  }
};

std::string MapOf(const Nest &nest, const std::vector<int> &loops) {
  std::string text = "affine_map<(";
  for (size_t i = 0; i < nest.extents.size(); ++i)
    text += (i ? ", d" : "d") + std::to_string(i);
  text += ") -> (";
  for (size_t i = 0; i < loops.size(); ++i)
    text += (i ? ", d" : "d") + std::to_string(loops[i]);
  return text + ")>";
}

std::string TextOf(const Nest &nest) {
  const std::string &t = nest.element;
  const std::string a = TensorType(nest.shape(nest.a), t);
  const std::string b = TensorType(nest.shape(nest.b), t);
  const std::string c = TensorType(nest.shape(nest.c), t);
  const bool product = !nest.b.empty();
  std::string body = "    %a = tacit.get @a : " + a + "\n";
  if (product)
    body += "    %b = tacit.get @b : " + b + "\n";
  body += "    %c = tacit.get @c : " + c + "\n";
  body += "    %scale = arith.constant " + std::to_string(nest.scale) + " : " +
          t + "\n";
  std::string start = "%c";
  if (nest.zero_filled) {
    body += "    %zero = arith.constant 0.0 : " + t +
            "\n    %empty = tensor.empty() : " + c +
            "\n    %filled = linalg.fill ins(%zero : " + t +
            ") outs(%empty : " + c + ") -> " + c + "\n";
    start = "%filled";
  }
  body += "    %r = linalg.generic {indexing_maps = [" + MapOf(nest, nest.a);
  if (product)
    body += ", " + MapOf(nest, nest.b);
  body += ", " + MapOf(nest, nest.c) + "], iterator_types = [";
  for (size_t i = 0; i < nest.extents.size(); ++i) {
    const bool kept =
        std::find(nest.c.begin(), nest.c.end(), int(i)) != nest.c.end();
    body +=
        (i ? ", " : "") + std::string(kept ? "\"parallel\"" : "\"reduction\"");
  }
  body += "]} ins(%a" + std::string(product ? ", %b" : "") + " : " + a +
          (product ? ", " + b : "") + ") outs(" + start + " : " + c + ") {\n";
  body += "    ^bb0(%l: " + t + (product ? ", %m: " + t : "") + ", %o: " + t +
          "):\n";
  if (nest.maximum) {
    body += "      %n = arith.maximumf %o, %l : " + t + "\n";
  } else {
    body += product ? "      %p = arith.mulf %l, %m : " + t + "\n"
                    : "      %p = arith.negf %l : " + t + "\n";
    body += "      %q = arith.mulf %p, %scale : " + t + "\n      %n = arith." +
            (nest.negated ? "subf" : "addf") + " %o, %q : " + t + "\n";
  }
  body += "      linalg.yield %n : " + t + "\n    } -> " + c + "\n";
  body += "    tacit.set @c, %r : " + c + "\n";
  return Trainer(Variable("a", a) + (product ? Variable("b", b) : "") +
                     Variable("c", c),
                 body);
}

/// The same by plain loops, in double precision.
template <typename T>
std::vector<double> Reference(const Nest &nest, const T *a, const T *b,
                              const T *c) {
  std::vector<double> result(Entries(nest.shape(nest.c)));
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = nest.zero_filled ? 0.0 : double(c[i]);
  Shape at(nest.extents.size(), 0);
  auto offset = [&](const std::vector<int> &loops) {
    int64_t index = 0;
    for (int loop : loops)
      index = index * nest.extents[loop] + at[loop];
    return index;
  };
  for (int64_t n = Entries(nest.extents); n > 0; --n) {
    double &entry = result[offset(nest.c)];
    const double left = a[offset(nest.a)];
    if (nest.maximum) {
      entry = std::max(entry, left);
    } else {
      const double part =
          (nest.b.empty() ? -left : left * double(b[offset(nest.b)])) *
          nest.scale;
      entry += nest.negated ? -part : part;
    }
    for (size_t loop = at.size(); loop-- > 0;) {
      if (++at[loop] < nest.extents[loop])
        break;
      at[loop] = 0;
    }
  }
  return result;
}

template <typename T>
void CheckNest(const Nest &nest, std::mt19937 &random,
               bool small_products = false) {
  const std::string text = TextOf(nest);
  Program program(text, small_products);
  ASSERT_TRUE(program.ok());
  std::uniform_real_distribution<double> uniform(-1, 1);
  auto fill = [&](const std::string &name, const Shape &shape) {
    T *data = program.Variable<T>(name);
    for (int64_t i = 0; i < Entries(shape); ++i)
      data[i] = static_cast<T>(uniform(random));
    return data;
  };
  const T *a = fill("a", nest.shape(nest.a));
  const T *b = nest.b.empty() ? nullptr : fill("b", nest.shape(nest.b));
  const T *c = fill("c", nest.shape(nest.c));
  const std::vector<double> expected = Reference(nest, a, b, c);
  ASSERT_EQ(program.Step(), TACIT_OK);
  const double tolerance = sizeof(T) == 4 ? 2e-5 : 1e-12;
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(c[i], expected[i],
                tolerance * std::sqrt(double(Entries(nest.extents))))
        << "entry " << i << " of\n"
        << text;
}

class NestTest : public testing::TestWithParam<int> {};

TEST_P(NestTest, ContractionsAreRight) {
  std::mt19937 random(GetParam());
  auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  int products = 0;
  for (int round = 0; round < 10; ++round) {
    Nest nest;
    // Loops of batches, of rows, of columns, and summed ones.
    const int64_t counts[4] = {pick(0, 1), pick(0, 2), pick(0, 2), pick(1, 2)};
    for (int kind = 0; kind < 4; ++kind)
      for (int64_t i = 0; i < counts[kind]; ++i) {
        const int loop = int(nest.extents.size());
        nest.extents.push_back(
            std::vector<int64_t>{1, 2, 3, 5, 16, 20}[pick(0, 5)]);
        if (kind != 2)
          nest.a.push_back(loop);
        if (kind != 1)
          nest.b.push_back(loop);
        if (kind != 3)
          nest.c.push_back(loop);
      }
    for (std::vector<int> *operand : {&nest.a, &nest.b, &nest.c})
      std::shuffle(operand->begin(), operand->end(), random);
    nest.scale = pick(0, 1) ? 0.75 : 1.0;
    nest.negated = pick(0, 1);
    nest.zero_filled = pick(0, 1);
    if (pick(0, 3) == 0) {
      nest.element = "f64";
      CheckNest<double>(nest, random);
      ASSERT_EQ(calls.products, 0) << "f64 has no product of the runtime";
    } else {
      CheckNest<float>(nest, random, /*small_products=*/pick(0, 3) != 0);
    }
    products += calls.products;
  }
  EXPECT_GT(products, 0) << "no contraction became a product";
}

TEST_P(NestTest, ReductionsAreRight) {
  std::mt19937 random(GetParam() + 1000);
  auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int round = 0; round < 6; ++round) {
    Nest nest;
    const int64_t loops = pick(1, 4);
    for (int loop = 0; loop < loops; ++loop) {
      nest.extents.push_back(std::vector<int64_t>{1, 2, 7, 19}[pick(0, 3)]);
      nest.a.push_back(loop);
      if (pick(0, 1))
        nest.c.push_back(loop);
    }
    std::shuffle(nest.a.begin(), nest.a.end(), random);
    std::shuffle(nest.c.begin(), nest.c.end(), random);
    nest.maximum = pick(0, 2) == 0;
    nest.zero_filled = !nest.maximum && pick(0, 1);
    nest.scale = 0.5;
    if (pick(0, 1)) {
      nest.element = "f64";
      CheckNest<double>(nest, random);
    } else {
      CheckNest<float>(nest, random);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, NestTest, testing::Range(0, 8));

/// Large enough for a call, whichever operand is transposed.
TEST(ContractionTest, EveryTranspositionIsAProduct) {
  std::mt19937 random(5);
  const std::vector<int> orders[2] = {{0, 1}, {1, 0}};
  for (int a = 0; a < 2; ++a)
    for (int b = 0; b < 2; ++b)
      for (int c = 0; c < 2; ++c) {
        Nest nest;
        nest.extents = {12, 30, 17}; // m, n, k
        nest.a = a ? std::vector<int>{2, 0} : std::vector<int>{0, 2};
        nest.b = b ? std::vector<int>{1, 2} : std::vector<int>{2, 1};
        nest.c = orders[c];
        CheckNest<float>(nest, random);
        EXPECT_EQ(calls.products, 1);
      }
}

//===----------------------------------------------------------------------===//
// Elementwise functions
//===----------------------------------------------------------------------===//

struct Function {
  const char *name;
  std::function<double(double)> definition;
};

const std::vector<Function> &Functions() {
  static const std::vector<Function> all = {
      {"absf", [](double x) { return std::fabs(x); }},
      {"ceil", [](double x) { return std::ceil(x); }},
      {"floor", [](double x) { return std::floor(x); }},
      {"round", [](double x) { return std::round(x); }},
      {"roundeven", [](double x) { return std::nearbyint(x); }},
      {"trunc", [](double x) { return std::trunc(x); }},
      {"sin", [](double x) { return std::sin(x); }},
      {"cos", [](double x) { return std::cos(x); }},
      {"tan", [](double x) { return std::tan(x); }},
      {"sinh", [](double x) { return std::sinh(x); }},
      {"cosh", [](double x) { return std::cosh(x); }},
      {"tanh", [](double x) { return std::tanh(x); }},
      {"asin", [](double x) { return std::asin(x); }},
      {"acos", [](double x) { return std::acos(x); }},
      {"atan", [](double x) { return std::atan(x); }},
      {"asinh", [](double x) { return std::asinh(x); }},
      {"atanh", [](double x) { return std::atanh(x); }},
      {"erf", [](double x) { return std::erf(x); }},
      {"erfc", [](double x) { return std::erfc(x); }},
      {"exp", [](double x) { return std::exp(x); }},
      {"exp2", [](double x) { return std::exp2(x); }},
      {"expm1", [](double x) { return std::expm1(x); }},
      {"log", [](double x) { return std::log(x); }},
      {"log1p", [](double x) { return std::log1p(x); }},
      {"log2", [](double x) { return std::log2(x); }},
      {"log10", [](double x) { return std::log10(x); }},
      {"cbrt", [](double x) { return std::cbrt(x); }},
      {"rsqrt", [](double x) { return 1 / std::sqrt(x); }},
      {"sqrt", [](double x) { return std::sqrt(x); }},
  };
  return all;
}

/// A step that sets @NAME to each function of @w.
std::string FunctionsText(const std::string &element) {
  const std::string type = TensorType({64}, element);
  std::string variables = Variable("w", type);
  std::string body = "    %w = tacit.get @w : " + type +
                     "\n    %e = tensor.empty() : " + type + "\n";
  for (const Function &function : Functions()) {
    const std::string name = function.name;
    variables += Variable(name, type);
    body += "    %" + name +
            " = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, "
            "affine_map<(i) -> (i)>], iterator_types = [\"parallel\"]} ins(%w "
            ": " +
            type + ") outs(%e : " + type + ") {\n    ^bb0(%a: " + element +
            ", %o: " + element + "):\n      %r = math." + name +
            " %a : " + element + "\n      linalg.yield %r : " + element +
            "\n    } -> " + type + "\n    tacit.set @" + name + ", %" + name +
            " : " + type + "\n";
  }
  return Trainer(variables, body);
}

template <typename T>
void CheckFunctions(const std::string &element, double tolerance) {
  Program program(FunctionsText(element));
  ASSERT_TRUE(program.ok());
  T *w = program.Variable<T>("w");
  for (int i = 0; i < 64; ++i)
    w[i] = static_cast<T>((i + 0.3) / 65); // In (0, 1): defined for all.
  ASSERT_EQ(program.Step(), TACIT_OK);
  for (const Function &function : Functions()) {
    const T *got = program.Variable<T>(function.name);
    for (int i = 0; i < 64; ++i) {
      const double wanted = function.definition(w[i]);
      EXPECT_NEAR(got[i], wanted, tolerance * std::max(1.0, std::fabs(wanted)))
          << "math." << function.name << " " << element << " of " << w[i];
    }
  }
}

/// A convolution with `step`, `dilation` and `padding`, and both gradients as
/// the sums that they are.
std::string ConvolutionText(int64_t step, int64_t dilation, int64_t padding) {
  auto number = [](int64_t value) { return std::to_string(value); };
  const int64_t h = 9 + 2 * padding;
  const int64_t out = (h - 2 * dilation - 1) / step + 1;
  const std::string x = "tensor<2x9x9x3xf32>", w = "tensor<3x3x3x4xf32>";
  const std::string e = number(h) + "x" + number(h);
  const std::string padded = "tensor<2x" + e + "x3xf32>";
  const std::string o = number(out) + "x" + number(out);
  const std::string y = "tensor<2x" + o + "x4xf32>";
  const std::string s = number(step) + " * ", d = " + k * " + number(dilation);
  const std::string at =
      "(n, " + s + "y" + d + ", " + s + "z + l * " + number(dilation) + ", i)";
  const std::string loops = "affine_map<(n, y, z, o, k, l, i) -> ";
  const std::string maps[] = {loops + at + ">", loops + "(k, l, i, o)>",
                              loops + "(n, y, z, o)>"};
  auto sum = [&](const std::string &name, int a, int b, int c,
                 const std::string &ins, const std::string &type,
                 const std::string &kinds) {
    return "    %e" + name + " = tensor.empty() : " + type + "\n    %f" + name +
           " = linalg.fill ins(%zero : f32) outs(%e" + name + " : " + type +
           ") -> " + type + "\n    %" + name +
           " = linalg.generic {indexing_maps = [" + maps[a] + ", " + maps[b] +
           ", " + maps[c] + "], iterator_types = [" + kinds + "]} ins(" + ins +
           ") outs(%f" + name + " : " + type +
           ") {\n    ^bb0(%a: f32, %b: f32, %c: f32):\n"
           "      %p = arith.mulf %a, %b : f32\n"
           "      %s = arith.addf %c, %p : f32\n"
           "      linalg.yield %s : f32\n    } -> " +
           type + "\n";
  };
  const std::string p = "\"parallel\"", r = "\"reduction\"", c = ", ";
  const std::string variables = Variable("x", x) + Variable("w", w) +
                                Variable("d", y) + Variable("y", y) +
                                Variable("gw", w) + Variable("gx", padded);
  std::string body =
      "    %zero = arith.constant 0.0 : f32\n    %x = tacit.get @x : " + x +
      "\n    %w = tacit.get @w : " + w + "\n    %d = tacit.get @d : " + y +
      "\n    %padded = tensor.pad %x low[0, " + number(padding) + ", " +
      number(padding) + ", 0] high[0, " + number(padding) + ", " +
      number(padding) +
      ", 0] {\n    ^bb0(%i: index, %j: index, %k: index, %l: index):\n"
      "      tensor.yield %zero : f32\n    } : " +
      x + " to " + padded + "\n";
  body += sum("y", 0, 1, 2, "%padded, %w : " + padded + ", " + w, y,
              p + c + p + c + p + c + p + c + r + c + r + c + r);
  body += sum("gw", 0, 2, 1, "%padded, %d : " + padded + ", " + y, w,
              r + c + r + c + r + c + p + c + p + c + p + c + p);
  body += sum("gx", 2, 1, 0, "%d, %w : " + y + ", " + w, padded,
              p + c + p + c + p + c + r + c + r + c + r + c + p);
  body += "    tacit.set @y, %y : " + y + "\n    tacit.set @gw, %gw : " + w +
          "\n    tacit.set @gx, %gx : " + padded + "\n";
  return Trainer(variables, body);
}

TEST(ConvolutionTest, CallsAndLoopsAgree) {
  for (int64_t step : {1, 2})
    for (int64_t dilation : {1, 2})
      for (int64_t padding : {0, 1}) {
        const std::string text = ConvolutionText(step, dilation, padding);
        SCOPED_TRACE(text);
        std::vector<float> results[2];
        for (bool by_calls : {false, true}) {
          Program program(text, /*small_products=*/by_calls,
                          /*no_calls=*/!by_calls);
          ASSERT_TRUE(program.ok());
          std::mt19937 random(3);
          std::uniform_real_distribution<float> uniform(-1, 1);
          std::vector<std::pair<std::string, size_t>> made;
          for (uint32_t i = 0; i < program.program().num_variables; ++i) {
            const tacit_variable &v = program.program().variables[i];
            size_t count = 1;
            for (int32_t k = 0; k < v.type.rank; ++k)
              count *= static_cast<size_t>(v.type.shape[k]);
            const std::string name = v.name;
            float *data = program.Variable<float>(name);
            for (size_t k = 0; k < count; ++k)
              data[k] = uniform(random);
            if (name == "y" || name == "gw" || name == "gx")
              made.emplace_back(name, count);
          }
          ASSERT_EQ(made.size(), 3u);
          ASSERT_EQ(program.Step(), TACIT_OK);
          EXPECT_EQ(calls.convolutions, by_calls ? 3 : 0);
          for (const auto &[name, count] : made) {
            const float *data = program.Variable<float>(name);
            results[by_calls].insert(results[by_calls].end(), data,
                                     data + count);
          }
        }
        ASSERT_EQ(results[0].size(), results[1].size());
        for (size_t i = 0; i < results[0].size(); ++i)
          ASSERT_NEAR(results[0][i], results[1][i], 1e-4) << "entry " << i;
      }
}

// A softmax of each row, large enough for the pool: a sum into its own rows is
// cut like what it sums up.
TEST(PoolTest, RowsAreCutAnywhere) {
  Program program(Trainer(Variable("x", "tensor<301x700xf32>") +
                              Variable("s", "tensor<301xf32>"),
                          R"(
    %x = tacit.get @x : tensor<301x700xf32>
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<301xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<301xf32>) -> tensor<301xf32>
    %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<301x700xf32>) outs(%f : tensor<301xf32>) {
    ^bb0(%in: f32, %out: f32):
      %v = math.exp %in : f32
      %a = arith.addf %out, %v : f32
      linalg.yield %a : f32
    } -> tensor<301xf32>
    tacit.set @s, %s : tensor<301xf32>
)"));
  ASSERT_TRUE(program.ok());
  float *x = program.Variable<float>("x");
  for (int64_t i = 0; i < 301 * 700; ++i)
    x[i] = std::sin(static_cast<float>(i));
  ASSERT_EQ(program.Step(), TACIT_OK);
  EXPECT_EQ(calls.loops, 1);
  const float *s = program.Variable<float>("s");
  for (int64_t i = 0; i < 301; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < 700; ++j)
      sum += std::exp(double(x[i * 700 + j]));
    ASSERT_NEAR(s[i], sum, 1e-5 * sum) << "row " << i;
  }
}

TEST(FunctionTest, SinglePrecision) { CheckFunctions<float>("f32", 1e-5); }
TEST(FunctionTest, DoublePrecision) { CheckFunctions<double>("f64", 1e-13); }

/// The largest relative error of math.`function` over a million inputs that
/// `input` gives, each from its index's fraction.
double LargestError(const std::string &function, double (*exact)(double),
                    const std::function<double(double)> &input) {
  constexpr int64_t kCount = 1000000;
  const std::string type = "tensor<1000000xf32>";
  Program program(
      Trainer(Variable("x", type) + Variable("y", type),
              "    %x = tacit.get @x : " + type +
                  "\n    %e = tensor.empty() : " + type +
                  "\n    %y = linalg.generic {indexing_maps = "
                  "[affine_map<(i) -> (i)>, affine_map<(i) -> "
                  "(i)>], iterator_types = [\"parallel\"]} ins(%x : " +
                  type + ") outs(%e : " + type +
                  ") {\n    ^bb0(%in: f32, %out: f32):\n      %r = "
                  "math." +
                  function +
                  " %in : f32\n      linalg.yield %r : f32\n    } "
                  "-> " +
                  type + "\n    tacit.set @y, %y : " + type + "\n"));
  if (!program.ok())
    return INFINITY;
  float *x = program.Variable<float>("x");
  for (int64_t i = 0; i < kCount; ++i)
    x[i] = static_cast<float>(input((double(i) + 0.5) / kCount));
  EXPECT_EQ(program.Step(), TACIT_OK);
  const float *y = program.Variable<float>("y");
  double largest = 0;
  for (int64_t i = 0; i < kCount; ++i) {
    const double wanted = exact(x[i]);
    const double error =
        std::fabs(y[i] - wanted) / std::max(std::fabs(wanted), 1.1754944e-38);
    largest = std::isnan(error) ? INFINITY : std::max(largest, error);
  }
  return largest;
}

/// The bounds that docs/rationale/lowering.md gives. 6e-8 is half a unit in the
/// last place.
TEST(FunctionTest, PolynomialsKeepTheirBounds) {
  auto across = [](double low, double high) {
    return [=](double f) { return low + f * (high - low); };
  };
  auto powers = [](double f) { return std::exp(-87 + f * 175); };
  EXPECT_LE(LargestError("exp", std::exp, across(-87, 88)), 1e-7);
  EXPECT_LE(LargestError("tanh", std::tanh, across(-12, 12)), 3e-7);
  EXPECT_LE(LargestError("log", std::log, powers), 1e-7);
  EXPECT_LE(LargestError("log", std::log, across(0.5, 2)), 2e-7);
  EXPECT_LE(LargestError("erf", std::erf, across(-6, 6)), 3e-7);
}

/// NaN and infinities mean what they mean: no fast mathematics.
TEST(FunctionTest, KeepsNaNAndInfinity) {
  Program program(FunctionsText("f32"));
  ASSERT_TRUE(program.ok());
  float *w = program.Variable<float>("w");
  std::fill_n(w, 64, 1.0f);
  w[5] = NAN;
  w[6] = INFINITY;
  w[7] = -INFINITY;
  ASSERT_EQ(program.Step(), TACIT_OK);
  EXPECT_TRUE(std::isnan(program.Variable<float>("exp")[5]));
  EXPECT_EQ(program.Variable<float>("exp")[6], INFINITY);
  EXPECT_EQ(program.Variable<float>("exp")[7], 0.0f);
  EXPECT_TRUE(std::isnan(program.Variable<float>("log")[7]));
  EXPECT_TRUE(std::isnan(program.Variable<float>("absf")[5]));
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

TEST(StateTest, SwapsVariables) {
  Program program(
      Trainer(Variable("a", "tensor<3xf32>") + Variable("b", "tensor<3xf32>"),
              R"(
    %a = tacit.get @a : tensor<3xf32>
    %b = tacit.get @b : tensor<3xf32>
    tacit.set @a, %b : tensor<3xf32>
    tacit.set @b, %a : tensor<3xf32>
)"));
  ASSERT_TRUE(program.ok());
  float *a = program.Variable<float>("a"), *b = program.Variable<float>("b");
  for (int i = 0; i < 3; ++i) {
    a[i] = float(i);
    b[i] = float(10 + i);
  }
  ASSERT_EQ(program.Step(), TACIT_OK);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(a[i], float(10 + i));
    EXPECT_EQ(b[i], float(i));
  }
}

/// The old value is kept in another variable, although the new one is computed
/// in its place.
TEST(StateTest, KeepsAnOldValue) {
  Program program(
      Trainer(Variable("old", "tensor<3xf32>") + Variable("w", "tensor<3xf32>"),
              R"(
    %w = tacit.get @w : tensor<3xf32>
    %n = linalg.add ins(%w, %w : tensor<3xf32>, tensor<3xf32>) outs(%w : tensor<3xf32>) -> tensor<3xf32>
    tacit.set @w, %n : tensor<3xf32>
    tacit.set @old, %w : tensor<3xf32>
)"));
  ASSERT_TRUE(program.ok());
  float *w = program.Variable<float>("w");
  for (int i = 0; i < 3; ++i)
    w[i] = float(i + 1);
  ASSERT_EQ(program.Step(), TACIT_OK);
  ASSERT_EQ(program.Step(), TACIT_OK);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(w[i], float(4 * (i + 1)));
    EXPECT_EQ(program.Variable<float>("old")[i], float(2 * (i + 1)));
  }
}

TEST(StateTest, CarriesThroughALoop) {
  Program program(Trainer(Variable("w", "tensor<4xf32>"), R"(
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %three = arith.constant 3 : index
    %w = tacit.get @w : tensor<4xf32>
    %n = scf.for %i = %zero to %three step %one iter_args(%c = %w) -> tensor<4xf32> {
      %e = tensor.empty() : tensor<4xf32>
      %t = linalg.generic {indexing_maps = [affine_map<(i) -> (3 - i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                           iterator_types = ["parallel"]}
          ins(%c, %c : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
      ^bb0(%other: f32, %own: f32, %o: f32):
        %twice = arith.addf %own, %own : f32
        %s = arith.addf %other, %twice : f32
        linalg.yield %s : f32
      } -> tensor<4xf32>
      scf.yield %t : tensor<4xf32>
    }
    tacit.set @w, %n : tensor<4xf32>
)"));
  ASSERT_TRUE(program.ok());
  float *w = program.Variable<float>("w");
  float expected[4] = {1, 2, 3, 4};
  std::copy_n(expected, 4, w);
  for (int round = 0; round < 3; ++round) {
    float next[4];
    for (int i = 0; i < 4; ++i)
      next[i] = expected[3 - i] + 2 * expected[i];
    std::copy_n(next, 4, expected);
  }
  ASSERT_EQ(program.Step(), TACIT_OK);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(w[i], expected[i]);
}

TEST(StateTest, KnowsItsRank) {
  Program program(Trainer(Variable("w", "tensor<2xi64>"), R"(
    %rank = tacit.rank : i64
    %ranks = tacit.num_ranks : i64
    %both = tensor.from_elements %rank, %ranks : tensor<2xi64>
    tacit.set @w, %both : tensor<2xi64>
)"));
  ASSERT_TRUE(program.ok());
  ASSERT_EQ(program.Step(), TACIT_OK);
  EXPECT_EQ(program.Variable<int64_t>("w")[0], 2);
  EXPECT_EQ(program.Variable<int64_t>("w")[1], 5);
}

//===----------------------------------------------------------------------===//
// Exchanges
//===----------------------------------------------------------------------===//

/// Three members of different sizes are one message, in order, whether they are
/// computed or are variables; what is in flight is not touched.
const char *const kBucket = R"(
    %a = tacit.get @a : tensor<3xf32>
    %b = tacit.get @b : tensor<5xf32>
    %c = tacit.get @c : tensor<2x2xf32>
    %t = linalg.add ins(%b, %b : tensor<5xf32>, tensor<5xf32>) outs(%b : tensor<5xf32>) -> tensor<5xf32>
    %h:3, %token = tacit.start all_reduce sum %a, %t, %c : tensor<3xf32>, tensor<5xf32>, tensor<2x2xf32>
    tacit.progress
    %e = tensor.empty() : tensor<3xf32>
    %fill = arith.constant 99.0 : f32
    %other = linalg.fill ins(%fill : f32) outs(%e : tensor<3xf32>) -> tensor<3xf32>
    tacit.set @other, %other : tensor<3xf32>
    %r:3 = tacit.await %token, %h#0, %h#1, %h#2 : tensor<3xf32>, tensor<5xf32>, tensor<2x2xf32>
    tacit.set @a, %r#0 : tensor<3xf32>
    tacit.set @b, %r#1 : tensor<5xf32>
    tacit.set @c, %r#2 : tensor<2x2xf32>
)";

std::string BucketText() {
  return Trainer(
      Variable("a", "tensor<3xf32>") + Variable("b", "tensor<5xf32>") +
          Variable("c", "tensor<2x2xf32>") + Variable("other", "tensor<3xf32>"),
      kBucket);
}

TEST(ExchangeTest, ABucketIsOneMessage) {
  Program program(BucketText());
  ASSERT_TRUE(program.ok());
  ASSERT_EQ(program.program().num_sites, 1u);
  EXPECT_EQ(program.program().sites[0].count, 12u);
  EXPECT_STREQ(program.program().sites[0].name, "all_reduce of a, b, c");
  float *a = program.Variable<float>("a"), *b = program.Variable<float>("b"),
        *c = program.Variable<float>("c");
  for (int i = 0; i < 3; ++i)
    a[i] = float(100 + i);
  for (int i = 0; i < 5; ++i)
    b[i] = float(200 + i);
  for (int i = 0; i < 4; ++i)
    c[i] = float(300 + i);
  ASSERT_EQ(program.Step(), TACIT_OK);
  const std::vector<std::string> expected = {"start 0", "progress", "await 0"};
  EXPECT_EQ(calls.made, expected);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(a[i], float(i - (100 + i)));
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(b[i], float(3 + i - 2 * (200 + i)));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(c[i], float(8 + i - (300 + i)));
  EXPECT_EQ(program.Variable<float>("other")[1], 99.0f);
}

TEST(ExchangeTest, AFailureReturnsAtOnce) {
  Program program(BucketText());
  ASSERT_TRUE(program.ok());
  calls.start_status = TACIT_TIMEOUT;
  EXPECT_EQ(program.Step(), TACIT_TIMEOUT);
  const std::vector<std::string> expected = {"start 0"};
  EXPECT_EQ(calls.made, expected);
}

TEST(ExchangeTest, Gathers) {
  Program program(Trainer(Variable("w", "tensor<3xf32>") +
                              Variable("all", "tensor<5x3xf32>"),
                          R"(
    %w = tacit.get @w : tensor<3xf32>
    %e = tensor.empty() : tensor<5x3xf32>
    %all = tacit.all_gather %w into %e : tensor<3xf32> into tensor<5x3xf32>
    tacit.set @all, %all : tensor<5x3xf32>
)",
                          "attributes {ranks = 5 : i64}"));
  ASSERT_TRUE(program.ok());
  for (int i = 0; i < 3; ++i)
    program.Variable<float>("w")[i] = float(i + 1);
  ASSERT_EQ(program.Step(), TACIT_OK);
  const std::vector<std::string> expected = {"gather 0", "await 0"};
  EXPECT_EQ(calls.made, expected);
  for (int i = 0; i < 15; ++i)
    EXPECT_EQ(program.Variable<float>("all")[i], float(i % 3 + 1));
}

} // namespace
