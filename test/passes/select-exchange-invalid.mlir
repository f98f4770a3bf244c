// RUN: not tacit-opt %s --tacit-select-exchange='bandwidth=0' 2>&1 | FileCheck %s
// CHECK: error: tacit-select-exchange: needs a latency of at least 0 and a bandwidth above 0, got {{.*}} us and {{.*}} Gbit/s
// RUN: tacit-opt %s --tacit-select-exchange --verify-diagnostics

// expected-error@+1 {{'tacit.trainer' op has no number of ranks, on which the cost of an exchange depends; run tacit-bind-ranks first}}
tacit.trainer @unbound {
  tacit.step {
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
