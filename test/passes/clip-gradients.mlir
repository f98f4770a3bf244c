// RUN: tacit-opt %s --tacit-clip-gradients=norm=0.5 | FileCheck %s

// The norm is that of both gradients together, summed in f64; each is scaled
// in place by min(1, 0.5 / norm). A gradient that is taken twice counts once.

// CHECK:         %[[G:.*]] = arith.negf
// CHECK-NEXT:    %[[H:.*]] = arith.negf
// CHECK:         %[[SG:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]} ins(%[[G]] : tensor<4x2xf32>) outs(%{{.*}} : tensor<f64>) {
// CHECK-NEXT:    ^bb0(%[[GI:.*]]: f32, %[[ACC:.*]]: f64):
// CHECK-NEXT:      %[[WIDE:.*]] = arith.extf %[[GI]] : f32 to f64
// CHECK-NEXT:      %[[SQUARE:.*]] = arith.mulf %[[WIDE]], %[[WIDE]]
// CHECK-NEXT:      %[[SUM:.*]] = arith.addf %[[ACC]], %[[SQUARE]]
// CHECK-NEXT:      linalg.yield %[[SUM]]
// CHECK:         %[[NG:.*]] = tensor.extract %[[SG]][]
// CHECK:         %[[SH:.*]] = linalg.generic {{.*}} iterator_types = []} ins(%[[H]] : tensor<f64>)
// CHECK:         %[[NH:.*]] = tensor.extract %[[SH]][]
// CHECK-NEXT:    %[[TOTAL:.*]] = arith.addf %[[NG]], %[[NH]]
// CHECK-NEXT:    %[[LIMIT:.*]] = arith.constant 5.000000e-01 : f64
// CHECK-NEXT:    %[[ONE:.*]] = arith.constant 1.000000e+00 : f64
// CHECK-NEXT:    %[[NORM:.*]] = math.sqrt %[[TOTAL]]
// CHECK-NEXT:    %[[RATIO:.*]] = arith.divf %[[LIMIT]], %[[NORM]]
// CHECK-NEXT:    %[[FACTOR:.*]] = arith.minimumf %[[RATIO]], %[[ONE]]
// CHECK-NEXT:    %[[NARROW:.*]] = arith.truncf %[[FACTOR]] : f64 to f32
// CHECK-NEXT:    %[[CG:.*]] = linalg.generic {{.*}} outs(%[[G]] : tensor<4x2xf32>) {
// CHECK-NEXT:    ^bb0(%[[GI:.*]]: f32):
// CHECK-NEXT:      %[[SCALED:.*]] = arith.mulf %[[GI]], %[[NARROW]]
// CHECK-NEXT:      linalg.yield %[[SCALED]]
// CHECK:         %[[CH:.*]] = linalg.generic {{.*}} outs(%[[H]] : tensor<f64>) {
// CHECK-NEXT:    ^bb0(%[[HI:.*]]: f64):
// CHECK-NEXT:      arith.mulf %[[HI]], %[[FACTOR]]
// CHECK-NOT:     linalg.generic
// CHECK:         tacit.sgd %{{.*}}, %[[CG]]
// CHECK-NEXT:    tacit.sgd %{{.*}}, %[[CG]]
// CHECK-NEXT:    tacit.sgd %{{.*}}, %[[CH]]
tacit.trainer @clips {
  tacit.variable @w : tensor<4x2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @v : tensor<4x2xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<f64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4x2xf32>
    %w = tacit.get @w : tensor<4x2xf32>
    %v = tacit.get @v : tensor<4x2xf32>
    %b = tacit.get @b : tensor<f64>
    %g = arith.negf %x : tensor<4x2xf32>
    %h = arith.negf %b : tensor<f64>
    %nw = tacit.sgd %w, %g lr(0.1) : tensor<4x2xf32>
    %nv = tacit.sgd %v, %g lr(0.1) : tensor<4x2xf32>
    %nb = tacit.sgd %b, %h lr(0.1) : tensor<f64>
    tacit.set @w, %nw : tensor<4x2xf32>
    tacit.set @v, %nv : tensor<4x2xf32>
    tacit.set @b, %nb : tensor<f64>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
