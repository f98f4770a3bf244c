// RUN: tacit-opt %s --tacit-call-pool | FileCheck %s

// CHECK:       llvm.func @tacit_parallel_for(!llvm.ptr, i64, !llvm.ptr, !llvm.ptr) -> i32
// CHECK-LABEL: llvm.func internal @kernel.piece(%arg0: !llvm.ptr, %arg1: i64, %arg2: i64)
// CHECK:         %[[X:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK:         %[[S:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f32
// CHECK:         llvm.call @kernel(%[[X]], %[[S]], %arg1, %arg2)
// CHECK-NEXT:    llvm.return
// CHECK-LABEL: llvm.func @kernel(
// CHECK-NOT:     tacit.pieces
llvm.func @kernel(%x: !llvm.ptr {llvm.noalias}, %s: f32, %begin: i64, %end: i64) attributes {tacit.pieces = 64 : i64} {
  llvm.return
}

// CHECK-LABEL: llvm.func @step(
// CHECK:         %[[CONTEXT:.*]] = llvm.alloca
// CHECK:         llvm.store %arg0
// CHECK:         llvm.store %arg1
// CHECK:         %[[BODY:.*]] = llvm.mlir.addressof @kernel.piece
// CHECK-NEXT:    llvm.call @tacit_parallel_for(%arg2, %{{.*}}, %[[BODY]], %[[CONTEXT]])
// CHECK-NOT:     llvm.call @kernel(
llvm.func @step(%x: !llvm.ptr, %s: f32, %rank: !llvm.ptr {tacit.rank}) {
  %none = llvm.mlir.constant(0 : i64) : i64
  %all = llvm.mlir.constant(64 : i64) : i64
  llvm.call @kernel(%x, %s, %none, %all) : (!llvm.ptr, f32, i64, i64) -> ()
  llvm.return
}
