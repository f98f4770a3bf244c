// RUN: tacit-opt %s --tacit-fuse-compression | FileCheck %s
// RUN: tacit-opt %s --tacit-fuse-compression --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: func.func @fuses(
// CHECK-SAME:    %[[G:.*]]: tensor<8xf32>, %[[H:.*]]: tensor<4xf32>, %[[R:.*]]: tensor<8xf32>, %[[S:.*]]: tensor<4xf32>, %[[F:.*]]: f64)
// CHECK-NEXT:    tacit.compress #tacit.top_k<density = 5.000000e-01> %[[R]], %[[S]] plus %[[G]], %[[H]] scaled by %[[F]] :
func.func @fuses(%g: tensor<8xf32>, %h: tensor<4xf32>, %r: tensor<8xf32>, %s: tensor<4xf32>, %f: f64) -> !tacit.sparse<12xf32, capacity = 6> {
  %a:2 = tacit.accumulate_residual %g, %h onto %r, %s scaled by %f : tensor<8xf32>, tensor<4xf32>
  %p, %rest:2 = tacit.compress #tacit.top_k<density = 0.5> %a#0, %a#1 : tensor<8xf32>, tensor<4xf32> -> !tacit.sparse<12xf32, capacity = 6>, tensor<8xf32>, tensor<4xf32>
  return %p : !tacit.sparse<12xf32, capacity = 6>
}

// REMARK: Remark="the sum with the residual is used elsewhere too"
// CHECK-LABEL: func.func @sum_is_used
// CHECK-NEXT:    tacit.accumulate_residual
func.func @sum_is_used(%g: tensor<8xf32>, %r: tensor<8xf32>) -> (!tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>) {
  %a = tacit.accumulate_residual %g onto %r : tensor<8xf32>
  %p, %rest = tacit.compress #tacit.top_k<density = 0.5> %a : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>
  return %p, %a : !tacit.sparse<8xf32, capacity = 4>, tensor<8xf32>
}

// REMARK: Remark="compresses other than one sum with residuals, in its order"
// CHECK-LABEL: func.func @other_order
// CHECK-NEXT:    tacit.accumulate_residual
func.func @other_order(%g: tensor<8xf32>, %h: tensor<4xf32>) -> !tacit.sparse<12xf32, capacity = 6> {
  %a:2 = tacit.accumulate_residual %g, %h onto %g, %h : tensor<8xf32>, tensor<4xf32>
  %p, %rest:2 = tacit.compress #tacit.top_k<density = 0.5> %a#1, %a#0 : tensor<4xf32>, tensor<8xf32> -> !tacit.sparse<12xf32, capacity = 6>, tensor<4xf32>, tensor<8xf32>
  return %p : !tacit.sparse<12xf32, capacity = 6>
}

// REMARK: Remark="compresses no sum with a residual"
// CHECK-LABEL: func.func @no_sum
func.func @no_sum(%g: tensor<8xf32>) -> !tacit.sparse<8xf32, capacity = 4> {
  %p = tacit.compress #tacit.top_k<density = 0.5> lossy %g : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 4>
  return %p : !tacit.sparse<8xf32, capacity = 4>
}
