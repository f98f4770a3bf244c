// RUN: tacit-opt %s --tacit-train='strategy=dasgd+topk{density=0.25} ranks=4' --tacit-outline --tacit-lower-compression --tacit-bufferize --canonicalize --cse | FileCheck %s
// RUN: tacit-opt %s --tacit-train='strategy=elastic+compress{compressor=qsgd} ranks=4' --tacit-outline --tacit-lower-compression --canonicalize --tacit-fuse-elementwise --tacit-bufferize --canonicalize --cse | FileCheck %s --check-prefix=ELASTIC
// RUN: tacit-opt %s --tacit-train='strategy=dasgd+topk{density=0.25} ranks=4' --tacit-to-cpu | FileCheck %s --check-prefix=CALLS
// RUN: tacit-opt %s --tacit-train='strategy=elastic{scheduler=variance_bounded} ranks=4' --tacit-to-cpu | FileCheck %s --check-prefix=ELASTIC-CALLS
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-inline --tacit-differentiate --tacit-dasgd='topology=ring max-staleness=2' | FileCheck %s --check-prefix=ALONE
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-inline --tacit-differentiate --tacit-elastic='scheduler=variance_bounded wait=inf' | FileCheck %s --check-prefix=ALONE-TOO
// RUN: tacit-opt %s --tacit-train='strategy=dasgd{accumulate=2} ranks=1' --tacit-to-cpu | FileCheck %s --check-prefix=CALLS-ONE

// One sweep over update and residual, in place; the parameter moves in place,
// too, by what is sent.

// CHECK-LABEL: func.func private @scale.step(
// CHECK-SAME:    %[[W:[a-z0-9]*]]: memref<64xf32> {tacit.variable = "w"}, %[[R:[a-z0-9]*]]: memref<64xf32> {tacit.variable = "w.residual"},
// CHECK-NOT:     memref.copy {{.*}}memref<64xf32>
// CHECK:         tacit.collect @updates into %[[W]] : memref<64xf32>
// CHECK-NOT:     memref.copy {{.*}}memref<64xf32>
// CHECK:         tacit.encode 0 %[[R]] plus %[[U:.*]] into %[[P:.*]] : memref<64xf32> plus memref<64xf32> into memref<192xi8>
// CHECK-NOT:     memref.copy {{.*}}memref<64xf32>
// CHECK:         tacit.publish @updates %[[P]] leaving %[[R]] lr %{{.*}} into %[[W]] site 0 : memref<192xi8> leaving memref<64xf32> into memref<64xf32>
// CHECK-NOT:     memref.copy {{.*}}memref<64xf32>
// CHECK:         return

// ELASTIC-LABEL: func.func private @scale.step(
// ELASTIC-SAME:    %[[W:[a-z0-9]*]]: memref<64xf32> {tacit.variable = "w"}
// ELASTIC-NOT:     tacit.collect
// ELASTIC:         tacit.encode 0 lossy
// ELASTIC-NOT:     memref.copy {{.*}}memref<64xf32>
// ELASTIC:         tacit.elastic_await @updates %{{.*}} lr %{{.*}} into %[[W]] site 0 :
// ELASTIC-NOT:     memref.copy {{.*}}memref<64xf32>
// ELASTIC:         return

// CALLS:     llvm.call @tacit_collect
// CALLS:     llvm.call @tacit_encode
// CALLS:     llvm.call @tacit_publish
// CALLS-NOT: llvm.call @tacit_start

// ELASTIC-CALLS-COUNT-1: llvm.call @tacit_elastic_await
// ELASTIC-CALLS-NOT:     llvm.call @tacit_elastic_await

// A rank alone has a channel, too, of which nobody hears.
// CALLS-ONE: llvm.call @tacit_collect
// CALLS-ONE: llvm.call @tacit_publish

// ALONE:     tacit.channel @updates of [@w] over #tacit.topology<ring> by #tacit.decentralized<send_every = 1, max_staleness = 2>
// ALONE-TOO: tacit.channel @updates of [@w] over #tacit.topology<complete> by #tacit.variance_bounded<wait = inf, max_delay = 4>
tacit.trainer @scale {
  tacit.variable @w : tensor<64xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  func.func private @loss(%w: tensor<64xf32>, %x: tensor<64xf32>) -> tensor<f32> {
    %zero = arith.constant dense<0.0> : tensor<f32>
    %l = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]} ins(%w, %x : tensor<64xf32>, tensor<64xf32>) outs(%zero : tensor<f32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %d = arith.subf %a, %b : f32
      %q = arith.mulf %d, %d : f32
      %s = arith.addf %o, %q : f32
      linalg.yield %s : f32
    } -> tensor<f32>
    return %l : tensor<f32>
  }
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<64xf32>
    %w = tacit.get @w : tensor<64xf32>
    %loss, %g = tacit.value_and_grad @loss(%w, %x) wrt [0] : (tensor<64xf32>, tensor<64xf32>) -> (tensor<f32>, tensor<64xf32>)
    %n = tacit.sgd %w, %g lr(0.1) : tensor<64xf32>
    tacit.set @w, %n : tensor<64xf32>
    tacit.yield %loss : tensor<f32>
  }
}
