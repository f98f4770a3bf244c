//===- graph_cases.cpp - Operations together ----------------------*- C++
//-*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

namespace tacit::differential {

/// A graph of elementwise operations, products and sums on square tensors, in
/// which values are used again.
static Case makeGraph(uint64_t seed) {
  Random random(seed);
  int64_t n = random.integer(1, 4);
  std::string type = tensorType({n, n});
  Case test;
  test.name = "graph, seed " + std::to_string(seed);
  std::vector<std::string> values;
  for (int64_t count = random.integer(1, 3); count > 0; --count) {
    values.push_back("%x" + std::to_string(test.inputs.size()));
    test.inputs.push_back(
        {{n, n}, -1.0, 1.0, values.size() == 1 || random.chance(0.7)});
  }
  test.body =
      "%zero = arith.constant 0.0 : f64\n%empty = tensor.empty() : " + type +
      "\n%init = linalg.fill ins(%zero : f64) outs(%empty : " + type + ") -> " +
      type + "\n";
  const std::vector<std::string> one = {"math.tanh", "math.sin", "math.cos",
                                        "arith.negf", "math.erf"};
  const std::vector<std::string> two = {"arith.addf", "arith.subf",
                                        "arith.mulf", "arith.maximumf",
                                        "math.copysign"};
  const std::vector<std::string> maps = {
      affineMap(3, "d0, d2"), affineMap(3, "d2, d0"), affineMap(3, "d2, d1"),
      affineMap(3, "d1, d2")};
  for (int64_t step = 0, count = random.integer(3, 10); step < count; ++step) {
    std::string r = "%s" + std::to_string(step);
    std::string a = step == 0 ? "%x0" : random.pick(values);
    std::string b = random.pick(values);
    if (random.chance(0.3))
      test.body += r + " = linalg.contract indexing_maps = [" +
                   maps[random.integer(0, 1)] + ", " +
                   maps[random.integer(2, 3)] + ", " +
                   affineMap(3, random.chance(0.5) ? "d0, d1" : "d1, d0") +
                   "] ins(" + a + ", " + b + " : " + type + ", " + type +
                   ") outs(%init : " + type + ") -> " + type + "\n";
    else if (random.chance(0.5))
      test.body += r + " = " + random.pick(one) + " " + a + " : " + type + "\n";
    else
      test.body += r + " = " + random.pick(two) + " " + a + ", " + b + " : " +
                   type + "\n";
    values.push_back(r);
  }
  // No step takes exponentials, so that nothing cancels this one.
  test.body += "%e = math.exp %x0 : " + type + "\n%y = arith.addf " +
               values.back() + ", %e : " + type + "\n";
  test.results = {{"%y", {n, n}}};
  return test;
}

/// The sum over a random shape of the sum of inputs: all gradients are
/// constants, known at compile time.
static Case makeLinear(uint64_t seed) {
  Random random(seed);
  int64_t dims = random.integer(1, 4);
  Shape extents;
  std::vector<std::string> iterators, maps, types, operands, arguments;
  for (int64_t d = 0; d < dims; ++d) {
    extents.push_back(random.integer(1, 4));
    iterators.push_back("\"reduction\"");
  }
  Case test;
  test.name = "linear, seed " + std::to_string(seed);
  std::string body, last = "%out";
  for (int input = 0; input < 3; ++input) {
    std::vector<std::string> results;
    Shape shape;
    for (int64_t d : random.permutation(dims))
      if (input == 0 || random.chance(0.5)) {
        results.push_back("d" + std::to_string(d));
        shape.push_back(extents[d]);
      }
    std::string n = std::to_string(input);
    test.inputs.push_back({shape});
    maps.push_back(affineMap(dims, join(results)));
    types.push_back(tensorType(shape));
    operands.push_back("%x" + n);
    arguments.push_back("%in" + n + ": f64");
    body += "%v" + n + " = arith." + (random.chance(0.5) ? "addf " : "subf ") +
            last + ", %in" + n + " : f64\n";
    last = "%v" + n;
  }
  test.body = "%zero = arith.constant 0.0 : f64\n%empty = tensor.empty() : "
              "tensor<f64>\n%init = linalg.fill ins(%zero : f64) outs(%empty : "
              "tensor<f64>) -> tensor<f64>\n%y = linalg.generic "
              "{indexing_maps = [" +
              join(maps) + ", " + affineMap(dims, "") +
              "], iterator_types = [" + join(iterators) + "]} ins(" +
              join(operands) + " : " + join(types) +
              ") outs(%init : tensor<f64>) {\n^bb0(" + join(arguments) +
              ", %out: f64):\n" + body + "linalg.yield " + last +
              " : f64\n} -> tensor<f64>\n";
  test.results = {{"%y", {}}};
  test.weighted = false;
  return test;
}

std::vector<Case> makeGraphCases() {
  std::vector<Case> cases;
  for (uint64_t seed = 0; seed < 60; ++seed)
    cases.push_back(makeGraph(seed));
  for (uint64_t seed = 0; seed < 20; ++seed)
    cases.push_back(makeLinear(seed));
  return cases;
}

} // namespace tacit::differential
