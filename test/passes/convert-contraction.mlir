// RUN: tacit-opt %s --tacit-convert-contraction | FileCheck %s
// RUN: tacit-opt %s --tacit-convert-contraction --remarks-filter=tacit --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: tacit-opt %s --tacit-convert-contraction=min-work=1 | FileCheck %s --check-prefix=ANY

// ANY-LABEL: func.func @small(
// ANY:         tacit.gemm {{.*}} sizes [2, 4, 3] leading [3, 4, 4]

#a = affine_map<(m, n, k) -> (m, k)>
#at = affine_map<(m, n, k) -> (k, m)>
#b = affine_map<(m, n, k) -> (k, n)>
#bt = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#ct = affine_map<(m, n, k) -> (n, m)>
#none = affine_map<(m, n, k) -> ()>

// A fill by zeros vanishes into the product, which then does not accumulate.

// CHECK-LABEL: func.func @zero_filled(
// CHECK-NOT:     linalg.fill
// CHECK:         %[[ONE:.*]] = arith.constant 1.000000e+00
// CHECK-NEXT:    tacit.gemm %[[ONE]], %arg0, %arg1 into %arg2 sizes [8, 32, 16] leading [16, 32, 32]
func.func @zero_filled(%x: memref<8x16xf32>, %w: memref<16x32xf32>, %y: memref<8x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<8x32xf32>)
  linalg.matmul ins(%x, %w : memref<8x16xf32>, memref<16x32xf32>) outs(%y : memref<8x32xf32>)
  return
}

// Unless somebody reads it before.

// CHECK-LABEL: func.func @read_between(
// CHECK:         linalg.fill
// CHECK:         memref.copy
// CHECK:         tacit.gemm {{.*}} into %arg2 accumulate
func.func @read_between(%x: memref<8x16xf32>, %w: memref<16x32xf32>, %y: memref<8x32xf32>, %z: memref<8x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<8x32xf32>)
  memref.copy %y, %z : memref<8x32xf32> to memref<8x32xf32>
  linalg.matmul ins(%x, %w : memref<8x16xf32>, memref<16x32xf32>) outs(%y : memref<8x32xf32>)
  return
}

// CHECK-LABEL: func.func @both_transposed(
// CHECK:         tacit.gemm %{{.*}}, %arg0 transposed, %arg1 transposed into %arg2 accumulate sizes [8, 32, 16] leading [8, 16, 32]
func.func @both_transposed(%x: memref<16x8xf32>, %w: memref<32x16xf32>, %y: memref<8x32xf32>) {
  linalg.generic {indexing_maps = [#at, #bt, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<16x8xf32>, memref<32x16xf32>) outs(%y : memref<8x32xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  }
  return
}

// The transpose of the result is the product the other way round.

// CHECK-LABEL: func.func @result_transposed(
// CHECK:         tacit.gemm %{{.*}}, %arg1 transposed, %arg0 transposed into %arg2 accumulate sizes [32, 8, 16] leading [32, 16, 8]
func.func @result_transposed(%x: memref<8x16xf32>, %w: memref<16x32xf32>, %y: memref<32x8xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #ct], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<8x16xf32>, memref<16x32xf32>) outs(%y : memref<32x8xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Scalars are multiplied outside.

// CHECK-LABEL: func.func @scaled(
// CHECK-NEXT:    %[[LR:.*]] = memref.load %arg3[]
// CHECK-NEXT:    %[[S:.*]] = arith.mulf %[[LR]], %arg4
// CHECK-NEXT:    %[[N:.*]] = arith.negf %[[S]]
// CHECK-NEXT:    tacit.gemm %[[N]], %arg0, %arg1 into %arg2 accumulate
func.func @scaled(%x: memref<8x16xf32>, %w: memref<16x32xf32>, %y: memref<8x32xf32>, %lr: memref<f32>, %h: f32) {
  linalg.generic {indexing_maps = [#a, #b, #none, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w, %lr : memref<8x16xf32>, memref<16x32xf32>, memref<f32>) outs(%y : memref<8x32xf32>) {
  ^bb0(%l: f32, %r: f32, %rate: f32, %out: f32):
    %p = arith.mulf %l, %r : f32
    %q = arith.mulf %p, %h : f32
    %t = arith.mulf %rate, %q : f32
    %s = arith.subf %out, %t : f32
    linalg.yield %s : f32
  }
  return
}

// A part of a matrix has a longer leading dimension.

// CHECK-LABEL: func.func @part(
// CHECK:         tacit.gemm {{.*}} sizes [8, 32, 16] leading [20, 32, 32]
func.func @part(%x: memref<8x16xf32, strided<[20, 1], offset: 4>>, %w: memref<16x32xf32>, %y: memref<8x32xf32>) {
  linalg.matmul ins(%x, %w : memref<8x16xf32, strided<[20, 1], offset: 4>>, memref<16x32xf32>) outs(%y : memref<8x32xf32>)
  return
}

// CHECK-LABEL: func.func @vector(
// CHECK:         tacit.gemm {{.*}} sizes [64, 1, 128] leading [128, 1, 1]
func.func @vector(%x: memref<64x128xf32>, %v: memref<128xf32>, %y: memref<64xf32>) {
  linalg.matvec ins(%x, %v : memref<64x128xf32>, memref<128xf32>) outs(%y : memref<64xf32>)
  return
}

// One product for each batch; the fill vanishes all the same.

// CHECK-LABEL: func.func @batches(
// CHECK-NOT:     linalg.fill
// CHECK:         scf.for %[[I:.*]] = %{{.*}} to %c4
// CHECK-NEXT:      %[[A:.*]] = memref.subview %arg0[%[[I]], 0, 0] [1, 8, 16]
// CHECK-NEXT:      %[[B:.*]] = memref.subview %arg1[%[[I]], 0, 0] [1, 16, 32]
// CHECK-NEXT:      %[[C:.*]] = memref.subview %arg2[%[[I]], 0, 0] [1, 8, 32]
// CHECK-NEXT:      tacit.gemm %{{.*}}, %[[A]], %[[B]] into %[[C]] sizes [8, 32, 16] leading [16, 32, 32]
func.func @batches(%x: memref<4x8x16xf32>, %w: memref<4x16x32xf32>, %y: memref<4x8x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<4x8x32xf32>)
  linalg.batch_matmul ins(%x, %w : memref<4x8x16xf32>, memref<4x16x32xf32>) outs(%y : memref<4x8x32xf32>)
  return
}

// Extents that follow each other in memory are one.

// CHECK-LABEL: func.func @merged(
// CHECK-NOT:     scf.for
// CHECK:         tacit.gemm {{.*}} sizes [32, 32, 16] leading [16, 32, 32]
func.func @merged(%x: memref<4x8x16xf32>, %w: memref<16x32xf32>, %y: memref<4x8x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d, m, n, k) -> (d, m, k)>, affine_map<(d, m, n, k) -> (k, n)>, affine_map<(d, m, n, k) -> (d, m, n)>],
                  iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<4x8x16xf32>, memref<16x32xf32>) outs(%y : memref<4x8x32xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @not_float(
// CHECK-NEXT:    linalg.matmul
// REMARK:      "stays a loop nest: elements are not f32"
func.func @not_float(%x: memref<8x16xf64>, %w: memref<16x32xf64>, %y: memref<8x32xf64>) {
  linalg.matmul ins(%x, %w : memref<8x16xf64>, memref<16x32xf64>) outs(%y : memref<8x32xf64>)
  return
}

// CHECK-LABEL: func.func @small(
// CHECK-NEXT:    linalg.matmul
// REMARK:      "stays a loop nest: too little work for a call"
func.func @small(%x: memref<2x3xf32>, %w: memref<3x4xf32>, %y: memref<2x4xf32>) {
  linalg.matmul ins(%x, %w : memref<2x3xf32>, memref<3x4xf32>) outs(%y : memref<2x4xf32>)
  return
}

// CHECK-LABEL: func.func @no_rows(
// CHECK-NEXT:    linalg.matmul
// REMARK:      "stays a loop nest: no operand order makes rows contiguous"
func.func @no_rows(%x: memref<8x16xf32, strided<[40, 2]>>, %w: memref<16x32xf32>, %y: memref<8x32xf32>) {
  linalg.matmul ins(%x, %w : memref<8x16xf32, strided<[40, 2]>>, memref<16x32xf32>) outs(%y : memref<8x32xf32>)
  return
}

// Not every product with a sum is one of matrices.

// CHECK-LABEL: func.func @elementwise(
// CHECK-NEXT:    linalg.mul
// REMARK-NOT:  remark
func.func @elementwise(%x: memref<64x64xf32>, %w: memref<64x64xf32>, %y: memref<64x64xf32>) {
  linalg.mul ins(%x, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y : memref<64x64xf32>)
  return
}
