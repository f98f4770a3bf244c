// RUN: tacit-opt %s --tacit-set-optimizer='optimizer="sgd{lr=0.5 momentum=0.9 nesterov=true weight-decay=1e-4}"' | FileCheck %s --check-prefix=SGD
// RUN: tacit-opt %s --tacit-set-optimizer='optimizer="adamw{lr=0.01,weight_decay=0}" schedule="constant"' | FileCheck %s --check-prefix=ADAMW
// RUN: tacit-opt %s --tacit-set-optimizer='optimizer=adamw schedule="step{every=10 gamma=0.5}+constant+step{every=7 gamma=2}"' | FileCheck %s --check-prefix=STEPS
// RUN: tacit-opt %s --tacit-set-optimizer | FileCheck %s --check-prefix=KEPT
// RUN: tacit-opt %s --tacit-set-optimizer='schedule="warmup{steps=5}+cosine{steps=100 final=0.25}"' | FileCheck %s --check-prefix=CURVES

// The schedule stays when only the optimizer is given, and the other way round.

// SGD:   tacit.sgd %{{.*}}, %{{.*}} lr(5.000000e-01) momentum(9.000000e-01) weight_decay(1.000000e-04) nesterov schedule([#tacit.step_schedule<every = 3, gamma = 1.000000e-01>]) : tensor<4xf32>
// SGD-NEXT: tacit.sgd %{{.*}}, %{{.*}} lr(5.000000e-01) momentum(9.000000e-01) weight_decay(1.000000e-04) nesterov : tensor<4xf32>

// ADAMW: tacit.adamw %{{.*}}, %{{.*}} lr(1.000000e-02) weight_decay(0.000000e+00) : tensor<4xf32>
// ADAMW-NEXT: tacit.adamw %{{.*}}, %{{.*}} lr(1.000000e-02) weight_decay(0.000000e+00) : tensor<4xf32>

// CURVES: schedule([#tacit.warmup_schedule<steps = 5>, #tacit.cosine_schedule<steps = 100, final = 2.500000e-01>])

// STEPS: tacit.adamw %{{.*}}, %{{.*}} lr(1.000000e-03) schedule([#tacit.step_schedule<every = 10, gamma = 5.000000e-01>, #tacit.step_schedule<every = 7, gamma = 2.000000e+00>])

// KEPT:  tacit.sgd %{{.*}}, %{{.*}} lr(2.000000e-01) schedule([#tacit.step_schedule<every = 3, gamma = 1.000000e-01>])
// KEPT-NEXT: tacit.adamw %{{.*}}, %{{.*}} lr(3.000000e-01)
tacit.trainer @m {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %a = tacit.sgd %w, %g lr(0.2) schedule([#tacit.step_schedule<every = 3, gamma = 0.1>]) : tensor<4xf32>
    %b = tacit.adamw %a, %g lr(0.3) : tensor<4xf32>
    tacit.set @w, %b : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
