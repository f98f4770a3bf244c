// RUN: tacit-opt %s --tacit-outline --verify-diagnostics

tacit.trainer @line {
  func.func private @f() -> tensor<f32> {
    %loss = arith.constant dense<1.0> : tensor<f32>
    return %loss : tensor<f32>
  }
  tacit.step {
    // expected-error@+1 {{'func.call' op is still in the body; run tacit-inline before tacit-outline}}
    %loss = func.call @f() : () -> tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
