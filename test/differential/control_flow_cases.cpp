//===- control_flow_cases.cpp - Loops, branches, lookups --------*- C++ -*-===//
//
// Part of the Tacit project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/differential/gradient_check.h"

namespace tacit::differential {

static const char *const kConstants = "%c0 = arith.constant 0 : index\n"
                                      "%c1 = arith.constant 1 : index\n"
                                      "%c2 = arith.constant 2 : index\n"
                                      "%c5 = arith.constant 5 : index\n";

/// A recurrence over the rows of x0, with the state of each step stacked up.
static Case makeScan() {
  Case test;
  test.name = "scan";
  test.inputs = {{{5, 3}}, {{3, 3}}, {{3}}};
  test.body = std::string(kConstants) + R"(
%z = arith.constant 0.0 : f64
%e = tensor.empty() : tensor<3xf64>
%init = linalg.fill ins(%z : f64) outs(%e : tensor<3xf64>) -> tensor<3xf64>
%es = tensor.empty() : tensor<5x3xf64>
%stack = linalg.fill ins(%z : f64) outs(%es : tensor<5x3xf64>) -> tensor<5x3xf64>
%y:2 = scf.for %i = %c0 to %c5 step %c1 iter_args(%h = %x2, %all = %stack) -> (tensor<3xf64>, tensor<5x3xf64>) {
  %row = tensor.extract_slice %x0[%i, 0] [1, 3] [1, 1] : tensor<5x3xf64> to tensor<3xf64>
  %p = linalg.matvec ins(%x1, %h : tensor<3x3xf64>, tensor<3xf64>) outs(%init : tensor<3xf64>) -> tensor<3xf64>
  %s = arith.addf %p, %row : tensor<3xf64>
  %t = math.tanh %s : tensor<3xf64>
  %n = tensor.insert_slice %t into %all[%i, 0] [1, 3] [1, 1] : tensor<3xf64> into tensor<5x3xf64>
  scf.yield %t, %n : tensor<3xf64>, tensor<5x3xf64>
}
)";
  test.results = {{"%y#0", {3}}, {"%y#1", {5, 3}}};
  return test;
}

/// A scalar recurrence inside of one on tensors, from 1 by 2.
static Case makeNest() {
  Case test;
  test.name = "nested loops";
  test.inputs = {{{4}}, {{}}};
  test.body = std::string(kConstants) + R"(
%start = tensor.extract %x1[] : tensor<f64>
%y:2 = scf.for %i = %c1 to %c5 step %c2 iter_args(%v = %x0, %s = %start) -> (tensor<4xf64>, f64) {
  %inner = scf.for %j = %c0 to %c2 step %c1 iter_args(%t = %s) -> f64 {
    %k = arith.addi %i, %j : index
    %m = arith.remui %k, %c2 : index
    %e = tensor.extract %v[%m] : tensor<4xf64>
    %p = arith.mulf %t, %e : f64
    %q = math.sin %p : f64
    scf.yield %q : f64
  }
  %w = math.exp %v : tensor<4xf64>
  %u = tensor.insert %inner into %w[%i] : tensor<4xf64>
  %n = math.tanh %u : tensor<4xf64>
  scf.yield %n, %inner : tensor<4xf64>, f64
}
%r = tensor.from_elements %y#1 : tensor<1xf64>
)";
  test.results = {{"%y#0", {4}}, {"%r", {1}}};
  return test;
}

/// A loop that does not run, and one whose carried value is not read.
static Case makeIdle() {
  Case test;
  test.name = "loops of no consequence";
  test.inputs = {{{3}}, {{3}}};
  test.body = std::string(kConstants) + R"(
%none = scf.for %i = %c2 to %c1 step %c1 iter_args(%v = %x0) -> tensor<3xf64> {
  %w = math.exp %v : tensor<3xf64>
  scf.yield %w : tensor<3xf64>
}
%last:2 = scf.for %i = %c0 to %c2 step %c1 iter_args(%v = %none, %w = %x1) -> (tensor<3xf64>, tensor<3xf64>) {
  %p = arith.mulf %x1, %x1 : tensor<3xf64>
  %q = math.exp %w : tensor<3xf64>
  scf.yield %p, %q : tensor<3xf64>, tensor<3xf64>
}
%y = arith.mulf %last#0, %none : tensor<3xf64>
)";
  test.results = {{"%y", {3}}};
  return test;
}

/// A branch on tensors, one side of which has more to save.
static Case makeBranch(double low) {
  Case test;
  test.name = "branch, x1 from " + std::to_string(low);
  test.inputs = {{{3, 3}}, {{3}, low, low + 1.0}};
  test.body = std::string(kConstants) + R"(
%z = arith.constant 0.0 : f64
%e = tensor.empty() : tensor<3xf64>
%init = linalg.fill ins(%z : f64) outs(%e : tensor<3xf64>) -> tensor<3xf64>
%first = tensor.extract %x1[%c0] : tensor<3xf64>
%c = arith.cmpf ogt, %first, %z : f64
%y:2 = scf.if %c -> (tensor<3xf64>, f64) {
  %p = linalg.matvec ins(%x0, %x1 : tensor<3x3xf64>, tensor<3xf64>) outs(%init : tensor<3xf64>) -> tensor<3xf64>
  %t = math.tanh %p : tensor<3xf64>
  %q = arith.mulf %t, %p : tensor<3xf64>
  scf.yield %q, %first : tensor<3xf64>, f64
} else {
  %q = math.sin %x1 : tensor<3xf64>
  %r = math.exp %first : f64
  scf.yield %q, %r : tensor<3xf64>, f64
}
%r = tensor.from_elements %y#1 : tensor<1xf64>
)";
  test.results = {{"%y#0", {3}}, {"%r", {1}}};
  return test;
}

/// In a body: entries by index, some of them twice, and by branches.
static Case makeLookups() {
  Case test;
  test.name = "lookups";
  test.inputs = {{{4, 3}}, {{2, 3}}, {{6, 3}}};
  test.body = R"(
%rows = arith.constant dense<[3, 0, 3, 1, 2, 3]> : tensor<6xi32>
%two = arith.constant 2 : index
%zero = arith.constant 0.0 : f64
%e = tensor.empty() : tensor<6x3xf64>
%y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%rows, %x2 : tensor<6xi32>, tensor<6x3xf64>) outs(%e : tensor<6x3xf64>) {
^bb0(%row: i32, %in: f64, %out: f64):
  %i = arith.index_cast %row : i32 to index
  %j = linalg.index 1 : index
  %v = tensor.extract %x0[%i, %j] : tensor<4x3xf64>
  %p = arith.mulf %v, %in : f64
  linalg.yield %p : f64
} -> tensor<6x3xf64>
%w = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    outs(%e : tensor<6x3xf64>) {
^bb0(%out: f64):
  %i = linalg.index 0 : index
  %j = linalg.index 1 : index
  %c = arith.cmpi ult, %i, %two : index
  %s = scf.if %c -> (f64) {
    %v = tensor.extract %x1[%i, %j] : tensor<2x3xf64>
    %u = math.sqrt %v : f64
    scf.yield %u : f64
  } else {
    %k = arith.subi %i, %two : index
    %v = tensor.extract %x0[%k, %j] : tensor<4x3xf64>
    %positive = arith.cmpf ogt, %v, %zero : f64
    %u = scf.if %positive -> (f64) {
      %log = math.log %v : f64
      scf.yield %log : f64
    } else {
      %exp = math.exp %v : f64
      scf.yield %exp : f64
    }
    scf.yield %u : f64
  }
  linalg.yield %s : f64
} -> tensor<6x3xf64>
)";
  test.inputs[1].low = 0.5;
  test.results = {{"%y", {6, 3}}, {"%w", {6, 3}}};
  return test;
}

std::vector<Case> makeControlFlowCases() {
  return {makeScan(),      makeNest(),       makeIdle(),
          makeBranch(0.5), makeBranch(-1.5), makeLookups()};
}

} // namespace tacit::differential
