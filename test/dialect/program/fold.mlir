// RUN: tacit-opt %s --canonicalize --cse | FileCheck %s

// The number of ranks is a constant once it is bound, not before. Which rank
// this is stays open.

// CHECK-LABEL: tacit.trainer @bound
tacit.trainer @bound attributes {ranks = 4} {
  // CHECK-NEXT: tacit.variable @p
  tacit.variable @p : tensor<2xi64> {role = #tacit.role<counter>}
  // Constants stay in their step.
  // CHECK-NEXT: tacit.step
  tacit.step {
    // CHECK-DAG: %[[P:.*]] = arith.constant 4 : i64
    // CHECK-DAG: %[[L:.*]] = arith.constant dense<0.000000e+00>
    %p = tacit.num_ranks : i64
    // CHECK: %[[R:.*]] = tacit.rank : i64
    %r = tacit.rank : i64
    // CHECK-NEXT: tensor.from_elements %[[P]], %[[R]]
    %t = tensor.from_elements %p, %r : tensor<2xi64>
    tacit.set @p, %t : tensor<2xi64>
    %l = arith.constant dense<0.0> : tensor<f32>
    // CHECK: tacit.yield %[[L]]
    tacit.yield %l : tensor<f32>
  }
  // CHECK: tacit.evaluate
  tacit.evaluate {
    // The batch stays, though nobody reads it.
    // CHECK: arith.constant dense<0.000000e+00>
    // CHECK: tacit.next_batch
    %x = tacit.next_batch ["x"] : tensor<2xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// CHECK-LABEL: tacit.trainer @open
tacit.trainer @open {
  tacit.variable @p : tensor<i64> {role = #tacit.role<counter>}
  tacit.step {
    // CHECK: %[[P:.*]] = tacit.num_ranks : i64
    %p = tacit.num_ranks : i64
    // CHECK: tensor.from_elements %[[P]]
    %t = tensor.from_elements %p : tensor<i64>
    tacit.set @p, %t : tensor<i64>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
