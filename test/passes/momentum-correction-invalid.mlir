// RUN: tacit-opt %s --tacit-momentum-correction --split-input-file --verify-diagnostics
// RUN: not tacit-opt %s --tacit-momentum-correction='momentum=1' --split-input-file 2>&1 | FileCheck %s
// CHECK: error: tacit-momentum-correction: momentum must be above 0 and below 1, got 1.0

tacit.trainer @twice attributes {ranks = 4 : i64} {
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
    // expected-error@+1 {{'tacit.sgd' op has a momentum of its own, and momentum correction applies one before compression; leave one of them out}}
    %n = tacit.sgd %w, %d#0 lr(0.1) momentum(0.9) : tensor<6x4xf32>
    %m = tacit.sgd %b, %d#1 lr(0.1) momentum(0.9) : tensor<4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    tacit.set @b, %m : tensor<4xf32>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}

// -----

tacit.trainer @of_something attributes {ranks = 4 : i64} {
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<8xf32>
    // expected-error@+1 {{'tacit.compress' op compresses something else than the gradients that optimizers take, for which momentum correction has no meaning}}
    %p = tacit.compress #tacit.top_k<density = 0.25> lossy %x : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>
    %loss = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %loss : tensor<f32>
  }
}
