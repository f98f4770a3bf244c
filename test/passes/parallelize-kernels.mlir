// RUN: tacit-opt %s --tacit-parallelize-kernels=min-work=1000 | FileCheck %s

// Rows are summed up: pieces are rows, of the start as well.

// CHECK-LABEL: func.func private @rows(
// CHECK-SAME:    %arg0: memref<64x32xf32>, %arg1: memref<64xf32>, %[[BEGIN:.*]]: index, %[[END:.*]]: index) attributes {tacit.pieces = 64 : i64}
// CHECK:         scf.for %{{.*}} = %[[BEGIN]] to %[[END]] step
// CHECK:           memref.store
// CHECK:         scf.for %{{.*}} = %[[BEGIN]] to %[[END]] step
// CHECK:           scf.for
func.func private @rows(%x: memref<64x32xf32>, %s: memref<64xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<64xf32>)
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<64x32xf32>) outs(%s : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.addf %out, %in : f32
    linalg.yield %a : f32
  }
  return
}

// Columns are summed up row by row: pieces of rows would meet in one sum.

// CHECK-LABEL: func.func private @columns(
// CHECK-NOT:     tacit.pieces
// CHECK:         linalg.generic
func.func private @columns(%x: memref<64x32xf32>, %s: memref<32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<64x32xf32>) outs(%s : memref<32xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.addf %out, %in : f32
    linalg.yield %a : f32
  }
  return
}

// What one nest writes by rows, the other reads by columns.

// CHECK-LABEL: func.func private @across(
// CHECK-NOT:     tacit.pieces
// CHECK:         linalg.generic
func.func private @across(%x: memref<32x32xf32>, %y: memref<32x32xf32>, %z: memref<32x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<32x32xf32>) outs(%y : memref<32x32xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.addf %in, %in : f32
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%y : memref<32x32xf32>) outs(%z : memref<32x32xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.addf %in, %in : f32
    linalg.yield %a : f32
  }
  return
}

// Too little work to wake a thread for.

// CHECK-LABEL: func.func private @small(
// CHECK-NOT:     tacit.pieces
// CHECK:         linalg.generic
func.func private @small(%x: memref<32xf32>, %y: memref<32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : memref<32xf32>) outs(%y : memref<32xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.addf %in, %in : f32
    linalg.yield %a : f32
  }
  return
}

// CHECK-LABEL: func.func @caller(
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[ALL:.*]] = arith.constant 64 : index
// CHECK:         call @rows(%arg0, %arg1, %[[NONE]], %[[ALL]])
// CHECK:         call @columns(%arg0, %arg2)
func.func @caller(%x: memref<64x32xf32>, %s: memref<64xf32>, %t: memref<32xf32>, %y: memref<32x32xf32>) {
  call @rows(%x, %s) : (memref<64x32xf32>, memref<64xf32>) -> ()
  call @columns(%x, %t) : (memref<64x32xf32>, memref<32xf32>) -> ()
  call @across(%y, %y, %y) : (memref<32x32xf32>, memref<32x32xf32>, memref<32x32xf32>) -> ()
  call @small(%t, %t) : (memref<32xf32>, memref<32xf32>) -> ()
  return
}
