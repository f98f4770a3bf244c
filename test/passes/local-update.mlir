// RUN: tacit-opt %s --tacit-local-update=period=4 | FileCheck %s
// RUN: tacit-opt %s --tacit-local-update='period=4 change=true' | FileCheck %s --check-prefix=CHANGE
// RUN: tacit-opt %s --tacit-local-update=period=4 --tacit-bucket | FileCheck %s --check-prefix=BUCKET
// RUN: tacit-opt %s --tacit-local-update=period=4 --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// The step counts, and says which of its runs ends a round; parameters are read
// before any is exchanged, and exchanged before any is set.

// CHECK-LABEL: tacit.trainer @line
// CHECK:         tacit.variable @tau : tensor<i64> = #tacit.constant<4.000000e+00> {role = #tacit.role<counter>}
// CHECK-NEXT:    tacit.variable @round_position : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
// CHECK-NEXT:    tacit.variable @round_loss : tensor<f64> = #tacit.zeros {role = #tacit.role<counter>}
// CHECK-NEXT:    tacit.step {
// CHECK:           %[[LOSSES:.*]] = tensor.extract {{.*}} : tensor<f64>
// CHECK:           %[[POSITION:.*]] = tensor.extract
// CHECK:           %[[NUMBER:.*]] = arith.addi %[[POSITION]], %{{.*}} : i64
// CHECK:           %[[TAU:.*]] = tensor.extract
// CHECK:           tacit.sgd
// CHECK-NOT:       tacit.all_reduce
// CHECK:           tacit.set @round_position
// CHECK:           %[[LAST:.*]] = arith.cmpi sge, %[[NUMBER]], %[[TAU]] : i64
// CHECK:           tacit.report "tau"
// CHECK:           tacit.report "round_ended"
// CHECK:           %[[SUM:.*]] = arith.addf %[[LOSSES]], %{{.*}} : f64
// CHECK:           tacit.set @round_loss
// CHECK:           tacit.report "round_loss"
// CHECK:         tacit.end_round period @tau position @round_position {
// CHECK-NEXT:      %[[W:.*]] = tacit.get @w
// CHECK-NEXT:      %[[B:.*]] = tacit.get @b
// CHECK-NEXT:      %[[MW:.*]] = tacit.all_reduce mean %[[W]]
// CHECK-NEXT:      %[[MB:.*]] = tacit.all_reduce mean %[[B]]
// CHECK-NEXT:      tacit.set @w, %[[MW]]
// CHECK-NEXT:      tacit.set @b, %[[MB]]
// CHECK:           tacit.set @round_position
// CHECK:           tacit.set @round_loss

// What has changed since the round began is applied to what it began with.
// CHANGE:        tacit.variable @w.anchor : tensor<6x4xf32> = #tacit.same_as<variable = 0> {role = #tacit.role<outer>}
// CHANGE:        tacit.variable @b.anchor : tensor<6xf32> = #tacit.same_as<variable = 1> {role = #tacit.role<outer>}
// CHANGE:        tacit.end_round
// CHANGE-NEXT:     %[[W:.*]] = tacit.get @w :
// CHANGE-NEXT:     %[[A:.*]] = tacit.get @w.anchor
// CHANGE:          %[[D:.*]] = linalg.generic {{.*}} ins(%[[A]], %[[W]] : tensor<6x4xf32>, tensor<6x4xf32>)
// CHANGE:            arith.subf
// CHANGE:          %[[M:.*]] = tacit.all_reduce mean %[[D]]
// CHANGE:          %[[N:.*]] = tacit.sgd %[[A]], %[[M]] lr(1.000000e+00) : tensor<6x4xf32>
// CHANGE-NEXT:     tacit.set @w.anchor, %[[N]]
// CHANGE-NEXT:     tacit.set @w, %[[N]]

// BUCKET:        tacit.end_round
// BUCKET:          tacit.all_reduce mean %{{.*}}, %{{.*}} : tensor<6x4xf32>, tensor<6xf32>
// BUCKET-NOT:      tacit.all_reduce

// REMARK: [Passed] Local | Category:tacit-local-update | Remark="averages the values of 2 parameters every 4 steps"
tacit.trainer @line attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<6xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<6xf32>
    %n = tacit.sgd %w, %x lr(0.1) momentum(0.9) : tensor<6x4xf32>
    %m = tacit.sgd %b, %y lr(0.1) momentum(0.9) : tensor<6xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<6xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
