// RUN: tacit-opt %s --tacit-train='strategy=gtopk{density=0.25} ranks=4' --tacit-outline --tacit-lower-compression --tacit-bufferize --canonicalize --cse | FileCheck %s
// RUN: tacit-opt %s --tacit-train='strategy=gtopk{density=0.25 momentum-correction=0.9} ranks=4' --tacit-outline --tacit-lower-compression --canonicalize --tacit-fuse-elementwise --tacit-bufferize --canonicalize --cse | FileCheck %s --check-prefix=MOMENTUM
// RUN: tacit-opt %s --tacit-train='strategy=gtopk{density=0.25} ranks=4' --tacit-to-cpu | FileCheck %s --check-prefix=CALLS
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-inline --tacit-differentiate --tacit-gtopk=density=0.25 | FileCheck %s --check-prefix=ALONE
// RUN: tacit-opt %s --tacit-train='strategy=topk{density=0.25} ranks=1' | FileCheck %s --check-prefix=ONE

// One sweep over gradient and residual, in place: no sum of both, no copy of
// either. What comes back is expanded into the gradient's memory.

// CHECK-LABEL: func.func private @scale.step(
// CHECK-SAME:    %[[W:.*]]: memref<64xf32> {tacit.variable = "w"}, %[[R:.*]]: memref<64xf32> {tacit.variable = "w.residual"},
// CHECK-NOT:     memref.copy {{.*}}memref<64xf32>
// CHECK:         tacit.encode 0 %[[R]] plus %[[G:.*]] into %[[P:.*]] : memref<64xf32> plus memref<64xf32> into memref<192xi8>
// CHECK-NOT:     memref.copy {{.*}}memref<64xf32>
// CHECK:         tacit.exchange_encoded 0 %[[P]] into %[[Q:.*]], %[[R]] :
// CHECK-NOT:     memref.copy {{.*}}memref<64xf32>
// CHECK:         tacit.decode 0 exchanged %[[Q]] into
// CHECK-NOT:     memref.copy {{.*}}memref<64xf32>
// CHECK:         return

// The velocity is updated, compressed and cleared where it is.
// MOMENTUM-LABEL: func.func private @scale.step(
// MOMENTUM-SAME:    %[[U:[a-z0-9]*]]: memref<64xf32> {tacit.variable = "w.velocity"}, %[[R:[a-z0-9]*]]: memref<64xf32> {tacit.variable = "w.residual"}
// MOMENTUM-NOT:     memref.copy {{.*}}memref<64xf32>
// MOMENTUM:         tacit.encode 0 %[[R]] plus %[[U]] into %[[P:.*]] :
// MOMENTUM-NEXT:    tacit.clear_encoded 0 %[[P]] in %[[U]] :
// MOMENTUM-NOT:     memref.copy {{.*}}memref<64xf32>
// MOMENTUM:         return

// CALLS-COUNT-1: llvm.call @tacit_encode
// CALLS:         llvm.call @tacit_exchange_payload
// CALLS:         llvm.call @tacit_decode
// CALLS-NOT:     llvm.call @tacit_start

// ALONE:         tacit.all_reduce_payload gtopk

// A compressor and its memory act on one rank, too.
// ONE:           tacit.variable @w.residual
// ONE:           tacit.all_reduce_payload all_gather
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
