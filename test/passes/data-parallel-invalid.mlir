// RUN: tacit-opt %s --tacit-data-parallel --split-input-file --verify-diagnostics

tacit.trainer @none {
  // expected-error@+1 {{'tacit.step' op has no optimizer, so that there is no gradient to exchange; update parameters by tacit.sgd or tacit.adamw}}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @twice {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    // expected-note@+1 {{exchanged here}}
    %a = tacit.all_reduce mean %x : tensor<4xf32>
    // expected-error@+1 {{'tacit.sgd' op takes a gradient that is exchanged already; run tacit-data-parallel once, on a step for one worker}}
    %nw = tacit.sgd %w, %a lr(0.1) : tensor<4xf32>
    tacit.set @w, %nw : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
