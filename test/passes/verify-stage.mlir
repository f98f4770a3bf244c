// RUN: tacit-opt %s --tacit-verify-stage=stage=exchange --tacit-verify-stage=stage=buffers --tacit-verify-stage=stage=calls | FileCheck %s

// CHECK: tacit.program
// CHECK: memref.load
tacit.program @line step @line.step {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

func.func private @line.step(%x: memref<4xf32>) {
  %one = arith.constant 1 : index
  %v = memref.load %x[%one] : memref<4xf32>
  return
}
