//===- generic_cases.cpp - Random linalg.generic ----------------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

namespace tacit::differential {

namespace {
/// Writes a random generic: its iteration space, maps, and body.
class GenericWriter {
public:
  GenericWriter(uint64_t seed) : random(seed) {
    test.name = "generic, seed " + std::to_string(seed);
  }

  Case write();

private:
  enum class Kind { Each, Sum, Extremum };

  void drawIterationSpace();
  void addInput(bool coversAll);
  void addWindowInput();
  void addResult(int number);
  std::string writeBody();
  /// One or more lines that define a value from earlier ones.
  std::string writeStep();

  std::string fresh() { return "%v" + std::to_string(next++); }
  void addMap(const std::vector<std::string> &results) {
    maps.push_back(affineMap(dims, join(results)));
  }

  Random random;
  Case test;
  Kind kind = Kind::Each;
  int64_t dims = 0;
  std::vector<int64_t> extents;
  std::vector<bool> reduced;
  std::vector<std::string> maps, operands, types, inits, resultTypes, arguments,
      outs, values;
  std::string before; ///< What stands before the generic.
  std::string last;   ///< The last value defined.
  int next = 0;
};
} // namespace

void GenericWriter::drawIterationSpace() {
  dims = random.integer(1, 4);
  kind = random.pick<Kind>({Kind::Each, Kind::Sum, Kind::Sum, Kind::Extremum});
  for (int64_t d = 0; d < dims; ++d) {
    extents.push_back(random.integer(1, 4));
    reduced.push_back(kind != Kind::Each && random.chance(0.5));
  }
  if (kind != Kind::Each)
    reduced[random.integer(0, dims - 1)] = true;
}

/// An input of some of the dimensions, in any order; now and then one of extent
/// 1 that a constant map reads, as exporters broadcast.
void GenericWriter::addInput(bool coversAll) {
  std::vector<std::string> results;
  Shape shape;
  for (int64_t d : random.permutation(dims)) {
    if (random.chance(0.1)) {
      results.push_back("0");
      shape.push_back(1);
    }
    if (coversAll || random.chance(0.7)) {
      results.push_back("d" + std::to_string(d));
      shape.push_back(extents[d]);
    }
  }
  addMap(results);
  std::string number = std::to_string(test.inputs.size());
  operands.push_back("%x" + number);
  types.push_back(tensorType(shape));
  arguments.push_back("%in" + number + ": f64");
  values.push_back("%in" + number);
  test.inputs.push_back({shape, -1.0, 1.0});
}

/// An input read as a convolution reads: at stride * d + e.
void GenericWriter::addWindowInput() {
  int64_t d = random.integer(0, dims - 1), e = random.integer(0, dims - 1);
  if (d == e)
    return;
  int64_t stride = random.integer(1, 2);
  addMap({"d" + std::to_string(d) + " * " + std::to_string(stride) + " + d" +
          std::to_string(e)});
  Shape shape = {(extents[d] - 1) * stride + extents[e]};
  std::string number = std::to_string(test.inputs.size());
  operands.push_back("%x" + number);
  types.push_back(tensorType(shape));
  arguments.push_back("%in" + number + ": f64");
  values.push_back("%in" + number);
  test.inputs.push_back({shape});
}

void GenericWriter::addResult(int number) {
  std::vector<std::string> results;
  Shape shape;
  for (int64_t d : random.permutation(dims))
    if (!reduced[d]) {
      results.push_back("d" + std::to_string(d));
      shape.push_back(extents[d]);
    }
  addMap(results);
  std::string n = std::to_string(number), type = tensorType(shape);
  std::string out = "%out" + n;
  resultTypes.push_back(type);
  arguments.push_back(out + ": f64");
  outs.push_back(out);
  test.results.push_back({"%y", shape});
  if (random.chance(0.5)) { // starts from an input
    inits.push_back("%x" + std::to_string(test.inputs.size()));
    test.inputs.push_back({shape});
    if (kind == Kind::Each)
      values.push_back(out);
    return;
  }
  std::string start = kind == Kind::Extremum ? "0xFFF0000000000000" : "0.0";
  before += "%start" + n + " = arith.constant " + start + " : f64\n%empty" + n +
            " = tensor.empty() : " + type + "\n%init" + n +
            " = linalg.fill ins(%start" + n + " : f64) outs(%empty" + n +
            " : " + type + ") -> " + type + "\n";
  inits.push_back("%init" + n);
}

std::string GenericWriter::writeStep() {
  std::string a = random.chance(0.5) ? last : random.pick(values);
  std::string b = random.pick(values), r = fresh();
  std::string text;
  switch (random.integer(0, 13)) {
  case 0:
    text = r + " = arith.addf " + a + ", " + b + " : f64\n";
    break;
  case 1:
    text = r + " = arith.subf " + a + ", " + b + " : f64\n";
    break;
  case 2:
  case 3:
    text = r + " = arith.mulf " + a + ", " + b + " : f64\n";
    break;
  case 4: { // a / (1 + b^2)
    std::string s = fresh(), t = fresh();
    text = s + " = math.fma " + b + ", " + b + ", %one : f64\n" + r +
           " = arith.divf " + a + ", " + s + " : f64\n";
    break;
  }
  case 5:
    text = r + " = arith.maximumf " + a + ", " + b + " : f64\n";
    break;
  case 6:
    text = r + " = arith.minimumf " + a + ", " + b + " : f64\n";
    break;
  case 7: {
    std::string c = fresh();
    text = c + " = arith.cmpf ogt, " + a + ", " + b + " : f64\n" + r +
           " = arith.select " + c + ", " + b + ", " + a + " : f64\n";
    break;
  }
  case 8:
    text = r + " = math.tanh " + a + " : f64\n";
    break;
  case 9:
    text = r + " = math.sin " + a + " : f64\n";
    break;
  case 10: { // exp(sin a)
    std::string s = fresh();
    text = s + " = math.sin " + a + " : f64\n" + r + " = math.exp " + s +
           " : f64\n";
    break;
  }
  case 11: { // sqrt(1 + a^2)
    std::string s = fresh();
    text = s + " = math.fma " + a + ", " + a + ", %one : f64\n" + r +
           " = math.sqrt " + s + " : f64\n";
    break;
  }
  case 12: { // a times an index
    std::string i = fresh(), j = fresh(), f = fresh();
    text = i + " = linalg.index " +
           std::to_string(random.integer(0, dims - 1)) + " : index\n" + j +
           " = arith.index_cast " + i + " : index to i32\n" + f +
           " = arith.sitofp " + j + " : i32 to f64\n" + r + " = arith.mulf " +
           a + ", " + f + " : f64\n";
    break;
  }
  default: // with what the body captures
    text = r + " = arith.mulf " + a + ", %captured : f64\n";
  }
  values.push_back(r);
  last = r;
  return text;
}

std::string GenericWriter::writeBody() {
  std::string text, yields;
  last = values.front();
  for (size_t y = 0; y < outs.size(); ++y) {
    for (int64_t steps = random.integer(1, 5); steps > 0; --steps)
      text += writeStep();
    // No result is without any input.
    std::string term = fresh();
    text += term + " = arith.addf " + last + ", %in0 : f64\n";
    last = term;
    std::string result = fresh();
    if (kind == Kind::Each)
      result = term;
    else if (kind == Kind::Sum)
      text += result + " = arith." + (random.chance(0.8) ? "addf " : "subf ") +
              outs[y] + ", " + term + " : f64\n";
    else
      text +=
          result + " = arith.maximumf " + outs[y] + ", " + term + " : f64\n";
    yields += (y ? ", " : "") + result;
  }
  std::vector<std::string> types(outs.size(), "f64");
  return text + "linalg.yield " + yields + " : " + join(types) + "\n";
}

Case GenericWriter::write() {
  drawIterationSpace();
  for (int64_t count = random.integer(1, 3), i = 0; i < count; ++i)
    addInput(/*coversAll=*/i == 0);
  if (random.chance(0.25))
    addWindowInput();
  for (int64_t count = random.integer(1, 2), i = 0; i < count; ++i)
    addResult(static_cast<int>(i));

  std::string scalar = "%x" + std::to_string(test.inputs.size());
  test.inputs.push_back({{3}});
  before += "%one = arith.constant 1.0 : f64\n"
            "%second = arith.constant 1 : index\n"
            "%captured = tensor.extract " +
            scalar + "[%second] : tensor<3xf64>\n";

  std::vector<std::string> iterators;
  for (bool reduction : reduced)
    iterators.push_back(reduction ? "\"reduction\"" : "\"parallel\"");
  bool two = outs.size() == 2;
  std::string results =
      two ? "(" + join(resultTypes) + ")" : resultTypes.front();
  test.body = before + (two ? "%y:2" : "%y") +
              " = linalg.generic {indexing_maps = [" + join(maps) +
              "], iterator_types = [" + join(iterators) + "]} ins(" +
              join(operands) + " : " + join(types) + ") outs(" + join(inits) +
              " : " + join(resultTypes) + ") {\n^bb0(" + join(arguments) +
              "):\n" + writeBody() + "} -> " + results + "\n";
  if (two) {
    test.results[0].value = "%y#0";
    test.results[1].value = "%y#1";
  }
  return test;
}

std::vector<Case> makeGenericCases() {
  std::vector<Case> cases;
  for (uint64_t seed = 0; seed < 150; ++seed)
    cases.push_back(GenericWriter(seed).write());
  return cases;
}

} // namespace tacit::differential
