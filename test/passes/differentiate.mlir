// RUN: tacit-opt %s --tacit-differentiate --split-input-file | FileCheck %s

// A linear layer: the adjoint of a product is two, with transposition in the
// maps; the bias gets the sum over the batch; x gets nothing, as it is not in
// wrt. The seed 1 is folded.

// CHECK-DAG:   #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG:   #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG:   #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: func.func @linear
// CHECK-SAME:    (%[[W:.*]]: tensor<3x5xf32>, %[[B:.*]]: tensor<5xf32>, %[[X:.*]]: tensor<4x3xf32>)
// CHECK:         %[[P:.*]] = linalg.matmul ins(%[[X]], %[[W]]
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[B]]
// CHECK:         %[[L:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]} ins(%[[Y]]
// CHECK:         %[[G:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[Y]] :
// CHECK:           %[[TWICE:.*]] = arith.addf %[[IN:.*]], %[[IN]]
// CHECK-NEXT:      linalg.yield %[[TWICE]]
// CHECK:         %[[GB:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[G]] : tensor<4x5xf32>) outs(%{{.*}} : tensor<5xf32>)
// CHECK:           arith.addf
// CHECK-NOT:     linalg.contract
// CHECK:         %[[GW:.*]] = linalg.contract indexing_maps = [#[[MK]], #[[MN]], #[[KN]]] ins(%[[X]], %[[G]] : tensor<4x3xf32>, tensor<4x5xf32>) outs(%{{.*}} : tensor<3x5xf32>)
// CHECK-NOT:     linalg
// CHECK:         return %[[L]], %[[GW]], %[[GB]]
// CHECK-NOT:   @loss
func.func private @loss(%w: tensor<3x5xf32>, %b: tensor<5xf32>, %x: tensor<4x3xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x5xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5xf32>) -> tensor<4x5xf32>
  %p = linalg.matmul ins(%x, %w : tensor<4x3xf32>, tensor<3x5xf32>) outs(%z : tensor<4x5xf32>) -> tensor<4x5xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%p, %b : tensor<4x5xf32>, tensor<5xf32>) outs(%e : tensor<4x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %out: f32):
    %s = arith.addf %in, %bias : f32
    linalg.yield %s : f32
  } -> tensor<4x5xf32>
  %e0 = tensor.empty() : tensor<f32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%y : tensor<4x5xf32>) outs(%z0 : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    %sq = arith.mulf %in, %in : f32
    %s = arith.addf %acc, %sq : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %l : tensor<f32>
}
func.func @linear(%w: tensor<3x5xf32>, %b: tensor<5xf32>, %x: tensor<4x3xf32>) -> (tensor<f32>, tensor<3x5xf32>, tensor<5xf32>) {
  %l, %gw, %gb = tacit.value_and_grad @loss(%w, %b, %x) wrt [0, 1]
    : (tensor<3x5xf32>, tensor<5xf32>, tensor<4x3xf32>) -> (tensor<f32>, tensor<3x5xf32>, tensor<5xf32>)
  return %l, %gw, %gb : tensor<f32>, tensor<3x5xf32>, tensor<5xf32>
}
