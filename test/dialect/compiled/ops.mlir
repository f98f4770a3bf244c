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

// CHECK-LABEL: func.func @compression(
// CHECK-SAME:    %[[R:.*]]: memref<8xf32>, %[[G:.*]]: memref<8xf32>, %[[S:.*]]: f64, %[[N:.*]]: i64, %[[P:.*]]: memref<192xi8>)
func.func @compression(%r: memref<8xf32>, %g: memref<8xf32>, %s: f64, %n: i64, %p: memref<192xi8>) {
  // CHECK-NEXT: tacit.encode 0 %[[R]] plus %[[G]] scaled by %[[S]] number %[[N]] into %[[P]] : memref<8xf32> plus memref<8xf32> into memref<192xi8>
  tacit.encode 0 %r plus %g scaled by %s number %n into %p : memref<8xf32> plus memref<8xf32> into memref<192xi8>
  // CHECK-NEXT: tacit.encode 1 lossy %[[G]] into %[[P]] : memref<8xf32> into memref<192xi8>
  tacit.encode 1 lossy %g into %p : memref<8xf32> into memref<192xi8>
  // CHECK-NEXT: tacit.exchange_encoded 0 %[[P]] into %[[P]], %[[R]] : memref<192xi8> into memref<192xi8>, memref<8xf32>
  tacit.exchange_encoded 0 %p into %p, %r : memref<192xi8> into memref<192xi8>, memref<8xf32>
  // CHECK-NEXT: tacit.decode 0 exchanged %[[P]] into %[[G]] : memref<192xi8> into memref<8xf32>
  tacit.decode 0 exchanged %p into %g : memref<192xi8> into memref<8xf32>
  // CHECK-NEXT: tacit.clear_encoded 0 %[[P]] in %[[R]] : memref<192xi8> in memref<8xf32>
  tacit.clear_encoded 0 %p in %r : memref<192xi8> in memref<8xf32>
  return
}

// CHECK-LABEL: func.func @convolution
func.func @convolution(%x: tensor<64x28x28x1xf32>, %w: tensor<5x5x1x16xf32>, %y: tensor<64x28x28x16xf32>) -> tensor<64x28x28x16xf32> {
  // CHECK-NEXT: tacit.convolution forward %arg0, %arg1 into %arg2 layouts ["nhwc", "hwio", "nhwc"] strides [1, 1] dilations [1, 1] padding [2, 2, 2, 2] : tensor<64x28x28x1xf32>, tensor<5x5x1x16xf32> into tensor<64x28x28x16xf32> -> tensor<64x28x28x16xf32>
  %r = tacit.convolution forward %x, %w into %y layouts ["nhwc", "hwio", "nhwc"] strides [1, 1] dilations [1, 1] padding [2, 2, 2, 2] : tensor<64x28x28x1xf32>, tensor<5x5x1x16xf32> into tensor<64x28x28x16xf32> -> tensor<64x28x28x16xf32>
  return %r : tensor<64x28x28x16xf32>
}

// CHECK-LABEL: func.func @convolution_gradients
func.func @convolution_gradients(%x: memref<2x3x9x9xf32>, %w: memref<8x3x3x3xf32>, %y: memref<2x8x3x3xf32>) {
  // CHECK-NEXT: tacit.convolution backward_data %arg2, %arg1 into %arg0 layouts ["nchw", "oihw", "nchw"] strides [2, 2] dilations [2, 2] padding [0, 0, 0, 0]
  tacit.convolution backward_data %y, %w into %x layouts ["nchw", "oihw", "nchw"] strides [2, 2] dilations [2, 2] padding [0, 0, 0, 0] : memref<2x8x3x3xf32>, memref<8x3x3x3xf32> into memref<2x3x9x9xf32>
  // CHECK-NEXT: tacit.convolution backward_weights %arg0, %arg2 into %arg1
  tacit.convolution backward_weights %x, %y into %w layouts ["nchw", "oihw", "nchw"] strides [2, 2] dilations [2, 2] padding [0, 0, 0, 0] : memref<2x3x9x9xf32>, memref<2x8x3x3xf32> into memref<8x3x3x3xf32>
  return
}
