// RUN: tacit-opt %s --canonicalize --cse --loop-invariant-code-motion | FileCheck %s

// Time passes between two looks at a clock, and in a loop.

// CHECK-LABEL: func.func @clock(
func.func @clock(%count: index) -> f64 {
  // CHECK: %[[FIRST:.*]] = tacit.clock
  %first = tacit.clock : f64
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // CHECK: scf.for
  %last = scf.for %i = %zero to %count step %one iter_args(%before = %first) -> (f64) {
    // CHECK-NEXT: %[[NEXT:.*]] = tacit.clock
    %next = tacit.clock : f64
    // CHECK-NEXT: scf.yield %[[NEXT]]
    scf.yield %next : f64
  }
  // CHECK: %[[SECOND:.*]] = tacit.clock
  %second = tacit.clock : f64
  %passed = arith.subf %second, %first : f64
  %sum = arith.addf %passed, %last : f64
  return %sum : f64
}
