// RUN: tacit-opt %s --verify-roundtrip | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --mlir-print-op-generic | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --emit-bytecode | tacit-opt | FileCheck %s

// CHECK:      tacit.trainer @line attributes {ranks = 4 : i64} {
// CHECK-NEXT:   tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
// CHECK-NEXT:   tacit.variable @layer0.bias : tensor<f32> {role = #tacit.role<parameter>}
// CHECK-NEXT:   tacit.variable @step : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
// CHECK-NEXT:   func.func private @helper
tacit.trainer @line attributes {ranks = 4} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @layer0.bias : tensor<f32> {role = #tacit.role<parameter>}
  tacit.variable @step : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  func.func private @helper(%x: tensor<f32>) -> tensor<f32> {
    return %x : tensor<f32>
  }
  // CHECK: tacit.step {
  tacit.step {
    // CHECK-NEXT: %[[BATCH:.*]]:2 = tacit.next_batch : tensor<8x4xf32>, tensor<8xi32>
    %x, %y = tacit.next_batch : tensor<8x4xf32>, tensor<8xi32>
    // CHECK-NEXT: %[[W:.*]] = tacit.get @w : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    // CHECK-NEXT: %[[B:.*]] = tacit.get @layer0.bias : tensor<f32>
    %b = tacit.get @layer0.bias : tensor<f32>
    // CHECK-NEXT: %{{.*}} = tacit.num_ranks : i64
    %p = tacit.num_ranks : i64
    // CHECK-NEXT: %{{.*}} = tacit.rank : i64
    %r = tacit.rank : i64
    // CHECK-NEXT: tacit.report "bias", %[[B]] : tensor<f32>
    tacit.report "bias", %b : tensor<f32>
    // CHECK-NEXT: tacit.set @w, %[[W]] : tensor<4xf32>
    tacit.set @w, %w : tensor<4xf32>
    // CHECK-NEXT: tacit.yield %[[B]] : tensor<f32>
    tacit.yield %b : tensor<f32>
  }
  // CHECK: tacit.evaluate {
  tacit.evaluate {
    // CHECK-NEXT: %[[BATCH:.*]]:2 = tacit.next_batch ["x", "y"] : tensor<8x4xf32>, tensor<8xi32>
    %x, %y = tacit.next_batch ["x", "y"] : tensor<8x4xf32>, tensor<8xi32>
    // CHECK-NEXT: %[[E:.*]] = tensor.empty()
    %e = tensor.empty() : tensor<8xf32>
    // CHECK-NEXT: tacit.yield %[[E]], %[[E]] : tensor<8xf32>, tensor<8xf32>
    tacit.yield %e, %e : tensor<8xf32>, tensor<8xf32>
  }
}

// Ranks may be open, and an evaluation may yield the mean loss alone.
// CHECK-LABEL: tacit.trainer @open {
tacit.trainer @open {
  // CHECK-NEXT: tacit.step {
  tacit.step {
    // CHECK-NEXT: tacit.next_batch ["a", "b", "c"] : tensor<2xf64>, tensor<2xi64>, tensor<2x3xi32>
    %a, %b, %c = tacit.next_batch ["a", "b", "c"] : tensor<2xf64>, tensor<2xi64>, tensor<2x3xi32>
    %l = arith.constant dense<0.0> : tensor<f64>
    tacit.yield %l : tensor<f64>
  }
  tacit.evaluate {
    %a = tacit.next_batch ["a"] : tensor<2xf64>
    %l = arith.constant dense<0.0> : tensor<f64>
    // CHECK: tacit.yield %{{.*}} : tensor<f64>
    tacit.yield %l : tensor<f64>
  }
}
