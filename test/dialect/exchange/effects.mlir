// RUN: tacit-opt %s --canonicalize --cse --loop-invariant-code-motion --remove-dead-values --sccp --canonicalize --cse | FileCheck %s

// An exchange that one rank skips, repeats or moves leaves the others waiting.
// So nothing deletes an exchange whose result is not used, merges two that look
// alike, or moves one out of a loop.

// CHECK-LABEL: func.func @unused(
func.func @unused(%x: tensor<8xf32>, %o: tensor<4x8xf32>) {
  // CHECK-NEXT: tacit.all_reduce
  %0 = tacit.all_reduce mean %x : tensor<8xf32>
  // CHECK-NEXT: tacit.broadcast
  %1 = tacit.broadcast from 0 %x : tensor<8xf32>
  // CHECK-NEXT: tacit.all_gather
  %2 = tacit.all_gather %x into %o : tensor<8xf32> into tensor<4x8xf32>
  // CHECK-NEXT: tacit.start
  %h, %t = tacit.start all_reduce mean %x : tensor<8xf32>
  // CHECK-NEXT: tacit.progress
  tacit.progress
  // CHECK-NEXT: tacit.await
  %3 = tacit.await %t, %h : tensor<8xf32>
  // CHECK-NEXT: return
  return
}

// CHECK-LABEL: func.func @alike(
func.func @alike(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  // CHECK-NEXT: %[[A:.*]] = tacit.all_reduce
  %a = tacit.all_reduce mean %x : tensor<8xf32>
  // CHECK-NEXT: %[[B:.*]] = tacit.all_reduce
  %b = tacit.all_reduce mean %x : tensor<8xf32>
  // CHECK-NEXT: tacit.start
  %h0, %t0 = tacit.start all_reduce mean %x : tensor<8xf32>
  // CHECK-NEXT: tacit.start
  %h1, %t1 = tacit.start all_reduce mean %x : tensor<8xf32>
  // CHECK-NEXT: tacit.progress
  tacit.progress
  // CHECK-NEXT: tacit.progress
  tacit.progress
  // CHECK-NEXT: %[[C:.*]] = tacit.await
  %c = tacit.await %t0, %h0 : tensor<8xf32>
  // CHECK-NEXT: %[[D:.*]] = tacit.await
  %d = tacit.await %t1, %h1 : tensor<8xf32>
  // CHECK-NEXT: return %[[A]], %[[B]], %[[C]], %[[D]]
  return %a, %b, %c, %d : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

// The loop may run no iteration at all.
// CHECK-LABEL: func.func @in_loop(
func.func @in_loop(%x: tensor<8xf32>, %o: tensor<4x8xf32>, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // CHECK-NOT: tacit
  // CHECK: scf.for
  scf.for %i = %zero to %n step %one {
    // CHECK-NEXT: tacit.all_reduce
    %0 = tacit.all_reduce mean %x : tensor<8xf32>
    // CHECK-NEXT: tacit.broadcast
    %1 = tacit.broadcast from 0 %x : tensor<8xf32>
    // CHECK-NEXT: tacit.all_gather
    %2 = tacit.all_gather %x into %o : tensor<8xf32> into tensor<4x8xf32>
    // CHECK-NEXT: tacit.start
    %h, %t = tacit.start all_reduce mean %x : tensor<8xf32>
    // CHECK-NEXT: tacit.progress
    tacit.progress
    // CHECK-NEXT: tacit.await
    %3 = tacit.await %t, %h : tensor<8xf32>
  }
  // CHECK: return
  return
}

// Behind an await on buffers, what arrived is read anew.
// CHECK-LABEL: func.func @buffers(
func.func @buffers(%x: memref<8xf32>) -> (f32, f32, f32) {
  %zero = arith.constant 0 : index
  // CHECK: %[[A:.*]] = memref.load
  %a = memref.load %x[%zero] : memref<8xf32>
  // CHECK-NEXT: tacit.all_reduce
  tacit.all_reduce mean %x : memref<8xf32>
  // CHECK-NEXT: %[[B:.*]] = memref.load
  %b = memref.load %x[%zero] : memref<8xf32>
  // CHECK-NEXT: %[[T:.*]] = tacit.start
  %t = tacit.start all_reduce mean %x : memref<8xf32>
  // CHECK-NEXT: tacit.await %[[T]]
  tacit.await %t
  // CHECK-NEXT: %[[C:.*]] = memref.load
  %c = memref.load %x[%zero] : memref<8xf32>
  // CHECK-NEXT: return %[[A]], %[[B]], %[[C]]
  return %a, %b, %c : f32, f32, f32
}
