// RUN: tacit-opt %s --tacit-clip-gradients --split-input-file --verify-diagnostics
// RUN: not tacit-opt %s --tacit-clip-gradients=norm=0 --split-input-file -o /dev/null 2>&1 | FileCheck %s
// CHECK: error: tacit-clip-gradients: norm must be above 0 and finite, got 0

tacit.trainer @none {
  // expected-error@+1 {{'tacit.step' op has no optimizer, so that there is no gradient to clip; update parameters by tacit.sgd or tacit.adamw}}
  tacit.step {
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// -----

tacit.trainer @late {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @v : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %v = tacit.get @v : tensor<4xf32>
    %g = arith.negf %w : tensor<4xf32>
    %nw = tacit.sgd %w, %g lr(0.1) : tensor<4xf32>
    %h = arith.negf %v : tensor<4xf32>
    // expected-error@+1 {{'tacit.sgd' op takes a gradient that is computed after the first update, but clipping needs all gradients before it; compute gradients first}}
    %nv = tacit.sgd %v, %h lr(0.1) : tensor<4xf32>
    tacit.set @w, %nw : tensor<4xf32>
    tacit.set @v, %nv : tensor<4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
