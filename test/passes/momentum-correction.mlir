// RUN: tacit-opt %s --tacit-momentum-correction='momentum=0.5' | FileCheck %s

// The velocity is compressed, and cleared where it is sent.

// CHECK-LABEL: tacit.trainer @two
// CHECK:         tacit.variable @w.velocity : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<residual>}
// CHECK-NEXT:    tacit.variable @b.velocity : tensor<4xf32> = #tacit.zeros {role = #tacit.role<residual>}
// CHECK:         %[[U:.*]] = tacit.get @w.velocity
// CHECK:         %[[UW:.*]] = linalg.generic {{.*}} ins(%[[G:.*]] : tensor<6x4xf32>) outs(%[[U]] : tensor<6x4xf32>)
// CHECK:           %[[M:.*]] = arith.constant 5.000000e-01 : f32
// CHECK:           %[[K:.*]] = arith.mulf %[[M]], %{{.*}} : f32
// CHECK:           arith.addf %[[K]], %{{.*}} : f32
// CHECK:         %[[UB:.*]] = linalg.generic
// CHECK:         %[[P:.*]], %{{.*}}:2 = tacit.compress #tacit.top_k<density = 2.500000e-01> %[[UW]], %[[UB]] :
// CHECK-NEXT:    %[[C:.*]]:2 = tacit.clear_selected %[[P]] in %[[UW]], %[[UB]] :
// CHECK-NEXT:    tacit.set @w.velocity, %[[C]]#0
// CHECK-NEXT:    tacit.set @b.velocity, %[[C]]#1
tacit.trainer @two attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %h = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %g = arith.negf %x : tensor<6x4xf32>
    %p, %r:2 = tacit.compress #tacit.top_k<density = 0.25> %g, %h : tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32>
    %q, %s:2 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p put_back conserving %r#0, %r#1 : !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>
    %d:2 = tacit.decompress %q : !tacit.sparse<28xf32, capacity = 7> -> tensor<6x4xf32>, tensor<4xf32>
    %n = tacit.sgd %w, %d#0 lr(0.1) : tensor<6x4xf32>
    %m = tacit.sgd %b, %d#1 lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
