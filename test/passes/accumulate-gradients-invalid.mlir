// RUN: tacit-opt %s --tacit-accumulate-gradients=batches=2 --split-input-file --verify-diagnostics
// RUN: not tacit-opt %s --tacit-accumulate-gradients=batches=0 --split-input-file 2>&1 | FileCheck %s
// CHECK: error: tacit-accumulate-gradients: batches must be at least 1, got 0

tacit.trainer @no_batch {
  // expected-error@+1 {{'tacit.step' op takes no batch, of which there could be several in a step; leave accumulate out}}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @statistics {
  tacit.variable @last : tensor<4xi32> = #tacit.zeros {role = #tacit.role<model_state>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xi32>
    // expected-error@+1 {{'tacit.set' op takes what depends on the batch, which has no meaning over several batches; only optimizers, model state of floats and the loss may, or leave accumulate out}}
    tacit.set @last, %x : tensor<4xi32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

// expected-error@+1 {{'tacit.trainer' op accumulates gradients already}}
tacit.trainer @twice attributes {accumulate = 2} {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @independent {
  // expected-error@+1 {{'tacit.step' op has no gradient that depends on its batch}}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
