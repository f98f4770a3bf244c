// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgdd' -o /dev/null 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: unknown optimizer 'sgdd'; did you mean 'sgd'?
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=lbfgs' -o /dev/null 2>&1 | FileCheck %s --check-prefix=FAR
// FAR: error: unknown optimizer 'lbfgs'; known are adamw, sgd
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{momentun=0.9}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=KEY
// KEY: error: 'sgd' has no option 'momentun'; did you mean 'momentum'?
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{beta1=0.9}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: 'sgd' has no option 'beta1'; known are lr, momentum, nesterov, weight-decay
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{lr=fast}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=NUMBER
// NUMBER: error: option 'lr' of 'sgd' must be a number above 0, got 'fast'
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{lr=nan}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=NAN
// NAN: error: option 'lr' of 'sgd' must be a number above 0, got 'nan'
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{nesterov=maybe}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=SWITCH
// SWITCH: error: option 'nesterov' of 'sgd' must be on or off, got 'maybe'
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{lr=-1}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: option 'lr' of 'sgd' must be a number above 0, got '-1'
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{nesterov=on}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=NESTEROV
// NESTEROV: error: option 'nesterov' of 'sgd' needs a momentum above 0, as in sgd{momentum=0.9 nesterov=on}
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=adamw{beta1=1}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=BETA
// BETA: error: option 'beta1' of 'adamw' must be a number in [0, 1), got '1'
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=adamw{epsilon=0}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=EPSILON
// EPSILON: error: option 'epsilon' of 'adamw' must be a number above 0, got '0'
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=adamw{weight-decay=-1}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=DECAY
// DECAY: error: option 'weight-decay' of 'adamw' must be a number at least 0, got '-1'
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd+adamw' -o /dev/null 2>&1 | FileCheck %s --check-prefix=TWO
// TWO: error: optimizer 'sgd+adamw' names 2 optimizers; a trainer takes one
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{lr=1,lr=2}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: error: optimizer 'sgd' has the option 'lr' twice
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{lr}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=VALUE
// VALUE: error: optimizer 'sgd' has 'lr' where it takes key=value
// RUN: not tacit-opt %s --tacit-set-optimizer='optimizer=sgd{lr=1}x' -o /dev/null 2>&1 | FileCheck %s --check-prefix=BRACE
// BRACE: error: optimizer 'sgd{lr=1}x' must end with its closing brace

// RUN: not tacit-opt %s --tacit-set-optimizer='schedule=stp{every=1,gamma=1}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// SCHEDULE: error: unknown schedule 'stp'; did you mean 'step'?
// RUN: not tacit-opt %s --tacit-set-optimizer='schedule=cosine{steps=100,final=2}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=COSINE
// COSINE: error: schedule 'cosine' needs steps=N of at least 1 local step and final=F from 0 to 1, as in cosine{steps=1000 final=0.01}
// RUN: not tacit-opt %s --tacit-set-optimizer='schedule=warmup{}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=WARMUP
// WARMUP: error: schedule 'warmup' needs steps=N of at least 1 local step, as in warmup{steps=100}
// RUN: not tacit-opt %s --tacit-set-optimizer='schedule=step{every=10}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: schedule 'step' needs every=N of at least 1 local step and gamma=G above 0, as in step{every=1000 gamma=0.1}
// RUN: not tacit-opt %s --tacit-set-optimizer='schedule=step{every=1.5,gamma=1}' -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHOLE
// WHOLE: error: option 'every' of 'step' must be a whole number, got '1.5'
// RUN: not tacit-opt %s --tacit-set-optimizer='schedule=step{every=1,gamma=1}+' -o /dev/null 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: error: schedule '' must start with a name, as in NAME{key=value}
tacit.trainer @m {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %a = tacit.sgd %w, %g lr(0.2) : tensor<4xf32>
    tacit.set @w, %a : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
