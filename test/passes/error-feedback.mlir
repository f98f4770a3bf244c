// RUN: tacit-opt %s --tacit-error-feedback --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-error-feedback --tacit-error-feedback --split-input-file | FileCheck %s
// RUN: tacit-opt %s --tacit-error-feedback --split-input-file --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// What is left behind the exchange is added to the next gradient. A residual has
// one already if the pass runs again.

// CHECK-LABEL: tacit.trainer @two
// CHECK:         tacit.variable @w.residual : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<residual>}
// CHECK-NEXT:    tacit.variable @b.residual : tensor<4xf32> = #tacit.zeros {role = #tacit.role<residual>}
// CHECK-NOT:     tacit.variable
// CHECK:         %[[G:.*]] = arith.negf
// CHECK-NEXT:    %[[RW:.*]] = tacit.get @w.residual
// CHECK-NEXT:    %[[RB:.*]] = tacit.get @b.residual
// CHECK-NEXT:    %[[S:.*]]:2 = tacit.accumulate_residual %[[G]], %{{.*}} onto %[[RW]], %[[RB]] : tensor<6x4xf32>, tensor<4xf32>
// CHECK-NEXT:    tacit.compress #tacit.top_k<density = 2.500000e-01> %[[S]]#0, %[[S]]#1 :
// CHECK-NEXT:    %{{.*}}, %[[REST:.*]]:2 = tacit.all_reduce_payload
// CHECK-NEXT:    tacit.set @{{w|b}}.residual, %[[REST]]#
// CHECK-NEXT:    tacit.set @{{w|b}}.residual, %[[REST]]#
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

// -----

// Where the learning rate changes, the residual is scaled by the ratio of the
// last one to this one: 1 in the first step.

// CHECK-LABEL: tacit.trainer @schedule
// CHECK:         tacit.variable @step : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
// CHECK:         %[[T:.*]] = tensor.extract
// CHECK:         %[[LAST:.*]] = arith.subi %[[T]], %{{.*}} : i64
// CHECK:         %[[FIRST:.*]] = arith.maxsi %[[LAST]], %{{.*}} : i64
// CHECK:         %[[RATIO:.*]] = arith.divf %{{.*}}, %{{.*}} : f64
// CHECK:         tacit.accumulate_residual {{.*}} scaled by %[[RATIO]] :
tacit.trainer @schedule attributes {ranks = 4 : i64} {
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
    %n = tacit.sgd %w, %d#0 lr(0.1) schedule([#tacit.step_schedule<every = 10, gamma = 0.5>]) : tensor<6x4xf32>
    %m = tacit.sgd %b, %d#1 lr(0.1) schedule([#tacit.step_schedule<every = 10, gamma = 0.5>]) : tensor<4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

// Without a rest there is nothing to remember.

// REMARK: [Missed] NoRest | Category:tacit-error-feedback | Remark="nothing leaves a rest that is not remembered yet"
// CHECK-LABEL: tacit.trainer @lossy
// CHECK-NOT:     residual
tacit.trainer @lossy attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<8xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    %w = tacit.get @w : tensor<8xf32>
    %p = tacit.compress #tacit.top_k<density = 0.25> lossy %x : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>
    %q = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p : !tacit.sparse<8xf32, capacity = 2> -> !tacit.sparse<8xf32, capacity = 2>
    %d = tacit.decompress %q : !tacit.sparse<8xf32, capacity = 2> -> tensor<8xf32>
    %n = tacit.sgd %w, %d lr(0.1) : tensor<8xf32>
    tacit.set @w, %n : tensor<8xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
