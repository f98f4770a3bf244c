// RUN: tacit-opt %s --allow-unregistered-dialect --verify-roundtrip | tacit-opt --allow-unregistered-dialect | FileCheck %s
// RUN: tacit-opt %s --allow-unregistered-dialect --mlir-print-op-generic | tacit-opt --allow-unregistered-dialect | FileCheck %s
// RUN: tacit-opt %s --allow-unregistered-dialect --emit-bytecode | tacit-opt --allow-unregistered-dialect | FileCheck %s

// CHECK-LABEL: tacit.trainer @decentralized
tacit.trainer @decentralized attributes {ranks = 4 : i64} {
  tacit.variable @w : tensor<4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<f32> = #tacit.zeros {role = #tacit.role<parameter>}
  // CHECK: tacit.channel @updates of [@w, @b] over #tacit.topology<edges, [0, 1, 1, 2, 2, 3]> by #tacit.decentralized<send_every = 2, max_staleness = 4, damping = true, mean = true, resync = 10>
  tacit.channel @updates of [@w, @b] over #tacit.topology<edges, [0, 1, 1, 2, 2, 3]>
    by #tacit.decentralized<send_every = 2, max_staleness = 4, damping = true, mean = true, resync = 10>
  tacit.step {
    %w = tacit.get @w : tensor<4xf32>
    %b = tacit.get @b : tensor<f32>
    // CHECK: %[[V:.*]]:2 = tacit.collect @updates into %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<f32>
    %v:2 = tacit.collect @updates into %w, %b : tensor<4xf32>, tensor<f32>
    %lr = arith.constant 0.1 : f64
    // CHECK: %[[N:.*]]:2 = tacit.publish @updates %[[V]]#0, %[[V]]#1 lr %[[LR:.*]] into %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<f32> into tensor<4xf32>, tensor<f32>
    %n:2 = tacit.publish @updates %v#0, %v#1 lr %lr into %w, %b : tensor<4xf32>, tensor<f32> into tensor<4xf32>, tensor<f32>
    tacit.set @w, %n#0 : tensor<4xf32>
    tacit.set @b, %n#1 : tensor<f32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// CHECK-LABEL: tacit.trainer @elastic
tacit.trainer @elastic {
  tacit.variable @w : tensor<8xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  // CHECK: tacit.channel @gradients of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = inf, max_delay = 0>
  tacit.channel @gradients of [@w] over #tacit.topology<complete> by #tacit.norm_bounded<beta = inf, max_delay = 0>
  tacit.step {
    %w = tacit.get @w : tensor<8xf32>
    %p, %rest = tacit.compress #tacit.top_k<density = 0.25> %w : tensor<8xf32> -> !tacit.sparse<8xf32, capacity = 2>, tensor<8xf32>
    %lr = arith.constant 0.1 : f64
    // CHECK: tacit.elastic_await @gradients %{{.*}} leaving %{{.*}} lr %{{.*}} schedule([#tacit.warmup_schedule<steps = 10>]) into %{{.*}} : !tacit.sparse<8xf32, capacity = 2> leaving tensor<8xf32> into tensor<8xf32>
    %n = tacit.elastic_await @gradients %p leaving %rest lr %lr schedule([#tacit.warmup_schedule<steps = 10>]) into %w
      : !tacit.sparse<8xf32, capacity = 2> leaving tensor<8xf32> into tensor<8xf32>
    tacit.set @w, %n : tensor<8xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}

// CHECK-LABEL: module @attributes attributes {
// CHECK-SAME: test.all = [#tacit.topology<ring>, #tacit.topology<exponential>, #tacit.decentralized<send_every = 1>, #tacit.norm_bounded<beta = 5.000000e-01, max_delay = 4, resync = 9, granularity = bucket, bucket_bytes = 1024>, #tacit.variance_bounded<wait = inf, max_delay = 2>, #tacit.variance_bounded<wait = 1.000000e-03, max_delay = 1, resync = 5>]
module @attributes attributes {test.all = [#tacit.topology<ring>, #tacit.topology<exponential>,
  #tacit.decentralized<send_every = 1>,
  #tacit.norm_bounded<beta = 0.5, max_delay = 4, resync = 9, granularity = bucket, bucket_bytes = 1024>,
  #tacit.variance_bounded<wait = inf, max_delay = 2>,
  #tacit.variance_bounded<wait = 1.0e-3, max_delay = 1, resync = 5>]} {
}

// On buffers, and outside of trainers, as the lowering leaves them.

// CHECK-LABEL: func.func private @lowered(
// CHECK-NEXT: tacit.collect @updates into %{{.*}}, %{{.*}} : memref<4xf32>, memref<f32>
// CHECK-NEXT: tacit.publish @updates %{{.*}} leaving %{{.*}}, %{{.*}} lr %{{.*}} into %{{.*}}, %{{.*}} site 0 : memref<192xi8> leaving memref<4xf32>, memref<f32> into memref<4xf32>, memref<f32>
func.func private @lowered(%w: memref<4xf32>, %b: memref<f32>, %r: memref<4xf32>, %s: memref<f32>, %p: memref<192xi8>, %lr: f64) {
  tacit.collect @updates into %w, %b : memref<4xf32>, memref<f32>
  tacit.publish @updates %p leaving %r, %s lr %lr into %w, %b site 0 : memref<192xi8> leaving memref<4xf32>, memref<f32> into memref<4xf32>, memref<f32>
  return
}

// An optimizer that gives what to subtract.

// CHECK-LABEL: func.func @updates(
// CHECK-NEXT: tacit.sgd update %{{.*}}, %{{.*}} lr(1.000000e-01) momentum(9.000000e-01)
// CHECK-NEXT: tacit.adamw update %{{.*}}, %{{.*}} lr(1.000000e-03)
func.func @updates(%w: tensor<4xf32>, %g: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %u = tacit.sgd update %w, %g lr(0.1) momentum(0.9) : tensor<4xf32>
  %v = tacit.adamw update %w, %g lr(1.0e-3) : tensor<4xf32>
  return %u, %v : tensor<4xf32>, tensor<4xf32>
}
