// RUN: tacit-opt %s --verify-roundtrip | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --mlir-print-op-generic | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --emit-bytecode | tacit-opt | FileCheck %s

// CHECK-LABEL: func.func @all_reduce(
// CHECK-SAME:    %[[A:.*]]: tensor<8x4xf32>, %[[B:.*]]: tensor<f32>, %[[I:.*]]: tensor<3xi64>)
func.func @all_reduce(%a: tensor<8x4xf32>, %b: tensor<f32>, %i: tensor<3xi64>) {
  // CHECK: %{{.*}} = tacit.all_reduce mean %[[A]] : tensor<8x4xf32>
  %0 = tacit.all_reduce mean %a : tensor<8x4xf32>
  // CHECK: %{{.*}}:2 = tacit.all_reduce sum %[[A]], %[[B]] : tensor<8x4xf32>, tensor<f32>
  %1:2 = tacit.all_reduce sum %a, %b : tensor<8x4xf32>, tensor<f32>
  // CHECK: tacit.all_reduce max %[[I]] : tensor<3xi64>
  %2 = tacit.all_reduce max %i : tensor<3xi64>
  // CHECK: tacit.all_reduce min %[[I]] {tacit.serves = ["w"]} : tensor<3xi64>
  %3 = tacit.all_reduce min %i {tacit.serves = ["w"]} : tensor<3xi64>
  return
}

// On buffers exchanges work in place.
// CHECK-LABEL: func.func @buffers(
// CHECK-SAME:    %[[A:.*]]: memref<8xf64>, %[[B:.*]]: memref<2xf64, strided<[1], offset: ?>>, %[[I:.*]]: memref<3xi32>, %[[O:.*]]: memref<4x3xi32>)
func.func @buffers(%a: memref<8xf64>, %b: memref<2xf64, strided<[1], offset: ?>>, %i: memref<3xi32>, %o: memref<4x3xi32>) {
  // CHECK-NEXT: tacit.all_reduce mean %[[A]], %[[B]] : memref<8xf64>, memref<2xf64, strided<[1], offset: ?>>
  tacit.all_reduce mean %a, %b : memref<8xf64>, memref<2xf64, strided<[1], offset: ?>>
  // CHECK-NEXT: tacit.broadcast from 3 %[[I]] : memref<3xi32>
  tacit.broadcast from 3 %i : memref<3xi32>
  // CHECK-NEXT: tacit.all_gather %[[I]] into %[[O]] : memref<3xi32> into memref<4x3xi32>
  tacit.all_gather %i into %o : memref<3xi32> into memref<4x3xi32>
  // CHECK-NEXT: %[[T:.*]] = tacit.start all_gather %[[I]] into %[[O]] : memref<3xi32> into memref<4x3xi32>
  %t = tacit.start all_gather %i into %o : memref<3xi32> into memref<4x3xi32>
  // CHECK-NEXT: tacit.await %[[T]]{{$}}
  tacit.await %t
  return
}

// CHECK-LABEL: func.func @broadcast(
func.func @broadcast(%a: tensor<8xf32>, %b: tensor<4xf32>) {
  // CHECK: %{{.*}}:2 = tacit.broadcast from 0 %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<4xf32>
  %0:2 = tacit.broadcast from 0 %a, %b : tensor<8xf32>, tensor<4xf32>
  return
}

// The number of ranks may be open.
// CHECK-LABEL: func.func @all_gather(
func.func @all_gather(%a: tensor<8xf32>, %b: tensor<f32>, %oa: tensor<4x8xf32>, %ob: tensor<4xf32>, %open: tensor<?x8xf32>) {
  // CHECK: %{{.*}}:2 = tacit.all_gather %{{.*}}, %{{.*}} into %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<f32> into tensor<4x8xf32>, tensor<4xf32>
  %0:2 = tacit.all_gather %a, %b into %oa, %ob : tensor<8xf32>, tensor<f32> into tensor<4x8xf32>, tensor<4xf32>
  // CHECK: %{{.*}} = tacit.all_gather %{{.*}} into %{{.*}} {note} : tensor<8xf32> into tensor<?x8xf32>
  %1 = tacit.all_gather %a into %open {note} : tensor<8xf32> into tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @start(
func.func @start(%a: tensor<8xf32>, %b: tensor<4xf32>, %o: tensor<2x8xf32>) {
  // CHECK: %[[H:.*]]:2, %[[T:.*]] = tacit.start all_reduce mean %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<4xf32>
  %h:2, %t = tacit.start all_reduce mean %a, %b : tensor<8xf32>, tensor<4xf32>
  // CHECK: %{{.*}}:2 = tacit.await %[[T]], %[[H]]#0, %[[H]]#1 : tensor<8xf32>, tensor<4xf32>
  %r:2 = tacit.await %t, %h#0, %h#1 : tensor<8xf32>, tensor<4xf32>
  // CHECK: %[[H:.*]], %[[T:.*]] = tacit.start broadcast from 1 %{{.*}} : tensor<8xf32>
  %h2, %t2 = tacit.start broadcast from 1 %a : tensor<8xf32>
  // CHECK: tacit.progress
  tacit.progress
  // CHECK: tacit.await %[[T]], %[[H]] : tensor<8xf32>
  %r2 = tacit.await %t2, %h2 : tensor<8xf32>
  // CHECK: %[[H:.*]], %[[T:.*]] = tacit.start all_gather %{{.*}} into %{{.*}} : tensor<8xf32> into tensor<2x8xf32>
  %h3, %t3 = tacit.start all_gather %a into %o : tensor<8xf32> into tensor<2x8xf32>
  // CHECK: tacit.await %[[T]], %[[H]] : tensor<2x8xf32>
  %r3 = tacit.await %t3, %h3 : tensor<2x8xf32>
  return
}
