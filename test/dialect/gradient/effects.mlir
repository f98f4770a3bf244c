// RUN: tacit-opt %s --cse --canonicalize --symbol-dce | FileCheck %s

// A gradient is computed once, not at all if nobody reads it; the function that
// it names stays.

// CHECK: func.func private @loss
func.func private @loss(%w: tensor<f32>) -> tensor<f32> {
  return %w : tensor<f32>
}
// CHECK-LABEL: func.func @alike
func.func @alike(%w: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  // CHECK-NEXT: %{{.*}}, %[[G:.*]] = tacit.value_and_grad
  %l0, %g0 = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  %l1, %g1 = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<f32>) -> (tensor<f32>, tensor<f32>)
  %l2 = tacit.value_and_grad @loss(%w) wrt [] : (tensor<f32>) -> tensor<f32>
  // CHECK-NEXT: return %[[G]], %[[G]]
  return %g0, %g1 : tensor<f32>, tensor<f32>
}
