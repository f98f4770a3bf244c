//===- random_programs.cpp - Random linalg and control flow -----*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Programs of one seed: elementwise operations, products, reductions, lookups,
/// slices, and loops and branches around them, on n x n matrices and vectors of
/// n entries.
///
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

namespace tacit::differential {

namespace {
/// Writes one program, statement by statement; each reads what is visible.
class ProgramWriter {
public:
  explicit ProgramWriter(uint64_t seed) : random(seed) {
    test.name = "program, seed " + std::to_string(seed);
    n = random.integer(2, 5);
    matrix = tensorType({n, n});
    vector = tensorType({n});
  }

  Case write();

private:
  /// What statements at one place may read.
  struct Scope {
    std::vector<std::string> matrices, vectors;
    std::string index; ///< In [0, n), if in a loop.
    int depth = 0;
  };

  void writeStatement(Scope &scope);
  void writeElementwise(Scope &scope);
  void writeProduct(Scope &scope);
  void writeReduction(Scope &scope);
  void writeBroadcast(Scope &scope);
  void writeMasked(Scope &scope);
  void writeLookup(Scope &scope);
  void writeConcatenation(Scope &scope);
  void writeSlices(Scope &scope);
  void writeWindow(Scope &scope);
  void writeRow(Scope &scope);
  void writeLoop(Scope &scope);
  void writeBranch(Scope &scope);

  std::string fresh() { return "%v" + std::to_string(next++); }
  void line(const std::string &text) { test.body += text + "\n"; }
  /// A generic over n x n that writes a matrix.
  std::string generic(const std::vector<std::string> &inputs,
                      const std::string &maps, const std::string &body);
  std::string number(int64_t value) { return std::to_string(value); }
  std::string constant(int64_t value);

  Random random;
  Case test;
  int64_t n = 0;
  std::string matrix, vector;
  int next = 0;
};
} // namespace

std::string ProgramWriter::constant(int64_t value) {
  std::string name = fresh();
  line(name + " = arith.constant " + number(value) + " : index");
  return name;
}

void ProgramWriter::writeElementwise(Scope &scope) {
  bool onVectors = random.chance(0.3);
  std::vector<std::string> &pool = onVectors ? scope.vectors : scope.matrices;
  const std::string &type = onVectors ? vector : matrix;
  std::string a = random.pick(pool), b = random.pick(pool), r = fresh();
  if (random.chance(0.5)) {
    line(r + " = " +
         random.pick<std::string>({"math.tanh", "math.sin", "math.cos",
                                   "math.erf", "arith.negf", "math.absf"}) +
         " " + a + " : " + type);
  } else if (random.chance(0.2)) { // 1 / (1 + exp(-a)), times b
    std::string e = fresh(), one = fresh(), d = fresh();
    line(e + " = math.exp " + a + " : " + type);
    line(one + " = arith.constant dense<1.0> : " + type);
    line(d + " = arith.addf " + e + ", " + one + " : " + type);
    line(r + " = arith.divf " + b + ", " + d + " : " + type);
  } else {
    line(r + " = " +
         random.pick<std::string>({"arith.addf", "arith.subf", "arith.mulf",
                                   "arith.maximumf", "arith.minimumf"}) +
         " " + a + ", " + b + " : " + type);
  }
  pool.push_back(r);
}

std::string ProgramWriter::generic(const std::vector<std::string> &inputs,
                                   const std::string &maps,
                                   const std::string &body) {
  std::string empty = fresh(), result = fresh();
  std::vector<std::string> types, arguments;
  for (size_t i = 0; i < inputs.size(); ++i) {
    types.push_back(matrix);
    arguments.push_back("%in" + std::to_string(i) + ": f64");
  }
  arguments.push_back("%out: f64");
  line(empty + " = tensor.empty() : " + matrix);
  line(result + " = linalg.generic {indexing_maps = [" + maps +
       "], iterator_types = [\"parallel\", \"parallel\"]}" +
       (inputs.empty() ? ""
                       : " ins(" + join(inputs) + " : " + join(types) + ")") +
       " outs(" + empty + " : " + matrix + ") {\n^bb0(" + join(arguments) +
       "):\n" + body + "} -> " + matrix);
  return result;
}

void ProgramWriter::writeProduct(Scope &scope) {
  std::string zero = fresh(), empty = fresh(), init = fresh(), r = fresh(),
              half = fresh(), s = fresh();
  bool byVector = random.chance(0.3);
  std::string a = random.pick(scope.matrices);
  std::string b = random.pick(byVector ? scope.vectors : scope.matrices);
  const std::string &right = byVector ? vector : matrix;
  line(zero + " = arith.constant 0.0 : f64");
  line(empty + " = tensor.empty() : " + right);
  line(init + " = linalg.fill ins(" + zero + " : f64) outs(" + empty + " : " +
       right + ") -> " + right);
  line(r + " = linalg." + (byVector ? "matvec" : "matmul") + " ins(" + a +
       ", " + b + " : " + matrix + ", " + right + ") outs(" + init + " : " +
       right + ") -> " + right);
  // Keeps values from growing.
  line(half + " = arith.constant dense<0.4> : " + right);
  line(s + " = arith.mulf " + r + ", " + half + " : " + right);
  (byVector ? scope.vectors : scope.matrices).push_back(s);
}

void ProgramWriter::writeReduction(Scope &scope) {
  std::string init = random.pick(scope.vectors), r = fresh(), s = fresh();
  std::string op = random.pick<std::string>(
      {"arith.addf", "arith.maximumf", "arith.minimumf"});
  line(r + " = linalg.reduce { " + op + " } ins(" +
       random.pick(scope.matrices) + " : " + matrix + ") outs(" + init + " : " +
       vector + ") dimensions = [" + number(random.integer(0, 1)) + "]");
  line(s + " = math.tanh " + r + " : " + vector);
  scope.vectors.push_back(s);
}

void ProgramWriter::writeBroadcast(Scope &scope) {
  std::string empty = fresh(), r = fresh();
  line(empty + " = tensor.empty() : " + matrix);
  line(r + " = linalg.broadcast ins(" + random.pick(scope.vectors) + " : " +
       vector + ") outs(" + empty + " : " + matrix + ") dimensions = [" +
       number(random.integer(0, 1)) + "]");
  scope.matrices.push_back(r);
}

/// Chooses by position, and transposes now and then.
void ProgramWriter::writeMasked(Scope &scope) {
  std::string map = affineMap(2, "d0, d1");
  std::string other = random.chance(0.5) ? map : affineMap(2, "d1, d0");
  scope.matrices.push_back(generic(
      {random.pick(scope.matrices), random.pick(scope.matrices)},
      map + ", " + other + ", " + map,
      "%i = linalg.index 0 : index\n%j = linalg.index 1 : index\n"
      "%c = arith.cmpi " +
          random.pick<std::string>({"sle", "slt", "eq"}) +
          ", %i, %j : index\n"
          "%s = arith.select %c, %in0, %in1 : f64\nlinalg.yield %s : f64\n"));
}

/// Row (a i + b) mod n of a matrix; several may be the same one.
void ProgramWriter::writeLookup(Scope &scope) {
  std::string a = constant(random.integer(0, 2)),
              b = constant(random.integer(0, n - 1)), m = constant(n);
  std::string map = affineMap(2, "d0, d1");
  scope.matrices.push_back(
      generic({random.pick(scope.matrices)}, map + ", " + map,
              "%i = linalg.index 0 : index\n%j = linalg.index 1 : index\n"
              "%p = arith.muli %i, " +
                  a + " : index\n%q = arith.addi %p, " + b +
                  " : index\n%row = arith.remui %q, " + m +
                  " : index\n%e = tensor.extract " +
                  random.pick(scope.matrices) + "[%row, %j] : " + matrix +
                  "\n%s = arith.mulf %e, %in0 : f64\nlinalg.yield %s : f64\n"));
}

/// The first rows of one matrix, then the first ones of another, as exporters
/// write it.
void ProgramWriter::writeConcatenation(Scope &scope) {
  std::string k = constant(random.integer(1, n - 1));
  std::string map = affineMap(2, "d0, d1");
  scope.matrices.push_back(generic(
      {}, map,
      "%i = linalg.index 0 : index\n%j = linalg.index 1 : index\n"
      "%c = arith.cmpi ult, %i, " +
          k + " : index\n%s = scf.if %c -> (f64) {\n%e = tensor.extract " +
          random.pick(scope.matrices) + "[%i, %j] : " + matrix +
          "\n%f = math.sin %e : f64\nscf.yield %f : f64\n} else {\n"
          "%rest = arith.subi %i, " +
          k + " : index\n%e = tensor.extract " + random.pick(scope.matrices) +
          "[%rest, %j] : " + matrix +
          "\nscf.yield %e : f64\n}\nlinalg.yield %s : f64\n"));
}

/// Pads a part of a matrix back to its size, or puts the part into another.
void ProgramWriter::writeSlices(Scope &scope) {
  int64_t rows = random.integer(1, n - 1), first = random.integer(0, n - rows);
  std::string part = tensorType({rows, n}), s = fresh(), r = fresh();
  line(s + " = tensor.extract_slice " + random.pick(scope.matrices) + "[" +
       number(first) + ", 0] [" + number(rows) + ", " + number(n) +
       "] [1, 1] : " + matrix + " to " + part);
  if (random.chance(0.5)) {
    std::string zero = fresh();
    line(zero + " = arith.constant 0.5 : f64");
    line(r + " = tensor.pad " + s + " low[" + number(n - rows) +
         ", 0] high[0, 0] {\n^bb0(%i: index, %j: index):\ntensor.yield " +
         zero + " : f64\n} : " + part + " to " + matrix);
  } else {
    line(r + " = tensor.insert_slice " + s + " into " +
         random.pick(scope.matrices) + "[" +
         number(random.integer(0, n - rows)) + ", 0] [" + number(rows) + ", " +
         number(n) + "] [1, 1] : " + part + " into " + matrix);
  }
  scope.matrices.push_back(r);
}

/// A convolution with the corner of a matrix, padded back to its size.
void ProgramWriter::writeWindow(Scope &scope) {
  std::string kernel = fresh(), out = fresh(), r = fresh(), zero = fresh(),
              empty = fresh(), init = fresh(), t = fresh();
  std::string small = tensorType({2, 2}), result = tensorType({n - 1, n - 1});
  line(kernel + " = tensor.extract_slice " + random.pick(scope.matrices) +
       "[0, 0] [2, 2] [1, 1] : " + matrix + " to " + small);
  line(zero + " = arith.constant 0.0 : f64");
  line(empty + " = tensor.empty() : " + result);
  line(init + " = linalg.fill ins(" + zero + " : f64) outs(" + empty + " : " +
       result + ") -> " + result);
  line(out + " = linalg.conv_2d ins(" + random.pick(scope.matrices) + ", " +
       kernel + " : " + matrix + ", " + small + ") outs(" + init + " : " +
       result + ") -> " + result);
  line(t + " = math.tanh " + out + " : " + result);
  line(r + " = tensor.pad " + t +
       " low[1, 0] high[0, 1] {\n^bb0(%i: index, %j: index):\ntensor.yield " +
       zero + " : f64\n} : " + result + " to " + matrix);
  scope.matrices.push_back(r);
}

/// In a loop: reads or writes the row of the iteration, as scans do.
void ProgramWriter::writeRow(Scope &scope) {
  std::string r = fresh(),
              at = "[" + scope.index + ", 0] [1, " + number(n) + "] [1, 1] : ";
  if (random.chance(0.5)) {
    line(r + " = tensor.extract_slice " + random.pick(scope.matrices) + at +
         matrix + " to " + vector);
    scope.vectors.push_back(r);
  } else {
    line(r + " = tensor.insert_slice " + random.pick(scope.vectors) + " into " +
         random.pick(scope.matrices) + at + vector + " into " + matrix);
    scope.matrices.push_back(r);
  }
}

void ProgramWriter::writeLoop(Scope &scope) {
  int64_t step = random.integer(1, 2), low = random.integer(0, 1);
  int64_t high = random.integer(low, n);
  std::string from = constant(low), to = constant(high), by = constant(step);
  std::string i = fresh(), r = fresh(), m = fresh(), v = fresh();
  line(r + ":2 = scf.for " + i + " = " + from + " to " + to + " step " + by +
       " iter_args(" + m + " = " + random.pick(scope.matrices) + ", " + v +
       " = " + random.pick(scope.vectors) + ") -> (" + matrix + ", " + vector +
       ") {");
  Scope inner = scope;
  inner.depth++;
  inner.index = i;
  // Often, so that iterations depend on one another.
  inner.matrices.insert(inner.matrices.end(), 2, m);
  inner.vectors.insert(inner.vectors.end(), 2, v);
  for (int64_t count = random.integer(1, 4); count > 0; --count)
    writeStatement(inner);
  std::string last = fresh();
  line(last + " = math.tanh " + inner.matrices.back() + " : " + matrix);
  line("scf.yield " + last + ", " +
       (random.chance(0.7) ? inner.vectors.back() : v) + " : " + matrix + ", " +
       vector + "\n}");
  scope.matrices.push_back(r + "#0");
  scope.vectors.push_back(r + "#1");
}

void ProgramWriter::writeBranch(Scope &scope) {
  std::string condition = fresh(), r = fresh();
  if (!scope.index.empty() && random.chance(0.5)) {
    std::string one = constant(1);
    line(condition + " = arith.cmpi ugt, " + scope.index + ", " + one +
         " : index");
  } else {
    std::string zero = constant(0), entry = fresh(), none = fresh();
    line(entry + " = tensor.extract " + random.pick(scope.vectors) + "[" +
         zero + "] : " + vector);
    line(none + " = arith.constant 0.0 : f64");
    line(condition + " = arith.cmpf ogt, " + entry + ", " + none + " : f64");
  }
  line(r + ":2 = scf.if " + condition + " -> (" + matrix + ", " + vector +
       ") {");
  for (int branch = 0; branch < 2; ++branch) {
    Scope inner = scope;
    inner.depth++;
    for (int64_t count = random.integer(branch ? 0 : 1, 2); count > 0; --count)
      writeStatement(inner);
    line("scf.yield " + inner.matrices.back() + ", " + inner.vectors.back() +
         " : " + matrix + ", " + vector);
    line(branch ? "}" : "} else {");
  }
  scope.matrices.push_back(r + "#0");
  scope.vectors.push_back(r + "#1");
}

void ProgramWriter::writeStatement(Scope &scope) {
  if (scope.depth < 2 && random.chance(0.25))
    return random.chance(0.6) ? writeLoop(scope) : writeBranch(scope);
  if (!scope.index.empty() && random.chance(0.3))
    return writeRow(scope);
  using Writer = void (ProgramWriter::*)(Scope &);
  (this->*random.pick<Writer>(
              {&ProgramWriter::writeElementwise,
               &ProgramWriter::writeElementwise,
               &ProgramWriter::writeElementwise, &ProgramWriter::writeProduct,
               &ProgramWriter::writeReduction, &ProgramWriter::writeBroadcast,
               &ProgramWriter::writeMasked, &ProgramWriter::writeLookup,
               &ProgramWriter::writeConcatenation, &ProgramWriter::writeSlices,
               &ProgramWriter::writeWindow}))(scope);
}

Case ProgramWriter::write() {
  Scope scope;
  for (const Shape &shape : {Shape{n, n}, Shape{n, n}, Shape{n}, Shape{n}}) {
    std::string x = "%x" + std::to_string(test.inputs.size());
    (shape.size() == 2 ? scope.matrices : scope.vectors).push_back(x);
    test.inputs.push_back(
        {shape, -1.0, 1.0, test.inputs.empty() || random.chance(0.8)});
  }
  for (int64_t count = random.integer(3, 8); count > 0; --count)
    writeStatement(scope);
  // exp(x0) is nowhere else, so that nothing cancels this gradient.
  line("%e = math.exp %x0 : " + matrix);
  line("%y = arith.addf " + scope.matrices.back() + ", %e : " + matrix);
  test.results = {{"%y", {n, n}}, {scope.vectors.back(), {n}}};
  return test;
}

Case makeProgram(uint64_t seed) { return ProgramWriter(seed).write(); }

std::vector<Case> makePrograms(uint64_t first, int64_t count) {
  std::vector<Case> programs;
  for (int64_t i = 0; i < count; ++i)
    programs.push_back(makeProgram(first + i));
  return programs;
}

} // namespace tacit::differential
