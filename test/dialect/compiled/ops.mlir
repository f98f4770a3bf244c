// RUN: tacit-opt %s --verify-roundtrip | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --mlir-print-op-generic | tacit-opt | FileCheck %s
// RUN: tacit-opt %s --emit-bytecode | tacit-opt | FileCheck %s

func.func private @line.step()
func.func private @line.evaluate()

// CHECK:      tacit.program @line step @line.step {
// CHECK-NEXT:   tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
// CHECK-NEXT: }
tacit.program @line step @line.step {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
}

// CHECK:      tacit.program @evaluated step @line.step evaluate @line.evaluate attributes
// CHECK-SAME:   ranks = 4 : i64
// CHECK-SAME:   sites = [#tacit.site<name = "all_reduce 0", kind = all_reduce, reduction = mean, element = f32, root = 0, count = 512>]
tacit.program @evaluated step @line.step evaluate @line.evaluate attributes {
    ranks = 4,
    sites = [#tacit.site<name = "all_reduce 0", kind = all_reduce, reduction = mean, element = f32, root = 0, count = 512>]} {
}

// CHECK-LABEL: func.func @gemm
func.func @gemm(%alpha: f32, %a: memref<64x784xf32>, %b: memref<784x512xf32>, %c: memref<64x512xf32>) {
  // CHECK-NEXT: tacit.gemm %arg0, %arg1, %arg2 into %arg3 sizes [64, 512, 784] leading [784, 512, 512] : memref<64x784xf32>, memref<784x512xf32>, memref<64x512xf32>
  tacit.gemm %alpha, %a, %b into %c sizes [64, 512, 784] leading [784, 512, 512] : memref<64x784xf32>, memref<784x512xf32>, memref<64x512xf32>
  // The gradient of the weights, onto the weights.
  // CHECK-NEXT: tacit.gemm %arg0, %arg1 transposed, %arg3 into %arg2 accumulate sizes [784, 512, 64] leading [784, 512, 512] : memref<64x784xf32>, memref<64x512xf32>, memref<784x512xf32>
  tacit.gemm %alpha, %a transposed, %c into %b accumulate sizes [784, 512, 64] leading [784, 512, 512] : memref<64x784xf32>, memref<64x512xf32>, memref<784x512xf32>
  // CHECK-NEXT: tacit.gemm %arg0, %arg3, %arg2 transposed into %arg1 sizes [64, 784, 512] leading [512, 512, 784] : memref<64x512xf32>, memref<784x512xf32>, memref<64x784xf32>
  tacit.gemm %alpha, %c, %b transposed into %a sizes [64, 784, 512] leading [512, 512, 784] : memref<64x512xf32>, memref<784x512xf32>, memref<64x784xf32>
  return
}
