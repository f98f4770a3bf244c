// RUN: tacit-opt %s --tacit-average-state --split-input-file --verify-diagnostics

tacit.trainer @labels {
  tacit.variable @seen : tensor<4xi32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.step {
    // expected-note@+1 {{first value that differs between ranks here}}
    %y = tacit.next_batch ["y"] : tensor<4xi32>
    // expected-error@+1 {{the model state '@seen' is of integers, 'tensor<4xi32>', and differs between ranks, which average it: integers have no mean; make it of floats, or compute it from what all ranks share}}
    tacit.set @seen, %y : tensor<4xi32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
