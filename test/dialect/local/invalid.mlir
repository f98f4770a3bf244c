// RUN: tacit-opt %s --split-input-file --verify-diagnostics

// trainer_c5
// expected-error@+1 {{'tacit.trainer' op has more than one tacit.end_round}}
tacit.trainer @trainer_c5 {
  tacit.variable @tau : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  tacit.end_round period @tau position @tau {
  }
  // expected-note@+1 {{the second is here}}
  tacit.end_round period @tau position @tau {
  }
}

// -----

// end_round_c1
func.func @end_round_c1() {
  // expected-error@+1 {{'tacit.end_round' op expects parent op 'tacit.trainer'}}
  tacit.end_round period @tau position @tau {
  }
  return
}

// -----

// end_round_c2
tacit.trainer @end_round_c2 {
  // expected-note@+1 {{the variable is here}}
  tacit.variable @tau : tensor<4xi64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{needs '@tau' to be a variable of tensor<i64> with the role counter}}
  tacit.end_round period @tau position @tau {
  }
}

// -----

// end_round_c2
tacit.trainer @end_round_c2_missing {
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{needs '@tau' to be a variable of tensor<i64> with the role counter}}
  tacit.end_round period @tau position @tau {
  }
}

// -----

// adapt_period_c1
func.func @adapt_period_c1(%tau: i64, %f: f64) {
  // expected-error@+1 {{'tacit.adapt_period' op needs an initial period of at least 1, got 0}}
  %next = tacit.adapt_period %tau loss %f first %f ratio %f initial 0
  return
}
