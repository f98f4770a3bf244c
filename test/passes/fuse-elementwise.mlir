// RUN: tacit-opt %s --tacit-fuse-elementwise | FileCheck %s

// CHECK-DAG: #[[$AT:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[$B:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[$C:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>

#id = affine_map<(i, j) -> (i, j)>

// A chain becomes one loop nest; the product stays whole.

// CHECK-LABEL: func.func @chain(
// CHECK:         %[[P:.*]] = linalg.generic {{.*}}"reduction"]}
// CHECK:         linalg.generic {{.*}} ins(%[[P]], %arg2 : tensor<8x32xf32>, tensor<32xf32>)
// CHECK:           %[[S:.*]] = arith.addf
// CHECK-NEXT:      %[[E:.*]] = math.exp %[[S]]
// CHECK-NEXT:      linalg.yield %[[E]]
// CHECK-NOT:     linalg.generic
func.func @chain(%x: tensor<8x16xf32>, %w: tensor<16x32xf32>, %b: tensor<32xf32>) -> tensor<8x32xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8x32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x32xf32>) -> tensor<8x32xf32>
  %p = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%start : tensor<8x32xf32>) -> tensor<8x32xf32>
  %wide = linalg.broadcast ins(%b : tensor<32xf32>) outs(%empty : tensor<8x32xf32>) dimensions = [0]
  %sum = linalg.add ins(%p, %wide : tensor<8x32xf32>, tensor<8x32xf32>) outs(%empty : tensor<8x32xf32>) -> tensor<8x32xf32>
  %y = linalg.exp ins(%sum : tensor<8x32xf32>) outs(%empty : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %y : tensor<8x32xf32>
}

// A transposition becomes part of the product's maps.

// CHECK-LABEL: func.func @transposed(
// CHECK:         linalg.generic {indexing_maps = [#[[$AT]], #[[$B]], #[[$C]]]
// CHECK-SAME:      ins(%arg0, %arg1
// CHECK-NOT:     linalg.generic
func.func @transposed(%x: tensor<16x8xf32>, %w: tensor<16x32xf32>) -> tensor<8x32xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8x32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x32xf32>) -> tensor<8x32xf32>
  %flat = tensor.empty() : tensor<8x16xf32>
  %t = linalg.transpose ins(%x : tensor<16x8xf32>) outs(%flat : tensor<8x16xf32>) permutation = [1, 0]
  %p = linalg.matmul ins(%t, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%start : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %p : tensor<8x32xf32>
}

// Not fused into a product: it would be no product any more.

// CHECK-LABEL: func.func @scaled(
// CHECK:         %[[E:.*]] = linalg.generic {{.*}}"parallel", "parallel"]} ins(%arg0
// CHECK:           math.exp
// CHECK:         linalg.generic {{.*}} ins(%[[E]], %arg1
// CHECK-NOT:       math.exp
// CHECK:         return
func.func @scaled(%x: tensor<8x16xf32>, %w: tensor<16x32xf32>) -> tensor<8x32xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8x32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x32xf32>) -> tensor<8x32xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %s = linalg.exp ins(%x : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %p = linalg.matmul ins(%s, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%start : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %p : tensor<8x32xf32>
}

// Two consumers of something costly: computed once.

// CHECK-LABEL: func.func @shared(
// CHECK-COUNT-1: math.exp
// CHECK-NOT:     math.exp
// CHECK:         return
func.func @shared(%x: tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %s = linalg.exp ins(%x : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %p = linalg.add ins(%s, %x : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %q = linalg.mul ins(%s, %x : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %p, %q : tensor<8x16xf32>, tensor<8x16xf32>
}

// Two consumers of what reads less than it writes: computed twice.

// CHECK-LABEL: func.func @onehot(
// CHECK-COUNT-2: linalg.index 1
// CHECK-NOT:     linalg.generic
func.func @onehot(%y: tensor<8xi32>, %x: tensor<8x16xf32>) -> (tensor<8x16xf32>, tensor<8x16xf32>) {
  %e = tensor.empty() : tensor<8x16xf32>
  %h = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8xi32>) outs(%e : tensor<8x16xf32>) {
  ^bb0(%label: i32, %out: f32):
    %j = linalg.index 1 : index
    %class = arith.index_cast %j : index to i32
    %same = arith.cmpi eq, %class, %label : i32
    %one = arith.uitofp %same : i1 to f32
    linalg.yield %one : f32
  } -> tensor<8x16xf32>
  %p = linalg.add ins(%h, %x : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %q = linalg.mul ins(%h, %x : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %p, %q : tensor<8x16xf32>, tensor<8x16xf32>
}

// Both users read %x anyway: x^3 is computed in each, and never stored.

// CHECK-LABEL: func.func @recomputed(
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%arg0 : tensor<64x64xf32>)
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%arg0, %arg1 : tensor<64x64xf32>, tensor<64x64xf32>)
// CHECK-NOT:     linalg.generic

func.func @recomputed(%x: tensor<64x64xf32>, %d: tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %e = tensor.empty() : tensor<64x64xf32>
  %cube = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    %c = arith.mulf %s, %in : f32
    linalg.yield %c : f32
  } -> tensor<64x64xf32>
  %a = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %cube : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) {
  ^bb0(%in: f32, %c: f32, %out: f32):
    %t = math.tanh %c : f32
    %s = arith.addf %t, %in : f32
    linalg.yield %s : f32
  } -> tensor<64x64xf32>
  %b = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %d, %cube : tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) {
  ^bb0(%in: f32, %g: f32, %c: f32, %out: f32):
    %s = arith.mulf %c, %g : f32
    %u = arith.addf %s, %in : f32
    linalg.yield %u : f32
  } -> tensor<64x64xf32>
  return %a, %b : tensor<64x64xf32>, tensor<64x64xf32>
}
