// RUN: tacit-opt %s --tacit-inline --split-input-file --verify-diagnostics

tacit.trainer @recursion {
  func.func private @f(%x: tensor<2xf32>) -> tensor<f32> {
    // expected-error@+1 {{'func.call' op calls '@f' recursively; use a loop (scf.for) instead}}
    %c = func.call @f(%x) : (tensor<2xf32>) -> tensor<f32>
    return %c : tensor<f32>
  }
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<2xf32>
    %l = func.call @f(%x) : (tensor<2xf32>) -> tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @declaration {
  func.func private @f(%x: tensor<2xf32>) -> tensor<f32>
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<2xf32>
    // expected-error@+1 {{'func.call' op calls '@f', which has no body here; a trainer holds all that it uses}}
    %l = func.call @f(%x) : (tensor<2xf32>) -> tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
