// RUN: tacit-opt %s --tacit-local-update=period=4 --tacit-expand-optimizer --tacit-local-optimizer-state=state=average | FileCheck %s
// RUN: tacit-opt %s --tacit-local-update=period=4 --tacit-expand-optimizer --tacit-local-optimizer-state=state=reset | FileCheck %s --check-prefix=RESET
// RUN: tacit-opt %s --tacit-local-update=period=4 --tacit-expand-optimizer --tacit-local-optimizer-state=state=keep | FileCheck %s --check-prefix=KEEP
// RUN: not tacit-opt %s --tacit-local-optimizer-state 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not tacit-opt %s --tacit-local-optimizer-state=state=lose 2>&1 | FileCheck %s --check-prefix=WORD

// CHECK:         tacit.end_round
// CHECK:           tacit.set @b,
// CHECK:           %[[V:.*]] = tacit.get @w.momentum
// CHECK-NEXT:      %[[M:.*]] = tacit.all_reduce mean %[[V]]
// CHECK-NEXT:      tacit.set @w.momentum, %[[M]]
// CHECK:           tacit.all_reduce mean %{{.*}} : tensor<6xf32>
// CHECK-NEXT:      tacit.set @b.momentum

// RESET:         tacit.end_round
// RESET:           %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<6x4xf32>
// RESET-NEXT:      tacit.set @w.momentum, %[[ZERO]]

// KEEP:          tacit.end_round
// KEEP-NOT:        momentum

// NONE: error: 'tacit.trainer' op has no tacit.end_round at which optimizers could be looked after; run tacit-local-update first
// WORD: error: tacit-local-optimizer-state: state must be keep, reset or average, got 'lose'
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
