// RUN: tacit-opt %s --cse --canonicalize | FileCheck %s

// An optimizer is a function of what it takes: two that are alike are one, and
// one that nobody reads goes.

// CHECK-LABEL: func.func @alike
func.func @alike(%w: tensor<8xf32>, %g: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  // CHECK-NEXT: %[[N:.*]] = tacit.sgd
  %0 = tacit.sgd %w, %g lr(0.1) : tensor<8xf32>
  %1 = tacit.sgd %w, %g lr(0.1) : tensor<8xf32>
  %2 = tacit.adamw %w, %g lr(0.1) : tensor<8xf32>
  // CHECK-NEXT: return %[[N]], %[[N]]
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}
