// RUN: tacit-opt %s --verify-roundtrip | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --mlir-print-op-generic | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --emit-bytecode | tacit-opt | FileCheck %s

// CHECK-LABEL: func.func @accumulate(
// CHECK-SAME:    %[[G:.*]]: tensor<8x4xf32>, %[[H:.*]]: tensor<f32>, %[[S:.*]]: f64)
func.func @accumulate(%g: tensor<8x4xf32>, %h: tensor<f32>, %s: f64) {
  // CHECK: tacit.accumulate_residual %[[G]] onto %[[G]] : tensor<8x4xf32>
  %0 = tacit.accumulate_residual %g onto %g : tensor<8x4xf32>
  // CHECK: tacit.accumulate_residual %[[G]], %[[H]] onto %[[G]], %[[H]] scaled by %[[S]] : tensor<8x4xf32>, tensor<f32>
  %1:2 = tacit.accumulate_residual %g, %h onto %g, %h scaled by %s : tensor<8x4xf32>, tensor<f32>
  return
}

// CHECK-LABEL: func.func @compress(
// CHECK-SAME:    %[[A:.*]]: tensor<8x4xf32>, %[[B:.*]]: tensor<8xf32>, %[[S:.*]]: f64, %[[N:.*]]: i64)
func.func @compress(%a: tensor<8x4xf32>, %b: tensor<8xf32>, %s: f64, %n: i64) {
  // CHECK: tacit.compress #tacit.top_k<density = 1.000000e-01> %[[A]], %[[B]] : tensor<8x4xf32>, tensor<8xf32> -> !tacit.sparse<40xf32, capacity = 4>, tensor<8x4xf32>, tensor<8xf32>
  %p0, %r0:2 = tacit.compress #tacit.top_k<density = 0.1> %a, %b : tensor<8x4xf32>, tensor<8xf32> -> !tacit.sparse<40xf32, capacity = 4>, tensor<8x4xf32>, tensor<8xf32>
  // CHECK: tacit.compress #tacit.top_k<density = 1.000000e-01> lossy %[[A]] : tensor<8x4xf32> -> !tacit.sparse<32xf32, capacity = 4>
  %p1 = tacit.compress #tacit.top_k<density = 0.1> lossy %a : tensor<8x4xf32> -> !tacit.sparse<32xf32, capacity = 4>
  // CHECK: tacit.compress #tacit.top_k<density = 1.000000e-01> warm_up %[[B]] plus %[[B]] scaled by %[[S]] : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
  %p2, %r2 = tacit.compress #tacit.top_k<density = 0.1> warm_up %b plus %b scaled by %s : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
  // CHECK: tacit.compress #tacit.sampled_top_k<density = 5.000000e-01> %[[B]] : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 5>, tensor<8xf32>
  %p8, %r8 = tacit.compress #tacit.sampled_top_k<density = 0.5> %b : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 5>, tensor<8xf32>
  // CHECK: tacit.compress #tacit.random_k<density = 5.000000e-01> %[[B]] number %[[N]] : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>
  %p3, %r3 = tacit.compress #tacit.random_k<density = 0.5> %b number %n : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>
  // CHECK: tacit.compress #tacit.threshold<value = 1.000000e-02> %[[B]] : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 8>, tensor<8xf32>
  %p4, %r4 = tacit.compress #tacit.threshold<value = 0.01> %b : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 8>, tensor<8xf32>
  // CHECK: tacit.compress #tacit.sign %[[B]] : tensor<8xf32> -> !tacit.quantized<8xf32, bytes = 5, parts = 1>, tensor<8xf32>
  %p5, %r5 = tacit.compress #tacit.sign %b : tensor<8xf32> -> !tacit.quantized<8xf32, bytes = 5, parts = 1>, tensor<8xf32>
  // CHECK: tacit.compress #tacit.qsgd<levels = 16> %[[B]] number %[[N]] : tensor<8xf32> -> !tacit.quantized<8xf32, bytes = 10, parts = 1>
  %p6 = tacit.compress #tacit.qsgd<levels = 16> %b number %n : tensor<8xf32> -> !tacit.quantized<8xf32, bytes = 10, parts = 1>
  // CHECK: tacit.compress #tacit.bf16 %[[B]] : tensor<8xf32> -> !tacit.quantized<8xf32, bytes = 16, parts = 1>, tensor<8xf32>
  %p7, %r7 = tacit.compress #tacit.bf16 %b : tensor<8xf32> -> !tacit.quantized<8xf32, bytes = 16, parts = 1>, tensor<8xf32>
  return
}

// CHECK-LABEL: func.func @low_rank(
// CHECK-SAME:    %[[A:.*]]: tensor<8x4xf32>, %[[B:.*]]: tensor<2x3x5xf32>, %[[P:.*]]: tensor<4x1xf32>, %[[Q:.*]]: tensor<5x1xf32>, %[[S:.*]]: f64)
func.func @low_rank(%a: tensor<8x4xf32>, %b: tensor<2x3x5xf32>, %p: tensor<4x1xf32>, %q: tensor<5x1xf32>, %s: f64) {
  // CHECK: tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> %[[A]], %[[B]] factors %[[P]], %[[Q]] : tensor<8x4xf32>, tensor<2x3x5xf32> factors tensor<4x1xf32>, tensor<5x1xf32> leaving tensor<8x4xf32>, tensor<2x3x5xf32>
  %0:6 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> %a, %b factors %p, %q : tensor<8x4xf32>, tensor<2x3x5xf32> factors tensor<4x1xf32>, tensor<5x1xf32> leaving tensor<8x4xf32>, tensor<2x3x5xf32>
  // CHECK: tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> %[[A]] plus %[[A]] scaled by %[[S]] factors %[[P]] : tensor<8x4xf32> factors tensor<4x1xf32> leaving tensor<8x4xf32>
  %1:3 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> %a plus %a scaled by %s factors %p : tensor<8x4xf32> factors tensor<4x1xf32> leaving tensor<8x4xf32>
  // CHECK: tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> lossy %[[A]] factors %[[P]] : tensor<8x4xf32> factors tensor<4x1xf32>
  %2:2 = tacit.all_reduce_low_rank #tacit.powersgd<rank = 1> lossy %a factors %p : tensor<8x4xf32> factors tensor<4x1xf32>
  return
}

// CHECK-LABEL: func.func @exchange(
// CHECK-SAME:    %[[P:.*]]: !tacit.sparse<40xf32, capacity = 4>, %[[R:.*]]: tensor<8x4xf32>, %[[S:.*]]: tensor<8xf32>)
func.func @exchange(%p: !tacit.sparse<40xf32, capacity = 4>, %r: tensor<8x4xf32>, %s: tensor<8xf32>) {
  // CHECK: tacit.all_reduce_payload gtopk #tacit.top_k<density = 1.000000e-01> %[[P]] put_back conserving %[[R]], %[[S]] : !tacit.sparse<40xf32, capacity = 4>, tensor<8x4xf32>, tensor<8xf32> -> !tacit.sparse<40xf32, capacity = 4>
  %q0, %r0:2 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.1> %p put_back conserving %r, %s : !tacit.sparse<40xf32, capacity = 4>, tensor<8x4xf32>, tensor<8xf32> -> !tacit.sparse<40xf32, capacity = 4>
  // CHECK: tacit.all_reduce_payload all_gather #tacit.top_k<density = 1.000000e-01> plain_indices %[[P]] : !tacit.sparse<40xf32, capacity = 4> -> !tacit.sparse<40xf32, capacity = 16>
  %q1 = tacit.all_reduce_payload all_gather #tacit.top_k<density = 0.1> plain_indices %p : !tacit.sparse<40xf32, capacity = 4> -> !tacit.sparse<40xf32, capacity = 16>
  // CHECK: tacit.decompress %{{.*}} : !tacit.sparse<40xf32, capacity = 4> -> tensor<8x4xf32>, tensor<8xf32>
  %d:2 = tacit.decompress %q0 : !tacit.sparse<40xf32, capacity = 4> -> tensor<8x4xf32>, tensor<8xf32>
  // CHECK: tacit.clear_selected %[[P]] in %[[R]], %[[S]] : !tacit.sparse<40xf32, capacity = 4>, tensor<8x4xf32>, tensor<8xf32>
  %c:2 = tacit.clear_selected %p in %r, %s : !tacit.sparse<40xf32, capacity = 4>, tensor<8x4xf32>, tensor<8xf32>
  return
}
