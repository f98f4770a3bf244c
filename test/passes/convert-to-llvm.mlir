// RUN: tacit-opt %s --tacit-convert-to-llvm | FileCheck %s

// CHECK:       llvm.func @cbrt(f64) -> f64

tacit.program @line step @line.step {}

// Buffers are bare pointers; what the descriptor will say of them is kept.

// CHECK-LABEL: llvm.func @line.step(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: !llvm.ptr {tacit.data = "x", tacit.type = memref<4xf32>}
// CHECK-SAME:    %[[Y:[a-z0-9]+]]: !llvm.ptr {llvm.noalias})
// CHECK:         %[[AT:.*]] = llvm.getelementptr inbounds|nuw %{{.*}}[%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, f32
// CHECK-NEXT:    %[[V:.*]] = llvm.load %[[AT]] : !llvm.ptr -> f32
// CHECK-NEXT:    %[[E:.*]] = llvm.intr.exp(%[[V]]) : (f32) -> f32
// CHECK:         llvm.store %[[E]]
// CHECK:         llvm.return
func.func private @line.step(%x: memref<4xf32> {tacit.data = "x"}, %y: memref<4xf32> {llvm.noalias}) {
  %one = arith.constant 1 : index
  %v = memref.load %x[%one] : memref<4xf32>
  %e = math.exp %v : f32
  memref.store %e, %y[%one] : memref<4xf32>
  return
}

// What LLVM has no intrinsic for is a function of the library.

// CHECK-LABEL: llvm.func @library(
// CHECK:         llvm.call @cbrt(
func.func private @library(%x: f64) -> f64 {
  %e = math.cbrt %x : f64
  return %e : f64
}
