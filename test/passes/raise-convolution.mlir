// RUN: tacit-opt %s --split-input-file --tacit-raise-convolution=min-work=1 --cse --canonicalize | FileCheck %s
// RUN: tacit-opt %s --split-input-file --tacit-raise-convolution --remarks-filter=tacit --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// As a front end names it, with zeros around: they become padding.

// CHECK-LABEL: func.func @named(
// CHECK-NEXT:    %[[E:.*]] = tensor.empty() : tensor<2x4x4x8xf32>
// CHECK-NEXT:    %[[R:.*]] = tacit.convolution forward %arg0, %arg1 into %[[E]] layouts ["nhwc", "hwio", "nhwc"] strides [2, 2] dilations [1, 1] padding [1, 1, 1, 1]
// CHECK-NEXT:    return %[[R]]

// REMARK: stays a loop nest: too little work for a call

func.func @named(%x: tensor<2x8x8x3xf32>, %w: tensor<3x3x3x8xf32>) -> tensor<2x4x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4x4x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4x4x8xf32>) -> tensor<2x4x4x8xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<2x8x8x3xf32> to tensor<2x10x10x3xf32>
  %y = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%p, %w : tensor<2x10x10x3xf32>, tensor<3x3x3x8xf32>) outs(%f : tensor<2x4x4x8xf32>) -> tensor<2x4x4x8xf32>
  return %y : tensor<2x4x4x8xf32>
}

// -----

// The gradient of the filter, its loops in a front end's order: what is as small
// as a window is the filter. The gradient of the input, written scattered.

// CHECK-LABEL: func.func @gradients(
// CHECK:         tacit.convolution backward_weights %arg0, %arg2 into %{{.*}} layouts ["nhwc", "hwio", "nhwc"] strides [1, 1] dilations [1, 1] padding [0, 0, 0, 0]
// CHECK:         tacit.convolution backward_data %arg2, %arg1 into %{{.*}} layouts ["nhwc", "hwio", "nhwc"] strides [1, 1] dilations [1, 1] padding [0, 0, 0, 0]
// CHECK-NOT:     linalg.generic

func.func @gradients(%x: tensor<2x8x8x3xf32>, %w: tensor<3x3x3x8xf32>, %d: tensor<2x6x6x8xf32>) -> (tensor<3x3x3x8xf32>, tensor<2x8x8x3xf32>) {
  %zero = arith.constant 0.0 : f32
  %ew = tensor.empty() : tensor<3x3x3x8xf32>
  %fw = linalg.fill ins(%zero : f32) outs(%ew : tensor<3x3x3x8xf32>) -> tensor<3x3x3x8xf32>
  %gw = linalg.generic {
      indexing_maps = [affine_map<(n, o, kh, h, kw, w, i) -> (n, kh + h, kw + w, i)>,
                       affine_map<(n, o, kh, h, kw, w, i) -> (n, h, w, o)>,
                       affine_map<(n, o, kh, h, kw, w, i) -> (kh, kw, i, o)>],
      iterator_types = ["reduction", "parallel", "parallel", "reduction", "parallel", "reduction", "parallel"]}
      ins(%x, %d : tensor<2x8x8x3xf32>, tensor<2x6x6x8xf32>) outs(%fw : tensor<3x3x3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<3x3x3x8xf32>
  %ex = tensor.empty() : tensor<2x8x8x3xf32>
  %fx = linalg.fill ins(%zero : f32) outs(%ex : tensor<2x8x8x3xf32>) -> tensor<2x8x8x3xf32>
  %gx = linalg.generic {
      indexing_maps = [affine_map<(n, o, kh, h, kw, w, i) -> (n, h, w, o)>,
                       affine_map<(n, o, kh, h, kw, w, i) -> (kh, kw, i, o)>,
                       affine_map<(n, o, kh, h, kw, w, i) -> (n, kh + h, kw + w, i)>],
      iterator_types = ["parallel", "reduction", "reduction", "parallel", "reduction", "parallel", "parallel"]}
      ins(%d, %w : tensor<2x6x6x8xf32>, tensor<3x3x3x8xf32>) outs(%fx : tensor<2x8x8x3xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %b, %a : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<2x8x8x3xf32>
  return %gw, %gx : tensor<3x3x3x8xf32>, tensor<2x8x8x3xf32>
}

// -----

// A start that is not zero, and a depthwise convolution, stay what they are.

// CHECK-LABEL: func.func @others(
// CHECK-NOT:     tacit.convolution
// CHECK:         return

// REMARK: stays a loop nest: it accumulates onto something else than zeros

func.func @others(%x: tensor<2x18x18x8xf32>, %w: tensor<3x3x8x8xf32>, %v: tensor<3x3x8xf32>, %y: tensor<2x16x16x8xf32>) -> (tensor<2x16x16x8xf32>, tensor<2x16x16x8xf32>) {
  %a = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<2x18x18x8xf32>, tensor<3x3x8x8xf32>) outs(%y : tensor<2x16x16x8xf32>) -> tensor<2x16x16x8xf32>
  %b = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %v : tensor<2x18x18x8xf32>, tensor<3x3x8xf32>) outs(%y : tensor<2x16x16x8xf32>) -> tensor<2x16x16x8xf32>
  return %a, %b : tensor<2x16x16x8xf32>, tensor<2x16x16x8xf32>
}
