// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --verify-diagnostics
// RUN: not tacit-opt %s --tacit-bind-ranks=ranks=0 -o /dev/null 2>&1 | FileCheck %s
// CHECK: error: tacit-bind-ranks: ranks must be at least 1, got 0

// expected-error@+1 {{'tacit.trainer' op is bound to 2 ranks and cannot be bound to 4; leave `ranks` out of the model}}
tacit.trainer @bound attributes {ranks = 2 : i64} {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
