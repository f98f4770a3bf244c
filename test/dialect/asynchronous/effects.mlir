// RUN: tacit-opt %s --canonicalize --cse --loop-invariant-code-motion | FileCheck %s

// Nothing merges or drops what goes through a channel: others hear of it, and
// something else may have come.

// CHECK-LABEL: func.func @twice(
// CHECK-COUNT-2: tacit.collect
// CHECK: tacit.publish
// CHECK: tacit.publish
func.func @twice(%w: tensor<4xf32>, %lr: f64) -> tensor<4xf32> {
  %a = tacit.collect @updates into %w : tensor<4xf32>
  %b = tacit.collect @updates into %w : tensor<4xf32>
  %s = arith.addf %a, %b : tensor<4xf32>
  %c = tacit.publish @updates %s lr %lr into %w : tensor<4xf32> into tensor<4xf32>
  %d = tacit.publish @updates %s lr %lr into %w : tensor<4xf32> into tensor<4xf32>
  return %c : tensor<4xf32>
}

// CHECK-LABEL: func.func @loop(
// CHECK: scf.for
// CHECK-NEXT: tacit.elastic_await
func.func @loop(%w: tensor<4xf32>, %g: tensor<4xf32>, %lr: f64, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.for %i = %zero to %n step %one {
    %c = tacit.elastic_await @updates %g lr %lr into %w : tensor<4xf32> into tensor<4xf32>
  }
  return
}
