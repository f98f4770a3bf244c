// RUN: tacit-opt %s --tacit-outline-kernels | FileCheck %s

#id = affine_map<(i) -> (i)>

// Equal nests are one function, whose buffers are known to be apart.

// CHECK-LABEL: func.func private @step.0(
// CHECK-SAME:    %[[IN:.*]]: memref<4xf32> {llvm.noalias}, %[[OUT:.*]]: memref<4xf32> {llvm.noalias}, %{{.*}}: f32)
// CHECK-NEXT:    arith.constant 2.000000e+00
// CHECK-NEXT:    linalg.generic {{.*}} ins(%[[IN]] : memref<4xf32>) outs(%[[OUT]] : memref<4xf32>)
// CHECK-LABEL: func.func @step(
// CHECK-NEXT:    %{{.*}} = arith.constant
// CHECK-NEXT:    %[[A:.*]] = memref.alloc
// CHECK-NEXT:    call @step.0(%arg0, %[[A]], %arg3)
// CHECK-NEXT:    call @step.0(%arg1, %arg2, %arg3)
// CHECK-NEXT:    return
func.func @step(%x: memref<4xf32>, %y: memref<4xf32>, %z: memref<4xf32>, %s: f32) {
  %two = arith.constant 2.0 : f32
  %alloc = memref.alloc() : memref<4xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<4xf32>) outs(%alloc : memref<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %p = arith.mulf %in, %two : f32
    %q = arith.mulf %p, %s : f32
    linalg.yield %q : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%y : memref<4xf32>) outs(%z : memref<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %p = arith.mulf %in, %two : f32
    %q = arith.mulf %p, %s : f32
    linalg.yield %q : f32
  }
  return
}

// A fill goes with the sum that starts from it, and what reads and writes one
// buffer gets it once.

// CHECK-LABEL: func.func private @sum.0(
// CHECK-SAME:    %[[X:.*]]: memref<4xf32> {llvm.noalias})
// CHECK-NEXT:    linalg.generic {{.*}} ins(%[[X]] : memref<4xf32>) outs(%[[X]] : memref<4xf32>)
// CHECK-LABEL: func.func private @sum.1(
// CHECK:         linalg.fill
// CHECK-NEXT:    linalg.generic {{.*}}"reduction"]}
func.func @sum(%x: memref<4xf32>, %y: memref<f32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<f32>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<4xf32>) outs(%x : memref<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %p = arith.addf %in, %in : f32
    linalg.yield %p : f32
  }
  linalg.generic {indexing_maps = [#id, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x : memref<4xf32>) outs(%y : memref<f32>) {
  ^bb0(%in: f32, %out: f32):
    %p = arith.addf %out, %in : f32
    linalg.yield %p : f32
  }
  return
}

// Parts of one buffer may overlap.

// CHECK-LABEL: func.func private @overlap.0(
// CHECK-NOT:     noalias
// CHECK-SAME:    {
func.func @overlap(%x: memref<8xf32>) {
  %left = memref.subview %x[0] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1]>>
  %right = memref.subview %x[2] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 2>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%left : memref<4xf32, strided<[1]>>) outs(%right : memref<4xf32, strided<[1], offset: 2>>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// What a function cannot take as a bare pointer stays where it is.

// CHECK-NOT:   @dynamic.0
// CHECK-LABEL: func.func @dynamic(
// CHECK:         linalg.generic
func.func @dynamic(%x: memref<8x4xf32>, %y: memref<4xf32>, %i: index) {
  %row = memref.subview %x[%i, 0] [1, 4] [1, 1] : memref<8x4xf32> to memref<4xf32, strided<[1], offset: ?>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%row : memref<4xf32, strided<[1], offset: ?>>) outs(%y : memref<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// A copy between layouts is a loop nest; one of dense buffers stays.

// CHECK-LABEL: func.func private @copies.0(
// CHECK-NEXT:    linalg.copy
// CHECK-LABEL: func.func @copies(
// CHECK-NEXT:    call @copies.0
// CHECK-NEXT:    memref.copy
func.func @copies(%x: memref<8x4xf32, strided<[8, 1]>>, %y: memref<8x4xf32>, %z: memref<8x4xf32>) {
  memref.copy %x, %y : memref<8x4xf32, strided<[8, 1]>> to memref<8x4xf32>
  memref.copy %y, %z : memref<8x4xf32> to memref<8x4xf32>
  return
}
