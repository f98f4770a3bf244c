// RUN: tacit-opt %s --split-input-file --tacit-fuse-update | FileCheck %s
// RUN: tacit-opt %s --split-input-file --tacit-fuse-update --remarks-filter=tacit --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// w - (0.1 x) a b, with a scalar known only at run time besides.

// CHECK-LABEL: func.func @update(
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%arg0, %arg1, %arg3 : {{.*}}) outs(%arg2 :
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[LR:.*]]: f32, %[[W:.*]]: f32):
// CHECK-NEXT:      %[[P:.*]] = arith.mulf %[[A]], %[[B]]
// CHECK-NEXT:      %[[H:.*]] = arith.mulf %[[P]], %cst{{.*}}
// CHECK-NEXT:      %[[S:.*]] = arith.mulf %[[H]], %[[LR]]
// CHECK-NEXT:      %[[N:.*]] = arith.subf %[[W]], %[[S]]
// CHECK-NEXT:      linalg.yield %[[N]]
// CHECK-NOT:     linalg.generic

#id = affine_map<(i, j) -> (i, j)>
#tr = affine_map<(i, j) -> (j, i)>
#none = affine_map<(i, j) -> ()>
#a = affine_map<(m, n, k) -> (k, m)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

func.func @update(%x: tensor<8x16xf32>, %d: tensor<8x32xf32>, %w: tensor<16x32xf32>, %lr: tensor<f32>) -> tensor<16x32xf32> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %empty = tensor.empty() : tensor<16x32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<16x32xf32>) -> tensor<16x32xf32>
  %g = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %d : tensor<8x16xf32>, tensor<8x32xf32>) outs(%start : tensor<16x32xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<16x32xf32>
  %n = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%g, %lr : tensor<16x32xf32>, tensor<f32>) outs(%w : tensor<16x32xf32>) {
  ^bb0(%gradient: f32, %rate: f32, %old: f32):
    %h = arith.mulf %half, %gradient : f32
    %p = arith.mulf %rate, %h : f32
    %s = arith.subf %old, %p : f32
    linalg.yield %s : f32
  } -> tensor<16x32xf32>
  return %n : tensor<16x32xf32>
}

// -----

// The gradient is read transposed: the parameter is then written so.

// CHECK:       #[[$W:.*]] = affine_map<(d0, d1, d2) -> (d1, d0)>
// CHECK-LABEL: func.func @transposed(
// CHECK:         linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}, #[[$W]]]
// CHECK-SAME:      outs(%arg2 : tensor<32x16xf32>)
// CHECK-NOT:     linalg.generic

#id = affine_map<(i, j) -> (i, j)>
#tr = affine_map<(i, j) -> (j, i)>
#a = affine_map<(m, n, k) -> (k, m)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

func.func @transposed(%x: tensor<8x16xf32>, %d: tensor<8x32xf32>, %w: tensor<32x16xf32>) -> tensor<32x16xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<16x32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<16x32xf32>) -> tensor<16x32xf32>
  %g = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %d : tensor<8x16xf32>, tensor<8x32xf32>) outs(%start : tensor<16x32xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<16x32xf32>
  %e = tensor.empty() : tensor<32x16xf32>
  %n = linalg.generic {indexing_maps = [#id, #tr, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w, %g : tensor<32x16xf32>, tensor<16x32xf32>) outs(%e : tensor<32x16xf32>) {
  ^bb0(%old: f32, %gradient: f32, %out: f32):
    %s = arith.subf %old, %gradient : f32
    linalg.yield %s : f32
  } -> tensor<32x16xf32>
  return %n : tensor<32x16xf32>
}

// -----

// A bias: any sum will do.

// CHECK-LABEL: func.func @bias(
// CHECK:         linalg.generic {{.*}}"reduction", "parallel"]} ins(%arg0 : {{.*}}) outs(%arg1 :
// CHECK:           math.absf
// CHECK-NEXT:      arith.mulf
// CHECK-NEXT:      arith.subf
// CHECK-NOT:     linalg.generic

#id = affine_map<(i) -> (i)>
#all = affine_map<(i, j) -> (i, j)>
#sum = affine_map<(i, j) -> (j)>

func.func @bias(%d: tensor<8x32xf32>, %w: tensor<32xf32>) -> tensor<32xf32> {
  %zero = arith.constant 0.0 : f32
  %lr = arith.constant 0.1 : f32
  %empty = tensor.empty() : tensor<32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<32xf32>) -> tensor<32xf32>
  %g = linalg.generic {indexing_maps = [#all, #sum], iterator_types = ["reduction", "parallel"]}
      ins(%d : tensor<8x32xf32>) outs(%start : tensor<32xf32>) {
  ^bb0(%l: f32, %out: f32):
    %e = math.absf %l : f32
    %s = arith.addf %out, %e : f32
    linalg.yield %s : f32
  } -> tensor<32xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%g : tensor<32xf32>) outs(%w : tensor<32xf32>) {
  ^bb0(%gradient: f32, %old: f32):
    %p = arith.mulf %lr, %gradient : f32
    %s = arith.subf %old, %p : f32
    linalg.yield %s : f32
  } -> tensor<32xf32>
  return %n : tensor<32xf32>
}

// -----

// With weight decay, the old value is more than a start.

// CHECK-LABEL: func.func @decay(
// CHECK:         %[[G:.*]] = linalg.generic
// CHECK:         linalg.generic {{.*}} ins(%[[G]]

#id = affine_map<(i) -> (i)>
#all = affine_map<(i, j) -> (i, j)>
#sum = affine_map<(i, j) -> (j)>

func.func @decay(%d: tensor<8x32xf32>, %w: tensor<32xf32>) -> tensor<32xf32> {
  %zero = arith.constant 0.0 : f32
  %lr = arith.constant 0.1 : f32
  %empty = tensor.empty() : tensor<32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<32xf32>) -> tensor<32xf32>
  %g = linalg.generic {indexing_maps = [#all, #sum], iterator_types = ["reduction", "parallel"]}
      ins(%d : tensor<8x32xf32>) outs(%start : tensor<32xf32>) {
  ^bb0(%l: f32, %out: f32):
    %s = arith.addf %out, %l : f32
    linalg.yield %s : f32
  } -> tensor<32xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%g : tensor<32xf32>) outs(%w : tensor<32xf32>) {
  ^bb0(%gradient: f32, %old: f32):
    %decayed = arith.mulf %lr, %old : f32
    %t = arith.addf %gradient, %decayed : f32
    %p = arith.mulf %lr, %t : f32
    %s = arith.subf %old, %p : f32
    linalg.yield %s : f32
  } -> tensor<32xf32>
  return %n : tensor<32xf32>
}

// -----

// The gradient is used besides.

// CHECK-LABEL: func.func @used(
// CHECK:         %[[G:.*]] = linalg.generic
// CHECK:         linalg.generic {{.*}} ins(%[[G]]
// REMARK:      [Missed] fuse-update {{.*}} Remark="the gradient has another use, so it needs a buffer"

#id = affine_map<(i) -> (i)>
#all = affine_map<(i, j) -> (i, j)>
#sum = affine_map<(i, j) -> (j)>

func.func @used(%d: tensor<8x32xf32>, %w: tensor<32xf32>) -> (tensor<32xf32>, tensor<32xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<32xf32>) -> tensor<32xf32>
  %g = linalg.generic {indexing_maps = [#all, #sum], iterator_types = ["reduction", "parallel"]}
      ins(%d : tensor<8x32xf32>) outs(%start : tensor<32xf32>) {
  ^bb0(%l: f32, %out: f32):
    %s = arith.addf %out, %l : f32
    linalg.yield %s : f32
  } -> tensor<32xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%g : tensor<32xf32>) outs(%w : tensor<32xf32>) {
  ^bb0(%gradient: f32, %old: f32):
    %s = arith.subf %old, %gradient : f32
    linalg.yield %s : f32
  } -> tensor<32xf32>
  return %n, %g : tensor<32xf32>, tensor<32xf32>
}

// -----

// 300 terms, added to the parameter one by one, would lose their digits; a
// matrix product sums them up first.

// CHECK-LABEL: func.func @many_terms(
// CHECK:         linalg.fill
// CHECK:         linalg.generic
// CHECK:         linalg.generic

// REMARK: so many small terms, added one by one to a parameter, would lose their digits

#id = affine_map<(i) -> (i)>
#rows = affine_map<(i, k) -> (k, i)>
#sum = affine_map<(i, k) -> (i)>

func.func @many_terms(%d: tensor<300x16xf32>, %w: tensor<16xf32>) -> tensor<16xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<16xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<16xf32>) -> tensor<16xf32>
  %g = linalg.generic {indexing_maps = [#rows, #sum], iterator_types = ["parallel", "reduction"]}
      ins(%d : tensor<300x16xf32>) outs(%start : tensor<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in : f32
    linalg.yield %s : f32
  } -> tensor<16xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%g : tensor<16xf32>) outs(%w : tensor<16xf32>) {
  ^bb0(%gradient: f32, %old: f32):
    %s = arith.subf %old, %gradient : f32
    linalg.yield %s : f32
  } -> tensor<16xf32>
  return %n : tensor<16xf32>
}
