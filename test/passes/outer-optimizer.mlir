// RUN: tacit-opt %s --tacit-local-update='period=4 change=true' --tacit-outer-optimizer | FileCheck %s
// RUN: tacit-opt %s --tacit-local-update='period=4 change=true' --tacit-outer-optimizer='kind=block_momentum lr=1 momentum=0.3' | FileCheck %s --check-prefix=BLOCK
// RUN: tacit-opt %s --tacit-local-update='period=4 change=true' --tacit-outer-optimizer --tacit-expand-optimizer | FileCheck %s --check-prefix=STATE
// RUN: tacit-opt %s --tacit-set-optimizer='schedule=step{every=10 gamma=0.5}' --tacit-local-update='period=4 change=true' --tacit-outer-optimizer='kind=block_momentum lr=1 momentum=0.3' | FileCheck %s --check-prefix=SCHEDULED
// RUN: not tacit-opt %s --tacit-local-update --tacit-outer-optimizer 2>&1 | FileCheck %s --check-prefix=VALUES
// RUN: not tacit-opt %s --tacit-outer-optimizer=kind=adam 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not tacit-opt %s --tacit-outer-optimizer=momentum=1 2>&1 | FileCheck %s --check-prefix=MOMENTUM
// RUN: not tacit-opt %s --tacit-outer-optimizer=lr=0 2>&1 | FileCheck %s --check-prefix=LR

// CHECK:         tacit.end_round
// CHECK:           tacit.sgd %{{.*}}, %{{.*}} lr(0.69999999999999996) momentum(9.000000e-01) nesterov : tensor<6x4xf32>
// CHECK:           tacit.sgd %{{.*}}, %{{.*}} lr(0.69999999999999996) momentum(9.000000e-01) nesterov : tensor<6xf32>

// Block momentum divides the change by the rate of the last local step.
// BLOCK:         tacit.end_round
// BLOCK:           %[[M:.*]] = tacit.all_reduce mean %{{.*}} : tensor<6x4xf32>
// BLOCK:           %[[LAST:.*]] = arith.truncf %{{.*}} : f64 to f32
// BLOCK:           %[[G:.*]] = linalg.generic {{.*}} outs(%[[M]] : tensor<6x4xf32>)
// BLOCK:             arith.divf %{{.*}}, %[[LAST]] : f32
// BLOCK:           tacit.sgd %{{.*}}, %[[G]] lr(1.000000e-01) momentum(3.000000e-01) : tensor<6x4xf32>

// The momentum of rounds has the role of outer optimizers.
// STATE:         tacit.variable @w.anchor.momentum : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<outer>}

// Steps are counted by the step; the end of a round reads how many there were.
// SCHEDULED:          tacit.end_round
// SCHEDULED:            %[[STEPS:.*]] = tensor.extract
// SCHEDULED:            %[[LAST:.*]] = arith.subi %[[STEPS]], %{{.*}} : i64
// SCHEDULED:            arith.divf
// SCHEDULED:            tacit.sgd %{{.*}}, %{{.*}} lr(1.000000e-01) momentum(3.000000e-01) schedule

// VALUES:   error: 'tacit.trainer' op averages no changes of parameters, which an outer optimizer steps by; run tacit-local-update with change=true first
// KIND:     error: tacit-outer-optimizer: kind must be block_momentum or nesterov, got 'adam'
// MOMENTUM: error: tacit-outer-optimizer: momentum must be at least 0 and below 1, got 1.0
// LR:       error: tacit-outer-optimizer: lr must be above 0, got 0.0
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
