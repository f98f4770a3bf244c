// RUN: tacit-opt %s --tacit-differentiate --split-input-file | FileCheck %s

// A linear layer: the adjoint of a product is two, with transposition in the
// maps; the bias gets the sum over the batch; x gets nothing, as it is not in
// wrt. The seed 1 is folded.

// CHECK-DAG:   #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG:   #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG:   #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: func.func @linear
// CHECK-SAME:    (%[[W:.*]]: tensor<3x5xf32>, %[[B:.*]]: tensor<5xf32>, %[[X:.*]]: tensor<4x3xf32>)
// CHECK:         %[[P:.*]] = linalg.matmul ins(%[[X]], %[[W]]
// CHECK:         %[[Y:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[B]]
// CHECK:         %[[L:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]} ins(%[[Y]]
// CHECK:         %[[G:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[Y]] :
// CHECK:           %[[TWICE:.*]] = arith.addf %[[IN:.*]], %[[IN]]
// CHECK-NEXT:      linalg.yield %[[TWICE]]
// CHECK:         %[[GB:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[G]] : tensor<4x5xf32>) outs(%{{.*}} : tensor<5xf32>)
// CHECK:           arith.addf
// CHECK-NOT:     linalg.contract
// CHECK:         %[[GW:.*]] = linalg.contract indexing_maps = [#[[MK]], #[[MN]], #[[KN]]] ins(%[[X]], %[[G]] : tensor<4x3xf32>, tensor<4x5xf32>) outs(%{{.*}} : tensor<3x5xf32>)
// CHECK-NOT:     linalg
// CHECK:         return %[[L]], %[[GW]], %[[GB]]
// CHECK-NOT:   @loss
func.func private @loss(%w: tensor<3x5xf32>, %b: tensor<5xf32>, %x: tensor<4x3xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x5xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5xf32>) -> tensor<4x5xf32>
  %p = linalg.matmul ins(%x, %w : tensor<4x3xf32>, tensor<3x5xf32>) outs(%z : tensor<4x5xf32>) -> tensor<4x5xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%p, %b : tensor<4x5xf32>, tensor<5xf32>) outs(%e : tensor<4x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %out: f32):
    %s = arith.addf %in, %bias : f32
    linalg.yield %s : f32
  } -> tensor<4x5xf32>
  %e0 = tensor.empty() : tensor<f32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%y : tensor<4x5xf32>) outs(%z0 : tensor<f32>) {
  ^bb0(%in: f32, %acc: f32):
    %sq = arith.mulf %in, %in : f32
    %s = arith.addf %acc, %sq : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %l : tensor<f32>
}
func.func @linear(%w: tensor<3x5xf32>, %b: tensor<5xf32>, %x: tensor<4x3xf32>) -> (tensor<f32>, tensor<3x5xf32>, tensor<5xf32>) {
  %l, %gw, %gb = tacit.value_and_grad @loss(%w, %b, %x) wrt [0, 1]
    : (tensor<3x5xf32>, tensor<5xf32>, tensor<4x3xf32>) -> (tensor<f32>, tensor<3x5xf32>, tensor<5xf32>)
  return %l, %gw, %gb : tensor<f32>, tensor<3x5xf32>, tensor<5xf32>
}

// -----

// In a trainer: the gradient is expanded in the step, a private loss that
// nothing else uses goes, and what others use stays as it was.

// CHECK-LABEL: tacit.trainer @keeps
// CHECK-NOT:     @gone
// CHECK:         func.func private @shared
// CHECK:           arith.mulf %{{.*}} : tensor<f64>
// CHECK:         tacit.step
// CHECK:           %[[W:.*]] = tacit.get @w
// CHECK-NOT:       tacit.value_and_grad
// CHECK:           linalg.generic {{.*}} ins(%[[W]] : tensor<f64>)
// CHECK:             arith.addf
// CHECK:           linalg.generic {{.*}} ins(%[[W]] : tensor<f64>)
// CHECK:             math.exp
// CHECK:         tacit.evaluate
// CHECK:           func.call @shared
tacit.trainer @keeps {
  tacit.variable @w : tensor<f64> = #tacit.zeros {role = #tacit.role<parameter>}
  func.func private @shared(%x: tensor<f64>) -> tensor<f64> {
    %y = arith.mulf %x, %x : tensor<f64>
    return %y : tensor<f64>
  }
  func.func private @gone(%x: tensor<f64>) -> tensor<f64> {
    %y = math.exp %x : tensor<f64>
    return %y : tensor<f64>
  }
  tacit.step {
    %b = tacit.next_batch ["x"] : tensor<2xf64>
    %w = tacit.get @w : tensor<f64>
    %l, %g = tacit.value_and_grad @shared(%w) wrt [0] : (tensor<f64>) -> (tensor<f64>, tensor<f64>)
    %l2, %g2 = tacit.value_and_grad @gone(%w) wrt [0] : (tensor<f64>) -> (tensor<f64>, tensor<f64>)
    %n = tacit.sgd %w, %g lr(0.1) : tensor<f64>
    %n2 = tacit.sgd %n, %g2 lr(0.1) : tensor<f64>
    tacit.set @w, %n2 : tensor<f64>
    tacit.yield %l : tensor<f64>
  }
  tacit.evaluate {
    %b = tacit.next_batch ["x"] : tensor<2xf64>
    %w = tacit.get @w : tensor<f64>
    %l = func.call @shared(%w) : (tensor<f64>) -> tensor<f64>
    tacit.yield %l : tensor<f64>
  }
}

// -----

// A rectifier compares its result, so that its operand need not be kept; the
// broadcast by a constant map, as exporters write it, becomes a sum. A public
// loss stays.

// CHECK-DAG:   #[[BOTH:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG:   #[[COL:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @loss
// CHECK-LABEL: func.func @relu
// CHECK-SAME:    (%[[B:.*]]: tensor<3xf32>, %[[X:.*]]: tensor<2x3xf32>)
// CHECK:         %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK:         linalg.generic
// CHECK:           linalg.yield
// CHECK:         linalg.generic
// CHECK:           arith.addf
// CHECK:         %[[R:.*]] = linalg.generic
// CHECK:           arith.maximumf %{{.*}}, %[[ZERO]] : f32
// CHECK:         linalg.generic {{.*}}["reduction", "reduction"]} ins(%[[R]], %[[X]] :
// CHECK:         %[[G:.*]] = linalg.generic {indexing_maps = [#[[BOTH]], #[[BOTH]], #[[BOTH]]], iterator_types = ["parallel", "parallel"]} ins(%[[R]], %[[X]] :
// CHECK-NEXT:    ^bb0(%[[RI:.*]]: f32, %[[XI:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT:      %[[C:.*]] = arith.cmpf ogt, %[[RI]], %[[ZERO]]
// CHECK-NEXT:      %[[S:.*]] = arith.select %[[C]], %[[XI]], %[[ZERO]]
// CHECK-NEXT:      linalg.yield %[[S]]
// CHECK:         %[[GB:.*]] = linalg.generic {indexing_maps = [#[[BOTH]], #[[COL]]], iterator_types = ["reduction", "parallel"]} ins(%[[G]] : tensor<2x3xf32>)
// CHECK:         return %[[GB]]
func.func @loss(%b: tensor<3xf32>, %x: tensor<2x3xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : tensor<f32>
  %e1 = tensor.empty() : tensor<1x3xf32>
  %row = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%b : tensor<3xf32>) outs(%e1 : tensor<1x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x3xf32>
  %e = tensor.empty() : tensor<2x3xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%row : tensor<1x3xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<2x3xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(i, j) -> ()>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%zeros : tensor<f32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<2x3xf32>
  %s = arith.addf %rows, %x : tensor<2x3xf32>
  %r = arith.maximumf %s, %z : tensor<2x3xf32>
  %e0 = tensor.empty() : tensor<f32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%r, %x : tensor<2x3xf32>, tensor<2x3xf32>) outs(%z0 : tensor<f32>) {
  ^bb0(%a: f32, %c: f32, %acc: f32):
    %p = arith.mulf %a, %c : f32
    %n = arith.addf %acc, %p : f32
    linalg.yield %n : f32
  } -> tensor<f32>
  return %l : tensor<f32>
}
func.func @relu(%b: tensor<3xf32>, %x: tensor<2x3xf32>) -> tensor<3xf32> {
  %l, %g = tacit.value_and_grad @loss(%b, %x) wrt [0] : (tensor<3xf32>, tensor<2x3xf32>) -> (tensor<f32>, tensor<3xf32>)
  return %g : tensor<3xf32>
}

// -----

// The gradient of a maximum is divided by how many entries equal it.

// CHECK-LABEL: func.func @maximum
// CHECK-SAME:    (%[[W:.*]]: tensor<2x3xf32>, %[[Y:.*]]: tensor<2xf32>)
// CHECK:         %[[M:.*]] = linalg.reduce { arith.maximumf } ins(%[[W]] :
// CHECK:         %[[N:.*]] = linalg.generic {{.*}} ["parallel", "reduction"]} ins(%[[W]], %[[M]] :
// CHECK:           %[[EQ:.*]] = arith.cmpf oeq
// CHECK:           %[[ONE:.*]] = arith.uitofp %[[EQ]]
// CHECK:           arith.addf %{{.*}}, %[[ONE]]
// CHECK:         %[[G:.*]] = linalg.generic {{.*}} ins(%[[Y]], %[[N]] : tensor<2xf32>, tensor<2xf32>)
// CHECK:           arith.divf
// CHECK:         %[[GW:.*]] = linalg.generic {{.*}} ["parallel", "parallel"]} ins(%[[W]], %[[M]], %[[G]] :
// CHECK:           %[[EQUAL:.*]] = arith.cmpf oeq
// CHECK:           arith.select %[[EQUAL]]
// CHECK:         return %[[GW]]
func.func private @loss(%w: tensor<2x3xf32>, %y: tensor<2xf32>) -> tensor<f32> {
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<2xf32>
  %i = linalg.fill ins(%low : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %m = linalg.reduce { arith.maximumf } ins(%w : tensor<2x3xf32>) outs(%i : tensor<2xf32>) dimensions = [1]
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.dot ins(%m, %y : tensor<2xf32>, tensor<2xf32>) outs(%z : tensor<f32>) -> tensor<f32>
  return %l : tensor<f32>
}
func.func @maximum(%w: tensor<2x3xf32>, %y: tensor<2xf32>) -> tensor<2x3xf32> {
  %l, %g = tacit.value_and_grad @loss(%w, %y) wrt [0] : (tensor<2x3xf32>, tensor<2xf32>) -> (tensor<f32>, tensor<2x3xf32>)
  return %g : tensor<2x3xf32>
}

// -----

// A contraction written as a generic gives contractions; contributions are
// summed by one generic; what the loss does not read has the gradient 0.

// CHECK-DAG:   #[[BMK:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG:   #[[BMN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG:   #[[BNK:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-LABEL: func.func @scores
// CHECK-SAME:    (%[[Q:.*]]: tensor<2x3x4xf32>, %[[K:.*]]: tensor<2x5x4xf32>, %{{.*}}: tensor<7xf32>, %[[Y:.*]]: tensor<2x3x5xf32>)
// CHECK:         %[[NONE:.*]] = arith.constant dense<0.000000e+00> : tensor<7xf32>
// CHECK:         %[[GQ:.*]] = linalg.contract indexing_maps = [#[[BMN]], #[[BNK]], #[[BMK]]] ins(%[[Y]], %[[K]] :
// CHECK:         %[[GK:.*]] = linalg.contract indexing_maps = [#[[BMK]], #[[BMN]], #[[BNK]]] ins(%[[Q]], %[[Y]] :
// CHECK:         %[[SUM:.*]] = linalg.generic {{.*}} ins({{.*}} : tensor<2x5x4xf32>, tensor<2x5x4xf32>)
// CHECK:         return %[[GQ]], %[[SUM]], %[[NONE]]
func.func private @loss(%q: tensor<2x3x4xf32>, %k: tensor<2x5x4xf32>, %unused: tensor<7xf32>, %y: tensor<2x3x5xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3x5xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : tensor<2x3x4xf32>, tensor<2x5x4xf32>) outs(%i : tensor<2x3x5xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %n = arith.addf %acc, %p : f32
    linalg.yield %n : f32
  } -> tensor<2x3x5xf32>
  %e0 = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l0 = linalg.generic {indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> ()>], iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%s, %y : tensor<2x3x5xf32>, tensor<2x3x5xf32>) outs(%z : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %n = arith.addf %acc, %p : f32
    linalg.yield %n : f32
  } -> tensor<f32>
  %l = linalg.generic {indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> ()>], iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%k : tensor<2x5x4xf32>) outs(%l0 : tensor<f32>) {
  ^bb0(%a: f32, %acc: f32):
    %p = math.sin %a : f32
    %n = arith.addf %acc, %p : f32
    linalg.yield %n : f32
  } -> tensor<f32>
  return %l : tensor<f32>
}
func.func @scores(%q: tensor<2x3x4xf32>, %k: tensor<2x5x4xf32>, %u: tensor<7xf32>, %y: tensor<2x3x5xf32>) -> (tensor<2x3x4xf32>, tensor<2x5x4xf32>, tensor<7xf32>) {
  %l, %g:3 = tacit.value_and_grad @loss(%q, %k, %u, %y) wrt [0, 1, 2] : (tensor<2x3x4xf32>, tensor<2x5x4xf32>, tensor<7xf32>, tensor<2x3x5xf32>) -> (tensor<f32>, tensor<2x3x4xf32>, tensor<2x5x4xf32>, tensor<7xf32>)
  return %g#0, %g#1, %g#2 : tensor<2x3x4xf32>, tensor<2x5x4xf32>, tensor<7xf32>
}

// -----

// A convolution: the window's dimensions are summed into where they were read.

// CHECK-DAG:   #[[IN:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 * 2 + d3, d4)>
// CHECK-DAG:   #[[OUT:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2)>
// CHECK-DAG:   #[[FILTER:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d3, d4, d2)>
// CHECK-LABEL: func.func @convolution
// CHECK-SAME:    (%[[F:.*]]: tensor<3x2x4xf32>, %[[X:.*]]: tensor<1x9x2xf32>, %[[Y:.*]]: tensor<1x4x4xf32>)
// CHECK:         linalg.generic {indexing_maps = [#[[OUT]], #[[FILTER]], #[[IN]]], iterator_types = ["parallel", "reduction", "reduction", "reduction", "parallel"]} ins(%[[Y]], %[[F]] :
// CHECK:           arith.mulf
// CHECK:           arith.addf
// CHECK:         linalg.generic {indexing_maps = [#[[OUT]], #[[IN]], #[[FILTER]]], iterator_types = ["reduction", "reduction", "parallel", "parallel", "parallel"]} ins(%[[Y]], %[[X]] :
// CHECK:           arith.mulf
// CHECK:           arith.addf
func.func private @loss(%f: tensor<3x2x4xf32>, %x: tensor<1x9x2xf32>, %y: tensor<1x4x4xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x4x4xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
  %c = linalg.conv_1d_nwc_wcf {strides = dense<2> : tensor<1xi64>, dilations = dense<1> : tensor<1xi64>} ins(%x, %f : tensor<1x9x2xf32>, tensor<3x2x4xf32>) outs(%i : tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
  %e0 = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.generic {indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> ()>], iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%c, %y : tensor<1x4x4xf32>, tensor<1x4x4xf32>) outs(%z : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %n = arith.addf %acc, %p : f32
    linalg.yield %n : f32
  } -> tensor<f32>
  return %l : tensor<f32>
}
func.func @convolution(%f: tensor<3x2x4xf32>, %x: tensor<1x9x2xf32>, %y: tensor<1x4x4xf32>) -> (tensor<3x2x4xf32>, tensor<1x9x2xf32>) {
  %l, %g:2 = tacit.value_and_grad @loss(%f, %x, %y) wrt [0, 1] : (tensor<3x2x4xf32>, tensor<1x9x2xf32>, tensor<1x4x4xf32>) -> (tensor<f32>, tensor<3x2x4xf32>, tensor<1x9x2xf32>)
  return %g#0, %g#1 : tensor<3x2x4xf32>, tensor<1x9x2xf32>
}

// -----

// Reshapes, slices and padding are undone.

// CHECK-LABEL: func.func @moves
// CHECK-SAME:    (%[[W:.*]]: tensor<6x2xf32>, %[[Y:.*]]: tensor<2x4x2xf32>)
// CHECK:         %[[GP:.*]] = tensor.extract_slice %[[Y]][0, 1, 0] [2, 2, 2] [1, 1, 1] : tensor<2x4x2xf32> to tensor<2x2x2xf32>
// CHECK:         %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<2x3x2xf32>
// CHECK:         %[[GS:.*]] = tensor.insert_slice %[[GP]] into %[[ZERO]][0, 1, 0] [2, 2, 2] [1, 1, 1]
// CHECK:         %[[GW:.*]] = tensor.collapse_shape %[[GS]] {{\[}}[0, 1], [2]] : tensor<2x3x2xf32> into tensor<6x2xf32>
// CHECK:         return %[[GW]]
func.func private @loss(%w: tensor<6x2xf32>, %y: tensor<2x4x2xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %x = tensor.expand_shape %w [[0, 1], [2]] output_shape [2, 3, 2] : tensor<6x2xf32> into tensor<2x3x2xf32>
  %s = tensor.extract_slice %x[0, 1, 0] [2, 2, 2] [1, 1, 1] : tensor<2x3x2xf32> to tensor<2x2x2xf32>
  %p = tensor.pad %s low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<2x2x2xf32> to tensor<2x4x2xf32>
  %e0 = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.generic {indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> ()>], iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%p, %y : tensor<2x4x2xf32>, tensor<2x4x2xf32>) outs(%z : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %n = arith.addf %acc, %m : f32
    linalg.yield %n : f32
  } -> tensor<f32>
  return %l : tensor<f32>
}
func.func @moves(%w: tensor<6x2xf32>, %y: tensor<2x4x2xf32>) -> tensor<6x2xf32> {
  %l, %g = tacit.value_and_grad @loss(%w, %y) wrt [0] : (tensor<6x2xf32>, tensor<2x4x2xf32>) -> (tensor<f32>, tensor<6x2xf32>)
  return %g : tensor<6x2xf32>
}

// -----

// With nothing to differentiate but constants, gradients are constants.

// CHECK-LABEL: func.func @mean
// CHECK:         %[[G:.*]] = arith.constant dense<2.500000e-01> : tensor<4xf32>
// CHECK:         return %[[G]]
func.func private @loss(%w: tensor<4xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %four = arith.constant dense<4.0> : tensor<f32>
  %e0 = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %s = linalg.reduce { arith.addf } ins(%w : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
  %l = arith.divf %s, %four : tensor<f32>
  return %l : tensor<f32>
}
func.func @mean(%w: tensor<4xf32>) -> tensor<4xf32> {
  %l, %g = tacit.value_and_grad @loss(%w) wrt [0] : (tensor<4xf32>) -> (tensor<f32>, tensor<4xf32>)
  return %g : tensor<4xf32>
}

// -----

// What a function returns besides the loss, such as statistics, comes after the
// gradients, and takes no part in them, though it is made of the parameter.

// CHECK-LABEL: func.func @extras
// CHECK-SAME:    (%[[W:.*]]: tensor<4xf32>, %[[N:.*]]: tensor<i32>)
// CHECK-DAG:     %[[G:.*]] = arith.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-DAG:     %[[E:.*]] = linalg.generic {{.*}} ins(%[[W]]
// CHECK:         return %[[G]], %[[E]], %[[N]]
func.func private @loss(%w: tensor<4xf32>, %n: tensor<i32>) -> (tensor<f32>, tensor<4xf32>, tensor<i32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<f32>
  %z = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.reduce { arith.addf } ins(%w : tensor<4xf32>) outs(%z : tensor<f32>) dimensions = [0]
  %e = math.exp %w : tensor<4xf32>
  return %l, %e, %n : tensor<f32>, tensor<4xf32>, tensor<i32>
}
func.func @extras(%w: tensor<4xf32>, %n: tensor<i32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<i32>) {
  %l, %r:3 = tacit.value_and_grad @loss(%w, %n) wrt [0] : (tensor<4xf32>, tensor<i32>) -> (tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<i32>)
  return %r#0, %r#1, %r#2 : tensor<4xf32>, tensor<4xf32>, tensor<i32>
}
