// RUN: tacit-opt %s --tacit-elastic-averaging='period=4 alpha=0.25' | FileCheck %s
// RUN: tacit-opt %s --tacit-elastic-averaging --canonicalize | FileCheck %s --check-prefix=DEFAULT
// RUN: tacit-opt %s --tacit-elastic-averaging --tacit-bucket --tacit-verify-uniform | FileCheck %s --check-prefix=UNIFORM
// RUN: tacit-opt %s --tacit-elastic-averaging --tacit-expand-optimizer | FileCheck %s --check-prefix=STATE
// RUN: tacit-opt %s --tacit-elastic-averaging --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: not tacit-opt %s --tacit-elastic-averaging=period=0 2>&1 | FileCheck %s --check-prefix=PERIOD
// RUN: not tacit-opt %s --tacit-elastic-averaging=alpha=1 2>&1 | FileCheck %s --check-prefix=ALPHA
// RUN: not tacit-opt %s --tacit-elastic-averaging=alpha=0.4 2>&1 | FileCheck %s --check-prefix=APART
// RUN: not tacit-opt %s --tacit-local-update --tacit-elastic-averaging 2>&1 | FileCheck %s --check-prefix=TWICE

// The step trains the rank's own copies; what was there is the centre.

// CHECK-LABEL: tacit.trainer @line
// CHECK:         tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
// CHECK:         tacit.variable @w.own : tensor<6x4xf32> = #tacit.same_as<variable = 0> {role = #tacit.role<parameter>}
// CHECK:         tacit.variable @b.own : tensor<6xf32> = #tacit.same_as<variable = 1> {role = #tacit.role<parameter>}
// CHECK:         tacit.step {
// CHECK:           %[[W:.*]] = tacit.get @w.own
// CHECK:           %[[N:.*]] = tacit.sgd %[[W]]
// CHECK:           tacit.set @w.own, %[[N]]
// CHECK-NOT:       tacit.set @w,
// CHECK:         tacit.end_round period @tau position @round_position {
// CHECK-NEXT:      %[[C:.*]] = tacit.get @w :
// CHECK-NEXT:      %[[X:.*]] = tacit.get @w.own
// CHECK:           %[[PULL:.*]] = arith.constant 2.500000e-01 : f32
// CHECK:           %[[E:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[C]] : {{.*}}) outs(
// CHECK:             %[[DIFF:.*]] = arith.subf
// CHECK-NEXT:        arith.mulf %[[PULL]], %[[DIFF]]
// CHECK:           tacit.get @b :
// CHECK:           %[[NEXT:.*]] = linalg.generic {{.*}} ins(%[[E]] : {{.*}}) outs(%[[X]] :
// CHECK:             arith.subf
// CHECK:           tacit.set @w.own, %[[NEXT]]
// CHECK:           tacit.set @b.own
// CHECK:           %[[SUM:.*]] = tacit.all_reduce sum %[[E]]
// CHECK-NEXT:      tacit.all_reduce sum
// CHECK:           %[[CENTRE:.*]] = linalg.generic {{.*}} ins(%[[SUM]] : {{.*}}) outs(%[[C]] :
// CHECK:             arith.addf
// CHECK:           tacit.set @w, %[[CENTRE]]
// CHECK:           tacit.set @round_position
// CHECK:         tacit.evaluate {
// CHECK:           tacit.get @w :

// 0.9 over four ranks, rounded once.
// DEFAULT: %[[SHARE:.*]] = arith.constant 2.250000e-01 : f64
// DEFAULT: arith.truncf %[[SHARE]] : f64 to f32

// The centre is the same on all ranks, which never hold the same copy.
// UNIFORM:       tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
// UNIFORM:       tacit.variable @w.own : {{.*}}tacit.per_rank}
// UNIFORM:       tacit.all_reduce sum %{{.*}}, %{{.*}} : tensor<6x4xf32>, tensor<6xf32>
// UNIFORM-NOT:   tacit.all_reduce

// The optimizer's state is called after the parameter, not after its copy.
// STATE: tacit.variable @w.momentum : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<optimizer>}

// REMARK: [Passed] Elastic | Category:tacit-elastic-averaging | Remark="pulls 2 parameters and their centre together every 8 steps"
// PERIOD: error: tacit-elastic-averaging: period must be at least 1, got 0
// ALPHA:  error: tacit-elastic-averaging: alpha must be at least 0 and below 1, got 1.0
// APART:  error: 'tacit.trainer' op would be driven apart: alpha must be below 2 / (ranks + 1), {{.*}} for 4 ranks, got {{.*}}; leave alpha out to have 0.9 / ranks
// TWICE:  error: 'tacit.end_round' op is there already: tacit-elastic-averaging says what ends a round; let one pass say that, once
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
  tacit.evaluate {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %loss = tensor.extract_slice %w[0, 0] [6, 1] [1, 1] : tensor<6x4xf32> to tensor<6xf32>
    tacit.yield %loss : tensor<6xf32>
  }
}
