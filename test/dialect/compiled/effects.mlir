// RUN: tacit-opt %s --cse --canonicalize --loop-invariant-code-motion | FileCheck %s

// A product writes its buffer: what was read of it before is read anew behind,
// and an accumulating product is done once per iteration.

// CHECK-LABEL: func.func @gemm
func.func @gemm(%alpha: f32, %a: memref<4x4xf32>, %c: memref<4x4xf32>, %n: index) -> (f32, f32) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // CHECK: %[[BEFORE:.*]] = memref.load
  %before = memref.load %c[%zero, %zero] : memref<4x4xf32>
  // CHECK: scf.for
  scf.for %i = %zero to %n step %one {
    // CHECK-NEXT: tacit.gemm
    tacit.gemm %alpha, %a, %a into %c accumulate sizes [4, 4, 4] leading [4, 4, 4] : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
  }
  // CHECK: %[[BEHIND:.*]] = memref.load
  %behind = memref.load %c[%zero, %zero] : memref<4x4xf32>
  // CHECK: return %[[BEFORE]], %[[BEHIND]]
  return %before, %behind : f32, f32
}
