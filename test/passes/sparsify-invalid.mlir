// RUN: not tacit-opt %s --tacit-sparsify='compressor=top_kk' 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: tacit-sparsify: unknown compressor 'top_kk'; did you mean 'top_k'?
// RUN: not tacit-opt %s --tacit-sparsify='compressor=top_k{density=2}' 2>&1 | FileCheck %s --check-prefix=DENSITY
// DENSITY: error: tacit-sparsify: option 'density' of 'top_k' must be a number above 0 and at most 1, got '2'
// RUN: not tacit-opt %s --tacit-sparsify='exchange=ring' 2>&1 | FileCheck %s --check-prefix=EXCHANGE
// EXCHANGE: error: tacit-sparsify: unknown exchange 'ring'; known are all_gather, gtopk, ok_topk, dense
// RUN: not tacit-opt %s --tacit-sparsify='compressor=sign exchange=gtopk' 2>&1 | FileCheck %s --check-prefix=TOGETHER
// TOGETHER: error: tacit-sparsify: exchange 'gtopk' does not go with compressor 'sign': its payloads cannot be merged; use all_gather
// RUN: not tacit-opt %s --tacit-sparsify='put-back=published' 2>&1 | FileCheck %s --check-prefix=PUBLISHED
// PUBLISHED: error: tacit-sparsify: put-back=published is defined for exchange gtopk alone, got exchange 'all_gather'
// RUN: not tacit-opt %s --tacit-sparsify='put-back=no' 2>&1 | FileCheck %s --check-prefix=PUTBACK
// PUTBACK: error: tacit-sparsify: put-back must be conserving or published, got 'no'
// RUN: not tacit-opt %s --tacit-sparsify='scope=layer' 2>&1 | FileCheck %s --check-prefix=SCOPE
// SCOPE: error: tacit-sparsify: scope must be global or variable, got 'layer'
// RUN: not tacit-opt %s --tacit-sparsify='exclude=(' 2>&1 | FileCheck %s --check-prefix=EXCLUDE
// EXCLUDE: error: tacit-sparsify: exclude is no regular expression: '(': parentheses not balanced
// RUN: not tacit-opt %s --tacit-sparsify='compressor=sign warm-up=true' 2>&1 | FileCheck %s --check-prefix=WARM
// WARM: error: tacit-sparsify: warm-up needs the compressor top_k, got 'sign'

// RUN: tacit-opt %s --tacit-sparsify --split-input-file --verify-diagnostics

// expected-error@+1 {{'tacit.trainer' op has no number of ranks, on which the size of payloads depends; run tacit-bind-ranks first}}
tacit.trainer @unbound {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %h = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %g = arith.negf %x : tensor<6x4xf32>
    %a = tacit.all_reduce mean %g : tensor<6x4xf32>
    %c = tacit.all_reduce mean %h : tensor<4xf32>
    %n = tacit.sgd %w, %a lr(0.1) : tensor<6x4xf32>
    %m = tacit.sgd %b, %c lr(0.1) : tensor<4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

tacit.trainer @not_exchanged attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // expected-error@+1 {{'tacit.step' op exchanges no gradient that could be compressed; run tacit-data-parallel before tacit-sparsify, and tacit-bucket after it}}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %h = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %g = arith.negf %x : tensor<6x4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

tacit.trainer @used_early attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x, %y = tacit.next_batch ["x", "y"] : tensor<6x4xf32>, tensor<6xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<4xf32>
    %h = tensor.extract_slice %y[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
    %g = arith.negf %x : tensor<6x4xf32>
    %c = tacit.all_reduce mean %h : tensor<4xf32>
    // expected-error@+1 {{'tacit.sgd' op uses an averaged gradient before all gradients are known, which compression takes together; move it behind them, or use scope=variable}}
    %m = tacit.sgd %b, %c lr(0.1) : tensor<4xf32>
    %a = tacit.all_reduce mean %g : tensor<6x4xf32>
    %n = tacit.sgd %w, %a lr(0.1) : tensor<6x4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

tacit.trainer @wide attributes {ranks = 2 : i64} {
  tacit.variable @w : tensor<4xf64> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<4xf64>
    %w = tacit.get @w : tensor<4xf64>
    // expected-error@+1 {{'tacit.all_reduce' op exchanges 'f64', and compression takes f32; use exclude to leave this variable dense}}
    %a = tacit.all_reduce mean %x : tensor<4xf64>
    %n = tacit.sgd %w, %a lr(0.1) : tensor<4xf64>
    tacit.set @w, %n : tensor<4xf64>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
