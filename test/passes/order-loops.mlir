// RUN: tacit-opt %s --tacit-order-loops | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#i = affine_map<(i, j) -> (i)>
#j = affine_map<(i, j) -> (j)>

// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$FIRST:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$SECOND:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[$KN:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[$MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>

// The sum of rows, column by column, becomes an accumulation row by row.

// CHECK-LABEL: func.func @columns(
// CHECK:         linalg.generic {indexing_maps = [#[[$ID]], #[[$SECOND]]], iterator_types = ["reduction", "parallel"]}
func.func @columns(%x: memref<8x16xf32>, %y: memref<16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(j, i) -> (i, j)>, affine_map<(j, i) -> (j)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<8x16xf32>) outs(%y : memref<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in : f32
    linalg.yield %s : f32
  }
  return
}

// The sum of each row is contiguous already.

// CHECK-LABEL: func.func @rows(
// CHECK:         linalg.generic {indexing_maps = [#[[$ID]], #[[$FIRST]]], iterator_types = ["parallel", "reduction"]}
func.func @rows(%x: memref<8x16xf32>, %y: memref<8xf32>) {
  linalg.generic {indexing_maps = [#id, #i], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<8x16xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in : f32
    linalg.yield %s : f32
  }
  return
}

// A product by loops reads and writes rows: m, k, n.

// CHECK-LABEL: func.func @product(
// CHECK:         linalg.generic {indexing_maps = [#[[$MK]], #[[$KN]], #[[$MN]]], iterator_types = ["parallel", "reduction", "parallel"]}
func.func @product(%x: memref<8x16xf64>, %w: memref<16x32xf64>, %y: memref<8x32xf64>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<8x16xf64>, memref<16x32xf64>) outs(%y : memref<8x32xf64>) {
  ^bb0(%l: f64, %r: f64, %out: f64):
    %p = arith.mulf %l, %r : f64
    %s = arith.addf %out, %p : f64
    linalg.yield %s : f64
  }
  return
}

// Counters follow their loops.

// CHECK-LABEL: func.func @counter(
// CHECK:         linalg.generic {indexing_maps = [#[[$ID]], #[[$ID]]], iterator_types = ["parallel", "parallel"]}
// CHECK:           linalg.index 1
func.func @counter(%x: memref<8x16xindex>, %y: memref<8x16xindex>) {
  linalg.generic {indexing_maps = [affine_map<(j, i) -> (i, j)>, affine_map<(j, i) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x16xindex>) outs(%y : memref<8x16xindex>) {
  ^bb0(%in: index, %out: index):
    %j = linalg.index 0 : index
    %s = arith.addi %in, %j : index
    linalg.yield %s : index
  }
  return
}
