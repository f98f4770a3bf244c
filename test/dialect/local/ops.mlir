// RUN: tacit-opt %s --verify-roundtrip | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --mlir-print-op-generic | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --emit-bytecode | tacit-opt | FileCheck %s

// CHECK-LABEL: tacit.trainer @rounds
tacit.trainer @rounds {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // CHECK: tacit.variable @w.anchor : tensor<4xf32> = #tacit.same_as<variable = 0> {role = #tacit.role<outer>}
  tacit.variable @w.anchor : tensor<4xf32> = #tacit.same_as<variable = 0> {role = #tacit.role<outer>}
  tacit.variable @tau : tensor<i64> = #tacit.constant<8> {role = #tacit.role<counter>}
  tacit.variable @position : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  // CHECK: tacit.variable @interval : tensor<i64> = #tacit.of_run<fraction = 2.000000e-01> {role = #tacit.role<counter>}
  tacit.variable @interval : tensor<i64> = #tacit.of_run<fraction = 0.2> {role = #tacit.role<counter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // CHECK: tacit.end_round period @tau position @position {
  tacit.end_round period @tau position @position {
    // CHECK-NEXT: %[[W:.*]] = tacit.get @w : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    // CHECK-NEXT: tacit.set @w, %[[W]] : tensor<4xf32>
    tacit.set @w, %w : tensor<4xf32>
  }
}

// CHECK-LABEL: func.func @adapt(
// CHECK-SAME:    %[[TAU:.*]]: i64, %[[F:.*]]: f64, %[[F0:.*]]: f64, %[[R:.*]]: f64)
func.func @adapt(%tau: i64, %f: f64, %f0: f64, %r: f64) -> i64 {
  // CHECK: tacit.adapt_period %[[TAU]] loss %[[F]] first %[[F0]] ratio %[[R]] initial 32
  %next = tacit.adapt_period %tau loss %f first %f0 ratio %r initial 32
  return %next : i64
}

// CHECK-LABEL: func.func @clock()
func.func @clock() -> f64 {
  // CHECK: tacit.clock : f64
  %seconds = tacit.clock : f64
  return %seconds : f64
}
