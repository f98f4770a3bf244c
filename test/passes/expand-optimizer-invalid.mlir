// RUN: tacit-opt %s --tacit-expand-optimizer --split-input-file --verify-diagnostics

tacit.trainer @not_a_variable {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    // expected-error@+1 {{'tacit.sgd' op must update the value of a tacit.get, so that its state can be named after the variable}}
    %n = tacit.sgd %g, %g lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @nested {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    %c = arith.constant true
    %n = scf.if %c -> tensor<4xf32> {
      // expected-error@+1 {{'tacit.sgd' op must stand directly in tacit.step to be expanded, got 'scf.if'}}
      %i = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
      scf.yield %i : tensor<4xf32>
    } else {
      scf.yield %w : tensor<4xf32>
    }
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @taken {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // expected-note@+1 {{the name is taken here}}
  tacit.variable @w.momentum : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %g = tacit.next_batch ["x"] : tensor<4xf32>
    %w = tacit.get @w : tensor<4xf32>
    // expected-error@+1 {{'tacit.sgd' op needs the variable '@w.momentum' for its state, but the trainer has that name already; rename it, and update each parameter once}}
    %n = tacit.sgd %w, %g lr(0.1) momentum(0.9) : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
