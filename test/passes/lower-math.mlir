// RUN: tacit-opt %s --tacit-lower-math | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#i = affine_map<(i, j) -> (i)>

// exp is a polynomial; of the sums only the one that accumulates may be
// reordered.

// CHECK-LABEL: func.func @softmax(
// CHECK:         ^bb0(%[[IN:.*]]: f32, %[[MAX:.*]]: f32, %[[OUT:.*]]: f32):
// CHECK-NEXT:      arith.subf %[[IN]], %[[MAX]] fastmath<contract>
// CHECK-NOT:       math.exp
// CHECK:           math.fma {{.*}} fastmath<contract>
// CHECK-NOT:       reassoc
// CHECK:           %[[SUM:.*]] = arith.addf %[[OUT]], %{{.*}} fastmath<reassoc,contract>
// CHECK-NEXT:      linalg.yield %[[SUM]]
func.func @softmax(%x: memref<8x16xf32>, %m: memref<8xf32>, %y: memref<8xf32>) {
  linalg.generic {indexing_maps = [#id, #i, #i], iterator_types = ["parallel", "reduction"]}
      ins(%x, %m : memref<8x16xf32>, memref<8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%in: f32, %max: f32, %out: f32):
    %d = arith.subf %in, %max : f32
    %e = math.exp %d : f32
    %s = arith.addf %out, %e : f32
    linalg.yield %s : f32
  }
  return
}

// f64 keeps the library's functions, and what the processor has stays.

// CHECK-LABEL: func.func @kept(
// CHECK:         math.exp %{{.*}} fastmath<contract> : f64
// CHECK:         math.sqrt %{{.*}} fastmath<contract> : f32
// CHECK:         math.rsqrt %{{.*}} fastmath<contract> : f32
func.func @kept(%x: f64, %y: f32) -> (f64, f32, f32) {
  %e = math.exp %x : f64
  %s = math.sqrt %y : f32
  %r = math.rsqrt %y : f32
  return %e, %s, %r : f64, f32, f32
}

// An elementwise sum keeps its order.

// CHECK-LABEL: func.func @elementwise(
// CHECK:         arith.addf %{{.*}}, %{{.*}} fastmath<contract> : f32
func.func @elementwise(%x: memref<8x16xf32>, %y: memref<8x16xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x16xf32>) outs(%y : memref<8x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in : f32
    linalg.yield %s : f32
  }
  return
}
