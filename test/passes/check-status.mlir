// RUN: tacit-opt %s --tacit-check-status | FileCheck %s

llvm.func @tacit_progress(!llvm.ptr) -> i32
llvm.func @other(!llvm.ptr) -> i32

// Every call of the runtime is followed by a branch to one exit.

// CHECK-LABEL: func.func private @step(
// CHECK-NEXT:    %[[FIRST:.*]] = llvm.call @tacit_progress
// CHECK-NEXT:    %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK-NEXT:    %[[FAILED:.*]] = arith.cmpi ne, %[[FIRST]], %[[ZERO]]
// CHECK-NEXT:    cf.cond_br %[[FAILED]], ^[[EXIT:bb[0-9]+]](%[[FIRST]] : i32), ^[[NEXT:bb[0-9]+]]
// CHECK:       ^[[NEXT]]:
// CHECK-NEXT:    %[[SECOND:.*]] = llvm.call @tacit_progress
// CHECK:         cf.cond_br %{{.*}}, ^[[EXIT]](%[[SECOND]] : i32), ^[[LAST:bb[0-9]+]]
// CHECK:       ^[[LAST]]:
// CHECK-NEXT:    llvm.call @other
// CHECK-NEXT:    arith.constant 0 : i32
// CHECK-NEXT:    return
// CHECK:       ^[[EXIT]](%[[STATUS:.*]]: i32):
// CHECK-NEXT:    return %[[STATUS]] : i32
func.func private @step(%rank: !llvm.ptr) -> i32 {
  %a = llvm.call @tacit_progress(%rank) : (!llvm.ptr) -> i32
  %b = llvm.call @tacit_progress(%rank) : (!llvm.ptr) -> i32
  %c = llvm.call @other(%rank) : (!llvm.ptr) -> i32
  %ok = arith.constant 0 : i32
  return %ok : i32
}

// CHECK-LABEL: func.func private @kernel(
// CHECK-NEXT:    return
func.func private @kernel() {
  return
}
