// RUN: tacit-opt %s --tacit-local-update --split-input-file --verify-diagnostics
// RUN: not tacit-opt %s --tacit-local-update=period=0 2>&1 | FileCheck %s
// CHECK: error: tacit-local-update: period must be at least 1, got 0

tacit.trainer @exchanges {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    // expected-error@+1 {{'tacit.all_reduce' op exchanges within a local step; with local updates, ranks exchange when a round ends: leave tacit-data-parallel out}}
    %n = tacit.all_reduce mean %w : tensor<4xf32>
    tacit.set @w, %n : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @nothing {
  // expected-error@+1 {{'tacit.step' op sets no parameter that could be averaged}}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @twice {
  tacit.variable @tau : tensor<i64> = #tacit.zeros {role = #tacit.role<counter>}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  // expected-error@+1 {{is there already: tacit-local-update says what ends a round; let one pass say that, once}}
  tacit.end_round period @tau position @tau {
  }
}

// -----

tacit.trainer @taken {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // expected-note@+1 {{the name is taken here}}
  tacit.variable @tau : tensor<f32> = #tacit.zeros {role = #tacit.role<parameter>}
  // expected-error@+1 {{needs the variable '@tau' for its state}}
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    tacit.set @w, %w : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
