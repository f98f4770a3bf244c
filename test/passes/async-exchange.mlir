// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange | FileCheck %s
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange=scale=mean | FileCheck %s --check-prefix=MEAN
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange='policy=norm_bounded beta=inf max-delay=2' | FileCheck %s --check-prefix=ELASTIC
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange='policy=variance_bounded wait=0.5 resync=7' | FileCheck %s --check-prefix=VARIANCE
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange='policy=norm_bounded granularity=bucket bucket-bytes=64' | FileCheck %s --check-prefix=BUCKET
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange='max-staleness=4 send-every=2 damping topology=ring resync=100' | FileCheck %s --check-prefix=OPTIONS
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange --tacit-sparsify='compressor=top_k{density=0.25}' --tacit-error-feedback --tacit-fuse-compression | FileCheck %s --check-prefix=PAYLOAD
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-set-optimizer='optimizer=sgd{lr=0.1} schedule=step{every=10 gamma=0.5}' --tacit-async-exchange=policy=norm_bounded --tacit-sparsify='compressor=sign' --tacit-error-feedback | FileCheck %s --check-prefix=RATIO
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-set-optimizer='optimizer=sgd{lr=0.1 momentum=0.9 weight-decay=0.5}' --tacit-async-exchange --tacit-expand-optimizer | FileCheck %s --check-prefix=STATE
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-set-optimizer='optimizer=adamw{lr=0.1}' --tacit-async-exchange --tacit-expand-optimizer | FileCheck %s --check-prefix=ADAMW
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange --tacit-expand-optimizer --tacit-verify-uniform | FileCheck %s --check-prefix=UNIFORM
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange --tacit-expand-optimizer --tacit-outline --tacit-bufferize --canonicalize --cse | FileCheck %s --check-prefix=PLACES
// RUN: tacit-opt %s --tacit-bind-ranks=ranks=4 --tacit-async-exchange --remarks-filter='tacit-.*' --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// What has come is applied before anything is read, and updates travel when all
// are known.

// CHECK-LABEL: tacit.trainer @line
// CHECK:         tacit.channel @updates of [@w, @b] over #tacit.topology<complete> by #tacit.decentralized<send_every = 1>
// CHECK-NEXT:    tacit.step {
// CHECK-NEXT:      %[[W:.*]] = tacit.get @w
// CHECK-NEXT:      %[[B:.*]] = tacit.get @b
// CHECK-NEXT:      %[[V:.*]]:2 = tacit.collect @updates into %[[W]], %[[B]]
// CHECK-NEXT:      tacit.set @w, %[[V]]#0
// CHECK-NEXT:      tacit.set @b, %[[V]]#1
// CHECK:           %[[W1:.*]] = tacit.get @w
// CHECK:           %[[B1:.*]] = tacit.get @b
// CHECK:           %[[U0:.*]] = tacit.sgd update %[[W1]], %{{.*}} lr(1.000000e-01)
// CHECK-NEXT:      %[[U1:.*]] = tacit.sgd update %[[B1]], %{{.*}} lr(1.000000e-01)
// CHECK:           %[[N:.*]]:2 = tacit.publish @updates %[[U0]], %[[U1]] lr %{{.*}} into
// CHECK-NEXT:      tacit.set @w, %[[N]]#0
// CHECK-NEXT:      tacit.set @b, %[[N]]#1
// CHECK:         tacit.evaluate

// MEAN:          by #tacit.decentralized<send_every = 1, mean = true>
// MEAN:          %[[U:.*]] = tacit.sgd update
// MEAN:          tacit.num_ranks
// MEAN:          %[[S:.*]] = linalg.generic {{.*}} outs(%[[U]] :
// MEAN:            arith.divf
// MEAN:          tacit.publish @updates %[[S]],

// Gradients travel; the learning rate, which no optimizer reports, is reported.
// ELASTIC:       by #tacit.norm_bounded<beta = inf, max_delay = 2>
// ELASTIC-NOT:   tacit.collect
// ELASTIC-NOT:   tacit.sgd
// ELASTIC:       %[[N:.*]]:2 = tacit.elastic_await @updates %{{.*}}, %{{.*}} lr %{{.*}} into
// ELASTIC-NEXT:  tacit.set @w, %[[N]]#0
// ELASTIC-NEXT:  tacit.set @b, %[[N]]#1
// ELASTIC:       tacit.report "lr"

// VARIANCE:      by #tacit.variance_bounded<wait = 5.000000e-01, max_delay = 4, resync = 7>
// BUCKET:        by #tacit.norm_bounded<beta = 5.000000e-01, max_delay = 4, granularity = bucket, bucket_bytes = 64>
// OPTIONS:       over #tacit.topology<ring> by #tacit.decentralized<send_every = 2, max_staleness = 4, damping = true, resync = 100>

// One payload stands for all; what is left of an update is not scaled.
// PAYLOAD:       tacit.variable @w.residual : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<residual>}
// PAYLOAD:       %[[P:.*]], %[[R:.*]]:2 = tacit.compress #tacit.top_k<density = 2.500000e-01> %{{.*}}, %{{.*}} plus %{{.*}}, %{{.*}} :
// PAYLOAD:       tacit.publish @updates %[[P]] leaving %[[R]]#0, %[[R]]#1 lr

// What is left of a gradient is.
// RATIO:         tacit.accumulate_residual {{.*}} scaled by
// RATIO:         tacit.elastic_await @updates %{{.*}} leaving %{{.*}} schedule([#tacit.step_schedule<every = 10, gamma = 5.000000e-01>])

// An update in the place of the gradient: lr (m v + g + wd w).
// STATE:         tacit.variable @w.momentum
// STATE:         linalg.generic {{.*}} ins(%[[W:.*]] : tensor<6x4xf32>) outs(%{{.*}}, %{{.*}} : tensor<6x4xf32>, tensor<6x4xf32>)
// STATE-NEXT:    ^bb0(%[[WI:.*]]: f32, %[[G:.*]]: f32, %[[M:.*]]: f32):
// STATE:           arith.mulf %{{.*}}, %[[WI]]
// STATE:           arith.addf %[[G]],
// STATE:           arith.mulf %{{.*}}, %[[M]]
// STATE-NEXT:      %[[V:.*]] = arith.addf
// STATE-NEXT:      %[[U:.*]] = arith.mulf %{{.*}}, %[[V]]
// STATE-NEXT:      linalg.yield %[[U]], %{{.*}} : f32, f32

// ADAMW:         tacit.variable @w.second_moment
// ADAMW:         linalg.generic {{.*}} outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>)
// ADAMW:           arith.divf
// ADAMW:           %[[D:.*]] = arith.addf
// ADAMW-NEXT:      %[[U:.*]] = arith.mulf %{{.*}}, %[[D]]
// ADAMW-NEXT:      linalg.yield %[[U]],

// UNIFORM:       tacit.variable @w : {{.*}}tacit.per_rank}

// Parameters move where they are: no copy of one, or of an update.
// PLACES-LABEL:  func.func private @line.step(
// PLACES-SAME:     %[[W:[a-z0-9]*]]: memref<6x4xf32> {tacit.variable = "w"}, %[[B:[a-z0-9]*]]: memref<6xf32> {tacit.variable = "b"}
// PLACES-NOT:      memref.copy {{.*}}memref<6x4xf32>
// PLACES:          tacit.collect @updates into %[[W]], %[[B]] : memref<6x4xf32>, memref<6xf32>
// PLACES-NOT:      memref.copy {{.*}}memref<6x4xf32>
// PLACES:          tacit.publish @updates %{{.*}}, %{{.*}} lr %{{.*}} into %[[W]], %[[B]] :
// PLACES-NOT:      memref.copy {{.*}}memref<6x4xf32>
// PLACES:          return

// REMARK: [Passed] Asynchronous | Category:tacit-async-exchange | Remark="sends updates of 2 parameters without waiting for all"
#both = affine_map<(i, j) -> (i, j)>
#one = affine_map<(i) -> (i)>
tacit.trainer @line {
  tacit.variable @w : tensor<6x4xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.variable @b : tensor<6xf32> = #tacit.zeros {role = #tacit.role<parameter>}
  tacit.step {
    %x = tacit.next_batch ["x"] : tensor<6x4xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %b = tacit.get @b : tensor<6xf32>
    %g = linalg.generic {indexing_maps = [#both, #both, #both], iterator_types = ["parallel", "parallel"]}
        ins(%w, %x : tensor<6x4xf32>, tensor<6x4xf32>) outs(%x : tensor<6x4xf32>) {
    ^bb0(%p: f32, %q: f32, %out: f32):
      %d = arith.subf %p, %q : f32
      linalg.yield %d : f32
    } -> tensor<6x4xf32>
    %h = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]}
        ins(%b : tensor<6xf32>) outs(%b : tensor<6xf32>) {
    ^bb0(%p: f32, %out: f32):
      %d = arith.mulf %p, %p : f32
      linalg.yield %d : f32
    } -> tensor<6xf32>
    %n = tacit.sgd %w, %g lr(0.1) : tensor<6x4xf32>
    tacit.set @w, %n : tensor<6x4xf32>
    %m = tacit.sgd %b, %h lr(0.1) : tensor<6xf32>
    tacit.set @b, %m : tensor<6xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
  tacit.evaluate {
    %x = tacit.next_batch ["x"] : tensor<6x4xf32>
    %w = tacit.get @w : tensor<6x4xf32>
    %l = arith.constant dense<0.0> : tensor<f32>
    tacit.yield %l : tensor<f32>
  }
}
