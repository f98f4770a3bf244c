// RUN: tacit-opt %s --tacit-error-feedback --split-input-file --verify-diagnostics

tacit.trainer @two_schedules attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %h = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %g = arith.negf %x : tensor<6x4xf32>
    %p, %r:2 = tacit.compress #tacit.top_k<density = 0.25> %g, %h : tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32>
    %q, %s:2 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p put_back conserving %r#0, %r#1 : !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>
    %d:2 = tacit.decompress %q : !tacit.sparse<28xf32, capacity = 7> -> tensor<6x4xf32>, tensor<4xf32>
    %n = tacit.sgd %w, %d#0 lr(0.1) : tensor<6x4xf32>
    // expected-error@+1 {{'tacit.sgd' op has another learning-rate schedule than others, but residuals are scaled by the ratio of one; give all optimizers one schedule}}
    %m = tacit.sgd %b, %d#1 lr(0.1) schedule([#tacit.step_schedule<every = 10, gamma = 0.5>]) : tensor<4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

tacit.trainer @falls_to_zero attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %h = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %g = arith.negf %x : tensor<6x4xf32>
    %p, %r:2 = tacit.compress #tacit.top_k<density = 0.25> %g, %h : tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32>
    %q, %s:2 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p put_back conserving %r#0, %r#1 : !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>
    %d:2 = tacit.decompress %q : !tacit.sparse<28xf32, capacity = 7> -> tensor<6x4xf32>, tensor<4xf32>
    // expected-error@+1 {{has a learning rate that reaches 0, by which what was not sent is divided: #tacit.cosine_schedule<steps = 10, final = 0.000000e+00> does not go with error feedback; let it end above 0, or write error-feedback=off}}
    %n = tacit.sgd %w, %d#0 lr(0.1) schedule([#tacit.cosine_schedule<steps = 10, final = 0>]) : tensor<6x4xf32>
    %m = tacit.sgd %b, %d#1 lr(0.1) schedule([#tacit.cosine_schedule<steps = 10, final = 0>]) : tensor<4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

tacit.trainer @taken attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // expected-note@+1 {{the name is taken here}}
  tacit.variable @w.residual : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %h = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %g = arith.negf %x : tensor<6x4xf32>
    // expected-error@+1 {{'tacit.compress' op needs the variable '@w.residual' for its state, but the trainer has that name already; rename it, and update each parameter once}}
    %p, %r:2 = tacit.compress #tacit.top_k<density = 0.25> %g, %h : tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32>
    %q, %s:2 = tacit.all_reduce_payload gtopk #tacit.top_k<density = 0.25> %p put_back conserving %r#0, %r#1 : !tacit.sparse<28xf32, capacity = 7>, tensor<6x4xf32>, tensor<4xf32> -> !tacit.sparse<28xf32, capacity = 7>
    %d:2 = tacit.decompress %q : !tacit.sparse<28xf32, capacity = 7> -> tensor<6x4xf32>, tensor<4xf32>
    %n = tacit.sgd %w, %d#0 lr(0.1) : tensor<6x4xf32>
    %m = tacit.sgd %b, %d#1 lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
