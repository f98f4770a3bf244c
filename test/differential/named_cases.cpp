//===- named_cases.cpp - The named operations of linalg ---------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

#include <map>
#include <sstream>

namespace tacit::differential {

namespace {
/// A named operation of two inputs: the shapes of inputs and of the result. An
/// extent is a letter, drawn at random, one letter one extent; `X`, `Y`, `Z`
/// are what a window of `i`, `j`, `k` at `x`, `y`, `z` places spans.
struct Named {
  const char *op;
  const char *a;
  const char *b;
  const char *result;
  int windows = 0;      ///< Spatial dimensions, with strides and dilations.
  bool pooling = false; ///< `b` has only a shape.
};
} // namespace

static const std::vector<Named> &namedOps() {
  static const std::vector<Named> ops = {
      {"matmul", "m l", "l n", "m n"},
      {"batch_matmul", "b m l", "b l n", "b m n"},
      {"batch_reduce_matmul", "b m l", "b l n", "m n"},
      {"matvec", "m l", "l", "m"},
      {"vecmat", "l", "l n", "n"},
      {"batch_matvec", "b m l", "b l", "b m"},
      {"batch_vecmat", "b l", "b l n", "b n"},
      {"dot", "l", "l", ""},
      {"mmt4d", "m l p q", "n l r q", "m n p r"},
      {"batch_mmt4d", "b m l p q", "b n l r q", "b m n p r"},
      {"conv_1d", "X", "i", "x", -1},
      {"conv_2d", "X Y", "i j", "x y", -2},
      {"conv_3d", "X Y Z", "i j k", "x y z", -3},
      {"conv_1d_nwc_wcf", "n X c", "i c f", "n x f", 1},
      {"conv_1d_ncw_fcw", "n c X", "f c i", "n f x", 1},
      {"conv_2d_nhwc_hwcf", "n X Y c", "i j c f", "n x y f", 2},
      {"conv_2d_nhwc_fhwc", "n X Y c", "f i j c", "n x y f", 2},
      {"conv_2d_nchw_fchw", "n c X Y", "f c i j", "n f x y", 2},
      {"conv_2d_ngchw_fgchw", "n g c X Y", "f g c i j", "n g f x y", 2},
      {"conv_2d_ngchw_gfchw", "n g c X Y", "g f c i j", "n g f x y", 2},
      {"conv_2d_nhwgc_gfhwc", "n X Y g c", "g f i j c", "n x y g f", 2},
      {"conv_3d_ndhwc_dhwcf", "n X Y Z c", "i j k c f", "n x y z f", 3},
      {"conv_3d_ncdhw_fcdhw", "n c X Y Z", "f c i j k", "n f x y z", 3},
      {"depthwise_conv_1d_nwc_wc", "n X c", "i c", "n x c", 1},
      {"depthwise_conv_1d_ncw_cw", "n c X", "c i", "n c x", 1},
      {"depthwise_conv_1d_nwc_wcm", "n X c", "i c m", "n x c m", 1},
      {"depthwise_conv_2d_nhwc_hwc", "n X Y c", "i j c", "n x y c", 2},
      {"depthwise_conv_2d_nchw_chw", "n c X Y", "c i j", "n c x y", 2},
      {"depthwise_conv_2d_nhwc_hwcm", "n X Y c", "i j c m", "n x y c m", 2},
      {"depthwise_conv_3d_ndhwc_dhwc", "n X Y Z c", "i j k c", "n x y z c", 3},
      {"depthwise_conv_3d_ncdhw_cdhw", "n c X Y Z", "c i j k", "n c x y z", 3},
      {"depthwise_conv_3d_ndhwc_dhwcm", "n X Y Z c", "i j k c m", "n x y z c m",
       3},
      {"pooling_nhwc_sum", "n X Y c", "i j", "n x y c", 2, true},
      {"pooling_nhwc_max", "n X Y c", "i j", "n x y c", 2, true},
      {"pooling_nhwc_min", "n X Y c", "i j", "n x y c", 2, true},
      {"pooling_nchw_sum", "n c X Y", "i j", "n c x y", 2, true},
      {"pooling_nchw_max", "n c X Y", "i j", "n c x y", 2, true},
      {"pooling_nwc_sum", "n X c", "i", "n x c", 1, true},
      {"pooling_nwc_max", "n X c", "i", "n x c", 1, true},
      {"pooling_nwc_min", "n X c", "i", "n x c", 1, true},
      {"pooling_ncw_sum", "n c X", "i", "n c x", 1, true},
      {"pooling_ncw_max", "n c X", "i", "n c x", 1, true},
      {"pooling_ndhwc_sum", "n X Y Z c", "i j k", "n x y z c", 3, true},
      {"pooling_ndhwc_max", "n X Y Z c", "i j k", "n x y z c", 3, true},
      {"pooling_ndhwc_min", "n X Y Z c", "i j k", "n x y z c", 3, true}};
  return ops;
}

namespace {
/// The extents of one instance of a named operation.
class Extents {
public:
  Extents(Random &random, bool windowsMove) : random(random) {
    for (int d = 0; d < 3; ++d) {
      strides.push_back(windowsMove ? random.integer(1, 2) : 1);
      dilations.push_back(windowsMove ? random.integer(1, 2) : 1);
    }
  }

  Shape shape(const char *letters) {
    std::istringstream words(letters);
    Shape shape;
    for (char letter; words >> letter;)
      shape.push_back(extent(letter));
    return shape;
  }

  /// "strides = dense<[1, 2]> : tensor<2xi64>" and dilations.
  std::string attributes(int count) const {
    auto dense = [&](const std::vector<int64_t> &values) {
      std::string text = "dense<[";
      for (int d = 0; d < count; ++d)
        text += (d ? ", " : "") + std::to_string(values[d]);
      return text + "]> : tensor<" + std::to_string(count) + "xi64>";
    };
    return "{strides = " + dense(strides) +
           ", dilations = " + dense(dilations) + "} ";
  }

private:
  int64_t extent(char letter) {
    if (letter >= 'X' && letter <= 'Z') {
      int d = letter - 'X';
      return (extent('x' + d) - 1) * strides[d] +
             (extent('i' + d) - 1) * dilations[d] + 1;
    }
    auto [it, fresh] = extents.try_emplace(letter, 0);
    if (fresh)
      it->second = random.integer(1, 3);
    return it->second;
  }

  Random &random;
  std::vector<int64_t> strides, dilations;
  std::map<char, int64_t> extents;
};
} // namespace

static Case makeNamedCase(const Named &named, uint64_t seed) {
  Random random(seed);
  Extents extents(random, named.windows > 0);
  Shape a = extents.shape(named.a), b = extents.shape(named.b);
  Shape result = extents.shape(named.result);
  Case test;
  test.name =
      std::string("linalg.") + named.op + ", seed " + std::to_string(seed);
  test.inputs = {{a}};
  std::string window = "%window";
  if (named.pooling)
    test.body = "%window = tensor.empty() : " + tensorType(b) + "\n";
  else {
    test.inputs.push_back({b});
    window = "%x1";
  }
  // Every other time the result starts from an input.
  std::string init = "%init";
  if (seed % 2) {
    init = "%x" + std::to_string(test.inputs.size());
    test.inputs.push_back({result});
  } else {
    bool max = std::string(named.op).ends_with("_max");
    bool min = std::string(named.op).ends_with("_min");
    test.body += "%start = arith.constant " +
                 std::string(max   ? "0xFFF0000000000000"
                             : min ? "0x7FF0000000000000"
                                   : "0.0") +
                 " : f64\n%empty = tensor.empty() : " + tensorType(result) +
                 "\n%init = linalg.fill ins(%start : f64) outs(%empty : " +
                 tensorType(result) + ") -> " + tensorType(result) + "\n";
  }
  test.body += "%y = linalg." + std::string(named.op) + " " +
               (named.windows > 0 ? extents.attributes(named.windows) : "") +
               "ins(%x0, " + window + " : " + tensorType(a) + ", " +
               tensorType(b) + ") outs(" + init + " : " + tensorType(result) +
               ") -> " + tensorType(result) + "\n";
  test.results = {{"%y", result}};
  return test;
}

/// A named elementwise operation, with the range of its operands.
struct NamedElementwise {
  const char *op;
  std::vector<std::pair<double, double>> ranges;
};

static Case makeElementwiseCase(const NamedElementwise &named, uint64_t seed) {
  Random random(seed);
  Case test;
  test.name =
      std::string("linalg.") + named.op + ", seed " + std::to_string(seed);
  Shape shape = {random.integer(1, 4), random.integer(1, 4)};
  std::vector<std::string> operands, types;
  std::string type = tensorType(shape);
  for (auto [low, high] : named.ranges) {
    operands.push_back("%x" + std::to_string(test.inputs.size()));
    types.push_back(type);
    test.inputs.push_back({shape, low, high});
  }
  // A factor that depends on the operand, for those without derivative.
  test.body = "%empty = tensor.empty() : " + type + "\n%s = linalg." +
              named.op + " ins(" + join(operands) + " : " + join(types) +
              ") outs(%empty : " + type + ") -> " + type +
              "\n%y = arith.mulf %s, %x0 : " + type + "\n";
  test.results = {{"%y", shape}};
  return test;
}

static std::vector<Case> makeElementwiseNamedCases() {
  const std::pair<double, double> any = {-1.5, 1.5}, positive = {0.3, 2.0};
  std::vector<NamedElementwise> ops;
  for (const char *op : {"add", "sub", "mul", "max", "min"})
    ops.push_back({op, {any, any}});
  for (const char *op : {"exp", "abs", "negf", "square", "tanh", "erf", "ceil",
                         "floor", "round", "copy"})
    ops.push_back({op, {any}});
  for (const char *op : {"log", "reciprocal", "sqrt", "rsqrt"})
    ops.push_back({op, {positive}});
  ops.push_back({"div", {any, positive}});
  ops.push_back({"powf", {positive, any}});
  ops.push_back({"elementwise kind = #linalg.elementwise_kind<tanh>", {any}});
  ops.push_back(
      {"elementwise kind = #linalg.elementwise_kind<mul>", {any, any}});
  std::vector<Case> cases;
  for (const NamedElementwise &named : ops)
    cases.push_back(makeElementwiseCase(named, cases.size()));
  return cases;
}

/// Operations whose text has a form of its own.
static std::vector<Case> makeOtherCases() {
  const std::string x = tensorType({2, 3}), e = "%e = tensor.empty() : ";
  std::vector<Case> cases;
  auto add = [&](const std::string &name, std::vector<Input> inputs,
                 const std::string &body, Shape result) {
    cases.push_back({name, std::move(inputs), body, {{"%y", result}}});
  };
  add("linalg.select", {{{2, 3}}, {{2, 3}}},
      e + x + "\n%c = arith.cmpf olt, %x0, %x1 : " + x +
          "\n%p = arith.mulf %x0, %x1 : " + x +
          "\n%y = linalg.select ins(%c, %p, %x1 : tensor<2x3xi1>, " + x + ", " +
          x + ") outs(%e : " + x + ") -> " + x + "\n",
      {2, 3});
  add("linalg.fill", {{{3}}, {{2, 4}}, {{4, 3}}},
      "%i = arith.constant 1 : index\n%v = tensor.extract %x0[%i] : "
      "tensor<3xf64>\n%w = math.sin %v : f64\n" +
          e + x + "\n%f = linalg.fill ins(%w : f64) outs(%e : " + x + ") -> " +
          x +
          "\n%y = linalg.matmul ins(%x1, %x2 : tensor<2x4xf64>, "
          "tensor<4x3xf64>) outs(%f : " +
          x + ") -> " + x + "\n",
      {2, 3});
  add("linalg.transpose", {{{2, 3, 4}}},
      e + "tensor<4x2x3xf64>\n%y = linalg.transpose ins(%x0 : "
          "tensor<2x3x4xf64>) outs(%e : tensor<4x2x3xf64>) permutation = [2, "
          "0, 1]\n",
      {4, 2, 3});
  add("linalg.broadcast", {{{3}}},
      e + x + "\n%y = linalg.broadcast ins(%x0 : tensor<3xf64>) outs(%e : " +
          x + ") dimensions = [0]\n",
      {2, 3});
  add("linalg.reduce sum", {{{2, 3, 2}}, {{3}}},
      "%y = linalg.reduce { arith.addf } ins(%x0 : tensor<2x3x2xf64>) "
      "outs(%x1 : tensor<3xf64>) dimensions = [0, 2]\n",
      {3});
  add("linalg.reduce max", {{{2, 3, 2}}, {{3}}},
      "%y = linalg.reduce { arith.maximumf } ins(%x0 : tensor<2x3x2xf64>) "
      "outs(%x1 : tensor<3xf64>) dimensions = [0, 2]\n",
      {3});
  add("linalg.softmax", {{{2, 3}}},
      e + x + "\n%y = linalg.softmax dimension(1) ins(%x0 : " + x +
          ") outs(%e : " + x + ") -> " + x + "\n",
      {2, 3});
  add("linalg.map", {{{2, 3}}, {{2, 3}}},
      e + x + "\n%y = linalg.map { math.atan2 } ins(%x0, %x1 : " + x + ", " +
          x + ") outs(%e : " + x + ")\n",
      {2, 3});
  add("linalg.generic in place", {{{2, 3}}, {{3}}},
      "%y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, "
      "affine_map<(i, j) -> (i, j)>], iterator_types = [\"parallel\", "
      "\"parallel\"]} ins(%x1 : tensor<3xf64>) outs(%x0 : " +
          x +
          ") {\n^bb0(%in: f64, %out: f64):\n%s = math.sin %out : f64\n%m = "
          "arith.mulf %s, %in : f64\nlinalg.yield %m : f64\n} -> " +
          x + "\n",
      {2, 3});
  return cases;
}

std::vector<Case> makeNamedCases() {
  std::vector<Case> cases = makeElementwiseNamedCases();
  for (Case &test : makeOtherCases())
    cases.push_back(std::move(test));
  for (const Named &named : namedOps())
    for (uint64_t seed = 0; seed < 2; ++seed)
      cases.push_back(makeNamedCase(named, seed));
  return cases;
}

/// Random contractions: each dimension of the iteration space is in two of
/// three maps, or in all, in any order.
std::vector<Case> makeContractionCases() {
  std::vector<Case> cases;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    int64_t dims = random.integer(1, 4);
    std::vector<int64_t> extents(dims);
    std::vector<int> absent(dims); // which of the three maps lacks it; 3: none
    for (int64_t d = 0; d < dims; ++d) {
      extents[d] = random.integer(1, 4);
      absent[d] = static_cast<int>(random.integer(0, 3));
    }
    absent[0] = 2; // something to sum over
    Case test;
    std::vector<std::string> maps, types;
    std::vector<Shape> shapes(3);
    for (int map = 0; map < 3; ++map) {
      std::vector<std::string> results;
      for (int64_t d : random.permutation(dims))
        if (absent[d] != map) {
          results.push_back("d" + std::to_string(d));
          shapes[map].push_back(extents[d]);
        }
      maps.push_back(affineMap(dims, join(results)));
      types.push_back(tensorType(shapes[map]));
      test.inputs.push_back({shapes[map]});
    }
    test.name = "contraction, seed " + std::to_string(seed);
    std::string indexing = "indexing_maps = [" + join(maps) + "]";
    std::string operands = "ins(%x0, %x1 : " + types[0] + ", " + types[1] +
                           ") outs(%x2 : " + types[2] + ")";
    if (seed % 2) {
      test.body = "%y = linalg.contract " + indexing + " " + operands + " -> " +
                  types[2] + "\n";
    } else {
      std::vector<std::string> iterators;
      for (int64_t d = 0; d < dims; ++d)
        iterators.push_back(absent[d] == 2 ? "\"reduction\"" : "\"parallel\"");
      test.body = "%y = linalg.generic {" + indexing + ", iterator_types = [" +
                  join(iterators) + "]} " + operands +
                  " {\n^bb0(%a: f64, %b: f64, %sum: f64):\n"
                  "%p = arith.mulf %a, %b : f64\n"
                  "%s = arith.addf %sum, %p : f64\n"
                  "linalg.yield %s : f64\n} -> " +
                  types[2] + "\n";
    }
    test.results = {{"%y", shapes[2]}};
    cases.push_back(std::move(test));
  }
  return cases;
}

} // namespace tacit::differential
