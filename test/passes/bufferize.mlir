// RUN: tacit-opt %s --tacit-bufferize --cse --canonicalize | FileCheck %s

#id = affine_map<(i) -> (i)>

// An update, however written down, writes where it reads.

// CHECK-LABEL: func.func private @in_place(
// CHECK-NOT:     alloc
// CHECK:         linalg.generic {{.*}} ins(%arg0, %arg1 : {{.*}}) outs(%arg0 :
// CHECK-NOT:     copy
// CHECK:         return
func.func private @in_place(%w: memref<4xf32> {tacit.variable = "w"}, %x: memref<4xf32> {tacit.data = "x"}) {
  %old = bufferization.to_tensor %w restrict writable : memref<4xf32> to tensor<4xf32>
  %g = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %empty = tensor.empty() : tensor<4xf32>
  %new = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%old, %g : tensor<4xf32>, tensor<4xf32>) outs(%empty : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.subf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  bufferization.materialize_in_destination %new in writable %w : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// Exchanges work in place; what is in flight is not held, but awaited.

// CHECK-LABEL: func.func private @exchange(
// CHECK-NEXT:    linalg.exp ins(%arg0 : memref<4xf32>) outs(%arg1 : memref<4xf32>)
// CHECK-NEXT:    %[[TOKEN:.*]] = tacit.start all_reduce mean %arg1 : memref<4xf32>
// CHECK-NEXT:    tacit.progress
// CHECK-NEXT:    tacit.await %[[TOKEN]]
// CHECK-NEXT:    tacit.all_reduce sum %arg1 : memref<4xf32>
// CHECK-NEXT:    tacit.broadcast from 0 %arg1 : memref<4xf32>
// CHECK-NEXT:    return
func.func private @exchange(%x: memref<4xf32> {tacit.data = "x"}, %w: memref<4xf32> {tacit.result = "w"}) {
  %g = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %empty = tensor.empty() : tensor<4xf32>
  %own = linalg.exp ins(%g : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %held, %token = tacit.start all_reduce mean %own : tensor<4xf32>
  tacit.progress
  %all = tacit.await %token, %held : tensor<4xf32>
  %sum = tacit.all_reduce sum %all : tensor<4xf32>
  %b = tacit.broadcast from 0 %sum : tensor<4xf32>
  bufferization.materialize_in_destination %b in restrict writable %w : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// CHECK-LABEL: func.func private @gather(
// CHECK-NEXT:    tacit.all_gather %arg0 into %arg1 : memref<4xf32> into memref<2x4xf32>
// CHECK-NEXT:    return
func.func private @gather(%x: memref<4xf32> {tacit.data = "x"}, %w: memref<2x4xf32> {tacit.result = "w"}) {
  %g = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %empty = tensor.empty() : tensor<2x4xf32>
  %all = tacit.all_gather %g into %empty : tensor<4xf32> into tensor<2x4xf32>
  bufferization.materialize_in_destination %all in restrict writable %w : (tensor<2x4xf32>, memref<2x4xf32>) -> ()
  return
}

// What is read after the exchange that overwrites it is copied before.

// CHECK-LABEL: func.func private @read_behind(
// CHECK-NEXT:    %[[OWN:.*]] = memref.alloc()
// CHECK-NEXT:    linalg.exp {{.*}} outs(%[[OWN]]
// CHECK-NEXT:    %[[ALL:.*]] = memref.alloc()
// CHECK-NEXT:    memref.copy %[[OWN]], %[[ALL]]
// CHECK-NEXT:    tacit.all_reduce mean %[[ALL]]
// CHECK-NEXT:    linalg.sub ins(%[[OWN]], %[[ALL]]
func.func private @read_behind(%x: memref<4xf32> {tacit.data = "x"}, %w: memref<4xf32> {tacit.result = "w"}) {
  %g = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %empty = tensor.empty() : tensor<4xf32>
  %own = linalg.exp ins(%g : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %all = tacit.all_reduce mean %own : tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %d = linalg.sub ins(%own, %all : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  bufferization.materialize_in_destination %d in restrict writable %w : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// Two sums that start from one fill get a fill each.

// CHECK-LABEL: func.func private @shared_fill(
// CHECK-NOT:     alloc
// CHECK-COUNT-2: linalg.fill
// CHECK-NOT:     copy
// CHECK:         return
func.func private @shared_fill(%r: memref<4xf32> {tacit.result = "r"}, %s: memref<4xf32> {tacit.result = "s"}, %x: memref<4x8xf32> {tacit.data = "x"}) {
  %g = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %p = linalg.reduce ins(%g : tensor<4x8xf32>) outs(%start : tensor<4xf32>) dimensions = [1]
    (%in: f32, %out: f32) { %a = arith.addf %in, %out : f32 linalg.yield %a : f32 }
  %q = linalg.reduce ins(%g : tensor<4x8xf32>) outs(%start : tensor<4xf32>) dimensions = [1]
    (%in: f32, %out: f32) { %a = arith.maximumf %in, %out : f32 linalg.yield %a : f32 }
  bufferization.materialize_in_destination %p in restrict writable %r : (tensor<4xf32>, memref<4xf32>) -> ()
  bufferization.materialize_in_destination %q in restrict writable %s : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// What a loop carries stays where it is: copied back if an iteration reads it
// all before it writes.

// CHECK-LABEL: func.func private @carried(
// CHECK:         scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} {
// CHECK:           linalg.generic {{.*}} ins(%arg0 : {{.*}}) outs(%[[NEW:.*]] :
// CHECK:           memref.copy %[[NEW]], %arg0
// CHECK-NEXT:    }
func.func private @carried(%w: memref<4xf32> {tacit.variable = "w"}) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  %old = bufferization.to_tensor %w restrict writable : memref<4xf32> to tensor<4xf32>
  %new = scf.for %i = %zero to %two step %one iter_args(%carry = %old) -> tensor<4xf32> {
    %empty = tensor.empty() : tensor<4xf32>
    %turned = linalg.generic {indexing_maps = [affine_map<(i) -> (3 - i)>, #id], iterator_types = ["parallel"]}
        ins(%carry : tensor<4xf32>) outs(%empty : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<4xf32>
    scf.yield %turned : tensor<4xf32>
  }
  bufferization.materialize_in_destination %new in writable %w : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}

// A row at a time, nothing is copied.

// CHECK-LABEL: func.func private @rows(
// CHECK-NOT:     alloc
// CHECK:         scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %{{.*}} {
// CHECK-NEXT:      %[[ROW:.*]] = memref.subview %arg1[%[[I]], 0] [1, 4] [1, 1]
// CHECK-NEXT:      linalg.exp ins(%arg0 : memref<4xf32>) outs(%[[ROW]]
// CHECK-NOT:       copy
// CHECK:         return
func.func private @rows(%x: memref<4xf32> {tacit.data = "x"}, %y: memref<2x4xf32> {tacit.result = "y"}) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %two = arith.constant 2 : index
  %data = bufferization.to_tensor %x restrict : memref<4xf32> to tensor<4xf32>
  %all = tensor.empty() : tensor<2x4xf32>
  %new = scf.for %i = %zero to %two step %one iter_args(%carry = %all) -> tensor<2x4xf32> {
    %empty = tensor.empty() : tensor<4xf32>
    %e = linalg.exp ins(%data : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    %put = tensor.insert_slice %e into %carry[%i, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<2x4xf32>
    scf.yield %put : tensor<2x4xf32>
  }
  bufferization.materialize_in_destination %new in restrict writable %y : (tensor<2x4xf32>, memref<2x4xf32>) -> ()
  return
}
