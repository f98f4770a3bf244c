//===- tensor_cases.cpp - Rules of tensor ------------------------*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

namespace tacit::differential {

static std::string list(const std::vector<int64_t> &numbers) {
  std::vector<std::string> parts;
  for (int64_t number : numbers)
    parts.push_back(std::to_string(number));
  return "[" + join(parts) + "]";
}

namespace {
/// A random slice of a random shape.
struct Slice {
  explicit Slice(Random &random) {
    for (int64_t d = random.integer(1, 3); d > 0; --d) {
      offsets.push_back(random.integer(0, 2));
      sizes.push_back(random.integer(1, 3));
      strides.push_back(random.integer(1, 2));
      whole.push_back(offsets.back() + (sizes.back() - 1) * strides.back() + 1 +
                      random.integer(0, 1));
    }
  }
  std::string text() const {
    return list(offsets) + " " + list(sizes) + " " + list(strides);
  }
  Shape whole, offsets, sizes, strides;
};
} // namespace

static void addSlices(Random &random, const std::string &name,
                      std::vector<Case> &cases) {
  Slice slice(random);
  std::string whole = tensorType(slice.whole), part = tensorType(slice.sizes);
  cases.push_back({"tensor.extract_slice" + name,
                   {{slice.whole}},
                   "%s = tensor.extract_slice %x0" + slice.text() + " : " +
                       whole + " to " + part + "\n%y = math.sin %s : " + part +
                       "\n",
                   {{"%y", slice.sizes}}});
  cases.push_back({"tensor.insert_slice" + name,
                   {{slice.sizes}, {slice.whole}},
                   "%s = tensor.insert_slice %x0 into %x1" + slice.text() +
                       " : " + part + " into " + whole +
                       "\n%y = math.sin %s : " + whole + "\n",
                   {{"%y", slice.whole}}});
}

static void addPadAndConcat(Random &random, const std::string &name,
                            std::vector<Case> &cases) {
  Shape shape, low, high, padded;
  for (int64_t rank = random.integer(1, 3); rank > 0; --rank) {
    shape.push_back(random.integer(1, 3));
    low.push_back(random.integer(0, 2));
    high.push_back(random.integer(0, 2));
    padded.push_back(low.back() + shape.back() + high.back());
  }
  std::vector<std::string> indices;
  for (size_t d = 0; d < shape.size(); ++d)
    indices.push_back("%i" + std::to_string(d) + ": index");
  std::string type = tensorType(shape), wide = tensorType(padded);
  cases.push_back({"tensor.pad" + name,
                   {{shape}},
                   "%v = arith.constant 0.5 : f64\n%p = tensor.pad %x0 low" +
                       list(low) + " high" + list(high) + " {\n^bb0(" +
                       join(indices) +
                       "):\ntensor.yield %v : f64\n} : " + type + " to " +
                       wide + "\n%y = math.sin %p : " + wide + "\n",
                   {{"%y", padded}}});
  int64_t dim = random.integer(0, static_cast<int64_t>(shape.size()) - 1);
  Shape other = shape, result = shape;
  other[dim] = random.integer(1, 3);
  result[dim] += other[dim] + shape[dim];
  std::string types = join({type, tensorType(other), type});
  cases.push_back({"tensor.concat" + name,
                   {{shape}, {other}},
                   "%s = tensor.concat dim(" + std::to_string(dim) +
                       ") %x0, %x1, %x0 : (" + types + ") -> " +
                       tensorType(result) +
                       "\n%y = math.sin %s : " + tensorType(result) + "\n",
                   {{"%y", result}}});
}

static void addReshapes(Random &random, const std::string &name,
                        std::vector<Case> &cases) {
  int64_t a = random.integer(1, 3), b = random.integer(1, 3),
          c = random.integer(1, 3);
  std::string folded = tensorType({a * b, c});
  std::string open = tensorType({a, b, c});
  cases.push_back({"tensor.expand_shape" + name,
                   {{{a * b, c}}},
                   "%s = tensor.expand_shape %x0 [[0, 1], [2]] output_shape " +
                       list({a, b, c}) + " : " + folded + " into " + open +
                       "\n%y = math.sin %s : " + open + "\n",
                   {{"%y", {a, b, c}}}});
  cases.push_back({"tensor.collapse_shape" + name,
                   {{{a, b, c}}},
                   "%s = tensor.collapse_shape %x0 [[0, 1], [2]] : " + open +
                       " into " + folded + "\n%y = math.sin %s : " + folded +
                       "\n",
                   {{"%y", {a * b, c}}}});
}

/// Values that pass from tensors to scalars and back.
static void addScalars(std::vector<Case> &cases) {
  const std::string type = tensorType({2, 3});
  const std::string indices = "%i = arith.constant 1 : index\n"
                              "%j = arith.constant 2 : index\n";
  cases.push_back({"tensor.extract",
                   {{{2, 3}}},
                   indices + "%v = tensor.extract %x0[%i, %j] : " + type +
                       "\n%w = math.exp %v : f64\n"
                       "%y = tensor.from_elements %w, %v, %w, %v : "
                       "tensor<2x2xf64>\n",
                   {{"%y", {2, 2}}}});
  cases.push_back({"tensor.insert",
                   {{{2, 3}}, {{2, 3}}},
                   indices + "%v = tensor.extract %x1[%i, %j] : " + type +
                       "\n%w = math.exp %v : f64\n%s = tensor.insert %w into "
                       "%x0[%i, %i] : " +
                       type + "\n%y = math.sin %s : " + type + "\n",
                   {{"%y", {2, 3}}}});
  cases.push_back({"tensor.splat",
                   {{{2, 3}}},
                   indices + "%v = tensor.extract %x0[%i, %j] : " + type +
                       "\n%s = tensor.splat %v : " + type +
                       "\n%y = arith.mulf %s, %x0 : " + type + "\n",
                   {{"%y", {2, 3}}}});
  cases.push_back({"a condition for a whole tensor",
                   {{{2, 3}}, {{2, 3}}},
                   indices + "%v = tensor.extract %x0[%i, %j] : " + type +
                       "\n%w = tensor.extract %x1[%i, %j] : " + type +
                       "\n%c = arith.cmpf olt, %v, %w : f64\n"
                       "%s = arith.mulf %x0, %x1 : " +
                       type + "\n%y = arith.select %c, %s, %x1 : " + type +
                       "\n",
                   {{"%y", {2, 3}}}});
}

/// Extents that the function does not know.
static void addDynamic(std::vector<Case> &cases) {
  Input open = {{2, 3}};
  open.dynamic = true;
  cases.push_back({"tensor.cast",
                   {open},
                   "%y = tensor.cast %x0 : tensor<?x?xf64> to "
                   "tensor<2x3xf64>\n",
                   {{"%y", {2, 3}}}});
  const std::string maps =
      "{indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> "
      "(i)>], iterator_types = [\"parallel\", \"reduction\"]}";
  cases.push_back(
      {"extents from tensor.dim",
       {open},
       "%zero = arith.constant 0 : index\n"
       "%start = arith.constant 0.0 : f64\n"
       "%n = tensor.dim %x0, %zero : tensor<?x?xf64>\n"
       "%m = arith.index_cast %n : index to i64\n"
       "%scale = arith.sitofp %m : i64 to f64\n"
       "%empty = tensor.empty(%n) : tensor<?xf64>\n"
       "%init = linalg.fill ins(%start : f64) outs(%empty : tensor<?xf64>) -> "
       "tensor<?xf64>\n"
       "%twice = arith.addf %x0, %x0 : tensor<?x?xf64>\n"
       "%s = linalg.generic " +
           maps +
           " ins(%twice : tensor<?x?xf64>) outs(%init : tensor<?xf64>) {\n"
           "^bb0(%in: f64, %sum: f64):\n"
           "%e = math.exp %in : f64\n"
           "%d = arith.divf %e, %scale : f64\n"
           "%t = arith.addf %sum, %d : f64\n"
           "linalg.yield %t : f64\n} -> tensor<?xf64>\n"
           "%y = tensor.cast %s : tensor<?xf64> to tensor<2xf64>\n",
       {{"%y", {2}}}});
  cases.push_back(
      {"a product of unknown extents",
       {open, {{3, 4}}},
       "%zero = arith.constant 0 : index\n"
       "%start = arith.constant 0.0 : f64\n"
       "%n = tensor.dim %x0, %zero : tensor<?x?xf64>\n"
       "%empty = tensor.empty(%n) : tensor<?x4xf64>\n"
       "%init = linalg.fill ins(%start : f64) outs(%empty : tensor<?x4xf64>) "
       "-> tensor<?x4xf64>\n"
       "%s = linalg.matmul ins(%x0, %x1 : tensor<?x?xf64>, tensor<3x4xf64>) "
       "outs(%init : tensor<?x4xf64>) -> tensor<?x4xf64>\n"
       "%y = tensor.cast %s : tensor<?x4xf64> to tensor<2x4xf64>\n",
       {{"%y", {2, 4}}}});
}

/// A tensor cut into parts that are used apart, two of which overlap.
static void addParts(std::vector<Case> &cases) {
  const std::string whole = tensorType({2, 6}), part = tensorType({2, 2});
  std::string body;
  for (const char *offset : {"0", "2", "4", "3"})
    body += "%s" + std::string(offset) + " = tensor.extract_slice %x0[0, " +
            offset + "] [2, 2] [1, 1] : " + whole + " to " + part + "\n";
  body += "%p = arith.mulf %s0, %s2 : " + part +
          "\n%q = math.sin %s4 : " + part +
          "\n%r = arith.mulf %q, %s3 : " + part +
          "\n%y = arith.addf %p, %r : " + part + "\n";
  cases.push_back({"parts", {{{2, 6}}}, body, {{"%y", {2, 2}}}});
}

std::vector<Case> makeTensorCases() {
  std::vector<Case> cases;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    Random random(seed);
    std::string name = ", seed " + std::to_string(seed);
    addSlices(random, name, cases);
    addPadAndConcat(random, name, cases);
    addReshapes(random, name, cases);
  }
  addParts(cases);
  addScalars(cases);
  addDynamic(cases);
  return cases;
}

} // namespace tacit::differential
